"""Places in the bucket are reserved before sending, the urgent ones first; refusals slow everything down."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.bitrix24.call import Priority
from connector.bitrix24.outcome import Answer, Outcome, Trouble
from connector.bitrix24.throttle import ENTERPRISE, Throttle
from connector.clock import VirtualClock
from tests.connector.bitrix24.conftest import START

BUSY = Answer(Outcome.NOT_RUN, error="QUERY_LIMIT_EXCEEDED", trouble=Trouble.BUSY, http_status=503)
GOOD = Answer(Outcome.DONE, http_status=200)


def take(throttle: Throttle, clock: VirtualClock, priority: Priority, answer: Answer = GOOD) -> float:
    """Send one request; the seconds it waited."""
    before = clock.monotonic()
    with throttle.slot(priority):
        throttle.learn("m", answer)
    return clock.monotonic() - before


def test_a_burst_is_sent_at_once_and_then_as_fast_as_the_bucket_drains(
    clock: VirtualClock, throttle: Throttle
) -> None:
    burst = [take(throttle, clock, Priority.REP) for _ in range(45)]
    assert sum(burst) == 0
    after = [take(throttle, clock, Priority.REP) for _ in range(4)]
    assert after == pytest.approx([1 / 1.9] * 4)


def test_what_a_rep_waits_for_finds_a_place_while_a_backfill_runs(
    clock: VirtualClock, throttle: Throttle
) -> None:
    while take(throttle, clock, Priority.BACKFILL) == 0:
        pass
    assert take(throttle, clock, Priority.REP) == 0
    assert take(throttle, clock, Priority.SWEEP) == 0
    while take(throttle, clock, Priority.SWEEP) == 0:
        pass
    assert take(throttle, clock, Priority.REP) == 0


def test_the_urgent_goes_before_all_that_waits(clock: VirtualClock) -> None:
    """What waits takes no place, and whoever is more urgent need not stand behind it."""
    order: list[Priority] = []

    class Busy(VirtualClock):
        def sleep(self, seconds: float) -> None:
            if seconds and coming:
                take(throttle, self, coming.pop())
            super().sleep(seconds)

    class Noting(Throttle):
        def learn(self, account: str, answer: Answer) -> None:
            order.append(Priority(int(account)))
            super().learn(account, answer)

    def take(throttle: Throttle, clock: VirtualClock, priority: Priority) -> None:
        with throttle.slot(priority):
            throttle.learn(str(int(priority)), GOOD)

    busy = Busy(START)
    throttle = Noting(busy, rate=1.0, burst=8)
    coming: list[Priority] = []
    for _ in range(8):
        take(throttle, busy, Priority.REP)
    order.clear()
    # One after another they come while the one before waits for its place.
    coming += reversed([Priority.BACKFILL, Priority.SWEEP, Priority.SWEEP, Priority.REP, Priority.REP])
    take(throttle, busy, Priority.BACKFILL)
    assert order == sorted(order)
    assert len(order) == 6


def test_an_idle_bucket_is_empty_again(clock: VirtualClock, throttle: Throttle) -> None:
    for _ in range(45):
        take(throttle, clock, Priority.REP)
    assert throttle.share_used() == pytest.approx(1.0)
    clock.advance(60)
    assert throttle.share_used() == 0


def test_an_enterprise_portal_takes_five_times_as_many(clock: VirtualClock) -> None:
    throttle = Throttle(clock, rate=ENTERPRISE.rate, burst=ENTERPRISE.burst)
    assert sum(take(throttle, clock, Priority.REP) for _ in range(225)) == 0


def test_after_a_refusal_the_bucket_counts_as_full(clock: VirtualClock, throttle: Throttle) -> None:
    assert take(throttle, clock, Priority.REP, BUSY) == 0
    assert take(throttle, clock, Priority.REP) == pytest.approx(1 / 1.9 + 1)
    assert take(throttle, clock, Priority.BACKFILL) > 5


def test_each_refusal_in_a_row_waits_longer_up_to_a_minute(clock: VirtualClock, throttle: Throttle) -> None:
    waits = [take(throttle, clock, Priority.REP, BUSY) for _ in range(15)]
    assert all(later > sooner - 1e-6 for sooner, later in pairwise(waits))
    assert waits[2] == pytest.approx(waits[1] * 1.5)
    assert waits[-1] == pytest.approx(60)


def test_a_good_answer_ends_the_row(clock: VirtualClock, throttle: Throttle) -> None:
    for answer in (BUSY, BUSY, GOOD):
        take(throttle, clock, Priority.REP, answer)
    take(throttle, clock, Priority.REP, BUSY)
    assert take(throttle, clock, Priority.REP) == pytest.approx(1 / 1.9 + 1)


def test_after_a_refusal_requests_go_one_at_a_time(clock: VirtualClock, throttle: Throttle) -> None:
    take(throttle, clock, Priority.REP, BUSY)
    inside, most = 0, 0
    counting = threading.Lock()
    entered = threading.Barrier(4)

    def send() -> None:
        nonlocal inside, most
        entered.wait(10)
        with throttle.slot(Priority.REP):
            with counting:
                inside += 1
                most = max(most, inside)
            throttle.learn("m", BUSY)
            with counting:
                inside -= 1

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most == 1


def test_whoever_lined_up_before_a_refusal_lines_up_again(clock: VirtualClock, throttle: Throttle) -> None:
    """A thread whose place came due while another was refused must not be sent into the full bucket."""

    class Interrupting(VirtualClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if seconds and not interrupted:
                interrupted.append(seconds)
                throttle.learn("m", BUSY)

    interrupted: list[float] = []
    slow = Interrupting(START)
    throttle = Throttle(slow)
    for _ in range(45):
        take(throttle, slow, Priority.REP)
    assert take(throttle, slow, Priority.REP) > 1 / 1.9 + 1


@given(
    rate=st.floats(0.5, 10),
    burst=st.integers(2, 60),
    steps=st.lists(st.tuples(st.sampled_from(Priority), st.floats(0, 5)), max_size=150),
)
def test_a_portal_with_the_same_limits_never_has_to_refuse(
    rate: float, burst: int, steps: list[tuple[Priority, float]]
) -> None:
    clock = VirtualClock(START)
    throttle = Throttle(clock, rate=rate, burst=burst)
    level, seen_at = 0.0, 0.0
    for priority, pause in steps:
        clock.advance(pause)
        take(throttle, clock, priority)
        level = max(level - (clock.monotonic() - seen_at) * rate, 0.0) + 1
        seen_at = clock.monotonic()
        assert level <= burst + 1e-6
