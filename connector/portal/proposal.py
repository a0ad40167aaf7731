"""What `init` proposes: each pipeline on the board that resembles it most, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from connector.bitrix24.schema import Catalogue
from connector.portal.boards import Board, StageMatch, boards_for, match_stages, resemblance
from connector.portal.fields import FieldMatch, match_fields
from connector.portal.needs import Needs, needs_of
from pipelines.definition import Definition

Entity = Literal["lead", "deal", "smart_process"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One pipeline on one board of the portal; no board: the portal has none of that kind."""

    #: As config.toml is to name the definition: "simple_sale" or "pipelines/my_sale.toml".
    reference: str
    definition: Definition
    board: Board | None = None
    stages: tuple[StageMatch, ...] = ()
    fields: tuple[FieldMatch, ...] = ()

    @property
    def needs(self) -> Needs:
        return needs_of(self.definition)

    @property
    def missing(self) -> list[str]:
        """What a person must still settle in the CRM or in config.toml before the pipeline can run."""
        if self.board is None:
            return [_NO_BOARD[self.definition.entity]]
        return [*self._missing_stages(self.board), *self._missing_fields()]

    def _missing_stages(self, board: Board) -> Iterator[str]:
        for match in self.stages:
            if match.crm is None:
                yield (
                    f'stage {match.stage.id}: no stage of the board "{board.name}" is like '
                    f'"{match.stage.title or match.stage.id}": add one there, or name another'
                )

    def _missing_fields(self) -> Iterator[str]:
        for match in self.fields:
            if match.crm is None:
                yield (
                    f'field {match.name}: no field of the card is like "{match.spec.title or match.name}" '
                    f"({match.spec.type}): add one, or it stays empty"
                )
            else:
                for option in match.missing_options:
                    yield f'option {option} of field {match.name}: "{match.crm.title}" has none like it'


_NO_BOARD: Mapping[Entity, str] = {
    "lead": "leads are switched off in this portal: the pipeline has nothing to run on",
    "deal": "no pipeline of deals could be read: does the webhook have the right crm?",
    "smart_process": "the portal has no smart process: make one in CRM settings, then run init again",
}


def propose(pipelines: Sequence[tuple[str, Definition]], catalogue: Catalogue) -> list[Proposal]:
    """A proposal for each (reference, definition), in order; a board is shared only if there are too few."""
    boards = {definition.entity: boards_for(catalogue, definition.entity) for _, definition in pipelines}
    chosen = _choose(pipelines, boards)
    return [
        _bind(reference, definition, chosen.get(reference), catalogue) for reference, definition in pipelines
    ]


def _choose(
    pipelines: Sequence[tuple[str, Definition]], boards: Mapping[Entity, list[Board]]
) -> dict[str, Board]:
    """The likest pairs first; who is left over takes the likest board although it is taken."""
    scored = sorted(
        (
            (resemblance(definition, board), reference, board)
            for reference, definition in pipelines
            for board in boards[definition.entity]
            if board.stages
        ),
        key=lambda one: -one[0],
    )
    chosen: dict[str, Board] = {}
    for _, reference, board in scored:
        if reference not in chosen and board not in chosen.values():
            chosen[reference] = board
    for _, reference, board in scored:
        chosen.setdefault(reference, board)
    return chosen


def _bind(reference: str, definition: Definition, board: Board | None, catalogue: Catalogue) -> Proposal:
    if board is None:
        return Proposal(reference=reference, definition=definition)
    card = [each for each in catalogue.fields if each.entity_type_id == board.entity_type_id]
    return Proposal(
        reference=reference,
        definition=definition,
        board=board,
        stages=tuple(match_stages(definition, board)),
        fields=tuple(match_fields(definition, card)),
    )


def shared_boards(proposals: Sequence[Proposal]) -> list[str]:
    """Pipelines that are proposed on one board: allowed while at most one of them is live."""
    by_board: dict[Board, list[str]] = {}
    for proposal in proposals:
        if proposal.board is not None:
            by_board.setdefault(proposal.board, []).append(proposal.definition.id)
    return [
        f'{" and ".join(names)} are on one board, "{board.name}": only one of them may be live there'
        for board, names in by_board.items()
        if len(names) > 1
    ]
