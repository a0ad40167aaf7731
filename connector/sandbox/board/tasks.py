"""Tasks as pages show them: for one reader, with what that reader may do to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from connector.sandbox.board.columns import title_of
from connector.sandbox.board.markup import shown
from connector.sandbox.board.persons import Person, person
from connector.sandbox.checklists import ChecklistBook, ChecklistItem
from connector.sandbox.portal import SandboxPortal
from connector.sandbox.results import ResultBook
from connector.sandbox.tasks_chat import ChatBook
from connector.sandbox.tasks_rules import DOERS, allowed_actions, may_read, roles
from connector.sandbox.tasks_state import Status, Task, TaskBook

#: What REST calls a list that nobody gave a name.
_NAMELESS = "BX_CHECKLIST"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a checklist; lines may have lines below them."""

    id: int
    title: str
    is_complete: bool
    is_important: bool
    depth: int


@dataclass(frozen=True, slots=True)
class Checklist:
    id: int
    title: str
    lines: tuple[Line, ...]

    @property
    def done(self) -> int:
        return sum(line.is_complete for line in self.lines)


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the task's chat, or a result."""

    id: int
    author: Person | None
    at: datetime
    text: Markup


@dataclass(frozen=True, slots=True)
class CardLink:
    """The card that a task is about."""

    entity_type_id: int
    id: int
    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class TaskView:
    id: int
    title: str
    description: Markup
    status: Status
    deadline: datetime | None
    is_overdue: bool
    is_urgent: bool
    responsible: Person | None
    creator: Person | None
    created_at: datetime
    closed_at: datetime | None
    closed_by: Person | None
    cards: tuple[CardLink, ...]
    checklists: tuple[Checklist, ...]
    results: tuple[Said, ...]
    messages: tuple[Said, ...]
    can: frozenset[str]
    may_tick: bool

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


def task_view(portal: SandboxPortal, task: Task, user_id: int) -> TaskView:
    """A task for a reader who may read it; runs under the portal's lock."""
    found, now = roles(portal, task, user_id), portal.now()
    allowed = allowed_actions(task, found, user_id)
    is_running = not task.is_closed and task.deadline is not None
    return TaskView(
        id=task.id,
        title=task.title,
        description=shown(task.description),
        status=task.status,
        deadline=task.deadline,
        is_overdue=is_running and task.deadline is not None and task.deadline < now,
        is_urgent=task.priority > 1,
        responsible=person(portal, task.responsible_id),
        creator=person(portal, task.created_by),
        created_at=task.created_at,
        closed_at=task.closed_at if task.is_closed else None,
        closed_by=person(portal, task.closed_by) if task.is_closed else None,
        cards=tuple(_cards(portal, task, user_id)),
        checklists=tuple(_checklists(portal, task)),
        results=tuple(_results(portal, task)),
        messages=tuple(_messages(portal, task)),
        can=frozenset(name for name, is_allowed in allowed.items() if is_allowed),
        may_tick=bool(found & DOERS),
    )


def _cards(portal: SandboxPortal, task: Task, user_id: int) -> Iterable[CardLink]:
    for code in task.crm:
        place = portal.crm.read_code(code)
        record = portal.crm.find(*place) if place else None
        if record is not None and portal.crm.may_read(user_id, record):
            entity_type = portal.crm.entity_type(record.entity_type_id)
            yield CardLink(entity_type.id, record.id, title_of(entity_type, record), entity_type.name)


def _checklists(portal: SandboxPortal, task: Task) -> Iterable[Checklist]:
    book = portal.part(ChecklistBook)
    roots = [row for row in book.of_task(task.id) if row.parent_id == 0]
    for root in sorted(roots, key=lambda row: (row.sort_index, row.id)):
        title = "" if root.title.startswith(_NAMELESS) else root.title
        yield Checklist(root.id, title, tuple(_lines(book, root, 0)))


def _lines(book: ChecklistBook, above: ChecklistItem, depth: int) -> Iterable[Line]:
    for row in book.below(above):
        yield Line(row.id, row.title, row.is_complete, row.is_important, depth)
        yield from _lines(book, row, depth + 1)


def _results(portal: SandboxPortal, task: Task) -> Iterable[Said]:
    for row in portal.part(ResultBook).of_task(task.id):
        yield Said(row.id, person(portal, row.author_id), row.created_at, shown(row.text))


def _messages(portal: SandboxPortal, task: Task) -> Iterable[Said]:
    for row in portal.part(ChatBook).of_task(task):
        yield Said(row.id, person(portal, row.author_id), row.at, shown(row.text))


@dataclass(frozen=True, slots=True)
class TasksOfCard:
    """The tasks of a card: open ones by deadline, closed ones newest first."""

    open: tuple[TaskView, ...]
    closed: tuple[TaskView, ...]


def tasks_of_card(portal: SandboxPortal, code: str, user_id: int) -> TasksOfCard:
    """Those of a card's tasks that the person may read."""
    tasks = [each for each in portal.part(TaskBook).bound_to(code) if may_read(portal, each, user_id)]
    views = [task_view(portal, each, user_id) for each in tasks]
    return TasksOfCard(tuple(sorted(_open(views), key=by_deadline)), tuple(_newest_closed(views)))


def _open(views: Iterable[TaskView]) -> list[TaskView]:
    return [each for each in views if not each.is_closed]


def _newest_closed(views: Iterable[TaskView]) -> list[TaskView]:
    closed = [(each.closed_at, each.id, each) for each in views if each.closed_at is not None]
    return [each for _, _, each in sorted(closed, key=lambda row: row[:2], reverse=True)]


def by_deadline(view: TaskView) -> tuple[bool, float, int]:
    """The order of open tasks: what is due first comes first, what has no deadline last."""
    return view.deadline is None, view.deadline.timestamp() if view.deadline else 0.0, view.id
