"""A process is kept whole, and never overwritten by an older copy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.errors import StoreError
from connector.records import ItemRef
from connector.store import definitions, processes
from connector.store.definitions import StoredDefinition
from tests.connector.store.samples import NOW, PORTAL, add_process

LATER = NOW + timedelta(minutes=1)


def test_a_process_comes_back_as_it_was_saved(database):
    with database.write() as conn:
        process = add_process(conn)
        changed = replace(process, stage="offer", parked_reason="no owner", state='{"runs":[1,"ё"]}')
        saved = processes.save(conn, changed, LATER)
        assert saved == replace(changed, revision=2, updated_at=LATER)
        assert processes.get(conn, process.id) == saved
        assert processes.of_item(conn, PORTAL, ItemRef(2, 10)) == [saved]


def test_an_older_copy_does_not_overwrite_a_newer(database):
    with database.write() as conn:
        copy = add_process(conn)
        processes.save(conn, replace(copy, stage="offer"), LATER)
    with pytest.raises(StoreError, match="changed by somebody else"), database.write() as conn:
        processes.save(conn, replace(copy, stage="lost"), LATER)
    with database.read() as conn:
        assert processes.get(conn, copy.id).stage == "offer"


def test_an_item_has_one_process_per_pipeline(database):
    with database.write() as conn:
        add_process(conn)
        add_process(conn, pipeline="care")
    with pytest.raises(StoreError), database.write() as conn:
        add_process(conn)
    with database.read() as conn:
        found = processes.of_item(conn, PORTAL, ItemRef(2, 10))
    assert [process.pipeline for process in found] == ["sales", "care"]


def test_a_process_needs_the_definition_it_runs_on(database):
    with pytest.raises(StoreError), database.write() as conn:
        add_process(conn, version="nowhere")


def test_a_definition_is_kept_as_it_was_first_written(database):
    first = StoredDefinition("h", "sales", "sales.toml", "# ё\n[pipeline]\n")
    with database.write() as conn:
        assert definitions.put(conn, first, NOW)
        assert not definitions.put(conn, replace(first, source="other"), LATER)
        assert definitions.get(conn, "h") == first
        assert definitions.get(conn, "k") is None


def test_a_pipeline_is_listed_in_pages(database):
    with database.write() as conn:
        made = [add_process(conn, number, stage=f"s{number % 2}") for number in range(1, 8)]
        page = processes.in_pipeline(conn, PORTAL, "sales", stage="s1", limit=2)
        assert page == [made[0], made[2]]
        rest = processes.in_pipeline(conn, PORTAL, "sales", stage="s1", after_id=page[-1].id)
        assert rest == [made[4], made[6]]
        assert processes.in_pipeline(conn, PORTAL, "sales", phase="finished") == []


def test_load_counts_open_running_processes_by_owner(database):
    with database.write() as conn:
        add_process(conn, 1)
        add_process(conn, 2)
        add_process(conn, 3, owner_id=8)
        add_process(conn, 4, status="won")
        add_process(conn, 5, phase="gone")
        add_process(conn, 6, owner_id=None)
        assert processes.load(conn, PORTAL, "sales") == {7: 2, 8: 1}
