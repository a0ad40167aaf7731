"""What is done by the clock besides looking for changes: knowing the portal, forgetting what is over."""

from __future__ import annotations

from connector.store import catalogue, outbox
from connector.store.outbox import State
from tests.connector.flow.workshop import Workshop


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
