"""Shadow looked at: what a pipeline in shadow mode would have done, beside what reps and robots did.

Each thing that it would have done is held against the record: the next stage the card came to, who owns it
now, what its fields hold now. What nothing can be held against (messages, new records) is counted only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from connector.flow.bindings import Binding
from connector.flow.field_values import as_json
from connector.flow.keeping import WOULD
from connector.flow.portal import Portal
from connector.records import Item, ItemRef, StageMove
from connector.store import Connection, journal, mirror, visits
from connector.store.journal import Line

#: Items whose records are read together.
_BUNDLE = 500
#: Where a record keeps the standard names of pipelines.
_STANDARD = {
    **{name: name for name in ("title", "amount", "currency")},
    **{name: f"{name}_id" for name in ("owner", "company", "source")},
    "contacts": "contact_ids",
}


class Verdict(StrEnum):
    """How what would have been done compares with what was done."""

    SAME = "same"
    OTHER = "other"
    OPEN = "open"  #: nobody has done anything of the kind yet
    ALONE = "alone"  #: there is nothing to hold it against


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing that the pipeline would have done; `was` says what was done instead."""

    ref: ItemRef
    title: str
    at: datetime
    what: str
    rule: str
    verdict: Verdict
    would: str
    was: str = ""


@dataclass(frozen=True, slots=True)
class _Record:
    """An item as it is now, and its way through the stages."""

    item: Item | None
    moves: Sequence[StageMove]


def compare(conn: Connection, portal: Portal, binding: Binding, since: datetime) -> list[Compared]:
    """Everything that the pipeline would have done since then, oldest first."""
    lines = [
        line
        for line in journal.of_kinds(conn, portal.name, binding.pipeline, [WOULD])
        if line.at >= since and line.ref is not None and "command" in line.details
    ]
    compared: list[Compared] = []
    for start in range(0, len(lines), _BUNDLE):
        some = lines[start : start + _BUNDLE]
        records = _records(conn, portal, [line.ref for line in some if line.ref is not None])
        compared += [_compare(binding, line, records[line.ref]) for line in some if line.ref is not None]
    return compared


def _records(conn: Connection, portal: Portal, refs: Iterable[ItemRef]) -> dict[ItemRef, _Record]:
    wanted = list(dict.fromkeys(refs))
    there = mirror.get_items(conn, portal.name, wanted)
    return {ref: _Record(there.get(ref), visits.of(conn, portal.name, ref)) for ref in wanted}


def _compare(binding: Binding, line: Line, record: _Record) -> Compared:
    assert line.ref is not None
    what = str(line.details["command"])
    compare_one = _COMPARISONS.get(what)
    verdict, would, was = (
        compare_one(binding, line, record) if compare_one and record.item else (Verdict.ALONE, line.text, "")
    )
    title = record.item.title if record.item else "(gone)"
    return Compared(line.ref, title, line.at, what, line.rule or "", verdict, would, was)


_Comparison = tuple[Verdict, str, str]


def _move(binding: Binding, line: Line, record: _Record) -> _Comparison:
    """A move on: where did the card go next? A move back: did it stay where the rep had put it?"""
    stage, visit = line.details["stage"], line.details["visit"]
    would = f"move to {stage}" if line.details["because"] != "revert" else f"put back to {stage}"
    place = next((at for at, move in enumerate(record.moves) if move.id == visit), None)
    later = (
        [move for move in record.moves if move.at >= line.at] if place is None else record.moves[place + 1 :]
    )
    if not later:
        is_revert = line.details["because"] == "revert"
        return (Verdict.OTHER, would, "it stayed there") if is_revert else (Verdict.OPEN, would, "not moved")
    went = binding.stage_of(later[0].category_id, later[0].stage_id) or later[0].stage_id
    return (Verdict.SAME if went == stage else Verdict.OTHER), would, f"moved to {went}"


def _assign(binding: Binding, line: Line, record: _Record) -> _Comparison:
    assert record.item is not None
    user, owner = line.details["user"], record.item.owner_id
    return (Verdict.SAME if user == owner else Verdict.OTHER), f"give to {user}", f"owner {owner}"


def _set(binding: Binding, line: Line, record: _Record) -> _Comparison:
    assert record.item is not None
    wanted: Mapping[str, Any] = line.details["values"]
    fields = as_json(binding.read_fields(record.item))
    now = {name: _value(record.item, fields, name) for name in wanted}
    if now == wanted:
        return Verdict.SAME, _shown(wanted), _shown(now)
    is_open = all(value in (None, "", []) for value in now.values())
    return (Verdict.OPEN if is_open else Verdict.OTHER), _shown(wanted), _shown(now)


def _task(binding: Binding, line: Line, record: _Record) -> _Comparison:
    """A task in a stage: did the card leave the stage before it would have been due?"""
    would = line.text.partition(" ")[2]
    due = line.details["due"]
    later = [move for move in record.moves if move.at > line.at]
    if due is None:
        return Verdict.ALONE, would, ""
    if not later:
        return Verdict.OPEN, would, "the card is still there"
    is_in_time = later[0].at <= datetime.fromisoformat(due)
    if is_in_time:
        return Verdict.SAME, would, "the card went on in time"
    return Verdict.OTHER, would, "the card went on after the task would have been due"


def _value(item: Item, fields: Mapping[str, Any], name: str) -> Any:
    if name in fields:
        return fields[name]
    return as_json(getattr(item, _STANDARD[name])) if name in _STANDARD else None


def _shown(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {'' if value is None else value}" for name, value in values.items())


_COMPARISONS = {"MoveStage": _move, "Assign": _assign, "SetFields": _set, "CreateTask": _task}
