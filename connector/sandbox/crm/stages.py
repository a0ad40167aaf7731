"""Pipelines and their stages, and the other directories of crm.status.*: codes, order, semantics.

Stage codes carry the prefix of their pipeline and are cut to 21 characters with it
(`C10:PREPAYMENT_INVOIC`); the same code exists in every pipeline (api-reference/crm/status/index.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connector.sandbox.crm.records import Record
from connector.sandbox.crm.types import EntityType

MAX_STAGE_CODE = 21
GROUPS = {"": "process", "S": "success", "F": "failure"}


@dataclass(slots=True)
class Status:
    """One entry of a directory; for stages, `semantics` is "" in progress, S success, F failure."""

    id: int
    entity_id: str
    status_id: str
    name: str
    name_init: str
    sort: int
    is_system: bool
    category_id: int | None
    color: str
    semantics: str
    group: str

    @property
    def letter(self) -> str:
        """P, S or F, as items show it."""
        return self.semantics or "P"


@dataclass(slots=True)
class Category:
    """A pipeline of a type of record."""

    id: int
    entity_type_id: int
    name: str
    sort: int = 500
    is_default: bool = False
    origin_id: str = ""
    originator_id: str = ""


@dataclass(frozen=True, slots=True)
class StageSpec:
    """A stage to be made: its code without prefix, names by language, semantics, colour."""

    code: str
    names: dict[str, str]
    semantics: str = ""
    color: str = "#39A8EF"
    is_system: bool = False
    group: str = ""


@dataclass(slots=True)
class Stages:
    """The pipelines and directories of one portal."""

    language: str
    statuses: dict[int, Status] = field(default_factory=dict)
    by_entity: dict[str, list[Status]] = field(default_factory=dict)
    by_code: dict[tuple[str, str], Status] = field(default_factory=dict)
    categories: dict[int, dict[int, Category]] = field(default_factory=dict)
    #: Raised when anything changes, so that what was computed from it can be thrown away.
    last_status_id: int = 100
    last_category_ids: dict[str, int] = field(default_factory=dict)

    # --- pipelines

    def add_category(
        self,
        entity_type: EntityType,
        name: str,
        specs: Iterable[StageSpec],
        *,
        number: int | None = None,
        **more: object,
    ) -> Category:
        """Make a pipeline with its stages; deals count their pipelines apart from all other types."""
        sequence = "deal" if entity_type.id == 2 else "item"
        if number is None:
            number = self.last_category_ids.get(sequence, 0) + 1
        self.last_category_ids[sequence] = max(number, self.last_category_ids.get(sequence, 0))
        category = Category(number, entity_type.id, name, **more)  # type: ignore[arg-type]
        self.categories.setdefault(entity_type.id, {})[number] = category
        for place, spec in enumerate(specs, start=1):
            self.add_stage(entity_type, number, spec, sort=place * 10)
        return category

    def remove_category(self, entity_type: EntityType, category_id: int) -> None:
        del self.categories[entity_type.id][category_id]
        for status in list(self.of(entity_type, category_id)):
            self.remove(status)

    def category(self, entity_type_id: int, category_id: int) -> Category | None:
        return self.categories.get(entity_type_id, {}).get(category_id)

    def default_category_id(self, entity_type_id: int) -> int:
        found = (each.id for each in self.categories.get(entity_type_id, {}).values() if each.is_default)
        return next(found, 0)

    # --- directories

    def add_stage(self, entity_type: EntityType, category_id: int, spec: StageSpec, *, sort: int) -> Status:
        prefix = entity_type.stage_prefix(category_id)
        name = spec.names.get(self.language) or spec.names["en"]
        return self.add(
            entity_type.directory(category_id),
            (prefix + spec.code)[:MAX_STAGE_CODE],
            name,
            sort,
            is_system=spec.is_system,
            category_id=category_id if prefix else None,
            color=spec.color,
            semantics=spec.semantics,
            group=spec.group or GROUPS[spec.semantics],
        )

    def add(
        self,
        entity_id: str,
        status_id: str,
        name: str,
        sort: int,
        *,
        is_system: bool = False,
        category_id: int | None = None,
        color: str = "",
        semantics: str = "",
        group: str = "process",
    ) -> Status:
        """Make one entry of a directory."""
        self.last_status_id += 2
        status = Status(
            self.last_status_id,
            entity_id,
            status_id,
            name,
            name if is_system else "",
            sort,
            is_system,
            category_id,
            color,
            semantics,
            group,
        )
        self.statuses[status.id] = status
        self.by_code[entity_id, status_id] = status
        self.by_entity.setdefault(entity_id, []).append(status)
        self.sort(entity_id)
        return status

    def sort(self, entity_id: str) -> None:
        self.by_entity[entity_id].sort(key=lambda each: (each.sort, each.id))

    def remove(self, status: Status) -> None:
        del self.statuses[status.id]
        del self.by_code[status.entity_id, status.status_id]
        self.by_entity[status.entity_id].remove(status)

    def of(self, entity_type: EntityType, category_id: int) -> Sequence[Status]:
        """The stages of a pipeline in their order."""
        return self.by_entity.get(entity_type.directory(category_id), ())

    def find(self, entity_type: EntityType, category_id: int, stage_id: str) -> Status | None:
        return self.by_code.get((entity_type.directory(category_id), stage_id))

    def find_anywhere(self, entity_type: EntityType, stage_id: str) -> Status | None:
        """A stage of a type by its full code, in whichever pipeline it is."""
        for category_id in self.categories.get(entity_type.id, {0: None}):
            found = self.find(entity_type, category_id, stage_id)
            if found is not None:
                return found
        return None

    def first(self, entity_type: EntityType, category_id: int, letter: str = "P") -> Status | None:
        """The first stage of a pipeline in a semantic group."""
        return next((each for each in self.of(entity_type, category_id) if each.letter == letter), None)

    def is_first(self, entity_type: EntityType, record: Record) -> bool:
        stages = self.of(entity_type, record.category_id)
        return bool(stages) and stages[0].status_id == record.stage_id
