"""Random walks: whatever people, time and a slow outbox do, the promises of the engine hold at every step.

The promises are checked by `CRM.check` after each decision; here only the walks are made.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines.definition import Definition
from pipelines.engine import (
    Answered,
    ChildChanged,
    External,
    Gone,
    Pressed,
    TaskCancelled,
    TaskCompleted,
    TaskPostponed,
)
from pipelines.library import load_shipped, shipped_names
from pipelines.steps import WaitStep
from pipelines.waiting import ChildSignal, ExternalSignal, StageSignal, WaitFor
from tests.pipelines.crm import CRM, texts

FIELDS = {
    "a": {"type": "text"},
    "b": {"type": "bool"},
    "at": {"type": "datetime"},
    "c": {"type": "choice", "options": {"x": "X", "y": "Y"}},
}


class Chooser:
    """Draws from hypothesis or from a seeded generator, in the same words."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def pick(self, options: list[Any]) -> Any:
        if isinstance(self._source, random.Random):
            return self._source.choice(options)
        return self._source.draw(st.sampled_from(options))

    def chance(self, one_in: int) -> bool:
        return bool(self.pick(list(range(one_in))) == 0)


def make_definition(choose: Chooser) -> Definition:
    """A small pipeline with anything in it that the language has; it may go round."""
    names = [f"s{number}" for number in range(choose.pick([2, 3, 4]))]
    final = names[-1]
    stages = [make_stage(choose, name, names, is_final=name == final) for name in names]
    pipeline: dict[str, Any] = {
        "id": "walk",
        "title": "Walk",
        "entity": "deal",
        "fields": FIELDS,
        "strict": choose.chance(6),
        "entries": [{"stage": choose.pick(names[:-1])}],
        "stages": stages,
        "transitions": [make_transition(choose, names) for _ in range(choose.pick([0, 1, 2, 3]))],
        "follow_ons": [{"id": "more", "pipeline": "walk", "on": [final]}],
        "routes": choose.pick([[], [{"to": {"user": 8}}], [{"to": {"user": 9}}]]),
    }
    return texts(pipeline)


def make_stage(choose: Chooser, name: str, names: list[str], is_final: bool) -> dict[str, Any]:
    ids = [f"{name}_{number}" for number in range(choose.pick([0, 1, 2, 3, 4]))]
    others = [each for each in names if each != name]
    stage: dict[str, Any] = {
        "id": name,
        "status": "won" if is_final else "open",
        "steps": [make_step(choose, ids, number, others) for number in range(len(ids))],
    }
    if choose.chance(3):
        stage["require_on_enter"] = [choose.pick(["a", "c"])]
    if choose.chance(3):
        stage["escalations"] = [{"after": "3 days", "do": [{"notify": "head", "text": "{item.title}"}]}]
    if is_final and choose.chance(2):
        stage["lock"] = True
    elif choose.chance(2):
        following = [
            choose.pick(others),
            [{"when": "fields.b == true", "to": choose.pick(others)}],
            {"choose": others},
        ]
        stage["next"] = choose.pick(following)
    return stage


def make_step(choose: Chooser, ids: list[str], number: int, stages: list[str]) -> dict[str, Any]:
    kinds: list[dict[str, Any]] = [
        {"task": {"title": "T"}},
        {"task": {"title": "T", "due": "fields.at"}},
        {"form": ["a"]},
        {"form": {"fields": ["a", "at"], "require": ["a"]}},
        {"ask": {"question": "?", "field": choose.pick(["b", "c"])}},
        {"wait": {"for": choose.pick(["signal:ping", "field:a", "time:2 days", "child:more", "step:s0_0"])}},
        {"approve": {"by": [{"user": 3}, {"user": 7}], "mode": choose.pick(["all", "any", "in_turn"])}},
        {"do": [{"set": {"a": "'set'"}}, {"signal": "ping"}]},
        {"do": [{"assign": {"user": choose.pick([7, 8, 9])}}, {"comment": "{owner.name}"}]},
    ]
    step: dict[str, Any] = {"id": ids[number], **choose.pick(kinds)}
    if choose.chance(3):
        step["after"] = [each for each in ids[:number] if choose.chance(2)]
    if choose.chance(5):
        step["when"] = choose.pick(["fields.b == true", "item.amount > 1", "process.visits < 3"])
    if choose.chance(5):
        step["scope"] = "process"
    if choose.chance(4):
        step["limit"] = choose.pick(["1 working day", "fields.at"])
    if "task" in step:
        step["outcomes"] = [make_outcome(choose, ids, stages, name) for name in choose.pick(_OUTCOMES)]
    return step


