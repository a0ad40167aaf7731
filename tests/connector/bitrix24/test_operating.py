"""A method's run time: parked before the limit, and after a refusal as long as the portal says."""

from __future__ import annotations

import pytest

from connector.bitrix24.outcome import Answer, Outcome, Trouble
from connector.bitrix24.throttle import Throttle
from connector.clock import VirtualClock

LIST = "crm.item.list"
REFUSED = Answer(Outcome.NOT_RUN, error="OPERATION_TIME_LIMIT", trouble=Trouble.OPERATING, http_status=429)


def good(operating: float | None = None, reset_seconds: float | None = None) -> Answer:
    return Answer(Outcome.DONE, operating=operating, operating_reset_seconds=reset_seconds, http_status=200)


def test_a_method_is_parked_short_of_its_limit_until_a_part_of_it_expires(
    clock: VirtualClock, throttle: Throttle
) -> None:
    throttle.learn(LIST, good(377, 100))
    assert throttle.parked(LIST) is None
    throttle.learn(LIST, good(378.5, 90))
    parked = throttle.parked(LIST)
    assert parked is not None
    assert (parked.outcome, parked.trouble, parked.retry_after) == (Outcome.NOT_RUN, Trouble.OPERATING, 90)
    assert throttle.parked_methods() == {LIST: 90}
    clock.advance(90)
    assert throttle.parked(LIST) is None
    assert throttle.parked_methods() == {}


def test_other_methods_go_on(throttle: Throttle) -> None:
    throttle.learn(LIST, REFUSED)
    assert throttle.parked("crm.item.update") is None


def test_a_refused_method_waits_for_the_reset_of_its_last_good_answer(
    clock: VirtualClock, throttle: Throttle
) -> None:
    throttle.learn(LIST, good(300, 240))
    clock.advance(40)
    throttle.learn(LIST, REFUSED)
    assert throttle.wait_seconds(LIST) == pytest.approx(200)


def test_if_that_was_not_enough_it_waits_minute_by_minute(clock: VirtualClock, throttle: Throttle) -> None:
    throttle.learn(LIST, good(300, 30))
    throttle.learn(LIST, REFUSED)
    for _ in range(3):
        clock.advance(throttle.wait_seconds(LIST))
        throttle.learn(LIST, REFUSED)
        assert throttle.wait_seconds(LIST) == 60
    clock.advance(60)
    throttle.learn(LIST, good(10, 300))
    assert throttle.parked(LIST) is None


def test_a_reset_that_is_nearly_due_is_given_ten_seconds(throttle: Throttle) -> None:
    throttle.learn(LIST, good(300, 0.5))
    throttle.learn(LIST, REFUSED)
    assert throttle.wait_seconds(LIST) == 10


def test_a_refusal_out_of_the_blue_waits_a_minute(throttle: Throttle) -> None:
    throttle.learn(LIST, REFUSED)
    assert throttle.wait_seconds(LIST) == 60


def test_a_portal_that_tells_no_run_time_is_put_up_with(throttle: Throttle) -> None:
    throttle.learn(LIST, good())
    throttle.learn(LIST, good(500, None))
    assert throttle.wait_seconds(LIST) == 60


def test_a_reset_far_away_is_not_believed(throttle: Throttle) -> None:
    throttle.learn(LIST, good(400, 90_000))
    assert throttle.wait_seconds(LIST) == 660
