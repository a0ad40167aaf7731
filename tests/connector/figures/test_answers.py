"""Answers that are kept: shown while they are true, and with their age while newer ones are made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from connector.clock import VirtualClock
from connector.reports.figures.answers import Answers
from connector.store import Database
from connector.store.changes import Changes
from tests.connector.figures.histories import DAY, NOW, Deal, write

HOUR_SECONDS = 3_600


class Store:
    """A store of which nothing but its version is known, and who counts in it."""

    def __init__(self) -> None:
        self.version = 1
        self.counted = count(1)
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def compute(self) -> int:
        assert self.may_go_on.wait(60)
        return next(self.counted)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
def patient(store: Store, clock: VirtualClock) -> Iterator[Answers[int]]:
    answers: Answers[int] = Answers(lambda: store.version, clock, patience_seconds=60)
    yield answers
    answers.close()


@pytest.fixture
def hasty(store: Store, clock: VirtualClock) -> Iterator[Answers[int]]:
    """Nobody waits for newer answers."""
    answers: Answers[int] = Answers(lambda: store.version, clock, patience_seconds=0)
    yield answers
    store.may_go_on.set()
    answers.close()


def test_an_answer_is_computed_once_while_nothing_changes(
    patient: Answers[int], store: Store, clock: VirtualClock
) -> None:
    assert [patient.get("funnel", store.compute) for _ in range(3)] == [1, 1, 1]
    assert patient.get("people", store.compute) == 2
    clock.advance(31)  # tasks fall due in a store that stands still
    assert patient.get("funnel", store.compute) == 3


def test_a_changed_store_gives_a_new_answer(patient: Answers[int], store: Store) -> None:
    assert patient.get("funnel", store.compute) == 1
    store.version += 1
    assert patient.get("funnel", store.compute) == 2


def test_what_takes_long_is_not_computed_for_every_change(
    hasty: Answers[int], store: Store, clock: VirtualClock
) -> None:
    hasty.get("funnel", store.compute)
    store.version += 1
    clock.advance(59)
    assert hasty.get("funnel", store.compute) == 1
    hasty.close()
    assert next(store.counted) == 2


def test_the_last_answer_is_shown_while_a_newer_one_is_made(
    hasty: Answers[int], store: Store, clock: VirtualClock
) -> None:
    hasty.get("funnel", store.compute)
    clock.advance(60)
    store.may_go_on.clear()
    assert [hasty.get("funnel", store.compute) for _ in range(3)] == [1, 1, 1]
    store.may_go_on.set()
    hasty.close()
    assert hasty.get("funnel", store.compute) == 2
    assert next(store.counted) == 3


def test_an_answer_that_is_too_old_is_never_shown(
    hasty: Answers[int], store: Store, clock: VirtualClock
) -> None:
    hasty.get("funnel", store.compute)
    clock.advance(4 * HOUR_SECONDS)
    assert hasty.get("funnel", store.compute) == 2


def test_figures_that_cannot_be_renewed_are_no_longer_shown(
    hasty: Answers[int], store: Store, clock: VirtualClock
) -> None:
    def fail() -> int:
        assert store.may_go_on.wait(60)
        raise LookupError("Anna is gone")

    hasty.get("funnel", store.compute)
    clock.advance(60)
    store.may_go_on.clear()
    assert hasty.get("funnel", fail) == 1
    store.may_go_on.set()
    hasty.close()
    with pytest.raises(LookupError):
        hasty.get("funnel", fail)


def test_what_is_usually_asked_is_there_before_anybody_asks(patient: Answers[int], store: Store) -> None:
    patient.begin({"funnel": store.compute})
    assert patient.get("funnel", store.compute) == 1
    assert next(store.counted) == 2


def test_who_asks_first_waits_for_what_is_being_computed_and_for_nothing_that_is_in_line(
    patient: Answers[int], store: Store
) -> None:
    store.may_go_on.clear()
    patient.begin({"funnel": store.compute, "people": store.compute})
    assert patient.get("people", lambda: 100) == 100
    store.may_go_on.set()
    assert patient.get("funnel", lambda: 200) == 1
    assert next(store.counted) == 2


def test_what_fails_ahead_of_being_asked_for_fails_whoever_asks(patient: Answers[int]) -> None:
    def fail() -> int:
        raise LookupError("Anna is gone")

    patient.begin({"funnel": fail})
    with pytest.raises(LookupError):
        patient.get("funnel", fail)


def test_a_commit_is_seen_and_reading_changes_nothing_on_both_databases(
    database: Database,
) -> None:
    changes = Changes(database)
    try:
        before = changes.present()
        assert changes.present() == before
        write(database, [Deal(1, [("new", NOW - DAY)])])
        after = changes.present()
        assert after != before
        with database.read() as conn:
            conn.exec_driver_sql("SELECT count(*) FROM item").scalar_one()
        assert changes.present() == after
    finally:
        changes.close()
