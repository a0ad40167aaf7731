"""A board as values: columns for the stages of a pipeline, with counts, sums and the first cards of each.

Counts and sums are of everything that the person may see and the filter lets through; of the cards only
the first few of each column are looked at closely, so that 14,000 deals are drawn as fast as a few.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from heapq import nlargest

from connector.sandbox.board.colours import colour_class
from connector.sandbox.board.persons import Person, person
from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.records import Record
from connector.sandbox.crm.stages import Status
from connector.sandbox.crm.types import COMPANY, CONTACT, EntityType
from connector.sandbox.portal import SandboxPortal
from connector.sandbox.tasks_state import Task, TaskBook

#: Cards of a column that are shown at first, and how many "more" adds.
FIRST_CARDS, MORE_CARDS = 30, 50
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

#: Sums by currency.
Sums = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Look:
    """What of a board is shown: whose cards, which words they must have, how many of which column."""

    owner_id: int | None = None
    words: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    opened: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as pages show it; `letter`: P in progress, S success, F failure."""

    id: str
    name: str
    letter: str
    colour: str

    @property
    def is_final(self) -> bool:
        return self.letter != "P"


@dataclass(frozen=True, slots=True)
class OpenTasks:
    """How the open tasks of a card stand: how many, how many overdue, and the one that is due first."""

    count: int
    overdue: int
    first: Task


@dataclass(frozen=True, slots=True)
class Tile:
    """A card as it lies on the board."""

    id: int
    title: str
    amount: Decimal
    currency: str
    client: str
    owner: Person | None
    moved_at: datetime | None
    tasks: OpenTasks | None


@dataclass(frozen=True, slots=True)
class Column:
    stage: Stage
    count: int
    sums: Sums
    tiles: tuple[Tile, ...]
    #: A closed stage is a narrow strip until somebody opens it.
    is_strip: bool

    @property
    def hidden(self) -> int:
        return self.count - len(self.tiles)


def stages_of(crm: Crm, entity_type: EntityType, category_id: int) -> list[Stage]:
    """The stages of a pipeline in their order."""
    return [stage_of(each) for each in crm.stages.of(entity_type, category_id)]


def stage_of(status: Status) -> Stage:
    return Stage(status.status_id, status.name, status.letter, colour_class(status.color))


def columns_of(
    portal: SandboxPortal, user_id: int, entity_type: EntityType, category_id: int, look: Look
) -> list[Column]:
    """The columns of a board, as that person sees them; runs under the portal's lock."""
    by_stage: dict[str, list[Record]] = defaultdict(list)
    for record in _visible(portal, user_id, entity_type, category_id, look):
        by_stage[record.stage_id].append(record)
    return [
        _column(portal, entity_type, stage, by_stage.get(stage.id, []), look)
        for stage in stages_of(portal.crm, entity_type, category_id)
    ]


def _visible(
    portal: SandboxPortal, user_id: int, entity_type: EntityType, category_id: int, look: Look
) -> Iterable[Record]:
    crm = portal.crm
    shelf = crm.shelf(entity_type.id)
    found: Iterable[Record] = (shelf.records[each] for each in shelf.sorted_ids(category_id))
    if not crm.rights.sees_all(user_id):
        found = (each for each in found if crm.may_read(user_id, each))
    if look.owner_id is not None:
        found = (each for each in found if each.values.get("ASSIGNED_BY_ID") == look.owner_id)
    if look.words:
        words = look.words.casefold()
        found = (each for each in found if _has(crm, each, words))
    return found


def _has(crm: Crm, record: Record, words: str) -> bool:
    title = str(record.values.get("TITLE", ""))
    return words in title.casefold() or words == str(record.id) or words in client_of(crm, record).casefold()


def _column(
    portal: SandboxPortal, entity_type: EntityType, stage: Stage, records: list[Record], look: Look
) -> Column:
    is_strip = stage.is_final and stage.id not in look.opened
    size = 0 if is_strip else look.sizes.get(stage.id, FIRST_CARDS)
    newest = nlargest(size, records, key=lambda each: (each.values.get("MOVED_TIME") or _LONG_AGO, each.id))
    return Column(
        stage,
        len(records),
        sums_of(records),
        tuple(_tile(portal, entity_type, each) for each in newest),
        is_strip,
    )


def sums_of(records: Iterable[Record]) -> Sums:
    """The amounts added up, each currency for itself; amounts of nothing are left out."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for record in records:
        amount = record.values.get("OPPORTUNITY")
        if amount:
            sums[str(record.values.get("CURRENCY_ID") or "")] += amount
    return dict(sorted(sums.items()))


def _tile(portal: SandboxPortal, entity_type: EntityType, record: Record) -> Tile:
    values = record.values
    return Tile(
        record.id,
        title_of(entity_type, record),
        values.get("OPPORTUNITY") or Decimal(0),
        str(values.get("CURRENCY_ID") or portal.crm.currency),
        client_of(portal.crm, record),
        person(portal, values.get("ASSIGNED_BY_ID")),
        values.get("MOVED_TIME"),
        open_tasks(portal, f"{entity_type.short_code}_{record.id}"),
    )


def title_of(entity_type: EntityType, record: Record) -> str:
    """A contact is called by name; what has no title by its type and number."""
    if entity_type.id == CONTACT:
        return full_name(record) or f"{entity_type.name} #{record.id}"
    return str(record.values.get("TITLE") or f"{entity_type.name} #{record.id}")


def full_name(record: Record) -> str:
    parts = (record.values.get(name) for name in ("NAME", "LAST_NAME"))
    return " ".join(str(each) for each in parts if each)


def client_of(crm: Crm, record: Record) -> str:
    """The company, else the first contact, else who wrote (of leads); "" when nobody is known."""
    values = record.values
    company = crm.find(COMPANY, values.get("COMPANY_ID") or 0)
    if company is not None:
        return str(company.values.get("TITLE", ""))
    contact = crm.find(CONTACT, next(iter(values.get("CONTACT_IDS", ())), 0))
    if contact is not None:
        return full_name(contact)
    return str(values.get("COMPANY_TITLE") or full_name(record))


def open_tasks(portal: SandboxPortal, code: str) -> OpenTasks | None:
    """How the tasks of a card stand; None when none is open."""
    now = portal.now()
    tasks = [each for each in portal.part(TaskBook).bound_to(code) if not each.is_closed]
    if not tasks:
        return None
    late = [each for each in tasks if each.deadline is not None and each.deadline < now]
    first = min(tasks, key=lambda each: (each.deadline is None, each.deadline or now, each.id))
    return OpenTasks(len(tasks), len(late), first)
