"""The board of a pipeline: its stages in order, and what coming into each of them means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from connector.flow.bindings import Binding
from connector.records import Stage
from connector.store import Connection, catalogue
from pipelines.definition import Status
from pipelines.durations import Duration

#: What a stage that no pipeline is bound to means to the portal.
_STATUS: dict[str, Status] = {"P": "open", "S": "won", "F": "lost"}


@dataclass(frozen=True, slots=True)
class Column:
    """One stage as figures know it."""

    #: The CRM's id.
    id: str
    #: What the pipeline calls it; None: it does not know this stage of its category.
    name: str | None
    title: str
    status: Status
    #: How long an item may stand there, as the pipeline says.
    limit: Duration | None = None


@dataclass(frozen=True)
class Board:
    """The stages of a pipeline in its order; what it does not know follows what is before it in the CRM."""

    columns: tuple[Column, ...]

    @cached_property
    def open(self) -> tuple[Column, ...]:
        """The stages of the funnel."""
        return tuple(each for each in self.columns if each.status == "open")

    @cached_property
    def final(self) -> tuple[Column, ...]:
        """Won, lost and archived ones."""
        return tuple(each for each in self.columns if each.status != "open")

    @cached_property
    def by_id(self) -> dict[str, Column]:
        return {each.id: each for each in self.columns}

    def ids(self, *statuses: Status) -> tuple[str, ...]:
        """The CRM's ids of the stages of these statuses."""
        return tuple(each.id for each in self.columns if each.status in statuses)


def read_board(conn: Connection, portal: str, binding: Binding, language: str) -> Board:
    """The board as the definition in force and the portal's catalogue have it.

    A stage that is bound and is no more in the portal stays: items may have gone through it. One that the
    pipeline does not know counts as the portal says: in progress is open, success is won, failure is lost.
    """
    stages = catalogue.get_stages(conn, portal, binding.entity_type_id, binding.category_id)
    columns = []
    for each in binding.definition.stages:
        stage_id = binding.stage_id(each.id)
        if stage_id is not None:
            title = each.title.in_language(language) if each.title else _title(stages, stage_id) or each.id
            columns.append(Column(stage_id, each.id, title, each.status, each.limit))
    return Board(tuple(_with_unknown(columns, stages)))


def _title(stages: Sequence[Stage], stage_id: str) -> str | None:
    return next((stage.name for stage in stages if stage.id == stage_id), None)


def _with_unknown(columns: list[Column], stages: Sequence[Stage]) -> list[Column]:
    """The columns with those of the portal's stages that are not bound, each behind its neighbour there."""
    placed = list(columns)
    before: str | None = None
    for stage in stages:
        if all(each.id != stage.id for each in placed):
            place = next((at + 1 for at, each in enumerate(placed) if each.id == before), 0)
            placed.insert(place, Column(stage.id, None, stage.name, _STATUS.get(stage.semantics, "open")))
        before = stage.id
    return placed
