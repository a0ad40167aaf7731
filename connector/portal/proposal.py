"""What `init` proposes: each pipeline on the board that resembles it most, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from connector.bitrix24.schema import Catalogue
from connector.portal.boards import Board, StageMatch, boards_for, match_stages, resemblance
from connector.portal.fields import FieldMatch, match_fields
from connector.portal.needs import Needs, needs_of
from pipelines.definition import Definition, FieldSpec, Stage

Entity = Literal["lead", "deal", "smart_process"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One pipeline on one board of the portal; no board: the portal has none of that kind."""

    #: As config.toml is to name the definition: "simple_sale" or "pipelines/my_sale.toml".
    reference: str
    definition: Definition
    #: In which our names are said.
    language: str
    board: Board | None = None
    stages: tuple[StageMatch, ...] = ()
    fields: tuple[FieldMatch, ...] = ()

    @property
    def needs(self) -> Needs:
        return needs_of(self.definition)

    def title_of(self, named: Stage | FieldSpec, identifier: str) -> str:
        """What people call something of ours."""
        return named.title.in_language(self.language) if named.title is not None else identifier

    @property
    def missing(self) -> list[str]:
        """What a person must still settle in the CRM or in config.toml before the pipeline can run."""
        if self.board is None:
            return [_NO_BOARD[self.definition.entity]]
        return [*self._missing_stages(self.board), *self._missing_fields(), *self._missing_options()]

    def _missing_stages(self, board: Board) -> Iterator[str]:
        for match in self.stages:
            if match.crm is None:
                title = self.title_of(match.stage, match.stage.id)
                yield f'stage {match.stage.id}: no stage of "{board.name}" is like "{title}": add or name one'

    def _missing_fields(self) -> Iterator[str]:
        for match in self.fields:
            if match.crm is None:
                title = self.title_of(match.spec, match.name)
                yield f'field {match.name}: no field of the card is like "{title}" ({match.spec.type})'

    def _missing_options(self) -> Iterator[str]:
        for match in self.fields:
            if match.crm is not None and match.missing_options:
                names = ", ".join(match.missing_options)
                yield f'options of field {match.name}: "{match.crm.title}" has none like {names}'


_NO_BOARD: Mapping[Entity, str] = {
    "lead": "leads are switched off in this portal: the pipeline has nothing to run on",
    "deal": "no pipeline of deals could be read: does the webhook have the right crm?",
    "smart_process": "the portal has no smart process: make one in CRM settings, then run init again",
}


def propose(
    pipelines: Sequence[tuple[str, Definition]], catalogue: Catalogue, language: str
) -> list[Proposal]:
    """A proposal for each (reference, definition), in order; a board is shared only if there are too few."""
    boards = {definition.entity: boards_for(catalogue, definition.entity) for _, definition in pipelines}
    chosen = _choose(pipelines, boards)
    return [
        _bind(Proposal(reference=reference, definition=definition, language=language), chosen, catalogue)
        for reference, definition in pipelines
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


def _bind(unbound: Proposal, chosen: Mapping[str, Board], catalogue: Catalogue) -> Proposal:
    board = chosen.get(unbound.reference)
    if board is None:
        return unbound
    card = [each for each in catalogue.fields if each.entity_type_id == board.entity_type_id]
    return replace(
        unbound,
        board=board,
        stages=tuple(match_stages(unbound.definition, board)),
        fields=tuple(match_fields(unbound.definition, card)),
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
