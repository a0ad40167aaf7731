"""Deadlines that we set are not taken for a rep's, at whatever instant and however late they are read."""

from __future__ import annotations

from connector.flow.advance import advance
from connector.flow.dispatch import Dispatcher
from connector.flow.refresh import refresh
from connector.records import ItemRef
from tests.connector.flow.workshop import Workshop


def defer(workshop: Workshop) -> ItemRef:
    """A rep puts a task off and names no date, so that the engine gives it one; not on a whole second."""
    deal = workshop.deal()
    (task,) = workshop.tasks(deal)
    workshop.clock.advance(60.4)
    workshop.sandbox.defer_task(task.id)
    workshop.deliver()
    return deal


def test_a_task_that_was_put_off_is_put_off_once(workshop: Workshop) -> None:
    deal = defer(workshop)
    workshop.settle()
    assert workshop.journal(deal).count("postponed") == 1


def test_our_deadline_is_known_again_after_hours(workshop: Workshop) -> None:
    deal = defer(workshop)
    refresh(workshop.portal)
    while advance(workshop.portal):
        pass
    Dispatcher(workshop.portal).dispatch()
    workshop.clock.advance(3 * 3600)
    workshop.wait(60)
    assert workshop.journal(deal).count("postponed") == 1


def test_a_deadline_that_a_rep_moves_later_is_told(workshop: Workshop) -> None:
    deal = defer(workshop)
    workshop.settle()
    (task,) = workshop.tasks(deal)
    workshop.sandbox.postpone_task(task.id, workshop.clock.now().replace(day=25))
    workshop.settle()
    assert workshop.journal(deal).count("postponed") == 2
