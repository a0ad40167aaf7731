"""Items: moved to a stage, and only from the visit that the decision was about; fields set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from connector.bitrix24.call import Call
from connector.bitrix24.items import find_in_stage, found_by, has_found, item_of, read_items, update_item
from connector.bitrix24.moves import MoveRow, list_moves, moves_of, newest_moves
from connector.bitrix24.outcome import Answer
from connector.flow.effects.base import (
    MAIN,
    CardWrite,
    Ending,
    Found,
    Look,
    Prepared,
    Settled,
)
from connector.flow.made_up import made_up_at
from connector.flow.observe import STAGE
from connector.flow.portal import Portal
from connector.flow.reading import HISTORY_OVERLAP
from connector.records import Item, ItemRef, StageMove
from connector.store import Connection, effects, outbox, visits
from connector.store.outbox import QueuedCommand

#: A gate may send the card back so many times as often as we may move it on.
REVERTS_FOR_A_MOVE = 3
#: The row of the history and the item itself may differ by so much in when the item moved.
ROW_SPAN = timedelta(seconds=2)
#: Our clock and the portal's may differ by so much.
ECHO_SPAN = timedelta(seconds=65)
#: The command of the batch that looks whether the card still stands where it is to be moved from.
LOOK = "look"
#: Put back so often (in some four minutes), a move is given to a person: something is odd about the card.
MOST_DELAYS = 7
_ELSEWHERE = "the card does not stand where its history says"


class MoveStage(CardWrite):
    """The card is moved while the visit that caused it is still the item's last; the rep always wins.

    The history is read before, and says whether the visit is still the last one. Then the portal itself moves
    the card only if it stands where it stood, however late the request arrives: the batch looks for the card
    in that stage, and moves what it has found.
    """

    is_repeatable = False
    is_verified = True

    def guard(self, portal: Portal, commands: Sequence[QueuedCommand]) -> Mapping[str, Settled]:
        newest = _newest_visits(portal, [command.ref for command in commands])
        conflicts = {
            command.key: Settled(Ending.CONFLICT, "the card was moved meanwhile: the rep wins")
            for command in commands
            if command.ref in newest and not _is_still_last(newest[command.ref], command.payload["visit"])
        }
        cards = read_items(portal.client, [command.ref for command in commands])
        # Rows go with a card that is deleted, and do not come back with it.
        lost = [
            command.key
            for command in commands
            if command.ref not in newest and cards.get(command.ref) is not None
            if made_up_at(command.payload["visit"]) is None
        ]
        late = Settled(Ending.PUT_BACK, "the history of the card does not say yet where it has been")
        return dict.fromkeys([*lost, *_moved_just_now(portal, commands, cards)], late) | conflicts

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        stage_id = command.payload["stage_id"]
        if stage_id is None:
            reason = f"the stage {command.payload['stage']!r} is bound to none of the portal: see config.toml"
            return Settled(Ending.PARKED, reason)
        quarrel = _ping_pong(conn, portal, command)
        if quarrel is not None:
            return Settled(Ending.QUARREL, quarrel)
        fields: dict[str, Any] = {"stageId": stage_id}
        echoes = [(STAGE, stage_id)]
        stands_in = _beginning(conn, portal, command)[1]
        if stands_in is None:
            return Prepared({MAIN: update_item(command.ref, fields)}, echoes)
        move = update_item(command.ref, fields, found=found_by(LOOK))
        return Prepared({LOOK: find_in_stage(command.ref, stands_in), MAIN: move}, echoes)

    def refused(self, command: QueuedCommand, answers: Mapping[str, Answer]) -> Settled | None:
        look = answers.get(LOOK)
        if look is None or (look.is_done and has_found(look)):
            return None
        if not look.is_done:
            return Settled(Ending.PUT_BACK, look.description or look.error)
        # What it was put off for before, such as a portal that was away, says nothing about the card.
        is_odd = command.delays >= MOST_DELAYS and command.reason == _ELSEWHERE
        return Settled(Ending.PARKED if is_odd else Ending.PUT_BACK, _ELSEWHERE)

    def keep(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> str | None:
        moved_at = item_of(answers[MAIN], command.ref.entity_type_id).moved_at
        if moved_at is not None:
            _expect_at(conn, portal, command, moved_at)
        return super().keep(conn, portal, command, answers, now)

    def probe(self, portal: Portal, command: QueuedCommand) -> Mapping[str, Call]:
        return {"moves": newest_moves(command.ref)}

    def look(self, portal: Portal, command: QueuedCommand, answers: Mapping[str, Answer]) -> Look:
        later = _after_visit(command, answers)
        if later is None:
            return Look(Found.CONFLICT, reason="the visit is no longer among the newest of the item")
        if not later:
            return Look(Found.NOTHING)
        if later[0].stage_id == command.payload["stage_id"]:
            return Look(Found.DONE, later[0].id)
        return Look(Found.CONFLICT, reason="the card was moved elsewhere meanwhile: the rep wins")

    def adopt(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> None:
        for move in (_after_visit(command, answers) or [])[:1]:
            _expect_at(conn, portal, command, move.at)


class SetFields(CardWrite):
    """Fields that the connector owns, written as they shall be."""

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        return Prepared({MAIN: update_item(command.ref, command.payload["fields"])})


def _ping_pong(conn: Connection, portal: Portal, command: QueuedCommand) -> str | None:
    """Somebody else's automation may push back whatever we push: after so many moves a person must look."""
    limits = portal.config.limits
    since = portal.clock.now() - limits.moves_window
    is_revert = command.payload["because"] == "revert"
    made = [
        row
        for row in outbox.of_item(conn, portal.name, command.ref)
        if row.kind == command.kind and row.state is outbox.State.DONE
        if row.finished_at is not None and row.finished_at > since
        if (row.payload["because"] == "revert") == is_revert
    ]
    # A person may try a gate several times; a robot does not stop.
    if len(made) < limits.moves_per_item * (REVERTS_FOR_A_MOVE if is_revert else 1):
        return None
    return f"the card was moved {len(made)} times within {limits.moves_window}: is there another automation?"


