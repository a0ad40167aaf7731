"""How much there is to copy, asked in one request: for a progress bar that knows its end."""

from __future__ import annotations

from collections.abc import Mapping

from connector.bitrix24.call import Call, Priority
from connector.bitrix24.client import Client


def count_left(client: Client, places: Mapping[str, int]) -> dict[str, int]:
    """Records above the last copied id, by kind ("items:2", "moves:2", "crm_tasks"), if they are counted.

    Counting costs the portal a full scan, once; pages are listed without (settings/performance/huge-data.md).
    """
    calls = {kind.replace(":", "_"): _call(kind, after_id) for kind, after_id in places.items()}
    answers = client.ask_many(calls, priority=Priority.BACKFILL)
    totals = {kind: answers[kind.replace(":", "_")].total for kind in places}
    return {kind: total for kind, total in totals.items() if total is not None}


def _call(kind: str, after_id: int) -> Call:
    what, _, type_id = kind.partition(":")
    if what == "crm_tasks":
        return Call("tasks.task.list", {"select": ["ID"], "filter": {">ID": after_id}, "start": 0})
    if what == "items":
        params = {"entityTypeId": int(type_id), "select": ["id"], "filter": {">id": after_id}, "start": 0}
        return Call("crm.item.list", params)
    params = {"entityTypeId": int(type_id), "select": ["ID"], "filter": {">ID": after_id}, "start": 0}
    return Call("crm.stagehistory.list", params)
