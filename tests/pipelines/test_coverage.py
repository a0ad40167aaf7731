"""Outcome coverage: every kind of way is counted, what no scenario takes is named with its line."""

from __future__ import annotations

import pytest

from pipelines.coverage import Coverage, measure, ways_of
from pipelines.library import load_shipped, others_of, shipped_names
from pipelines.loader import load_text

SALE = """
id = "sale"
title = "Sale"
entity = "deal"
strict = true
[fields]
a = { type = "text" }
b = { type = "text" }
[[entries]]
when = "item.amount > 10"
stage = "talk"
[[entries]]
stage = "work"
[[routes]]
when = "item.amount > 10"
to = { user = 3 }
[[routes]]
to = { user = 4 }
[[stages]]
id = "work"
next = [{ when = "fields.a == 'x'", to = "lost" }, { to = "talk" }]
[[stages.escalations]]
after = "1 day"
do = [{ notify = "owner", text = "Late" }]
[[stages.escalations]]
after = "2 days"
do = [{ notify = "owner", text = "Very late" }]
[[stages.steps]]
id = "call"
task = { title = "Call" }
outcomes = [{ id = "yes" }, { id = "no", move = "lost" }, { id = "postponed", do = [{ comment = "Later" }] }]
[[stages]]
id = "talk"
next = { choose = ["won", "lost"] }
[[stages]]
id = "won"
status = "won"
lock = true
[[stages]]
id = "lost"
status = "lost"
require_on_enter = ["a"]
[[transitions]]
name = "On"
from = "work"
to = "talk"
[[transitions]]
name = "Lose"
from = "*"
to = "lost"
require = ["a", "b"]
[[transitions]]
name = "Win"
from = "talk"
to = "won"
when = "item.amount > 1"
do = [{ comment = "Won" }]
[[follow_ons]]
id = "again"
pipeline = "sale"
"""


def cover(*lines: str, item: str = "owner = 7") -> Coverage:
    play = "".join(f"  {line},\n" for line in lines)
    text = f'{SALE}[[scenarios]]\nname = "one"\nitem = {{ {item} }}\nplay = [\n{play}]\n'
    return measure(load_text(text, "sale.toml"))


def taken(*lines: str, item: str = "owner = 7") -> set[str]:
    return {str(way) for way in cover(*lines, item=item).taken}


def test_every_rule_has_its_ways_in_the_order_of_the_file() -> None:
    assert [str(way) for way in ways_of(load_text(SALE, "sale.toml"))] == [
        "refusal strict",
        "entry 1",
        "entry 2",
        "route 1",
        "route 2",
        "next work → lost",
        "next work → talk",
        "escalation 1 of stage work",
        "escalation 2 of stage work",
        "outcome yes of call",
        "outcome no of call",
        "outcome postponed of call",
        "next talk → won",
        "next talk → lost",
        "refusal lock of won",
        "refusal require_on_enter of lost",
        "move transition On",
        "refusal transition Lose",
        "refusal transition Win",
        "move transition Win",
        "follow-on again",
    ]


@pytest.mark.parametrize(
    ("lines", "item", "ways"),
    [
        ((), "owner = 7", {"entry 2", "route 2"}),
        ((), "owner = 7, amount = 11.0", {"entry 1", "route 1"}),
        (('{ outcome = "yes" }',), "owner = 7", {"outcome yes of call", "next work → talk"}),
        (
            ('{ outcome = "no" }',),
            "owner = 7",
            {"outcome no of call", "refusal transition Lose", "refusal require_on_enter of lost"},
        ),
        (('{ outcome = "postponed" }',), "owner = 7", {"outcome postponed of call"}),
        (('{ advance = "1 day" }',), "owner = 7", {"escalation 1 of stage work"}),
        (('{ move = "won" }',), "owner = 7", {"refusal strict"}),
        (
            ('{ move = "talk" }', '{ press = "won" }'),
            "owner = 7, amount = 2.0",
            {"move transition On", "next talk → won", "move transition Win"},
        ),
        (('{ move = "talk" }', '{ press = "won" }'), "owner = 7", {"refusal transition Win"}),
        (
            ('{ move = "talk" }', '{ move = "won" }', '{ move = "talk" }'),
            "owner = 7, amount = 2.0",
            {"refusal lock of won"},
        ),
        (('{ press = "again" }',), "owner = 7", {"follow-on again"}),
    ],
)
def test_a_way_counts_when_the_engine_takes_it(lines: tuple[str, ...], item: str, ways: set[str]) -> None:
    assert ways <= taken(*lines, item=item)


def test_what_was_only_expected_or_only_came_near_does_not_count() -> None:
    found = taken('{ advance = "23 hours" }', '{ expect = { stage = "won" } }')
    assert found == {"entry 2", "route 2"}


def test_what_is_missed_is_named_with_its_line() -> None:
    covered = cover('{ outcome = "yes" }')
    lost = next(way for way in covered.missed if way.name == "lock of won")
    assert SALE.splitlines()[lost.line - 1] == "lock = true"
    assert covered.percent == pytest.approx(100 * len(covered.taken) / 21)
    assert covered.counts()["route"] == (1, 2)


def test_a_scenario_that_fails_counts_as_far_as_it_comes() -> None:
    found = taken('{ outcome = "yes" }', '{ move = "talk" }', '{ advance = "3 days" }')
    assert "outcome yes of call" in found
    assert "escalation 1 of stage work" not in found


@pytest.mark.parametrize("name", shipped_names())
def test_scenarios_of_shipped_pipelines_take_every_way(name: str) -> None:
    definition = load_shipped(name)
    covered = measure(definition, others_of(definition))
    assert [f"{covered.file}:{way.line}: {way}" for way in covered.missed] == []
