"""The load of people: open cards of theirs that are in the pipeline before the scenario begins.

Their processes have nothing to do: what routes count is the same, and no timer of theirs says anything while
the scenario is played.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.records import ItemRef
from connector.rehearsal.product import PORTAL
from connector.store import processes
from connector.store.processes import NewProcess
from pipelines.engine.process import Process

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from connector.rehearsal.board import Board
    from connector.rehearsal.product import Product
    from connector.sandbox.portal import SandboxPortal
    from pipelines.definition import Definition

Cards = list[tuple[ItemRef, int]]


def make_cards(portal: SandboxPortal, board: Board, load: Mapping[int, int]) -> Cards:
    """So many cards for each person, in the first stage of the board, before the product knows the portal."""
    stage = next(iter(board.stages.values()))
    made: Cards = []
    for user, number in load.items():
        for _ in range(number):
            record = portal.item(board.entity_type_id, stage=stage, TITLE="Another card", ASSIGNED_BY_ID=user)
            made.append((ItemRef(record.entity_type_id, record.id), user))
    return made


def keep_processes(product: Product, definition: Definition, cards: Iterable[tuple[ItemRef, int]]) -> None:
    """The processes of these cards; the definition must be bound."""
    now, stage = product.clock.now(), definition.stages[0]
    with product.write() as conn:
        for ref, user in cards:
            process = Process(
                pipeline=definition.id,
                version=definition.hash,
                item=str(ref),
                visit="before",
                last_visit="before",
                stage=stage.id,
                status=stage.status,
                phase="running",
                entered_at=now,
                owner=user,
            )
            new = NewProcess(
                portal=PORTAL,
                pipeline=definition.id,
                ref=ref,
                version=process.version,
                visit=process.visit,
                stage=process.stage,
                status=process.status,
                phase=process.phase,
                owner_id=user,
                mode="live",
                state=process.to_json(),
            )
            processes.insert(conn, new, now)
