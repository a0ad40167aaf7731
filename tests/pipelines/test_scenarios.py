"""Scenarios: every shipped one passes, every verb does what it says, and a failure says where and what."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.library import load_shipped, others_of, shipped_names
from pipelines.loader import load_text
from pipelines.scenarios import Failure, PlayError, ScenarioResult, Seen, run_scenario, run_scenarios
from pipelines.script import Scenario, Verb

SALE = """
id = "sale"
title = "Sale"
entity = "deal"
[fields]
a = { type = "text", title = "Alpha" }
size = { type = "choice", options = { small = "Small", large = "Large" } }
meeting_at = { type = "datetime" }
[[entries]]
stage = "work"
[[stages]]
id = "work"
next = { choose = ["talk", "lost"] }
[[stages.steps]]
id = "call"
task = { title = "Call" }
outcomes = [
  { id = "yes" },
  { id = "redial", again = "1 working day" },
  { id = "agree", go = "agree" },
]
[[stages.steps]]
id = "how_big"
ask = { question = "Size?", field = "size" }
[[stages.steps]]
id = "agree"
approve = { by = [{ user = 3 }, { user = 8 }], question = "Agree?" }
[[stages]]
id = "talk"
[[stages.steps]]
id = "more"
task = { title = "More" }
[[stages.steps]]
id = "paid"
wait = { for = "signal:paid" }
[[stages]]
id = "won"
status = "won"
[[stages]]
id = "lost"
status = "lost"
[[transitions]]
name = "Lose"
from = "*"
to = "lost"
require = ["a"]
[[follow_ons]]
id = "upsell"
pipeline = "sale"
"""
BEGIN = '[[scenarios]]\nname = "one"\nitem = { title = "Acme", owner = 7 }\nplay = [\n'
#: The line of the first line of the play.
FIRST = (SALE + BEGIN).count("\n") + 1


def play(*lines: str, rest: str = "") -> ScenarioResult:
    text = SALE + BEGIN + "".join(f"  {line},\n" for line in lines) + "]\n" + rest
    (result,) = run_scenarios(load_text(text, "sale.toml"))
    return result


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_scenario_passes(name: str) -> None:
    definition = load_shipped(name)
    results = run_scenarios(definition, others_of(definition))
    assert results
    assert [str(failure) for result in results for failure in result.failures] == []


PLAYS = """
{ outcome = "yes", of = "call" }
{ expect = { open = ["how_big"], tasks = [], done = ["call"] } }

{ outcome = "redial" }
{ expect = { tasks = [] } }
{ advance = "1 working day" }
{ expect = { tasks = ["call"] } }

{ complete = "call" }
{ expect = { tasks = ["call"] } }
{ complete = "call" }
{ expect = { open = ["how_big"] } }

{ cancel = "call" }
{ expect = { cancelled = ["call"], open = [], finished = false } }

{ delete = "call" }
{ expect = { cancelled = ["call"] } }

{ postpone = "call", until = "2 days" }
{ expect = { tasks = ["call"] } }

{ outcome = "yes" }
{ answer = "large", of = "how_big" }
{ expect = { fields = { size = "large" }, open = ["agree"] } }

{ fill = { meeting_at = "2026-12-01T10:00:00+03:00" } }
{ expect = { fields = { meeting_at = "2026-12-01T07:00:00+00:00" } } }

{ move = "talk" }
{ expect = { stage = "talk", status = "open", cancelled = ["call"] } }

{ move = "lost" }
{ expect = { stage = "work", refused = ["a"], refused_by = "Lose", notified = ["owner"] } }

{ assign = 8 }
{ expect = { owner = 8 } }

{ cancel = "call" }
{ answer = "talk" }
{ expect = { stage = "talk" } }

{ cancel = "call" }
{ press = "talk" }
{ expect = { stage = "talk" } }

{ expect = { children = [] } }
{ press = "upsell" }
{ expect = { children = ["upsell"] } }

{ outcome = "agree" }
{ approve = "agree", by = 8 }
{ expect = { open = ["agree"] } }
{ approve = "agree", by = 3 }
{ expect = { done = ["agree"] } }

{ outcome = "agree" }
{ reject = "agree" }
{ expect = { open = ["how_big"] } }

{ move = "talk" }
{ signal = "paid" }
{ complete = "more" }
{ expect = { done = ["paid"] } }

{ fill = { a = "x" } }
{ move = "lost" }
{ expect = { status = "lost", finished = true } }

