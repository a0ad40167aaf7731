"""A definition that fails leaves the last good one running, and the other pipelines alone."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from connector.app import build_app
from connector.config import load_config
from connector.errors import ConfigError
from connector.flow import versions
from pipelines.findings import DefinitionError
from tests.connector.flow import workshop as shop
from tests.connector.flow.workshop import WORK, Workshop

SECOND = """
[portals.main.pipelines.other]
definition = "other.toml"
mode = "live"
category = 2
owner = 2
stages = { fresh = "C2:NEW" }
"""
OTHER = 'id = "other"\ntitle = "Other"\nentity = "deal"\n[[stages]]\nid = "fresh"\n'


def in_force(workshop: Workshop) -> str | None:
    with workshop.app.database.read() as conn:
        return versions.in_force(conn, "main", "sale")


def test_what_runs_goes_on_under_the_last_good_version(workshop: Workshop) -> None:
    deal, good = workshop.deal(), in_force(workshop)
    workshop.rewrite("sale.toml", shop.PIPELINE.replace('next = "work"', 'next = "wrok"'))

    workshop.restart()
    workshop.complete(deal, "Interested")

    assert workshop.stage(deal) == WORK
    assert workshop.open_tasks(deal) == ["Send an offer"]
    assert in_force(workshop) == good


def test_new_items_join_under_the_last_good_version(workshop: Workshop) -> None:
    workshop.rewrite("sale.toml", "this is no TOML")
    workshop.restart()
    assert workshop.open_tasks(workshop.deal()) == ["Call about Acme"]


def test_a_mended_file_is_in_force_with_the_next_start_and_nothing_is_reported_any_more(
    workshop: Workshop,
) -> None:
    good = in_force(workshop)
    workshop.rewrite("sale.toml", "this is no TOML")
    workshop.restart()
    workshop.rewrite("sale.toml", shop.PIPELINE.replace('title = "Why"', 'title = "Why not"'))
    workshop.restart()

    with workshop.app.database.read() as conn:
        assert versions.broken(conn, "main") == []
    assert in_force(workshop) not in (good, None)


def test_the_mistakes_and_the_version_that_stays_are_told_in_store_and_log(
    workshop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    good = in_force(workshop)
    workshop.rewrite("sale.toml", shop.PIPELINE.replace('entity = "deal"', 'entity = "deal"\nstrct = true'))
    with caplog.at_level(logging.ERROR):
        workshop.restart()

    with workshop.app.database.read() as conn:
        (trouble,) = versions.broken(conn, "main")
    assert trouble.version == good
    assert "sale.toml:5: error: strct" in trouble.mistakes[0]
    assert "Did you mean 'strict'?" in trouble.mistakes[0]
    assert "action=load status=broken portal=main pipeline=sale" in caplog.text


def test_a_stage_that_config_does_not_bind_leaves_the_last_good_version_in_force(workshop: Workshop) -> None:
    good = in_force(workshop)
    workshop.rewrite("sale.toml", shop.PIPELINE + '[[stages]]\nid = "lawyers"\n')
    workshop.restart()

    assert workshop.portal.bindings["sale"].definition.hash == good
    assert "'lawyers' of sale is bound to no stage" in workshop.portal.broken["sale"].mistakes[0]


def test_a_pipeline_that_was_never_good_is_left_out_and_the_others_go_on(workshop: Workshop) -> None:
    workshop.more += SECOND
    (workshop.folder / "other.toml").write_text(OTHER.replace("id = ", "idd = ", 1))
    workshop.restart()

    assert set(workshop.portal.bindings) == {"sale"}
    assert "it is left out" in str(workshop.portal.broken["other"])
    assert workshop.open_tasks(workshop.deal()) == ["Call about Acme"]


def test_where_nothing_at_all_can_be_bound_nothing_starts(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, is_mirrored=False)  # bound, but no engine has run on it
    workshop.app.close()
    (tmp_path / "sale.toml").write_text("this is no TOML")
    config = load_config(tmp_path / "config.toml")
    with pytest.raises(DefinitionError, match=r"sale.toml:1: error: not TOML"):
        build_app(config, clock=workshop.clock)
    (tmp_path / "sale.toml").write_text(shop.PIPELINE + '[[stages]]\nid = "lawyers"\n')
    with pytest.raises(ConfigError, match="'lawyers' of sale is bound to no stage"):
        build_app(config, clock=workshop.clock)


def test_a_stored_version_that_newer_checks_would_refuse_still_runs(workshop: Workshop) -> None:
    """Checks are for what is put to use; they do not pull the ground from under what runs already."""
    from connector.flow.versions import Versions
    from connector.store import definitions
    from connector.store.definitions import StoredDefinition
    from pipelines.loader import read_text

    text = shop.PIPELINE.replace('next = "work"', 'next = "wrok"')
    old = read_text(text, "sale.toml")
    with workshop.app.database.write() as conn:
        definitions.put(conn, StoredDefinition(old.hash, "sale", "sale.toml", text), workshop.clock.now())
        assert Versions().get(conn, old.hash).hash == old.hash


# --- while the engine runs ----------------------------------------------------------------------------------


CHANGED = shop.PIPELINE.replace("Call about {item.title}", "Ring {item.title} up")


def look(workshop: Workshop, times: int = 2) -> None:
    for _ in range(times):
        workshop.app.look_at_definitions("main")


def test_an_edited_file_is_in_force_once_two_looks_find_it_the_same(
    workshop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    running = workshop.deal()
    workshop.rewrite("sale.toml", CHANGED)
    look(workshop, 1)
    assert workshop.open_tasks(workshop.deal()) == ["Call about Acme"]
    with caplog.at_level(logging.INFO):
        look(workshop, 1)

    assert workshop.open_tasks(workshop.deal()) == ["Ring Acme up"]
    assert workshop.open_tasks(running) == ["Call about Acme"]
    assert in_force(workshop) == workshop.portal.bindings["sale"].definition.hash
    assert "action=load status=changed portal=main pipeline=sale" in caplog.text


def test_a_file_that_is_still_being_written_is_left_alone(workshop: Workshop) -> None:
    good = in_force(workshop)
    for text in (CHANGED[: len(CHANGED) // 2], CHANGED[: len(CHANGED) // 3], CHANGED):
        workshop.rewrite("sale.toml", text)
        look(workshop, 1)
    assert (in_force(workshop), workshop.portal.broken) == (good, {})
    look(workshop, 1)
    assert in_force(workshop) != good


def test_a_file_that_breaks_while_the_engine_runs_leaves_the_last_good_version(
    workshop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    deal, good = workshop.deal(), in_force(workshop)
    workshop.rewrite("sale.toml", CHANGED.replace('next = "work"', 'next = "wrok"'))
    with caplog.at_level(logging.ERROR):
        look(workshop, 5)

    assert caplog.text.count("action=load status=broken portal=main pipeline=sale") == 1
    with workshop.app.database.read() as conn:
        (trouble,) = versions.broken(conn, "main")
    assert trouble.version == in_force(workshop) == good
    assert workshop.open_tasks(workshop.deal()) == ["Call about Acme"]
    workshop.complete(deal, "Interested")
    assert workshop.stage(deal) == WORK


def test_a_file_that_is_mended_while_the_engine_runs_is_in_force_and_nothing_is_reported_any_more(
    workshop: Workshop,
) -> None:
    workshop.rewrite("sale.toml", "this is no TOML")
    look(workshop)
    workshop.rewrite("sale.toml", CHANGED)
    look(workshop)

    with workshop.app.database.read() as conn:
        assert versions.broken(conn, "main") == []
    assert workshop.open_tasks(workshop.deal()) == ["Ring Acme up"]


def test_a_file_that_is_gone_is_a_broken_one(workshop: Workshop) -> None:
    good = in_force(workshop)
    (workshop.folder / "sale.toml").unlink()
    look(workshop)
    assert "cannot be read" in workshop.portal.broken["sale"].mistakes[0]
    assert workshop.portal.bindings["sale"].definition.hash == good


def test_a_pipeline_that_was_left_out_joins_when_its_file_is_mended(workshop: Workshop) -> None:
    workshop.more += SECOND.replace("fresh =", 'won = "C2:WON", fresh =')
    (workshop.folder / "other.toml").write_text("this is no TOML")
    workshop.restart()
    (workshop.folder / "other.toml").write_text(OTHER + '[[stages]]\nid = "won"\nstatus = "won"\n')
    workshop.app.take_definitions("main")
    assert set(workshop.portal.bindings) == {"sale", "other"}
    assert workshop.portal.broken == {}


def test_what_is_broken_is_so_since_it_was_first_seen(workshop: Workshop) -> None:
    workshop.more += SECOND
    (workshop.folder / "other.toml").write_text("this is no TOML")
    workshop.restart()
    began_at = workshop.clock.now()
    workshop.clock.advance(3600)
    workshop.rewrite("sale.toml", CHANGED)
    workshop.app.take_definitions("main")
    with workshop.app.database.read() as conn:
        (trouble,) = versions.broken(conn, "main")
    assert trouble.since_at == began_at
