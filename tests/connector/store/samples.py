"""Plausible rows for the tests of the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from connector.records import ChecklistItem, Hint, Item, ItemRef, StageMove, Task
from connector.store import definitions, processes
from connector.store.definitions import StoredDefinition
from connector.store.outbox import NewCommand
from connector.store.processes import NewProcess, StoredProcess
from connector.store.tasks import MadeTask

PORTAL = "acme"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def deal(number: int, **changes: Any) -> Item:
    """An ordinary deal."""
    plain = Item(
        ref=ItemRef(2, number),
        title=f"Поставка {number}",
        category_id=5,
        stage_id="C5:NEW",
        semantics="P",
        owner_id=7,
        amount=Decimal("1499.90"),
        currency="RUB",
        company_id=31,
        contact_ids=(4, 9),
        source_id="WEB",
        created_at=NOW,
        updated_at=NOW,
        moved_at=NOW,
        created_by=1,
        updated_by=7,
        moved_by=7,
        fields={"ufCrm_1": "тендер", "ufCrm_2": [1, 2], "opened": "Y"},
    )
    return replace(plain, **changes)


def hint(number: int, **changes: Any) -> Hint:
    """A hint that a deal may have changed."""
    return replace(Hint(PORTAL, "item", 2, number, "ONCRMDEALUPDATE", NOW, "ab" * 32), **changes)


def move(history_id: int | str, number: int, stage_id: str = "C5:NEW", at: datetime = NOW) -> StageMove:
    """A row of the stage history of a deal."""
    return StageMove(str(history_id), ItemRef(2, number), 2, 5, stage_id, "P", at)


def task(number: int, **changes: Any) -> Task:
    """An ordinary task with a checklist."""
    lines = (
        ChecklistItem(1, None, "Result", is_complete=False),
        ChecklistItem(2, 1, "Redial", is_complete=False, toggled_by=7, toggled_at=NOW),
    )
    plain = Task(
        id=number,
        title="Call the customer",
        status="pending",
        responsible_id=7,
        created_by=1,
        deadline=NOW,
        created_at=NOW,
        changed_at=NOW,
        changed_by=1,
        status_changed_by=None,
        closed_at=None,
        marker=f"cx:{number}",
        bindings=("D_10",),
        checklist=lines,
    )
    return replace(plain, **changes)


def made(number: int, run: str = "v1/call/1", **changes: Any) -> MadeTask:
    """A task of ours on deal 10."""
    return MadeTask(PORTAL, ItemRef(2, 10), None, run, "step", task(number, **changes), {2: "redial"})


def command(key: str, number: int = 10, **changes: Any) -> NewCommand:
    """A comment on a deal, to be sent."""
    plain = NewCommand(
        key=key,
        kind="Comment",
        ref=ItemRef(2, number),
        pipeline="sales",
        visit=f"2:{number}:1",
        payload={"text": key},
    )
    return replace(plain, **changes)


def add_process(conn: Connection, number: int = 10, **changes: Any) -> StoredProcess:
    """A deal in the pipeline "sales", its definition too."""
    definitions.put(conn, StoredDefinition("v1", "sales", "sales.toml", "[pipeline]"), NOW)
    plain = NewProcess(
        portal=PORTAL,
        pipeline="sales",
        ref=ItemRef(2, number),
        version="v1",
        visit=f"2:{number}:1",
        stage="new",
        status="open",
        phase="running",
        owner_id=7,
        mode="live",
        state='{"runs":[]}',
    )
    return processes.insert(conn, replace(plain, **changes), NOW)
