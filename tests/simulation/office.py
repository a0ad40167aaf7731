"""The portal and its people: reps who work their cards, a robot that does not let go, and a log of it all.

The people know nothing of the connector. What they do goes through the same rules as everybody's calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any

from connector.records import DEAL
from connector.sandbox.crm.history import CREATED, Entry
from connector.sandbox.crm.records import Record
from connector.sandbox.events import Happening
from connector.sandbox.kernel import RestError
from connector.sandbox.portal import SandboxPortal
from connector.sandbox.tasks_people import Refused
from connector.sandbox.tasks_state import Status, Task, TaskBook
from connector.sandbox.timeline import Timeline
from tests.simulation.histories import Act, Card, PortalLog, RecordMade, Ref, Stay, TaskMade
from tests.simulation.hub import Hub, PortalClock
from tests.simulation.pipeline import CONTRACT, DEFERRED, ELSEWHERE, LOST, NEW, WALKED, WON, WORK
from tests.simulation.profiles import Profile

CONNECTOR, REP, ROBOT = "connector", "rep", "robot"
TECHNICAL_USER = 1
REPS = (5, 6, 7)
_STAGES = (NEW, WORK, WORK, DEFERRED, WON, LOST, WALKED)
#: What a robot that wants a card elsewhere waits before it moves it back.
ROBOT_SECONDS = 2.0


class Office:
    """The portal of one seed, its people, and the log."""

    def __init__(self, hub: Hub, seed: int, profile: Profile) -> None:
        self._hub, self._profile = hub, profile
        self._random = Random(f"people {seed}")
        self.portal = SandboxPortal(clock=PortalClock(hub), seed=1)
        self.portal.faults.random = Random(f"faults {seed}")
        self.portal.events.random = Random(f"events {seed}")
        self.log = PortalLog()
        self._author = CONNECTOR
        self._last_rows = {DEAL: 0, CONTRACT: 0}
        self._last_of: dict[Ref, int] = {}
        self.deals: list[Ref] = []
        self._deleted: list[Record] = []
        self.is_robot_on = profile.has_robot
        #: The day is over: what somebody still had in mind is left.
        self.is_closed = False
        self.portal.events.listeners.append(self._look)

    # --- the log -------------------------------------------------------------------------------------------

    def _look(self, happening: Happening) -> None:
        """Something has happened: what is new of it."""
        for type_id in self._last_rows:
            for row in self._new_rows(type_id):
                self._note_stay(row)
        match happening.name:
            case "ONTASKADD":
                self._note_task(int(happening.data["FIELDS_AFTER"]["ID"]))
            case "ONCRMTIMELINECOMMENTADD" if happening.by == TECHNICAL_USER:
                comment = self.portal.part(Timeline).comments[int(happening.data["ID"])]
                self.log.comments.append((self._hub.seconds, comment.text))
            case "ONCRMDYNAMICITEMADD":
                fields = happening.data["FIELDS"]
                self._note_record((int(fields["ENTITY_TYPE_ID"]), int(fields["ID"])))

    def _new_rows(self, type_id: int) -> list[Entry]:
        last, found = self._last_rows[type_id], []
        for row in reversed(self.portal.crm.history.of(type_id)):
            if row.id <= last:
                break
            found.append(row)
        if found:
            self._last_rows[type_id] = found[0].id
        return found[::-1]

    def _note_stay(self, row: Entry) -> None:
        ref = (row.entity_type_id, row.owner_id)
        seconds = (self.portal.now() - self._hub.start).total_seconds()
        stay = Stay(
            row.id,
            ref,
            row.type_id,
            row.category_id,
            row.stage_id,
            seconds,
            self._author,
            self._last_of.get(ref),
        )
        self._last_of[ref] = row.id
        self.log.stays.append(stay)
        if self.is_robot_on and self._author == CONNECTOR and row.type_id != CREATED:
            self._hub.later(ROBOT_SECONDS, lambda: self._robot_undoes(ref))

    def _note_task(self, task_id: int) -> None:
        task = self.portal.task(task_id)
        made = TaskMade(task.id, task.title, task.xml_id or "", task.crm, self._author, self._hub.seconds)
        self.log.tasks.append(made)

    def _note_record(self, ref: Ref) -> None:
        record = self.portal.record(ref)
        self.log.records.append(RecordMade(ref, str(record.get("XML_ID") or ""), self._hub.seconds))

    @contextmanager
    def _acting(self, who: str) -> Iterator[None]:
        self.portal.run_late_requests()
        self._author = who
        try:
            yield
        except (Refused, RestError, LookupError):
            pass  # the portal does not let them; they shrug and go on
        finally:
            self._author = CONNECTOR

    def _note(self, who: str, what: str, ref: Ref | None = None, detail: str = "") -> None:
        self.log.acts.append(Act(self._hub.seconds, who, what, ref, detail))

    # --- people --------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Plan the day: when who does something; what it is, they decide when the time has come."""
        for number in range(self._profile.deals):
            self._hub.later(self._random.uniform(0, 100), lambda number=number: self._make_deal(number))
        for _ in range(self._profile.acts):
            self._hub.later(self._random.uniform(20, self._profile.active_seconds), self._act)

    def _make_deal(self, number: int) -> None:
        with self._acting(REP):
            stage = NEW if self._random.random() < 0.75 else WORK
            owner = self._random.choice(REPS)
            record = self.portal.deal(stage=stage, TITLE=f"Deal {number}", ASSIGNED_BY_ID=owner)
            self.deals.append((DEAL, record.id))
            self._note(REP, "deal", (DEAL, record.id), stage)

    def _act(self) -> None:
        if not self.deals:
            return
        ref = self._random.choice(self.deals)
        if self._random.random() < self._profile.moves:
            self._move(ref)
            return
        acts: list[tuple[float, Callable[[Ref], None]]] = [
            (9.0, self._finish_task),
            (1.0, self._postpone_task),
            (0.5, self._delete_task),
            (1.0, self._edit),
            (0.3, self._give_reason),
            (0.5, self._delete_deal),
            (0.3, self._restore_deal),
            (0.2, self._go_elsewhere),
        ]
        (act,) = self._random.choices([each for _, each in acts], [weight for weight, _ in acts])
        act(ref)

    def _move(self, ref: Ref) -> None:
        stage = self._random.choice(_STAGES)
        with self._acting(REP):
            before = self.portal.record(ref).stage_id
            self.portal.move(ref, stage)
            self._note(REP, "move", ref, stage)
            if self._random.random() < self._profile.returns:
                after = self._random.choice((0.0, 0.3, 2.0, 20.0))
                self._hub.later(after, lambda: self._move_back(ref, before))

    def _move_back(self, ref: Ref, stage: str) -> None:
        if self.is_closed:
            return
        with self._acting(REP):
            self.portal.move(ref, stage)
            self._note(REP, "move back", ref, stage)

    def interlope(self, item_id: int) -> None:
        """A rep takes the card just now, between a look at it and what follows from the look."""
        if not self.is_closed and self._random.random() < self._profile.interlopers:
            self._hub.later(self._random.uniform(0, 0.4), lambda: self._move((DEAL, item_id)))

    def _robot_undoes(self, ref: Ref) -> None:
        if self.is_robot_on:
            with self._acting(ROBOT):
                self.portal.move(ref, LOST)
                self._note(ROBOT, "move", ref, LOST)

    def _open_task(self, ref: Ref) -> Task:
        tasks = [task for task in self.portal.tasks_of(ref) if task.status != Status.COMPLETED]
        if not tasks:
            raise LookupError
        return self._random.choice(tasks)

    def _finish_task(self, ref: Ref) -> None:
        with self._acting(REP):
            task = self._open_task(ref)
            lines = [line.title for line in self.portal.checklist_of(task.id) if line.parent_id]
            result = ""
            if lines and self._random.random() < 0.9:
                result = lines[0] if self._random.random() < 0.75 else self._random.choice(lines)
                self.portal.tick(task.id, result)
            self.portal.complete_task(task.id)
            self._note(REP, "finish", ref, f"{task.id}:{result}")
            if self._random.random() < self._profile.interlopers:
                self._hub.later(self._random.uniform(0.2, 6), lambda: self._there_and_back(ref))

    def _there_and_back(self, ref: Ref) -> None:
        """Away and back at once: the card stands where it stood, and yet it is another stay."""
        if self.is_closed:
            return
        with self._acting(REP):
            before = self.portal.record(ref).stage_id
            self.portal.move(ref, DEFERRED)
            self._note(REP, "move", ref, DEFERRED)
            self._hub.later(0.0, lambda: self._move_back(ref, before))

    def _postpone_task(self, ref: Ref) -> None:
        with self._acting(REP):
            task = self._open_task(ref)
            until = (task.deadline or self.portal.now()) + timedelta(hours=3)
            self.portal.postpone_task(task.id, until, by=TECHNICAL_USER)
            self._note(REP, "postpone", ref, str(task.id))

    def _delete_task(self, ref: Ref) -> None:
        with self._acting(REP):
            task = self._open_task(ref)
            self.portal.delete_task(task.id)
            self._note(REP, "delete task", ref, str(task.id))

    def _edit(self, ref: Ref) -> None:
        with self._acting(REP):
            title = f"{self.portal.value(ref, 'title')}+"
            self.portal.edit(ref, TITLE=title, ASSIGNED_BY_ID=self._random.choice(REPS))
            self._note(REP, "edit", ref, title)

    def _give_reason(self, ref: Ref) -> None:
        with self._acting(REP):
            self.portal.edit(ref, ufCrm_WALK_REASON="too dear")
            self._note(REP, "reason", ref)

    def _delete_deal(self, ref: Ref) -> None:
        with self._acting(REP):
            record = self.portal.record(ref)
            self.portal.delete(ref)
            self._deleted.append(record)
            self.log.deleted.add(ref)
            self._last_of.pop(ref, None)
            self._note(REP, "delete", ref)

    def _restore_deal(self, _: Ref) -> None:
        if self._deleted:
            with self._acting(REP):
                record = self._deleted.pop()
                self.portal.restore(record)
                self._note(REP, "restore", (DEAL, record.id))

    def _go_elsewhere(self, ref: Ref) -> None:
        with self._acting(REP):
            self.portal.move(ref, ELSEWHERE)
            self._note(REP, "move", ref, ELSEWHERE)
            self._hub.later(self._random.uniform(5, 200), lambda: self._move_back(ref, NEW))

    # --- how it ended --------------------------------------------------------------------------------------

    def calm_down(self) -> None:
        """Nothing goes wrong any more, and nobody but the connector does anything."""
        self.portal.faults.clear()
        self.is_closed = True
        self.is_robot_on = False

    def cards(self) -> dict[Ref, Card]:
        """The cards as they stand."""
        found = {}
        for type_id in (DEAL, CONTRACT):
            for record in self.portal.crm.shelf(type_id):
                found[type_id, record.id] = Card(
                    str(record.get("TITLE") or ""),
                    record.category_id,
                    record.stage_id,
                    int(record.get("ASSIGNED_BY_ID") or 0) or None,
                )
        return found

    def task_states(self) -> dict[int, int]:
        """Status of every living task of the connector."""
        book: dict[int, Any] = self.portal.part(TaskBook).tasks
        return {task.id: int(task.status) for task in book.values() if task.xml_id}