_OUTCOMES = [[], ["done"], ["yes", "no"], ["yes", "postponed"], ["cancelled"], ["yes", "unspecified"]]


def make_outcome(choose: Chooser, ids: list[str], stages: list[str], name: str) -> dict[str, Any]:
    leads: list[dict[str, Any]] = [
        {},
        {"go": choose.pick(ids)},
        {"again": "2 hours"},
        {"end": True},
        {"move": choose.pick(stages)},
        {"follow_on": "more"},
    ]
    outcome = {"id": name, **choose.pick(leads)}
    if choose.chance(4):
        outcome["require"] = [choose.pick(["a", "c"])]
    if choose.chance(4):
        outcome["set"] = {"a": choose.pick(["'x'", "null"])}
    return outcome


def make_transition(choose: Chooser, names: list[str]) -> dict[str, Any]:
    transition: dict[str, Any] = {
        "from": choose.pick([*names, "*"]),
        "to": choose.pick(names),
        "otherwise": choose.pick(["revert", "hold", "flag"]),
        "do": choose.pick([[], [{"comment": "moved"}]]),
    }
    return transition | choose.pick([{"require": ["a"]}, {"when": "fields.c == 'x'"}, {}])


def walk(choose: Chooser, definition: Definition, length: int) -> CRM:
    """Start an item and let anything happen to it."""
    crm = CRM(definition)
    crm.facts["links"] = {}
    crm.is_slow = choose.chance(2)
    crm.start(how=choose.pick(["create", "create", "follow_on"]))
    for _ in range(length):
        if crm.process is None:
            return crm  # it goes round: said, and not begun
        choose.pick(_HAPPENINGS)(choose, crm)
    crm.is_slow = False
    crm.work_off()
    return crm


def _task_happens(choose: Chooser, crm: CRM) -> None:
    if not crm.tasks:
        return
    run = choose.pick(sorted(crm.tasks))
    outcomes = [outcome.id for outcome in crm.tasks[run].outcomes] + [None]
    by = choose.pick([None, 3, 7, 8])
    what = choose.pick(["complete"] * 5 + ["cancel", "postpone", "answer"])
    if what == "postpone":
        until = choose.pick([None, crm.now + timedelta(days=3)])
        crm.tell(TaskPostponed, run=run, until=until, by=by)
    elif what == "answer":
        crm.tell(Answered, run=run, value=choose.pick(outcomes) or "nothing", by=by)
    else:
        crm.tasks.pop(run)
        kind = TaskCompleted if what == "complete" else TaskCancelled
        values = {"outcome": choose.pick(outcomes)} if what == "complete" else {}
        crm.tell(kind, run=run, by=by, **values)


def _move(choose: Chooser, crm: CRM) -> None:
    stages = [stage.id for stage in crm.definition.stages if stage.id != crm.item["stage"]]
    crm.move(choose.pick([*stages, *stages, *stages, None]), by=choose.pick([None, 7]))


