"""Who of a team gets the next item."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.routing import By, Member, Pick, pick

TEAM = (Member(1), Member(2), Member(3))


@pytest.mark.parametrize(("last", "user"), [(None, 1), (1, 2), (3, 1), (99, 1)])
def test_in_turn_the_one_after_the_last_gets_it(last: int | None, user: int) -> None:
    assert pick(TEAM, "round_robin", last=last) == Pick(user)


def test_the_least_loaded_gets_it_and_equal_ones_take_turns() -> None:
    assert pick(TEAM, "least_loaded", load={1: 5, 2: 1, 3: 4}).user == 2
    assert pick(TEAM, "least_loaded", last=1, load={1: 2, 2: 2, 3: 2}).user == 2


def test_weights_share_the_items_in_proportion() -> None:
    team = (Member(1, weight=3), Member(2, weight=1), Member(3, weight=0))
    load: Counter[int] = Counter()
    last = None
    for _ in range(40):
        last = pick(team, "weighted", last=last, load=load).user
        load[last or 0] += 1
    assert load == {1: 30, 2: 10}


def test_who_is_absent_dismissed_or_full_is_skipped_and_the_reasons_are_told() -> None:
    team = (Member(1), Member(2), Member(3, capacity=2), Member(4))
    picked = pick(team, "round_robin", load={3: 2}, absent=frozenset({1}), is_active=lambda user: user != 2)
    assert picked == Pick(4, ("absent", "dismissed", "capacity"))


def test_those_who_would_not_have_come_first_are_not_counted_as_skipped() -> None:
    assert pick(TEAM, "round_robin", last=3, absent=frozenset({2})) == Pick(1)


def test_with_everybody_away_nobody_gets_it() -> None:
    assert pick(TEAM, "least_loaded", absent=frozenset({1, 2, 3})) == Pick(None, ("absent",) * 3)
    assert pick((), "round_robin") == Pick(None)


@given(
    by=st.sampled_from(["round_robin", "least_loaded", "weighted"]),
    absent=st.frozensets(st.integers(1, 5)),
    load=st.dictionaries(st.integers(1, 5), st.integers(0, 9)),
    last=st.none() | st.integers(1, 6),
)
def test_whoever_is_picked_can_take_it_and_somebody_is_if_anybody_can(
    by: By, absent: frozenset[int], load: dict[int, int], last: int | None
) -> None:
    team = tuple(Member(user, weight=user, capacity=5) for user in range(1, 6))
    able = {user for user in range(1, 6) if user not in absent and load.get(user, 0) < 5}
    picked = pick(team, by, last=last, load=load, absent=absent)
    assert picked.user in able if able else picked.user is None


@given(st.lists(st.integers(1, 50), min_size=1, unique=True))
def test_a_full_round_gives_everybody_one(users: list[int]) -> None:
    team, last, given_to = tuple(map(Member, users)), None, []
    for _ in users:
        last = pick(team, "round_robin", last=last).user
        given_to.append(last)
    assert given_to == users
