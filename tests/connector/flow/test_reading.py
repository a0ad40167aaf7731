"""A reading is kept in slices: nothing that was read is lost between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connector.flow.reading import SLICE, Reading, keep
from connector.records import DEAL, ItemRef, StageMove
from connector.store import visits
from tests.connector.flow.workshop import DEFERRED, NEW, WORK, Workshop

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def move(number: int, ref: ItemRef) -> StageMove:
    return StageMove(str(number), ref, 2, 1, WORK, "P", MONDAY + timedelta(seconds=number))


def test_each_move_is_in_one_slice_and_in_order_whether_or_not_its_item_could_be_read() -> None:
    refs = [ItemRef(DEAL, number) for number in range(1, SLICE + 20)]
    moves = [move(number, ref) for number, ref in enumerate([*refs, *refs], start=1)]
    reading = Reading(items=dict.fromkeys(refs[::2]), moves=moves)

    parts = list(reading.parts())

    assert len(parts) == 2
    kept = [each for part in parts for each in part.moves]
    assert sorted(kept, key=lambda each: each.at) == moves
    for ref in refs:
        assert [each.at for each in kept if each.ref == ref] == [each.at for each in moves if each.ref == ref]
    assert {ref for part in parts for ref in part.items} == set(refs[::2])


def test_the_visit_of_a_card_that_cannot_be_read_is_kept(workshop: Workshop) -> None:
    deal = workshop.deal()
    came = replace(move(9_000, deal), at=workshop.clock.now())

    keep(workshop.portal, Reading(moves=[came]))

    with workshop.app.database.read() as conn:
        assert visits.latest_of(conn, "main", [deal])[deal] == came


def list_rows_late(workshop: Workshop) -> None:
    """From now on the portal lists each row of a history before the one that came before it."""
    faults = workshop.sandbox.faults
    faults.history_lag_seconds = 100
    assert faults.lag_of(1) > faults.lag_of(2) > faults.lag_of(3)


def see_one_row_after_the_other(workshop: Workshop) -> None:
    for _ in range(5):
        workshop.wait(25)


def test_a_card_that_moved_before_its_first_row_was_listed_joins_where_it_stands(workshop: Workshop) -> None:
    list_rows_late(workshop)
    record = workshop.sandbox.deal(stage=NEW, TITLE="Acme", ASSIGNED_BY_ID=5)
    deal = ItemRef(DEAL, record.id)
    workshop.sandbox.move(deal, WORK)

    see_one_row_after_the_other(workshop)

    assert workshop.process_stage(deal) == "work"
    assert workshop.open_tasks(deal) == ["Send an offer"]


def test_a_row_that_is_listed_after_a_newer_one_takes_nobody_back(workshop: Workshop) -> None:
    deal = workshop.deal()
    list_rows_late(workshop)
    workshop.sandbox.move(deal, DEFERRED)
    workshop.sandbox.move(deal, WORK)

    see_one_row_after_the_other(workshop)

    assert workshop.process_stage(deal) == "work"
    assert workshop.open_tasks(deal) == ["Send an offer"]


def test_a_title_that_was_cut_in_the_middle_of_a_sign_holds_up_no_other_card(workshop: Workshop) -> None:
    cut = workshop.sandbox.deal(stage=NEW, TITLE="Acme \ud83d", ASSIGNED_BY_ID=5)
    whole = workshop.sandbox.deal(stage=NEW, TITLE="Mills", ASSIGNED_BY_ID=5)
    workshop.settle()
    assert workshop.open_tasks(ItemRef(DEAL, cut.id)) == ["Call about Acme \ufffd"]
    assert workshop.open_tasks(ItemRef(DEAL, whole.id)) == ["Call about Mills"]


def test_a_new_card_costs_one_request_to_read_and_one_to_write(workshop: Workshop) -> None:
    workshop.deal()  # what is asked once, has been asked
    before = workshop.portal.client.requests_sent

    workshop.deal()

    assert workshop.portal.client.requests_sent - before == 2


def test_what_a_rep_does_with_a_new_task_at_once_is_not_taken_for_its_making(workshop: Workshop) -> None:
    deal = ItemRef(DEAL, workshop.sandbox.deal(stage=NEW, TITLE="Acme", ASSIGNED_BY_ID=5).id)
    workshop.deliver()
    workshop.app.work("main")
    (task,) = workshop.tasks(deal)
    workshop.sandbox.tick(task.id, "Interested")
    workshop.sandbox.complete_task(task.id)

    workshop.settle()

    assert workshop.stage(deal) == WORK


def test_a_move_is_not_made_up_while_its_row_has_only_not_been_read(workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.sandbox.move(deal, WORK)
    workshop.clock.advance(300)

    workshop.app.reconcile_items("main")

    with workshop.app.database.read() as conn:
        stays = visits.of(conn, "main", deal)
    assert [stay.stage_id for stay in stays] == [NEW, WORK]
    assert all(stay.id.isdecimal() for stay in stays)
