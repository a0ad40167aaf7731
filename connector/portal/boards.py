"""Which board of the portal a pipeline belongs on, and which of its stages are which of ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from connector.bitrix24.schema import Catalogue
from connector.portal.likeness import likeness, names_of, pair_up
from connector.records import DEAL, FIRST_SMART_PROCESS, LEAD, Category, Stage
from pipelines.definition import Definition
from pipelines.definition import Stage as OurStage

#: name: it is called so · meaning: the one stage that means it (won, first) · order: the only place left.
How = Literal["name", "meaning", "order"]

#: What the CRM says of a stage that may stand for one of ours: open stages are in progress, and so on.
_SEMANTICS = {"open": "P", "won": "S", "lost": "F", "archived": "FP"}


@dataclass(frozen=True, slots=True)
class Board:
    """A category of the portal with its stages; leads have one board and no category."""

    entity_type_id: int
    category_id: int | None
    name: str
    is_default: bool
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class StageMatch:
    """One of our stages and the CRM's that stands for it; None: none does."""

    stage: OurStage
    crm: Stage | None = None
    how: How = "name"


def boards_for(catalogue: Catalogue, entity: str) -> list[Board]:
    """The boards that a pipeline on this kind of item can be bound to."""
    if entity == "lead":
        return [_board(catalogue, Category(LEAD, 0, "Leads", True), None)]
    wanted = [each for each in catalogue.categories if _is_of(entity, each.entity_type_id)]
    return [_board(catalogue, category, category.id) for category in wanted]


def _is_of(entity: str, entity_type_id: int) -> bool:
    return entity_type_id == DEAL if entity == "deal" else entity_type_id >= FIRST_SMART_PROCESS


def _board(catalogue: Catalogue, category: Category, category_id: int | None) -> Board:
    type_id = category.entity_type_id
    stages = [
        each for each in catalogue.stages if (each.entity_type_id, each.category_id) == (type_id, category_id)
    ]
    types = {each.id: each.name for each in catalogue.types}
    name = category.name if type_id <= DEAL else f"{types.get(type_id, type_id)}: {category.name}"
    return Board(
        type_id, category_id, name, category.is_default, tuple(sorted(stages, key=lambda one: one.sort))
    )


def match_stages(definition: Definition, board: Board) -> list[StageMatch]:
    """Every stage of ours with the CRM's that stands for it, in the order of the file."""
    found: dict[str, tuple[Stage, How]] = {}

    def take(pairs: Iterable[tuple[OurStage, Stage]], how: How) -> None:
        found.update({ours.id: (theirs, how) for ours, theirs in pairs})

    def left() -> tuple[list[OurStage], list[Stage]]:
        used = {stage.id for stage, _ in found.values()}
        return (
            [each for each in definition.stages if each.id not in found],
            [each for each in board.stages if each.id not in used],
        )

    take(pair_up(*left(), _score), "name")
    take(_by_meaning(definition, board, *left()), "meaning")
    take(_by_order(*left()), "order")
    return [StageMatch(stage, *found.get(stage.id, (None, "name"))) for stage in definition.stages]


def _score(ours: OurStage, theirs: Stage) -> float:
    if not _may_mean(ours, theirs):
        return 0.0
    names = names_of(ours.title, ours.id)
    return max(likeness(names, theirs.name), likeness(names, theirs.id.rpartition(":")[2]))


def _may_mean(ours: OurStage, theirs: Stage) -> bool:
    return theirs.semantics in _SEMANTICS[ours.status]


def _by_meaning(
    definition: Definition, board: Board, ours: Sequence[OurStage], theirs: Sequence[Stage]
) -> list[tuple[OurStage, Stage]]:
    """Where there is no choice: the first stage, the won one, the lost one that every board begins with."""
    pairs: list[tuple[OurStage, Stage]] = []
    for status in ("open", "won", "lost"):
        mine = next((each for each in definition.stages if each.status == status), None)
        other = next((each for each in board.stages if each.semantics == _SEMANTICS[status]), None)
        if mine in ours and other in theirs and mine is not None and other is not None:
            pairs.append((mine, other))
    return pairs


def _by_order(ours: Sequence[OurStage], theirs: Sequence[Stage]) -> list[tuple[OurStage, Stage]]:
    """As many open stages are left as there are columns left: they follow each other as ours do."""
    mine = [each for each in ours if each.status == "open"]
    others = [each for each in theirs if each.semantics == "P"]
    return list(zip(mine, others, strict=True)) if len(mine) == len(others) else []


def resemblance(definition: Definition, board: Board) -> float:
    """How much a board looks like the pipeline: names of stages count most, then its own name."""
    matches = match_stages(definition, board)
    named = sum(1 for match in matches if match.crm is not None and match.how == "name")
    bound = sum(1 for match in matches if match.crm is not None)
    title = likeness(names_of(definition.title, definition.id), board.name)
    return 2 * named / len(matches) + 0.5 * bound / len(matches) + title + 0.01 * board.is_default