def _expect_at(conn: Connection, portal: Portal, command: QueuedCommand, at: datetime) -> None:
    """It is known when the move was made: at another time a rep may have been in the same stage."""
    effects.narrow(conn, portal.name, command.key, STAGE, at - ROW_SPAN, at + ROW_SPAN)


def _moved_just_now(
    portal: Portal, commands: Sequence[QueuedCommand], cards: Mapping[ItemRef, Item | None]
) -> list[str]:
    """Keys of commands whose card has moved since their visit began, as the card says; a row may follow."""
    since = portal.clock.now() - HISTORY_OVERLAP
    with portal.database.read() as conn:
        began = {each.key: _beginning(conn, portal, each) for each in commands}
    there = {each.key: card for each in commands if (card := cards.get(each.ref)) is not None}
    return [
        key
        for key, card in there.items()
        if card.moved_at is not None
        and card.moved_at > since
        and _has_moved(card, card.moved_at, *began[key])
    ]


def _has_moved(card: Item, moved_at: datetime, began_at: datetime | None, stage_id: str | None) -> bool:
    """Whether the card says of itself that it has left the stage into which it came then."""
    if began_at is None:
        return False
    return moved_at > began_at + ROW_SPAN or stage_id not in (None, card.stage_id)


def _beginning(
    conn: Connection, portal: Portal, command: QueuedCommand
) -> tuple[datetime | None, str | None]:
    """When the command's visit began, and of which stage it is, as far as is known."""
    visit = command.payload["visit"]
    if (at := made_up_at(visit)) is not None:
        return at, None
    found = (move for move in visits.of(conn, portal.name, command.ref) if move.id == visit)
    return next(((move.at, move.stage_id) for move in found), (None, None))


class _Row(NamedTuple):
    """A row of the history by its place in time, whether or not it says where the card went."""

    at: datetime
    number: int
    id: str


#: Before every row.
_NONE = _Row(datetime.min.replace(tzinfo=UTC), 0, "")


def _newest_visits(portal: Portal, refs: Sequence[ItemRef]) -> dict[ItemRef, _Row]:
    """The last row of the portal's stage history, by item; one request per type of record."""
    newest: dict[ItemRef, _Row] = {}
    for entity_type_id in sorted({ref.entity_type_id for ref in refs}):
        ids = [ref.id for ref in refs if ref.entity_type_id == entity_type_id]
        for page in list_moves(portal.client, entity_type_id, item_ids=ids):
            for row in page:
                if row.ref is not None:
                    newest[row.ref] = max(_place(row, newest.get(row.ref)), newest.get(row.ref, _NONE))
    return newest


def _place(row: MoveRow, before: _Row | None) -> _Row:
    """A row that does not say when it was written was so after the one before it, as far as anybody knows."""
    at = row.at or (before or _NONE).at
    return _Row(at, int(row.id) if row.id.isdecimal() else 0, row.id)


def _order(move: StageMove) -> tuple[datetime, int]:
    return (move.at, int(move.id) if move.id.isdecimal() else 0)


def _is_still_last(newest: _Row, visit: str) -> bool:
    """Whether no row of the history came after that visit."""
    at = made_up_at(visit)
    return newest.id == visit if at is None else newest.at <= at


def _after_visit(command: QueuedCommand, answers: Mapping[str, Answer]) -> list[StageMove] | None:
    """The moves that a probe saw after the command's visit; None if that is not among them."""
    visit = command.payload["visit"]
    moves = sorted(moves_of(answers["moves"], command.ref.entity_type_id), key=_order)
    at = made_up_at(visit)
    if at is not None:
        return [move for move in moves if move.at > at]
    position = next((index for index, move in enumerate(moves) if move.id == visit), None)
    return None if position is None else list(moves[position + 1 :])
