"""A row of the stage history that cannot be read holds up nothing after it, and is told of once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.records import DEAL, ItemRef, StageMove
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


def elsewhen(workshop: Workshop, ref: ItemRef) -> None:
    """The same, and its time is not that of which the card tells."""
    at = max(row.at for row in workshop.sandbox.crm.history.of(DEAL) if row.owner_id == ref.id)
    spoil(workshop, ref, stage_id="", at=at + timedelta(seconds=1))


def messages(workshop: Workshop) -> list[str]:
    return [each.text for each in workshop.sandbox.part(Mailbox).of(ADMIN)]


def unreadable(workshop: Workshop, ref: ItemRef) -> list[str]:
    with workshop.app.database.read() as conn:
        return [line.text for line in journal.of_item(conn, "main", ref) if line.kind == "unreadable"]


def stays(workshop: Workshop, ref: ItemRef) -> list[StageMove]:
    with workshop.app.database.read() as conn:
        return visits.of(conn, "main", ref)


@pytest.mark.parametrize("odd", [{"stage_id": ""}, {"type_id": "back"}])
def test_the_moves_after_it_are_read_in_time_and_its_own_is_seen_from_the_card(
    deaf: Workshop, odd: dict[str, Any]
) -> None:
    first, second = (ItemRef(DEAL, deaf.sandbox.deal(stage=NEW, ASSIGNED_BY_ID=5).id) for _ in range(2))
    spoil(deaf, first, **odd)
    poll(deaf, 60)
    assert [deaf.process_stage(deal) for deal in (first, second)] == ["new", "new"]

    deaf.sandbox.move(first, WORK)
    spoil(deaf, first, **odd)
    deaf.clock.advance(1)
    deaf.sandbox.move(second, WORK)
    poll(deaf, 60)
    assert [deaf.process_stage(deal) for deal in (first, second)] == ["work", "work"]

    poll(deaf, 600)
    assert differences(deaf) == []
    assert [stay.stage_id for stay in stays(deaf, first)] == [NEW, WORK]


def test_where_a_row_of_no_known_time_put_its_card_is_found_with_the_changed_cards(deaf: Workshop) -> None:
    deal = ItemRef(DEAL, deaf.sandbox.deal(stage=NEW, ASSIGNED_BY_ID=5).id)
    poll(deaf, 120)
    deaf.sandbox.move(deal, WORK)
    elsewhen(deaf, deal)
    poll(deaf, 60)
    assert deaf.process_stage(deal) == "new"
    poll(deaf, 600)
    assert deaf.process_stage(deal) == "work"


def test_a_card_that_was_there_before_us_is_not_taken_for_a_new_one(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, is_mirrored=False)
    deal = ItemRef(DEAL, workshop.sandbox.deal(stage=NEW, ASSIGNED_BY_ID=5).id)
    workshop.clock.advance(600)
    workshop.mirror()
    workshop.clock.advance(600)
    workshop.sandbox.move(deal, WORK)
    spoil(workshop, deal, type_id="back")
    poll(workshop, 60)
    assert [stay.stage_id for stay in stays(workshop, deal)] == [NEW, WORK]
    assert workshop.process_stage(deal) is None
    workshop.app.close()


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

    assert [[stay.stage_id for stay in stays(deaf, deal)] for deal in deals] == [[NEW]] * 55
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
    elsewhen(deaf, moved)

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
