"""A row of the stage history that cannot be read holds up nothing after it, and is told of once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connector.records import DEAL, ItemRef
from connector.sandbox.messages import Mailbox
from connector.store import journal, visits
from tests.connector.flow.mirrored import differences, poll
from tests.connector.flow.workshop import NEW, WORK, Workshop

ADMIN = 1


@pytest.fixture
def deaf(workshop: Workshop) -> Workshop:
    """From now on no event arrives."""
    workshop.sandbox.faults.events.lost = 1.0
    return workshop


def spoil(workshop: Workshop, ref: ItemRef, **odd: Any) -> None:
    """The newest row of the card is of a shape that nobody knows."""
    rows = workshop.sandbox.crm.history.of(DEAL)
    place = max(index for index, row in enumerate(rows) if row.owner_id == ref.id)
    rows[place] = replace(rows[place], **odd)


def messages(workshop: Workshop) -> list[str]:
    return [each.text for each in workshop.sandbox.part(Mailbox).of(ADMIN)]


def unreadable(workshop: Workshop, ref: ItemRef) -> list[str]:
    with workshop.app.database.read() as conn:
        return [line.text for line in journal.of_item(conn, "main", ref) if line.kind == "unreadable"]


def latest_stage(workshop: Workshop, ref: ItemRef) -> str | None:
    with workshop.app.database.read() as conn:
        latest = visits.latest(conn, "main", ref)
    return latest.stage_id if latest else None


@pytest.mark.parametrize("odd", [{"stage_id": ""}, {"type_id": "back"}])
def test_the_moves_after_it_are_read_in_time_and_its_own_card_is_found_by_where_it_stands(
    deaf: Workshop, odd: dict[str, Any]
) -> None:
    first, second = (ItemRef(DEAL, deaf.sandbox.deal(stage=NEW, ASSIGNED_BY_ID=5).id) for _ in range(2))
    poll(deaf, 120)
    deaf.sandbox.move(first, WORK)
    spoil(deaf, first, **odd)
    deaf.clock.advance(1)
    deaf.sandbox.move(second, WORK)
    poll(deaf, 60)
    assert deaf.process_stage(second) == "work"
    assert latest_stage(deaf, first) == NEW

    poll(deaf, 600)
    third = ItemRef(DEAL, deaf.sandbox.deal(stage=NEW, ASSIGNED_BY_ID=5).id)
    poll(deaf, 120)

    assert deaf.process_stage(first) == "work"
    assert deaf.process_stage(third) == "new"
    assert differences(deaf) == []


def test_it_is_told_of_once_in_the_journal_and_to_the_admin_whoever_finds_it_again(deaf: Workshop) -> None:
    deal = ItemRef(DEAL, deaf.sandbox.deal(stage=NEW, ASSIGNED_BY_ID=5).id)
    poll(deaf, 120)
    deaf.sandbox.move(deal, WORK)
    spoil(deaf, deal, stage_id="")
    for _ in range(2):
        poll(deaf, 300)
        deaf.app.sweep("main")
    deaf.restart()
    deaf.clock.advance(24 * 3_600)
    poll(deaf, 60)

    (line,) = unreadable(deaf, deal)
    assert "a move without a time or a stage" in line
    (message,) = [text for text in messages(deaf) if "stage history" in text]
    assert f"/crm/deal/details/{deal.id}/" in message


def test_a_whole_page_goes_on_past_it_even_where_it_is_the_last(deaf: Workshop) -> None:
    deals = [ItemRef(DEAL, deaf.sandbox.deal(stage=NEW, ASSIGNED_BY_ID=5).id) for _ in range(55)]
    spoil(deaf, deals[9], stage_id="")
    spoil(deaf, deals[49], stage_id="")

    deaf.app.reconcile_moves("main")

    assert [latest_stage(deaf, deal) for deal in deals].count(NEW) == 53
    assert latest_stage(deaf, deals[-1]) == NEW
    assert len(unreadable(deaf, deals[9]) + unreadable(deaf, deals[49])) == 2


def test_a_first_copy_and_a_sweep_take_what_comes_after_it(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, is_mirrored=False)
    workshop.sandbox.seed(deals=30)
    rows = workshop.sandbox.crm.history.of(DEAL)
    rows[3] = replace(rows[3], stage_id="")
    workshop.mirror()
    assert differences(workshop) == []
    rows[5] = replace(rows[5], type_id="back")
    workshop.app.sweep("main")
    assert differences(workshop) == []
    lost = {ItemRef(DEAL, rows[place].owner_id) for place in (3, 5)}
    assert sum(len(unreadable(workshop, deal)) for deal in lost) == 2
    workshop.app.close()


def test_a_card_that_moved_nobody_knows_where_is_not_pushed_and_the_others_are(deaf: Workshop) -> None:
    moved, other = (ItemRef(DEAL, deaf.sandbox.deal(stage=NEW, ASSIGNED_BY_ID=5).id) for _ in range(2))
    poll(deaf, 120)
    for deal in (moved, other):
        (task,) = deaf.tasks(deal)
        deaf.sandbox.tick(task.id, "Interested")
        deaf.sandbox.complete_task(task.id)
    deaf.sandbox.move(moved, "C1:UC_DEFER1")
    spoil(deaf, moved, stage_id="")

    poll(deaf, 120)

    assert deaf.stage(moved) == "C1:UC_DEFER1"
    assert "conflict" in deaf.journal(moved)
    assert deaf.stage(other) == WORK


def test_a_portal_that_is_only_watched_is_not_written_to(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, mode="shadow")
    deal = workshop.deal()
    workshop.sandbox.move(deal, WORK)
    spoil(workshop, deal, stage_id="")
    workshop.wait(60)
    assert len(unreadable(workshop, deal)) == 1
    assert workshop.commands() == {}
    workshop.app.close()
