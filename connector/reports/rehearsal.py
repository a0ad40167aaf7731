"""Rehearsal: a changed pipeline beside the one in force, on what really happened in the last days.

Both are told the same happenings under the same assumptions, so that what differs comes of the change alone.
Reads the mirror, the stage history, our tasks and the kept signals; writes nothing and asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.flow.bindings import Binding
from connector.flow.facts import Nearby, Surroundings, read_nearby, read_surroundings
from connector.flow.portal import Portal
from connector.records import ItemRef
from connector.reports.happenings import Known, absent_at, happenings_of, read_known, refs_since
from connector.store import Connection
from connector.store.dialect import chunks
from pipelines.deeds import Difference, compare
from pipelines.definition import Definition
from pipelines.recipients import ToTeam
from pipelines.replay import Course, Replay

#: Items that are read, told and compared together.
BATCH = 500


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
    conn: Connection,
    portal: Portal,
    binding: Binding,
    changed: Definition,
    since: datetime,
    until: datetime,
    *,
    batch: int = BATCH,
) -> Report:
    """Tell both definitions what happened since then, and compare what they make of it.

    Items are taken a batch after the other, unless a team is shared out: then who gets one depends on who got
    the others, and all of them are told in the order of time.
    """
    around = read_surroundings(conn, portal, until)
    other = Binding(binding.pipeline, changed, binding.config)
    refs = refs_since(conn, portal, binding, since)
    has_turns = any(isinstance(part, ToTeam) for each in (binding, other) for part in each.definition.parts)
    items: list[Rehearsed] = []
    faithful = with_process = 0
    for some in chunks(refs, len(refs) or 1 if has_turns else batch):
        known = read_known(conn, portal, binding, some)
        nearby = read_nearby(conn, portal, binding, (each.past.item for each in known.values()))
        was = _courses(conn, around, nearby, binding, known, since, until)
        would = _courses(conn, around, nearby, other, known, since, until)
        for ref, found in known.items():
            before = was.get(str(ref), Course())
            items.append(_rehearsed(ref, found, before, would.get(str(ref), Course())))
            if found.process is not None and found.process.mode == "live":
                with_process += 1
                faithful += _is_faithful(before, found, since)
    return Report(
        since=since,
        until=until,
        before=binding.definition,
        after=changed,
        items=tuple(items),
        faithful=faithful,
        with_process=with_process,
        notes=tuple(_notes(other, has_items=bool(items))),
    )


def _courses(
    conn: Connection,
    around: Surroundings,
    nearby: Nearby,
    binding: Binding,
    known: Mapping[ItemRef, Known],
    since: datetime,
    until: datetime,
) -> dict[str, Course]:
    happenings = [
        happening
        for found in known.values()
        for happening in happenings_of(conn, around, nearby, binding, found, since)
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


def _notes(binding: Binding, *, has_items: bool) -> Iterator[str]:
    definition, config = binding.definition, binding.config
    if unbound := [stage.id for stage in definition.stages if stage.id not in config.stages]:
        yield f"no card stands in these stages, which are bound to none of the CRM: {', '.join(unbound)}"
    if empty := [name for name in definition.fields if name not in config.fields]:
        yield f"these fields are empty, being bound to none of the CRM: {', '.join(empty)}"
    if has_items:
        yield "people, teams, roles and linked records are those of today; rotations begin anew"
