"""As many requests side by side as help; fewer and shorter ones before the portal blocks; more again."""

from __future__ import annotations

import pytest

from connector.bitrix24.call import Priority
from connector.bitrix24.outcome import Answer, Outcome
from connector.bitrix24.pace import Pace
from connector.bitrix24.throttle import Throttle
from connector.clock import VirtualClock

LIST = "crm.item.list"
#: What a backfill may use of the run time of a method: of 420 s, nine tenths, and three quarters of them.
BUDGET = 420 * 0.9 * 0.75


def told(throttle: Throttle, *, operating: float, duration: float = 0.1, reset_seconds: float = 300) -> None:
    answer = Answer(
        Outcome.DONE,
        duration=duration,
        operating=operating,
        operating_reset_seconds=reset_seconds,
        http_status=200,
    )
    throttle.learn_command(LIST, answer)


def most(throttle: Throttle, *, seconds: float | None = None) -> int:
    """How many requests may be under way side by side, from now on."""
    pace = Pace(throttle, LIST, Priority.BACKFILL, 48)
    each = throttle.seconds_each(LIST) or 0.0
    pace.learn(2 * each if seconds is None else seconds, 2)
    return pace.room(0)


@pytest.mark.parametrize(
    ("page_seconds", "requests"), [(0.0, 1), (0.002, 3), (0.01, 11), (0.03, 31), (0.1, 43)]
)
def test_as_many_as_keep_us_busy_and_the_bucket_takes(
    throttle: Throttle, page_seconds: float, requests: int
) -> None:
    """It takes 33 at once, and ten more while those are under way that take five seconds each."""
    told(throttle, operating=1, duration=page_seconds)
    assert most(throttle) == requests


def test_a_long_way_to_the_portal_is_a_reason_for_more(throttle: Throttle) -> None:
    told(throttle, operating=1, duration=0.0)
    assert most(throttle, seconds=0.2) == 5


def test_a_bucket_that_others_have_filled_leaves_one(throttle: Throttle) -> None:
    for _ in range(44):
        with throttle.slot(Priority.REP):
            pass
    told(throttle, operating=1)
    assert most(throttle) == 1


def test_they_become_fewer_and_then_shorter_before_the_run_time_is_used_up(throttle: Throttle) -> None:
    seen = []
    for used in (0.0, 200.0, 260.0, 270.0, 276.0, 281.0, 283.0):
        told(throttle, operating=used)
        pace = Pace(throttle, LIST, Priority.BACKFILL, 48)
        seen.append((most(throttle), pace.pages()))
    requests, pages = zip(*seen, strict=True)
    assert list(requests) == sorted(requests, reverse=True)
    assert (requests[0], requests[2], requests[-1]) == (43, 4, 1)
    assert pages == (50, 50, 50, 50, 50, 25, 5)
    assert all(used + number * 0.1 <= BUDGET for used, number in ((281.0, 25), (283.0, 5)))


def test_what_is_under_way_counts_as_used(throttle: Throttle) -> None:
    told(throttle, operating=260)
    with throttle.under_way({LIST: 150}):
        assert Pace(throttle, LIST, Priority.BACKFILL, 48).pages() == 50
        assert most(throttle) == 1
    assert most(throttle) == 4


def test_there_are_more_again_when_a_part_of_it_has_expired(clock: VirtualClock, throttle: Throttle) -> None:
    told(throttle, operating=BUDGET, reset_seconds=120)
    assert throttle.parked(LIST, Priority.BACKFILL) is not None
    assert throttle.parked(LIST, Priority.REP) is None  # what a rep waits for has run time left
    clock.advance(120)
    assert throttle.parked(LIST, Priority.BACKFILL) is None
    assert (most(throttle), Pace(throttle, LIST, Priority.BACKFILL, 48).pages()) == (1, 1)
    told(throttle, operating=100, reset_seconds=60)
    assert most(throttle) == 36


def test_a_slow_portal_gets_requests_that_end_before_it_cuts_them(throttle: Throttle) -> None:
    told(throttle, operating=1, duration=5.0)
    assert Pace(throttle, LIST, Priority.BACKFILL, 48).pages() == 5


def test_nobody_hurries_before_it_is_known_how_much_a_request_brings(throttle: Throttle) -> None:
    told(throttle, operating=1)
    pace = Pace(throttle, LIST, Priority.BACKFILL, 48)
    pace.learn(0.2, 2)
    pace.be_cautious()
    assert [pace.room(number) for number in (3, 4)] == [1, 0]
    pace.went_on()
    assert pace.room(4) > 0


@pytest.mark.parametrize(("page_seconds", "pages"), [(0.002, 50), (0.02, 14), (0.1, 10), (3.0, 10)])
def test_a_request_more_is_to_be_worth_its_place_in_the_bucket(
    throttle: Throttle, page_seconds: float, pages: int
) -> None:
    told(throttle, operating=1, duration=page_seconds)
    assert Pace(throttle, LIST, Priority.BACKFILL, 48).worthwhile_pages() == pages
