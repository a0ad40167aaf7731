"""A look ahead: which route would take an item, asked of the same routes that assign it, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.engine import arrivals, owners
from pipelines.engine.model import Assign, Started
from pipelines.engine.plan import plan_of
from pipelines.engine.turn import Turn

if TYPE_CHECKING:
    from datetime import datetime

    from pipelines.definition import Definition
    from pipelines.engine.model import Facts


@dataclass(frozen=True, slots=True)
class Routed:
    """Who would own the item, and by which route."""

    #: None: there is nobody at all to give it to.
    user: int | None
    #: Its place in the file, from 1; None: none had anybody, so the process owner or the admin gets it.
    number: int | None
    #: Its name in the file, else `route 2`.
    name: str
    line: int | None
    #: The journal's words: which route, which team, who was skipped and why, what could not be told.
    reasons: tuple[str, ...]
    #: Whose rotation turns by it.
    team: str | None = None


def route_of(definition: Definition, facts: Facts, now: datetime, *, item: str = "") -> Routed:
    """What the routes of a definition say about a new item with these facts."""
    plan = plan_of(definition)
    signal = Started(key="preview", at=now, visit="", stage=None, how="create")
    turn = Turn(plan, plan, arrivals.blank(plan, signal, facts, now, item), signal, facts, now)
    owners.route(turn, "preview")
    reasons = tuple(entry.text for entry in turn.journal)
    last = next((entry for entry in reversed(turn.journal) if entry.kind == "assigned"), None)
    if last is None:
        return Routed(None if definition.routes else facts.owner, None, "no route", None, reasons)
    number = _number(last.why.rule)
    route = definition.routes[number - 1] if number is not None else None
    team = next((each.team for each in turn.commands if isinstance(each, Assign)), None)
    name = (route.known_as if route else "") or last.why.rule
    return Routed(turn.draft.owner, number, name, last.why.line, reasons, team)


def _number(rule: str) -> int | None:
    _, _, number = rule.partition("route ")
    return int(number) if number.isdecimal() else None
