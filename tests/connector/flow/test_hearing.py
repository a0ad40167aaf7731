"""That events fail to come is noticed, from what changed without any."""

from __future__ import annotations

import logging

import pytest

from connector.records import DEAL
from connector.store import hearing
from connector.store.hearing import Hearing
from tests.connector.flow.mirrored import poll
from tests.connector.flow.workshop import Workshop

OTHER_BOARD = "PREPARATION"


def heard(workshop: Workshop) -> Hearing:
    with workshop.app.database.read() as conn:
        return hearing.listen(conn, "main", [DEAL], workshop.clock.now())


def make_deals(workshop: Workshop, number: int) -> None:
    for _ in range(number):
        workshop.sandbox.deal(stage=OTHER_BOARD)
    workshop.clock.advance(1)
    workshop.deliver()
    workshop.app.work("main")


def test_changes_that_events_told_of_are_told_from_those_that_polls_found(workshop: Workshop) -> None:
    make_deals(workshop, 12)
    workshop.sandbox.faults.events.lost = 1.0
    make_deals(workshop, 4)
    poll(workshop, 600)

    day = heard(workshop).day
    assert (day.changed, day.announced, day.share) == (16, 12, 0.75)
    assert not heard(workshop).is_silent


def test_events_that_stop_are_noticed_and_so_are_events_that_come_again(
    workshop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    workshop.sandbox.faults.events.lost = 1.0
    make_deals(workshop, 12)
    with caplog.at_level(logging.WARNING):
        poll(workshop, 900)
    assert heard(workshop).is_silent
    assert "action=events status=silent portal=main changed=12 announced=0" in caplog.text
    with workshop.app.database.read() as conn:
        assert hearing.silent_since(conn, "main") is not None

    workshop.sandbox.faults.events.lost = 0.0
    make_deals(workshop, 30)
    with caplog.at_level(logging.WARNING):
        poll(workshop, 900)
    assert "action=events status=heard_again portal=main changed=42 announced=30" in caplog.text
    with workshop.app.database.read() as conn:
        assert hearing.silent_since(conn, "main") is None


def test_few_changes_prove_nothing_and_events_that_come_late_are_no_silence(workshop: Workshop) -> None:
    workshop.sandbox.faults.events.lost = 1.0
    make_deals(workshop, 9)
    poll(workshop, 900)
    assert not heard(workshop).is_silent

    workshop.sandbox.faults.events.lost, workshop.sandbox.faults.events.late = 0.0, 1.0
    workshop.sandbox.faults.events.late_seconds = (200.0, 300.0)
    make_deals(workshop, 30)
    poll(workshop, 300)
    workshop.deliver()
    workshop.app.work("main")
    poll(workshop, 300)
    lately = heard(workshop).lately
    assert (lately.changed, lately.announced) == (39, 30)


def test_what_changed_while_nobody_listened_is_no_silence(workshop: Workshop) -> None:
    workshop.app.close()
    for _ in range(20):
        workshop.sandbox.deal(stage=OTHER_BOARD)
    workshop.sandbox.events.waiting.clear()
    workshop.clock.advance(60)
    workshop.restart()
    poll(workshop, 900)
    assert heard(workshop).day.changed == 20
    assert not heard(workshop).is_silent
