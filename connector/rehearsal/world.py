"""A scenario's world with a portal: its board, its people and the product beside it; a `World`.

What people do is in `plays`; here is how a scenario begins and what is seen of it. Seen is what the portal
shows: stage, owner, tasks, fields, messages. Only what nobody but the process knows (how steps ended, what a
move lacks) comes out of the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from connector.clock import VirtualClock
from connector.records import COMPANY, CONTACT, SMART_INVOICE, ItemRef
from connector.rehearsal import arrivals, colleagues
from connector.rehearsal.board import Board, build_board
from connector.rehearsal.configuration import configuration
from connector.rehearsal.people import Staff, hire
from connector.rehearsal.plays import PLAYS
from connector.rehearsal.product import COPY_SECONDS, PORTAL, Product, make_template
from connector.rehearsal.surroundings import surround
from connector.rehearsal.values import Cards
from connector.sandbox.messages import Mailbox
from connector.sandbox.portal import SandboxPortal
from connector.store import links, processes, tasks
from connector.store.links import Link
from pipelines.actions import Email
from pipelines.calendar import CalendarSpec
from pipelines.elements import elements_in
from pipelines.engine.process import Process
from pipelines.library import others_of
from pipelines.rehearsal.rehearsal import START_DAY, START_TIME
from pipelines.world import Child, NotHere, PlayError, Seen

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.sandbox.crm.records import Record
    from connector.sandbox.tasks_state import Task
    from connector.store.tasks import MadeTask
    from pipelines.definition import Definition
    from pipelines.script import Scenario, Verb

COMPLETED = 5
_KINDS: Mapping[int, str] = {CONTACT: "contact", COMPANY: "company", SMART_INVOICE: "invoice"}
#: Commands that may need what a rehearsal's portal does not have; the rest must always be sent.
_OUTWARD = frozenset(
    {
        "unsupported",
        "create_item",
        "link_item",
        "send_email",
        "start_workflow",
        "make_document",
    }
)


@contextmanager
def sandbox_worlds(
    others: Callable[[Definition], Mapping[str, Definition]] = others_of,
) -> Iterator[Callable[[Definition, Scenario], SandboxWorld]]:
    """What makes a world for a scenario; each is given back when the next one is made, and at the end.

    `others` finds the pipelines that one names.
    """
    last: list[SandboxWorld] = []
    named: dict[str, Mapping[str, Definition]] = {}

    def give_back() -> None:
        while last:
            last.pop().close()

    with TemporaryDirectory(prefix="funnelwright-rehearsal-") as folder:
        template = make_template(Path(folder))

        def make(definition: Definition, scenario: Scenario) -> SandboxWorld:
            give_back()
            if definition.hash not in named:
                named[definition.hash] = others(definition)
            last.append(SandboxWorld(definition, scenario, template, named[definition.hash]))
            last[0].begin()
            return last[0]

        try:
            yield make
        finally:
            give_back()


class SandboxWorld:
    """One scenario on its way through a portal. `begin` comes first, `close` last."""

    def __init__(
        self,
        definition: Definition,
        scenario: Scenario,
        template: Path,
        others: Mapping[str, Definition],
    ) -> None:
        self.definition, self.scenario = definition, scenario
        self.calendar = (scenario.calendar or CalendarSpec()).build()
        self._start = self.instant(scenario.now or datetime.combine(START_DAY, START_TIME))
        self.clock = VirtualClock(self._start - timedelta(seconds=COPY_SECONDS))
        zone = str(self.calendar.zone)
        self.portal = SandboxPortal(clock=self.clock, time_zone=zone, is_furnished=False)
        self.staff: Staff = hire(self.portal, definition, scenario)
        self.board: Board = build_board(self.portal, definition)
        self.around = surround(self.portal, definition, self.board.entity_type_id, others.values())
        sends_letters = any(isinstance(each, Email) for each in elements_in(definition))
        self.cards = Cards(self.portal, self.board, self.calendar.zone, are_written_to=sends_letters)
        self.product = Product(self.portal, self.clock, template)
        self.ref: ItemRef
        self._last: Record

    def begin(self) -> None:
        """The product is started; the card joins the pipeline, new or where the scenario says it stands."""
        stage = self.scenario.item.get("stage")
        takes_new = self.definition.start.on_create
        arrivals.make_earlier_sale(self)
        if stage is not None:
            self.ref = arrivals.make_card(self, stage)
        parent = None if takes_new or stage is not None else arrivals.make_parent(self)
        others = colleagues.make_cards(self.portal, self.board, self.scenario.load)
        files = configuration(
            self.portal, self.definition, self.scenario, self.board, self.staff, self.around
        )
        self.product.start(files, self.staff.technical_user)
        self.clock.advance((self._start - self.clock.now()).total_seconds())
        colleagues.keep_processes(self.product, self.definition, others)
        if stage is not None:
            arrivals.join_by_hand(self)
        elif parent is not None:
            self.ref = arrivals.make_child(self, parent)
        else:
            self.ref = arrivals.make_card(self, self.definition.stages[0].id)
        self._last = self.record
        self.settle()

    def close(self) -> None:
        """Give everything back."""
        self.product.close()

    def play(self, verb: Verb) -> None:
        """Do what a line says as the people of the portal do it, and let everything that follows happen."""
        PLAYS[type(verb)](self, verb)
        self.settle()

    def settle(self) -> None:
        """Let everything happen that follows; nothing may be left for a person to decide."""
        self.product.settle()
        for parked in self.product.parked():
            if parked.kind in _OUTWARD:
                raise NotHere(f"{parked.kind}: {parked.reason}")
            raise PlayError(
                "nothing that waits for a person", f"{parked.what} {parked.kind}: {parked.reason}"
            )

    # --- what is seen

    def look(self) -> Seen:
        """What there is to see now."""
        process, record = self.process, self.record
        stage_id = self.board.stage_of(record.stage_id)
        stage = self.definition.stage(stage_id or "")
        live = [run for run in process.runs if run.step and run.state != "later"]
        worked_on = {made.run for made, _ in self.open_tasks()}
        owner = record.get("ASSIGNED_BY_ID")
        ends = [*((step, result.end) for step, result in process.results.items()), *process.left.items()]
        return Seen(
            stage=stage_id,
            status=stage.status if stage else None,
            owner=owner,
            tasks=frozenset(run.step for run in live if run.kind == "task" and run.key in worked_on),
            open=frozenset(run.step for run in live),
            done=frozenset(step for step, end in ends if end == "done"),
            cancelled=frozenset(step for step, end in ends if end == "cancelled"),
            fields=self.cards.read(record),
            children=tuple(map(self._child, self.links())),
            notified=self._notified(),
            people={"owner": owner, "creator": record.get("CREATED_BY"), "head": self._head(owner)},
            refused=frozenset(process.refused),
            refused_by=process.refused_by,
            is_finished=process.phase == "finished",
            zone=self.calendar.zone,
        )

    @property
    def record(self) -> Record:
        """The card as it stands in the portal, or stood when it was deleted."""
        found = self.portal.crm.find(self.ref.entity_type_id, self.ref.id)
        if found is not None:
            self._last = found
        return self._last

    @property
    def process(self) -> Process:
        """The process of the card, as the store has it."""
        with self.product.read() as conn:
            found = processes.of_item(conn, PORTAL, self.ref)
        if not found:
            raise PlayError("a process of the card", "none")
        return Process.from_json(found[0].state)

    def open_tasks(self) -> list[tuple[MadeTask, Task]]:
        """The card's tasks that are not completed in the portal, with what the connector keeps of each."""
        there = {task.id: task for task in self.portal.tasks_of(self.ref) if task.status != COMPLETED}
        with self.product.read() as conn:
            made = tasks.of_item(conn, PORTAL, self.ref)
        return [(each, there[each.task.id]) for each in made if each.task.id in there]

    def links(self) -> list[Link]:
        """The records that were made for the card, oldest first."""
        with self.product.read() as conn:
            return list(links.children(conn, PORTAL, self.ref, pipeline=self.definition.id))

    def _child(self, link: Link) -> Child:
        type_id = link.child.entity_type_id
        types = (name for name, number in self.around.record_types.items() if number == type_id)
        names = (link.name, link.child_pipeline, _KINDS.get(type_id, "item"), next(types, None))
        return Child(frozenset(name for name in names if name))

    def _notified(self) -> tuple[int, ...]:
        """Who got messages, but for the portal's own administrator: a scenario may have none."""
        found = sorted(self.portal.part(Mailbox).notifications.values(), key=lambda each: each.id)
        return tuple(each.user_id for each in found if each.user_id != self.staff.technical_user)

    def _head(self, user: int | None) -> int | None:
        return next(iter(self.portal.people.superiors(user)), None) if user is not None else None

    def instant(self, at: datetime) -> datetime:
        """An instant of the file; without an offset it is in the calendar's zone."""
        return (at if at.tzinfo else at.replace(tzinfo=self.calendar.zone)).astimezone(UTC)