def _fill(choose: Chooser, crm: CRM) -> None:
    value = {
        "text": ["x", "y", None],
        "bool": [True, False, None],
        "datetime": [crm.now + timedelta(days=2), crm.now - timedelta(days=1), None],
        "number": [1.0, 2_000_000.0, None],
        "money": [1.0, 2_000_000.0, None],
        "date": [crm.now.date(), None],
    }
    name = choose.pick([*crm.definition.fields, "amount"])
    spec = crm.definition.fields.get(name)
    kind = "number" if spec is None else spec.type
    options = [*spec.options, None] if spec is not None and spec.options else value.get(kind, ["z", None])
    crm.fill(**{name: choose.pick(options)})


def _owner(choose: Chooser, crm: CRM) -> None:
    crm.fill(owner=choose.pick([3, 7, 8, 9]))


def _time(choose: Chooser, crm: CRM) -> None:
    crm.now += choose.pick([timedelta(minutes=5), timedelta(hours=5), timedelta(days=3)])
    if crm.process is not None:
        crm.fire()


def _outbox(choose: Chooser, crm: CRM) -> None:
    crm.work_off(choose.pick([1, 2, 20]))


def _rare(choose: Chooser, crm: CRM) -> None:
    what = choose.pick(["signal", "press", "child", "gone", "stale", "version"])
    if what == "signal":
        awaited = [each.name for each in _awaited(crm.definition) if isinstance(each, ExternalSignal)]
        crm.tell(External, name=choose.pick(awaited or ["ping"]))
    elif what == "press":
        offered = [each.id for each in (*crm.definition.follow_ons, *crm.definition.stages)]
        crm.tell(Pressed, button=choose.pick([*offered, "continue", "nothing"]), by=7)
    elif what == "child":
        _child(choose, crm)
    elif what == "version" and crm.definition.id == "walk":
        crm.newest = make_definition(choose)
    elif what == "stale":
        crm.tell(TaskCompleted, run="v1/s0_0/99", outcome="yes")
    else:
        crm.tell(Gone)
        crm.restore()


def _child(choose: Chooser, crm: CRM) -> None:
    links = [each for each in _awaited(crm.definition) if isinstance(each, ChildSignal | StageSignal)]
    awaited = choose.pick(links or [ChildSignal(link="more")])
    stage = awaited.stage if isinstance(awaited, StageSignal) else "s1"
    crm.tell(ChildChanged, link=awaited.link, stage=stage, status=choose.pick(["open", "won", "lost"]))


def _awaited(definition: Definition) -> list[WaitFor]:
    """What the wait steps wait for."""
    steps = (step for stage in definition.stages for step in stage.steps)
    return [step.wait.signal for step in steps if isinstance(step, WaitStep)]


_HAPPENINGS = (
    [_task_happens] * 8 + [_move] * 2 + [_fill] * 4 + [_owner, _time, _time, _outbox, _outbox, _rare]
)


#: A long walk is not made shorter: the seed of a failing one is told, and that is quicker than shrinking it.
_ONLY_TRY = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=40, deadline=None, phases=_ONLY_TRY, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_promises_hold_on_any_small_pipeline(data: st.DataObject) -> None:
    choose = Chooser(data)
    walk(choose, make_definition(choose), 25)


def test_the_promises_hold_on_longer_walks() -> None:
    for seed in range(12):
        choose = Chooser(random.Random(seed))
        walk(choose, make_definition(choose), 60)


@pytest.mark.parametrize("name", shipped_names())
def test_the_promises_hold_on_the_shipped_pipelines(name: str) -> None:
    for seed in range(3):
        walk(Chooser(random.Random(seed)), load_shipped(name), 100)


@pytest.mark.slow
def test_the_promises_hold_for_ten_thousand_signals() -> None:
    for seed in range(200):
        choose = Chooser(random.Random(f"slow {seed}"))
        walk(choose, make_definition(choose), 50)


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_names())
def test_the_promises_hold_on_each_shipped_pipeline_for_ten_thousand_signals(name: str) -> None:
    told, seed = 0, 0
    while told < 10_000:
        told += walk(Chooser(random.Random(f"{name} {seed}")), load_shipped(name), 200).told
        seed += 1
