"""Promises that hold whatever the story was: no task twice, nothing stuck, the mirror equal to the portal."""

from __future__ import annotations

from collections import Counter
from typing import Any

from connector.app import App
from connector.cli.demo.configuration import PORTAL
from connector.cli.demo.reps import Rep
from connector.cli.demo.story import Promise
from connector.records import DEAL
from connector.store import mirror, outbox

PAGE = 50


def standing_promises(app: App, admin: Rep) -> list[Promise]:
    """What must be true at the end."""
    return [
        Promise("no task was made twice: every marker in the portal is there once", lambda: _no_twins(admin)),
        Promise("nothing waits, is unknown or parked", lambda: _nothing_stuck(app)),
        Promise(
            "the mirror's deals equal the portal's: ids, stages, owners, amounts", lambda: _equal(app, admin)
        ),
    ]


def _no_twins(admin: Rep) -> bool:
    markers: Counter[str] = Counter()
    last = 0
    while True:
        found = admin.read(
            "tasks.task.list",
            filter={">ID": last},
            select=["ID", "XML_ID"],
            order={"ID": "asc"},
            start=-1,
        )["tasks"]
        markers.update(str(row["xmlId"]) for row in found if str(row.get("xmlId") or "").startswith("fw:"))
        if len(found) < PAGE:
            return bool(markers) and max(markers.values()) == 1
        last = int(found[-1]["id"])


def _nothing_stuck(app: App) -> bool:
    with app.database.read() as conn:
        counts = outbox.counts(conn, PORTAL)
    stuck = (outbox.State.PENDING, outbox.State.SENDING, outbox.State.UNKNOWN, outbox.State.PARKED)
    return not any(counts.get(state) for state in stuck)


def _equal(app: App, admin: Rep) -> bool:
    with app.database.read() as conn:
        ours = {
            item.ref.id: (item.stage_id, item.owner_id, float(item.amount or 0))
            for item in mirror.items(conn, PORTAL, DEAL)
        }
    theirs = {
        int(row["id"]): (row["stageId"], row["assignedById"] or None, float(row["opportunity"] or 0))
        for row in _all_deals(admin)
    }
    return ours == theirs


def _all_deals(admin: Rep) -> list[dict[str, Any]]:
    """Read with plain calls and not with the product's own listing, so that the two can differ."""
    rows: list[dict[str, Any]] = []
    select = ["id", "stageId", "assignedById", "opportunity"]
    while True:
        above = rows[-1]["id"] if rows else 0
        commands = {
            f"p{page}": {"above": above if page == 0 else f"$result[p{page - 1}][items][49][id]"}
            for page in range(PAGE)
        }
        batch = {
            key: "crm.item.list?"
            + f"entityTypeId={DEAL}&start=-1&order[id]=ASC&filter[>id]={command['above']}&"
            + "&".join(f"select[]={name}" for name in select)
            for key, command in commands.items()
        }
        answer = admin.read("batch", halt=1, cmd=batch)["result"]
        for page in range(PAGE):
            found = answer.get(f"p{page}", {}).get("items", []) if isinstance(answer, dict) else []
            rows += found
            if len(found) < PAGE:
                return rows
