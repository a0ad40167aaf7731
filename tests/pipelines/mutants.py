"""Mutants: a shipped definition with one rule taken away or one number changed, and who notices.

Made from the parsed TOML, one change each: a gate, a condition or one part of it, a directive, a step, an
order of steps, a transition, an escalation, an action, a threshold or a span of time (twice as much, half as
much). A mutant counts as noticed when `check` refuses it or one of the definition's own scenarios fails.
Left alone is what no `expect` can see: texts, due dates of tasks, letters, comments, documents, calls, and
limits of stages and of steps that do not wait (lines of the journal).
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from pipelines.checks import check
from pipelines.definition import Definition
from pipelines.library import others_of
from pipelines.rehearsal import Rehearsal
from pipelines.scenarios import run_scenario

Path = tuple[str | int, ...]
_GONE = object()

_DIRECTIVES = ("go", "again", "end", "move", "follow_on")
#: Actions that somebody who looks at the item sees.
_SEEN_ACTIONS = ("set", "assign", "notify", "create", "signal", "follow_on")
_HALVES = {
    "week": "3 days",
    "day": "12 hours",
    "hour": "30 minutes",
    "working day": "4 working hours",
    "working hour": "30 minutes",
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a definition, told as what is different."""

    what: str
    path: Path
    value: Any = _GONE

    def of(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The definition with the change."""
        changed: Any = copy.deepcopy(dict(raw))
        place = changed
        for part in self.path[:-1]:
            place = place[part]
        if self.value is _GONE:
            del place[self.path[-1]]
        else:
            place[self.path[-1]] = self.value
        return dict(changed)


def read_raw(definition: Definition) -> dict[str, Any]:
    """The parsed text, without its scenarios."""
    raw = tomllib.loads(definition.text)
    raw.pop("scenarios", None)
    return raw


def is_noticed(definition: Definition, raw: Mapping[str, Any], mutant: Mutant) -> bool:
    """Whether the checks or one of the scenarios say that something is wrong."""
    try:
        changed = Definition.model_validate(mutant.of(raw))
    except ValidationError:
        return True
    changed = changed.model_copy(update={"scenarios": definition.scenarios})
    if any(finding.is_error for finding in check(changed)):
        return True
    others = others_of(definition)

    def make(*what: Any) -> Rehearsal:
        return Rehearsal(*what, others)

    return any(not run_scenario(changed, scenario, make).has_passed for scenario in changed.scenarios)


def mutants_of(raw: Mapping[str, Any]) -> Iterator[Mutant]:
    """Every single change, in the order of the file."""
    yield from _without("", (), raw, "strict")
    yield from _without("start: ", ("start",), raw.get("start", {}), "route")
    for key, noun in (("entries", "entry"), ("routes", "route")):
        yield from _cases(key, noun, raw.get(key, []))
    for number, follow_on in enumerate(raw.get("follow_ons", [])):
        yield from _each(f"follow-on {follow_on['id']}", ("follow_ons", number), follow_on, "on")
    for number, stage in enumerate(raw["stages"]):
        yield from _stage(("stages", number), stage)
    for number, transition in enumerate(raw.get("transitions", [])):
        yield from _transition(("transitions", number), transition)


def _cases(key: str, noun: str, cases: Sequence[Mapping[str, Any]]) -> Iterator[Mutant]:
    """Entries and routes: the first that holds."""
    for number, case in enumerate(cases):
        name, path = f"{noun} {_title(case) or number + 1}", (key, number)
        if number < len(cases) - 1:
            yield Mutant(f"no {name}", path)
        yield from _condition(f"{name}: ", path, case, "when")
        yield from _without(f"{name}: ", path, case, "keep", "step")


def _stage(path: Path, stage: Mapping[str, Any]) -> Iterator[Mutant]:
    name = f"stage {stage['id']}: "
    yield from _without(name, path, stage, "lock")
    yield from _condition(name, path, stage, "unless")
    yield from _each(name.rstrip(": "), path, stage, "require_on_enter")
    yield from _next(name, (*path, "next"), stage.get("next"))
    yield from _escalations(name, path, stage)
    for number, step in enumerate(stage.get("steps", [])):
        yield from _step((*path, "steps", number), step)


def _next(name: str, path: Path, following: Any) -> Iterator[Mutant]:
    if following is None:
        return
    yield Mutant(f"{name}no next", path)
    if isinstance(following, dict):
        yield from _each(f"{name}next", path, following, "choose")
    elif isinstance(following, list):
        for number, case in enumerate(following):
            if len(following) > 1:
                yield Mutant(f"{name}no next to {case['to']}", (*path, number))
            yield from _condition(f"{name}next to {case['to']}: ", (*path, number), case, "when")


def _step(path: Path, step: Mapping[str, Any]) -> Iterator[Mutant]:
    name = f"step {step['id']}: "
    yield Mutant(f"no step {step['id']}", path)
    yield from _condition(name, path, step, "when")
    yield from _without(name, path, step, "after", "scope")
    yield from _escalations(name, path, step)
    yield from _actions(name, path, step)
    if "wait" in step:  # of other steps a limit is a line of the journal
        yield from _without(name, path, step, "limit")
        yield from _spans(name, path, step, "limit")
        yield from _spans(name, (*path, "wait"), step["wait"], "for")
    if "form" in step:
        yield from _form(name, path, step["form"])
    if "approve" in step:
        yield from _approval(name, (*path, "approve"), step["approve"])
    for number, outcome in enumerate(step.get("outcomes", [])):
        yield from _outcome(name, (*path, "outcomes", number), outcome)


def _form(name: str, path: Path, form: Any) -> Iterator[Mutant]:
    if isinstance(form, list):
        yield from _each(f"{name}form", path, {"form": form}, "form")
    else:
        yield from _each(f"{name}form", (*path, "form"), form, "require")


def _approval(name: str, path: Path, approval: Mapping[str, Any]) -> Iterator[Mutant]:
    yield from _without(name, path, approval, "mode")
    for number, approver in enumerate(approval["by"]):
        if len(approval["by"]) > 1:
            yield Mutant(f"{name}no approver {number + 1}", (*path, "by", number))
        if isinstance(approver, dict):
            yield from _condition(f"{name}approver {number + 1}: ", (*path, "by", number), approver, "when")


def _outcome(step: str, path: Path, outcome: Mapping[str, Any]) -> Iterator[Mutant]:
    name = f"{step}{outcome['id']}: "
    yield from _without(name, path, outcome, *_DIRECTIVES)
    yield from _spans(name, path, outcome, "again")
    yield from _each(name.rstrip(": "), path, outcome, "require")
    for field in outcome.get("set", {}):
        yield Mutant(f"{name}no set of {field}", (*path, "set", field))
    yield from _actions(name, path, outcome)


def _transition(path: Path, transition: Mapping[str, Any]) -> Iterator[Mutant]:
    title = _title(transition) or f"{transition['from']} → {transition['to']}"
    name = f"transition {title}: "
    yield Mutant(f"no transition {title}", path)
    yield from _condition(name, path, transition, "when")
    yield from _each(name.rstrip(": "), path, transition, "require")
    yield from _without(name, path, transition, "otherwise")
    yield from _actions(name, path, transition)


def _escalations(name: str, path: Path, owner: Mapping[str, Any]) -> Iterator[Mutant]:
    for number, escalation in enumerate(owner.get("escalations", [])):
        place, title = (*path, "escalations", number), f"{name}escalation {number + 1}"
        yield Mutant(f"{name}no escalation {number + 1}", place)
        yield from _spans(f"{title}: ", place, escalation, "after")
        if len(escalation["do"]) > 1:
            yield from _actions(f"{title}: ", place, escalation)


def _actions(name: str, path: Path, owner: Mapping[str, Any]) -> Iterator[Mutant]:
    """One action of a list less; the last of a step that is nothing else goes with the step."""
    for number, action in enumerate(owner.get("do", [])):
        kind = next((each for each in _SEEN_ACTIONS if each in action), None)
        if kind is not None:
            yield Mutant(f"{name}no {kind} ({number + 1} of do)", (*path, "do", number))


def _title(table: Mapping[str, Any]) -> str:
    name = table.get("name", "")
    return str(name["en"] if isinstance(name, dict) else name)


# --- small changes ------------------------------------------------------------------------------------------


def _without(name: str, path: Path, table: Mapping[str, Any], *keys: str) -> Iterator[Mutant]:
    for key in keys:
        if key in table:
            yield Mutant(f"{name}no {key} ({table[key]})", (*path, key))


def _each(name: str, path: Path, table: Mapping[str, Any], key: str) -> Iterator[Mutant]:
    """A list with one of its names less; a list of one goes as a whole."""
    names = table.get(key, [])
    for number, each in enumerate(names):
        place = (*path, key) if len(names) == 1 else (*path, key, number)
        yield Mutant(f"{name}: no {each} in {key}", place)


def _condition(name: str, path: Path, table: Mapping[str, Any], key: str) -> Iterator[Mutant]:
    """No condition at all, one part of it less, another threshold."""
    condition = table.get(key)
    if not isinstance(condition, str):
        return
    yield Mutant(f"{name}no {key} ({condition})", (*path, key))
    for operator in ("&&", "||"):
        parts = _split(condition, operator)
        for number, part in enumerate(parts if len(parts) > 1 else []):
            rest = f" {operator} ".join(parts[:number] + parts[number + 1 :])
            yield Mutant(f"{name}{key} without {part}", (*path, key), rest)
    for changed in _other_thresholds(condition):
        yield Mutant(f"{name}{key} is {changed}", (*path, key), changed)


def _split(condition: str, operator: str) -> list[str]:
    """The parts of a condition between operators that stand outside of brackets and texts."""
    parts, depth, quote, start = [], 0, "", 0
    for place, sign in enumerate(condition):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        elif depth == 0 and condition.startswith(operator, place):
            parts.append(condition[start:place].strip())
            start = place + len(operator)
    return [*parts, condition[start:].strip()]


_NUMBER = re.compile(r"(?<![\w.'])\d+(?:\.\d+)?(?![\w'])|(?<=duration\(')\d+(?=h'\))")


def _other_thresholds(condition: str) -> Iterator[str]:
    for found in _NUMBER.finditer(condition):
        number = float(found[0])
        for other in (number * 2, number / 2) if number else (1.0,):
            text = f"{other:g}" if other < 1e6 else f"{other:.0f}"
            yield condition[: found.start()] + text + condition[found.end() :]


_SPAN = re.compile(r"^(time:)?\s*(\d+) (working )?(minute|hour|day|week)s?$")


def _spans(name: str, path: Path, table: Mapping[str, Any], key: str) -> Iterator[Mutant]:
    """Twice and half as long."""
    found = _SPAN.match(str(table.get(key, "")))
    if found is None:
        return
    prefix, number, unit = found[1] or "", int(found[2]), f"{found[3] or ''}{found[4]}"
    half = f"{number // 2} {unit}s" if number > 1 else _HALVES[unit]
    for other in (f"{number * 2} {unit}s", half):
        yield Mutant(f"{name}{key} is {other} instead of {table[key]}", (*path, key), prefix + other)