{ delete = "item" }
{ expect = { finished = false } }
"""


@pytest.mark.parametrize("lines", PLAYS.strip().split("\n\n"))
def test_verbs_do_what_they_say(lines: str) -> None:
    assert play(*lines.splitlines()).failures == ()


def test_a_failed_look_says_file_line_key_expected_and_got() -> None:
    result = play('{ expect = { stage = "talk" } }', '{ expect = { tasks = ["more"], owner = 9 } }')
    assert [str(failure) for failure in result.failures] == [
        f"sale.toml:{FIRST}: stage: expected 'talk', got 'work'",
        f"sale.toml:{FIRST + 1}: owner: expected 9, got 7",
        f"sale.toml:{FIRST + 1}: tasks: expected ['more'], got ['call']",
    ]


def test_a_line_that_cannot_be_played_ends_the_scenario_and_says_what_there_is() -> None:
    result = play('{ complete = "more" }', '{ expect = { stage = "talk" } }')
    assert [str(failure) for failure in result.failures] == [
        f"sale.toml:{FIRST}: play: expected an open step \"more\", got ['call']"
    ]


def test_an_outcome_that_the_step_does_not_have_cannot_be_played() -> None:
    result = play('{ cancel = "call" }', '{ move = "talk" }', '{ outcome = "yes" }')
    assert [failure.expected for failure in result.failures] == ['an outcome "yes" of "more"']


@pytest.mark.parametrize(
    ("line", "got"),
    [
        ("{ expect = { finished = true } }", "false"),
        ('{ expect = { status = "won" } }', "'open'"),
        ('{ expect = { refused = ["a"] } }', "[]"),
        ('{ expect = { refused_by = "Lose" } }', "''"),
        ("{ expect = { notified = [7] } }", "[]"),
        ('{ expect = { children = ["upsell"] } }', "[]"),
        ('{ expect = { fields = { a = "x" } } }', "{ a = nothing }"),
        ('{ expect = { done = ["call"] } }', "[]"),
        ('{ expect = { cancelled = ["call"] } }', "[]"),
        ("{ expect = { open = [] } }", "['call']"),
    ],
)
def test_no_look_passes_by_accident(line: str, got: str) -> None:
    (failure,) = play(line).failures
    assert failure.got == got


def test_a_scenario_begins_on_monday_at_nine_in_its_own_calendar() -> None:
    rest = """
[[scenarios]]
name = "two"
item = { title = "Acme", owner = 7 }
calendar = { time_zone = "Asia/Almaty" }
"""
    text = SALE.replace(
        'task = { title = "Call" }',
        """task = { title = "Call" }\nwhen = "now == timestamp('2026-01-12T09:00:00+05:00')" """,
    )
    text += (
        BEGIN
        + '{ expect = { open = ["how_big"] } }]\n'
        + rest
        + 'play = [{ expect = { open = ["call"] } }]\n'
    )
    assert all(result.has_passed for result in run_scenarios(load_text(text)))


def test_an_item_that_stands_somewhere_joins_there() -> None:
    text = SALE + '[[scenarios]]\nname = "x"\nitem = { owner = 7, stage = "talk" }\n'
    text += 'play = [{ expect = { stage = "talk", tasks = ["more"] } }]\n'
    assert run_scenarios(load_text(text))[0].has_passed


def test_one_scenario_can_be_asked_for() -> None:
    text = SALE + BEGIN + "]\n" + '[[scenarios]]\nname = "other"\nplay = [{ complete = "more" }]\n'
    assert [result.name for result in run_scenarios(load_text(text), only="other")] == ["other"]


class Stubborn:
    """A world where nothing can be done."""

    def play(self, verb: Verb) -> None:
        raise PlayError("something", "nothing")

    def look(self) -> Seen:
        return Seen(stage="elsewhere", status=None, owner=None)


def test_the_same_file_can_be_played_in_another_world() -> None:
    lines = '{ expect = { stage = "work" } }, { complete = "call" }]\n'
    definition = load_text(SALE + BEGIN + lines, "sale.toml")

    def make(*_: Any) -> Stubborn:
        return Stubborn()

    scenario: Scenario = definition.scenarios[0]
    assert run_scenario(definition, scenario, make).failures == (
        Failure("sale.toml", FIRST, "stage", "'work'", "'elsewhere'"),
        Failure("sale.toml", FIRST, "play", "something", "nothing"),
    )
