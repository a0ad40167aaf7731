"""What is done by the clock besides looking for changes: knowing the portal, forgetting what is over."""

from __future__ import annotations

from sqlalchemy import update

from connector.records import DEAL, Hint, ItemRef
from connector.store import InboxWriter, catalogue, inbox, outbox
from connector.store.outbox import State
from connector.store.schema import process
from tests.connector.flow.workshop import NEW, Workshop

LIMIT_AND_ESCALATION = 3 * 24 * 3600


def test_a_person_who_left_is_known_to_have_left_within_the_hour(workshop: Workshop) -> None:
    workshop.sandbox.people.users[6].is_active = False

    workshop.app.copy_catalogue("main")

    with workshop.app.database.read() as conn:
        people = catalogue.get_people(conn, "main")
    assert not people[6].is_active
    assert people[5].is_active


def test_what_ended_a_month_ago_leaves_the_queues_and_the_journal_keeps_it(workshop: Workshop) -> None:
    deal = workshop.deal()
    assert workshop.commands() == {State.DONE: 1}

    workshop.clock.advance(31 * 24 * 3600)
    workshop.app.tidy("main")

    assert workshop.commands() == {}
    with workshop.app.database.read() as conn:
        assert outbox.of_item(conn, "main", deal) == []
    assert "command" in workshop.journal(deal)
    workshop.settle()
    assert len(workshop.tasks(deal)) == 1


def test_a_process_that_cannot_be_read_keeps_no_other_from_being_reminded(workshop: Workshop) -> None:
    damaged = workshop.deal()
    with workshop.app.database.write() as conn:
        conn.execute(update(process).values(state="{}"))
    workshop.clock.advance(LIMIT_AND_ESCALATION)
    whole = workshop.sandbox.deal(stage=NEW, TITLE="Mills", ASSIGNED_BY_ID=5)
    workshop.settle()

    assert workshop.open_tasks(ItemRef(DEAL, whole.id)) == ["Call about Mills"]
    assert workshop.open_tasks(damaged) == ["Call about Acme"]


def test_more_hints_than_are_kept_at_a_type_that_is_not_mirrored_leave_nothing_behind(
    workshop: Workshop,
) -> None:
    writer = InboxWriter(workshop.app.database, max_records=2)
    writer.start()
    for number in range(1, 9):
        writer.submit(Hint("main", "item", 1050, number, "", workshop.clock.now(), ""))
    writer.stop()
    workshop.settle()
    while workshop.app.sweep_when_due("main"):
        pass
    with workshop.app.database.read() as conn:
        assert inbox.counts(conn, "main")["new"] == 0
