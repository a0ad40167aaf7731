"""Rehearsal: a changed pipeline beside the one in force, on what really happened in the last days.

Both are told the same happenings under the same assumptions, so that what differs comes of the change alone.
Reads the mirror, the stage history, our tasks and the kept signals; writes nothing and asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.flow.bindings import Binding
from connector.flow.facts import Surroundings, read_surroundings
from connector.flow.portal import Portal
from connector.records import ItemRef
from connector.reports.happenings import Known, absent_at, happenings_of, read_known
from connector.store import Connection
from pipelines.deeds import Difference, compare
from pipelines.definition import Definition
from pipelines.replay import Course, Replay


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One item, and how its course would have differed."""

    ref: ItemRef
    title: str
    differences: tuple[Difference, ...]
    #: Reports that would have found no open step, and do find one in the version in force.
    unheard: tuple[str, ...]
    #: From when on the card did not go where the changed definition wanted it.
    parted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a changed definition would have made of the last days."""

    since: datetime
    until: datetime
    before: Definition
    after: Definition
    items: tuple[Rehearsed, ...]
    #: Items whose tasks in the rehearsal of the version in force are those that were really made …
    faithful: int
    #: … out of so many that have a live process.
    with_process: int
    #: What is taken for granted.
    notes: tuple[str, ...]


def rehearse(
    conn: Connection, portal: Portal, binding: Binding, changed: Definition, since: datetime, until: datetime
) -> Report:
    """Tell both definitions what happened since then, and compare what they make of it."""
    around = read_surroundings(conn, portal, until)
    known = read_known(conn, portal, binding, since)
    other = Binding(binding.pipeline, changed, binding.config)
    was = _courses(conn, around, binding, known, since, until)
    would = _courses(conn, around, other, known, since, until)
    live = [ref for ref, found in known.items() if found.process is not None and found.process.mode == "live"]
    return Report(
        since=since,
        until=until,
        before=binding.definition,
        after=changed,
        items=tuple(
            _rehearsed(ref, found, was.get(str(ref), Course()), would.get(str(ref), Course()))
            for ref, found in known.items()
        ),
        faithful=sum(_is_faithful(was.get(str(ref), Course()), known[ref], since) for ref in live),
        with_process=len(live),
        notes=tuple(_notes(other, known)),
    )


def _courses(
    conn: Connection,
    around: Surroundings,
    binding: Binding,
    known: Mapping[ItemRef, Known],
    since: datetime,
    until: datetime,
) -> dict[str, Course]:
    happenings = [
        happening
        for ref, found in known.items()
        for happening in happenings_of(conn, around, binding, ref, found, since)
    ]
    happenings.sort(key=lambda each: each.at)
    return Replay(binding.definition, absent_at(around.portal)).run(happenings, until)


def _rehearsed(ref: ItemRef, known: Known, before: Course, after: Course) -> Rehearsed:
    unheard = tuple(each for each in after.unheard if each not in before.unheard)
    return Rehearsed(ref, known.past.item.title, compare(before, after), unheard, after.parted_at)


def _is_faithful(course: Course, known: Known, since: datetime) -> bool:
    """Whether the rehearsal of what is in force makes the tasks that were really made."""
    made = {each.run for each in known.made if (each.task.created_at or since) >= since}
    return made == {deed.place for deed in course.deeds if deed.kind == "task" and deed.at >= since}


def _notes(binding: Binding, known: Mapping[ItemRef, Known]) -> Iterator[str]:
    definition, config = binding.definition, binding.config
    if unbound := [stage.id for stage in definition.stages if stage.id not in config.stages]:
        yield f"no card stands in these stages, which are bound to none of the CRM: {', '.join(unbound)}"
    if empty := [name for name in definition.fields if name not in config.fields]:
        yield f"these fields are empty, being bound to none of the CRM: {', '.join(empty)}"
    if known:
        yield "people, teams, roles and linked records are those of today; rotations begin anew"
