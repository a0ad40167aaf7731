"""When nothing is sent to a portal, and how it is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.bitrix24.outcome import Answer, Outcome, Trouble
from connector.bitrix24.standing import Standing
from connector.clock import VirtualClock
from tests.connector.bitrix24.conftest import START

GOOD = Answer(Outcome.DONE, http_status=200)


def bad(trouble: Trouble) -> Answer:
    return Answer(Outcome.NOT_RUN, error="CODE", description="as it is", trouble=trouble)


@pytest.fixture
def standing(clock: VirtualClock) -> Standing:
    return Standing(clock)


def test_a_portal_stands_well_until_it_says_otherwise(standing: Standing) -> None:
    standing.learn(GOOD)
    standing.learn(Answer(Outcome.REJECTED, trouble=Trouble.REFUSED))
    assert standing.block is None
    assert standing.refusal() is None


@pytest.mark.parametrize(
    ("trouble", "times", "pause"),
    [
        (Trouble.OVERLOAD, 1, 1800),
        (Trouble.RENAMED, 1, 1800),
        (Trouble.UNAVAILABLE, 1, 300),
        (Trouble.AUTH, 2, 1800),
        (Trouble.EXPIRED, 2, 1800),
        (Trouble.NETWORK, 5, 1),
        (Trouble.UNREADABLE, 5, 1),
    ],
)
def test_it_is_blocked_after(standing: Standing, trouble: Trouble, times: int, pause: float) -> None:
    for _ in range(times - 1):
        standing.learn(bad(trouble))
        assert standing.refusal() is None
    standing.learn(bad(trouble))
    refusal = standing.refusal()
    assert refusal is not None
    assert (refusal.outcome, refusal.trouble, refusal.retry_after) == (Outcome.NOT_RUN, trouble, pause)
    assert "as it is" in refusal.description


def test_while_it_is_blocked_one_probe_goes_through_each_pause(
    clock: VirtualClock, standing: Standing
) -> None:
    standing.learn(bad(Trouble.OVERLOAD))
    through = 0
    for _ in range(4 * 60):
        clock.advance(60)
        through += standing.refusal() is None
    assert through == 8  # four hours


def test_a_good_answer_to_the_probe_opens_it_again(clock: VirtualClock, standing: Standing) -> None:
    standing.learn(bad(Trouble.OVERLOAD))
    clock.advance(1800)
    assert standing.refusal() is None
    standing.learn(GOOD)
    assert standing.block is None
    assert standing.refusal() is None


def test_the_pauses_of_an_unreachable_portal_grow_to_five_minutes(
    clock: VirtualClock, standing: Standing
) -> None:
    pauses = []
    for _ in range(16):
        standing.learn(bad(Trouble.NETWORK))
        if refusal := standing.refusal():
            assert refusal.retry_after is not None
            pauses.append(refusal.retry_after)
            clock.advance(refusal.retry_after)
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_one_refused_credential_may_be_one_methods_own_affair(standing: Standing) -> None:
    for _ in range(3):
        standing.learn(bad(Trouble.AUTH))
        standing.learn(GOOD)
    assert standing.block is None


def test_the_block_tells_since_when_why_and_until_when(clock: VirtualClock, standing: Standing) -> None:
    standing.learn(bad(Trouble.RENAMED))
    clock.advance(600)
    block = standing.block
    assert block is not None
    assert (block.trouble, block.reason) == (Trouble.RENAMED, "as it is")
    assert block.since == START
    assert block.retry_at == START + timedelta(seconds=1800)


def test_the_admin_can_lift_it(standing: Standing) -> None:
    standing.learn(bad(Trouble.OVERLOAD))
    standing.clear()
    assert standing.refusal() is None
