"""Signals in words: what happened to an item, as its people would say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from connector.reports.story.chain import Happening
from connector.reports.story.words import WORDS
from connector.store.views import RecentSignal
from pipelines.diagram.titles import plain
from pipelines.engine.timers import split_name

if TYPE_CHECKING:
    from connector.reports.story.speech import Speaker


def _visit(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    payload = signal.payload
    said = speaker.word("visit", stage=speaker.stage(payload.get("stage_id")))
    number = speaker.word("visit_number", visit=payload.get("visit")) if speaker.has_ids else ""
    return said + number + (speaker.word("own_move") if payload.get("command") else "")


def _start(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    how = speaker.retelling(None).value(str(signal.payload["how"]))
    return speaker.word("start", pipeline=speaker.pipeline(signal.payload["pipeline"]), how=how)


def _completed(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    outcome = signal.payload.get("outcome")
    said = _outcome(speaker, signal, happening, outcome) if outcome else speaker.word("no_result")
    return speaker.word("task_completed", task=_task(speaker, signal), outcome=said)


def _outcome(speaker: Speaker, signal: RecentSignal, happening: Happening, outcome: str) -> str:
    """The title of a result; where ids are shown, the id."""
    if speaker.has_ids:
        return outcome
    step = str(signal.payload.get("run", "")).split("/")[1:2]
    for each in happening.consequences:
        definition = speaker.definitions.get(each.line.version or "")
        found = definition.step(None, step[0]) if definition and step else None
        named = found.outcome(outcome) if found else None
        if named is not None and named.title is not None:
            return named.title.in_language(speaker.language)
    return speaker.retelling(None).value(outcome)


def _postponed(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    until = speaker.date(signal.payload.get("until"))
    return speaker.word("task_postponed", task=_task(speaker, signal), until=until)


def _task(speaker: Speaker, signal: RecentSignal) -> str:
    """A task by its title; where ids are shown, by its id."""
    title = speaker.tasks.get(str(signal.payload.get("run")))
    if speaker.has_ids or title is None:
        return str(signal.payload["task_id"])
    return f"«{title}»" if speaker.language == "ru" else f'"{title}"'


def _timer(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    name = str(signal.payload["name"])
    owner, kind, _ = split_name(name)
    parts = owner.split("/")
    version = next((each.line.version for each in happening.consequences), None)
    if speaker.has_ids or f"timer_{kind}" not in WORDS or version is None:
        return speaker.word("timer", name=name)
    step = parts[1] if len(parts) > 1 else None
    what = speaker.step(version, step) if step else _stage_of(speaker, happening)
    return speaker.word(f"timer_{kind}", what=what) if what else speaker.word("timer", name=name)


def _stage_of(speaker: Speaker, happening: Happening) -> str:
    """The stage whose clock it was, by the rule that was followed."""
    rules = (str(each.line.rule or "").rpartition(" ") for each in happening.consequences)
    versions = (each.line.version for each in happening.consequences)
    return next(
        (
            speaker.pipeline_stage(version, name)
            for (rule, _, name), version in zip(rules, versions, strict=True)
            if rule.endswith("stage")
        ),
        "",
    )


def _answered(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    run = str(signal.payload["run"])
    shown = run if speaker.has_ids else speaker.tasks.get(run, run)
    return speaker.word("answered", run=shown, value=signal.payload["value"])


def _pressed(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    """The title of the follow-on that was asked for; where ids are shown, the id."""
    button = str(signal.payload["button"])
    if speaker.has_ids:
        return speaker.word("pressed_id", button=button)
    offered = (each.follow_on(button) for each in speaker.definitions.values())
    found = next((each for each in offered if each is not None), None)
    button = (plain(found.title, speaker.language) if found is not None else "") or button
    return speaker.word("pressed", button=button)


def _child(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    status = str(signal.payload["status"])
    name = f"status_{status}"
    said = speaker.word(name) if name in WORDS else status
    return speaker.word("child", link=signal.payload["link"], status=said)


SAID: Mapping[str, Callable[[Speaker, RecentSignal, Happening], str]] = {
    "visit": _visit,
    "changed": lambda speaker, signal, happening: speaker.word("changed"),
    "gone": lambda speaker, signal, happening: speaker.word("gone"),
    "restored": lambda speaker, signal, happening: speaker.word("restored"),
    "start": _start,
    "task_completed": _completed,
    "task_postponed": _postponed,
    "task_cancelled": lambda speaker, signal, happening: speaker.word(
        "task_cancelled", task=_task(speaker, signal)
    ),
    "timer": _timer,
    "external": lambda speaker, signal, happening: speaker.word("external", name=signal.payload["name"]),
    "pressed": _pressed,
    "answered": _answered,
    "child": _child,
}
