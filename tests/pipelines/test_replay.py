"""What really happened, told to another definition; and the routes of the last days, asked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pipelines.backtest import Given, Newcomer, backtest
from pipelines.deeds import Difference, compare
from pipelines.definition import Definition
from pipelines.engine import Facts, Member, Moved, Signal, Started, TaskCompleted
from pipelines.loader import load_text
from pipelines.replay import Course, Happening, Replay, Watched
from tests.pipelines.crm import CALENDAR, MONDAY, PEOPLE

SALE = """
id = "sale"
title = "Sale"
entity = "deal"
[fields]
budget = { type = "money" }

[[stages]]
id = "new"
next = "work"
[[stages.steps]]
id = "call"
task = { title = "Call", due = "1 day" }
outcomes = [{ id = "yes", title = "Yes" }, { id = "no", title = "No", move = "lost" }]

[[stages]]
id = "work"
[[stages.steps]]
id = "meet"
task = { title = "Meet" }

[[stages]]
id = "won"
status = "won"
[[stages]]
id = "lost"
status = "lost"
"""
ROUTES = """
[[routes]]
when = "fields.budget > 1000"
to = { user = 3 }
[[routes]]
to = { team = "desk", by = "BY" }
"""
GATE = '\n[[transitions]]\nname = "Budget first"\nfrom = "*"\nto = "won"\nrequire = ["budget"]\n'


def facts(**values: Any) -> Facts:
    fields = {"budget": values.pop("budget", None)}
    item = {"title": "Acme", "owner": 7, "amount": None, "created": MONDAY, "stage": "new", **values}
    teams = {"desk": (Member(7), Member(8))}
    return Facts(calendar=CALENDAR, item=item, fields=fields, people=PEOPLE, teams=teams, admin=1)


class Story:
    """What happened to an item, line by line, an hour apart."""

    def __init__(self, item: str = "deal:1", **values: Any) -> None:
        self.item, self.facts, self.at = item, facts(**values), MONDAY
        self.happenings: list[Happening] = []
        self._visit = 1
        self.add(Started, visit="v1", stage="new", how="adopt")

    def add(self, kind: type[Signal], *, is_own: bool = False, **values: Any) -> Story:
        key = f"{self.item}/{len(self.happenings)}"
        signal = kind(key=key, at=self.at, by=None if is_own else 7, **values)
        self.happenings.append(Happening(self.item, self.at, signal, self.facts, is_own=is_own))
        self.at += timedelta(hours=1)
        return self

    def end(self, run: str, outcome: str) -> Story:
        return self.add(TaskCompleted, run=run, outcome=outcome)

    def move(self, stage: str, *, is_own: bool = False) -> Story:
        self._visit += 1
        values = {**self.facts.item, "stage": stage}
        self.facts = replace(self.facts, item=values)
        return self.add(Moved, visit=f"v{self._visit}", stage=stage, is_own=is_own)


def nobody_away(at: datetime) -> frozenset[int]:
    return frozenset()


def course(story: Story, text: str = SALE, days: int = 7) -> Course:
    replay = Replay(load_text(text, "sale.toml"), nobody_away)
    return replay.run(story.happenings, MONDAY + timedelta(days=days))[story.item]


def differences(story: Story, before: str, after: str) -> Sequence[Difference]:
    return compare(course(story, before), course(story, after))


def told(found: Sequence[Difference]) -> list[tuple[str, str]]:
    return [(each.deed.kind, each.change) for each in found]


def test_the_same_definition_makes_the_same_of_the_same() -> None:
    story = Story().end("v1/call/1", "yes").move("work", is_own=True)
    assert differences(story, SALE, "# a comment\n" + SALE) == ()
    assert [deed.kind for deed in course(story).deeds] == ["task", "move", "task"]
    assert course(story).parted_at is None


def test_a_changed_date_changes_the_task_and_both_are_told() -> None:
    (found,) = differences(Story(), SALE, SALE.replace("1 day", "3 days"))
    assert (found.deed.kind, found.change) == ("task", "changed")
    assert found.before is not None
    assert found.before.text == "Call, for Anna, due 2026-01-13 09:00"
    assert found.deed.text == "Call, for Anna, due 2026-01-15 09:00"
    assert found.deed.rule.startswith("sale.toml:11 step call")


def test_a_gate_that_was_not_there_refuses_and_what_comes_after_is_an_outlook() -> None:
    story = Story().move("won").move("work")
    found = differences(story, SALE, SALE + GATE)
    assert ("refusal", "added") in told(found)
    refusal = next(each for each in found if each.deed.kind == "refusal")
    assert not refusal.is_outlook
    after = course(story, SALE + GATE)
    assert after.parted_at == MONDAY + timedelta(hours=2)
    assert [deed.is_outlook for deed in after.deeds if deed.place == "v3/meet/1"] == [True]


def test_a_move_that_was_refused_and_would_go_through_now_parts_where_the_card_went_back() -> None:
    story = Story().move("won").move("new", is_own=True)
    was, would = course(story, SALE + GATE), course(story, SALE)
    assert was.parted_at is None
    assert ("refusal", "dropped") in told(compare(was, would))
    assert would.parted_at == MONDAY + timedelta(hours=2)


def test_a_move_of_ours_that_is_not_wanted_any_more_is_dropped() -> None:
    story = Story().end("v1/call/1", "yes").move("work", is_own=True)
    waits = SALE.replace('next = "work"\n', "")
    assert ("move", "dropped") in told(differences(story, SALE, waits))
    assert course(story, waits).parted_at is not None


def test_a_report_goes_to_the_step_whatever_its_number_and_is_named_when_there_is_none() -> None:
    story = Story().end("v1/call/4", "no")
    assert [deed.text for deed in course(story).deeds if deed.kind == "move"] == ["to lost"]
    renamed = course(story, SALE.replace('id = "call"', 'id = "ring"'))
    assert renamed.unheard == ("the result no of call: no such step was open",)


def test_clocks_are_those_of_the_definition_and_fall_due_on_the_way() -> None:
    late = SALE.replace(
        'next = "work"',
        'next = "work"\n[[stages.escalations]]\nafter = "2 days"\ndo = [{ notify = "owner", text = "Late" }]',
    )
    found = differences(Story(), SALE, late)
    assert told(found) == [("message", "added")]
    assert found[0].deed.at == MONDAY + timedelta(days=2)
    assert compare(course(Story(), SALE, days=1), course(Story(), late, days=1)) == ()


def test_only_values_that_were_looked_at_count_as_assumed() -> None:
    story = Story(amount=5000.0)
    story.happenings = [replace(each, is_assumed=True) for each in story.happenings]
    rich = SALE.replace('id = "call"', 'id = "call"\nwhen = "item.amount < 1000"')
    found = differences(story, SALE, rich)
    dropped = next(each for each in found if each.change == "dropped")
    added = next(each for each in found if each.change == "added")
    assert "amount" not in dropped.assumed
    assert "amount" in added.assumed
    assert "title" not in added.assumed


def test_watched_values_are_as_they_were_and_remember_who_asked() -> None:
    asked: set[str] = set()
    values = Watched({"a": 1, "b": None, "c": 3}, asked, {"c"})
    assert (values["a"], values.get("b"), values["c"], values.get("z"), len(values)) == (1, None, 3, None, 3)
    assert asked == {"a", "b"}


# --- the routes of the last days ----------------------------------------------------------------------------


def newcomer(number: int, *, closed: int | None = None, owner: int = 7, **values: Any) -> Newcomer:
    came = MONDAY + timedelta(hours=number)
    done = None if closed is None else MONDAY + timedelta(hours=closed)
    return Newcomer(f"deal:{number}", f"Deal {number}", came, done, facts(**values), False, owner)


def given(by: str, newcomers: Sequence[Newcomer], **options: Any) -> list[Given]:
    definition: Definition = load_text(SALE + ROUTES.replace("BY", by), "sale.toml")
    return backtest(definition, newcomers, options.pop("absent_at", nobody_away), **options)


def users(found: Sequence[Given]) -> list[int | None]:
    return [each.routed.user for each in found]


def test_the_first_route_that_holds_takes_it_and_the_team_goes_round() -> None:
    found = given("round_robin", [newcomer(1), newcomer(2, budget=2000.0), newcomer(3), newcomer(4)])
    assert users(found) == [7, 3, 8, 7]
    assert [each.routed.number for each in found] == [2, 1, 2, 2]
    assert [each.is_same for each in found] == [True, False, False, True]


def test_whoever_is_away_on_that_day_is_passed_over_and_it_is_said() -> None:
    def away(at: datetime) -> frozenset[int]:
        return frozenset({7}) if at < MONDAY + timedelta(hours=2) else frozenset()

    found = given("round_robin", [newcomer(1), newcomer(2)], absent_at=away)
    assert users(found) == [8, 7]
    assert "1 skipped: absent" in found[0].routed.reasons[-1]


def test_the_least_loaded_counts_what_was_there_and_what_is_done() -> None:
    load, closing = {7: 2, 8: 1}, [(MONDAY + timedelta(hours=2), 7), (MONDAY + timedelta(hours=2), 7)]
    found = given(
        "least_loaded", [newcomer(1, closed=3), newcomer(2), newcomer(4)], load=load, closing=closing
    )
    assert users(found) == [8, 7, 8]


def test_a_value_that_is_not_that_of_the_time_is_named_with_who_it_led_to() -> None:
    (found,) = given("round_robin", [replace(newcomer(1), is_assumed=True)])
    assert found.assumed == ("budget",)
