"""Migrate: running processes go on under the newest version of their pipeline before their visit ends.

Told first, done one item in one commit, and undone again if need be: the line of the journal keeps the
version and the state that the process had. `pipelines.migration` judges; a process that is not safe stays
as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from connector.errors import StoreError
from connector.flow.bindings import Binding
from connector.flow.facts import Nearby, Surroundings, facts_of, read_nearby, read_surroundings
from connector.flow.keeping import describe
from connector.flow.portal import Portal
from connector.flow.signals import CHANGED
from connector.records import Item
from connector.store import Connection, journal, mirror, processes, signals, tasks, timers, views
from connector.store.journal import Line, NewLine
from connector.store.processes import StoredProcess
from connector.store.signals import NewSignal
from pipelines.definition import Definition
from pipelines.engine import ItemChanged, decide
from pipelines.engine.process import Process
from pipelines.migration import Judgement, Verdict, judge
from pipelines.renaming import Names

MIGRATED, REVERTED = "migrated", "migration_reverted"
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """One process that could go to another version: what is said of it, and what it would ask for at once."""

    process: StoredProcess
    title: str
    #: Hash of the version that it would run on.
    to: str
    judgement: Judgement
    commands: tuple[str, ...] = ()
    #: Something follows at once: the engine has to look at it.
    is_stirred: bool = False
    #: The line of the journal that would be undone.
    undoes: Line | None = None

    @property
    def is_safe(self) -> bool:
        return self.judgement.verdict is Verdict.SAFE


def versions_in_use(conn: Connection, portal: Portal, binding: Binding) -> list[Definition]:
    """The versions, other than the newest, that processes run on."""
    hashes = dict.fromkeys(stored.version for stored in _behind(conn, portal, binding))
    return [portal.versions.get(conn, each) for each in hashes]


def candidates(conn: Connection, portal: Portal, binding: Binding, names: Names) -> Iterator[Candidate]:
    """Every process that runs on an older version, by id."""
    around = read_surroundings(conn, portal, portal.clock.now())
    behind = _behind(conn, portal, binding)
    while page := list(islice(behind, _PAGE)):
        items = mirror.get_items(conn, portal.name, [stored.ref for stored in page])
        nearby = read_nearby(conn, portal, binding, items.values())
        for stored in page:
            yield _candidate(conn, around, binding, stored, names, items.get(stored.ref), nearby)


def migrate(around: Surroundings, binding: Binding, process_id: int, names: Names, by: str) -> bool:
    """Let one process go on under the newest version; False if it is not safe (any more)."""
    portal = around.portal
    now = portal.clock.now()
    with portal.database.write() as conn:
        stored = _need(conn, process_id)
        if stored.version == binding.definition.hash:
            return False
        item = mirror.get_item(conn, portal.name, stored.ref)
        found = _candidate(conn, around, binding, stored, names, item)
        if found.judgement.moved is None:
            return False
        portal.versions.keep(conn, binding.definition, now)
        lines = _rename_lines(conn, portal, stored, names, {})
        details = {
            "stages": dict(names.stages),
            "steps": dict(names.steps),
            "outcomes": {step: dict(outcomes) for step, outcomes in names.outcomes.items()},
            "lines": lines,
        }
        _exchange(conn, portal, found, found.judgement.moved, MIGRATED, by, details, now)
        return True


# --- the way back -------------------------------------------------------------------------------------------


def revertible(conn: Connection, portal: Portal, binding: Binding) -> Iterator[Candidate]:
    """Every process that was migrated and is still on that visit, by id, and whether it can go back."""
    around = read_surroundings(conn, portal, portal.clock.now())
    for line in _migrations(conn, portal, binding).values():
        stored = processes.get(conn, line.details["process"])
        if stored is not None and stored.version == line.details["to"]:
            yield _way_back(conn, around, binding, stored, line)


def revert(around: Surroundings, binding: Binding, process_id: int, line: Line, by: str) -> bool:
    """Undo the migration that `line` tells of; False if the process cannot go back (any more).

    If nothing has happened since, it is as it was; else what happened is kept, and it goes back by the same
    judgement that it came by.
    """
    portal = around.portal
    now = portal.clock.now()
    with portal.database.write() as conn:
        stored = _need(conn, process_id)
        if stored.version != line.details["to"]:
            return False
        found = _way_back(conn, around, binding, stored, line)
        if found.judgement.moved is None:
            return False
        old = portal.versions.get(conn, line.details["from"])
        _rename_lines(conn, portal, stored, _names_of(line).inverted(old), line.details.get("lines", {}))
        _exchange(conn, portal, found, found.judgement.moved, REVERTED, by, {}, now)
        return True


def _way_back(
    conn: Connection, around: Surroundings, binding: Binding, stored: StoredProcess, line: Line
) -> Candidate:
    old = around.portal.versions.get(conn, line.details["from"])
    present = around.portal.versions.get(conn, stored.version)
    if stored.visit != line.details["visit"]:
        reason = "it is on another visit now, which began under this version"
        said = Judgement(Verdict.BLOCKED, (reason,))
    elif stored.revision == line.details["revision"]:
        said = Judgement(Verdict.SAFE, (), ("it is as it was",), Process.from_json(line.details["state"]))
    else:
        said = judge(present, old, Process.from_json(stored.state), _names_of(line).inverted(old))
    item = mirror.get_item(conn, around.portal.name, stored.ref)
    return replace(_outlook(conn, around, binding, stored, old, said, item), undoes=line)


def _names_of(line: Line) -> Names:
    """The names by which a migration was done; lines of older programs know none of outcomes."""
    return Names(line.details["stages"], line.details["steps"], line.details.get("outcomes", {}))


def _migrations(conn: Connection, portal: Portal, binding: Binding) -> dict[int, Line]:
    """Process -> the line of its last migration, if that was not undone."""
    found: dict[int, Line] = {}
    for line in journal.of_kinds(conn, portal.name, binding.pipeline, [MIGRATED, REVERTED]):
        found[line.details["process"]] = line
    return {process: line for process, line in sorted(found.items()) if line.kind == MIGRATED}


# --- one process --------------------------------------------------------------------------------------------


def _behind(conn: Connection, portal: Portal, binding: Binding) -> Iterator[StoredProcess]:
    """Processes that are not over and run on another version than the newest."""
    after_id = 0
    while page := processes.in_pipeline(conn, portal.name, binding.pipeline, after_id=after_id, limit=_PAGE):
        after_id = page[-1].id
        for stored in page:
            if stored.version != binding.definition.hash and stored.phase != "finished":
                yield stored


def _need(conn: Connection, process_id: int) -> StoredProcess:
    stored = processes.get(conn, process_id)
    if stored is None:
        raise StoreError(f"process {process_id} is not in the store any more")
    return stored


def _candidate(
    conn: Connection,
    around: Surroundings,
    binding: Binding,
    stored: StoredProcess,
    names: Names,
    item: Item | None,
    nearby: Nearby | None = None,
) -> Candidate:
    old, new = around.portal.versions.get(conn, stored.version), binding.definition
    said = judge(old, new, Process.from_json(stored.state), names)
    if said.moved is not None:
        in_flight = _elsewhere(binding, said.moved, item) or _unheard(conn, around.portal, stored, names)
        said = Judgement(Verdict.BLOCKED, (in_flight,)) if in_flight else said
    return _outlook(conn, around, binding, stored, new, said, item, nearby)


def _elsewhere(binding: Binding, moved: Process, item: Item | None) -> str:
    """Why the card does not stand where the process would; "" when it does, or may stand elsewhere."""
    if item is None or moved.refusal is not None or moved.phase != "running" or moved.intent is not None:
        return ""
    stage = binding.stage_of(item.category_id, item.stage_id)
    if stage == moved.stage:
        return ""
    return f"the card stands in {stage or item.stage_id}, and the process has yet to hear of that"


def _unheard(conn: Connection, portal: Portal, stored: StoredProcess, names: Names) -> str:
    """Why an outcome may still come by its old name; "" when none can, or none is renamed."""
    if not names.outcomes and not names.stages:
        return ""
    if any(each.handled_at is None for each in views.signals_of(conn, portal.name, stored.ref)):
        return "what just happened has yet to be decided on"
    made = {each.run for each in tasks.of_item(conn, portal.name, stored.ref)}
    asked = [key for run in Process.from_json(stored.state).runs for key in run.open_tasks]
    return "its task has yet to be made" if set(asked) - made else ""


def _rename_lines(
    conn: Connection,
    portal: Portal,
    stored: StoredProcess,
    names: Names,
    former: Mapping[str, Mapping[str, str]],
) -> dict[str, dict[str, str]]:
    """Let the lines of open tasks mean what they are called there; returns what they meant, by task.

    `former`: what lines of some tasks are to mean again.
    """
    process, meant = Process.from_json(stored.state), {}
    for made in tasks.of_item(conn, portal.name, stored.ref):
        run = process.run(made.run) if made.process_id == stored.id else None
        if run is None or made.run not in run.open_tasks:
            continue
        now = former.get(str(made.task.id)) or {
            str(line): answer if ":" in answer else names.answer(run, answer)
            for line, answer in made.outcome_lines.items()
        }
        before = {str(line): answer for line, answer in made.outcome_lines.items()}
        if now != before:
            lines = {int(line): answer for line, answer in now.items()}
            tasks.set_outcome_lines(conn, portal.name, made.task.id, lines)
            meant[str(made.task.id)] = before
    return meant


def _outlook(
    conn: Connection,
    around: Surroundings,
    binding: Binding,
    stored: StoredProcess,
    version: Definition,
    said: Judgement,
    item: Item | None,
    nearby: Nearby | None = None,
) -> Candidate:
    """The judgement with what the process would do by itself under the other version."""
    title = item.title if item else ""
    if said.moved is None or item is None:
        return Candidate(stored, title, version.hash, said)
    now = around.portal.clock.now()
    look = ItemChanged(key=_look_key(stored, version), at=now)
    facts = facts_of(conn, around, binding, item, nearby)
    decision = decide(version, said.moved, look, facts, now, newest=version)
    after = decision.process and decision.process.but(handled=said.moved.handled)
    commands = tuple(describe(each) for each in decision.commands)
    return Candidate(stored, title, version.hash, said, commands, is_stirred=after != said.moved)


def _look_key(stored: StoredProcess, version: Definition) -> str:
    return f"{MIGRATED}:{stored.id}:{stored.revision}:{version.hash[:12]}"


def _exchange(
    conn: Connection,
    portal: Portal,
    found: Candidate,
    moved: Process,
    kind: str,
    by: str,
    details: Mapping[str, Any],
    now: datetime,
) -> None:
    """Save the process under its other version; what it was is kept in the journal."""
    stored = found.process
    saved = processes.save(
        conn,
        replace(
            stored,
            version=moved.version,
            stage=moved.stage,
            status=moved.status,
            phase=moved.phase,
            owner_id=moved.owner,
            state=moved.to_json(),
        ),
        now,
    )
    timers.replace(conn, portal.name, stored.id, moved.timers)
    if found.is_stirred:
        look = NewSignal(
            f"{kind}:{stored.id}:{saved.revision}", CHANGED, now, {"by": None, "pipeline": stored.pipeline}
        )
        signals.add_many(conn, portal.name, stored.ref, [look], now)
    was = {"process": stored.id, "from": stored.version, "to": moved.version, "state": stored.state}
    text = f"Goes on under version {moved.version[:8]}, so far {stored.version[:8]}"
    line = NewLine(
        kind=kind,
        text=text if kind == MIGRATED else f"{text}: the migration was undone",
        ref=stored.ref,
        pipeline=stored.pipeline,
        version=moved.version,
        actor=by,
        details={**was, **details, "visit": stored.visit, "revision": saved.revision},
    )
    journal.add_many(conn, portal.name, [line], now)
