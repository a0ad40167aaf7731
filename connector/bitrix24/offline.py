"""The offline queue: changes that wait in the portal until an application fetches them.

Of each record it holds the last change. Only applications have one: an inbound webhook is refused. Fetching
deletes by default; here it only reserves (`clear=0`, which needs the feature rest_offline_extended of the
plan), so that a batch is confirmed after it was kept. A batch whose
confirmation never came stays reserved, and is found again by its process id.

Pages: api-reference/events/{offline-events,event-offline-get,event-offline-list,event-offline-clear}.md,
api-reference/common/system/feature-get.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connector.bitrix24.call import Call
from connector.bitrix24.client import Client
from connector.bitrix24.outcome import Answer, Outcome
from connector.bitrix24.reading import object_in, readable, result_in, rows_in
from connector.bitrix24.wire import as_bool, as_id, as_object, as_text, read
from connector.records import COMPANY, CONTACT, DEAL, LEAD, ItemRef

GET, LIST, CLEAR = "event.offline.get", "event.offline.list", "event.offline.clear"
#: Rows of one batch.
LIMIT = 500

_TYPES: Mapping[str, int] = {"LEAD": LEAD, "DEAL": DEAL, "CONTACT": CONTACT, "COMPANY": COMPANY}
_KINDS = ("ADD", "UPDATE", "DELETE")
#: What the queue is to hold. Tasks are not among them: its rows do not say which task.
EVENTS = frozenset(f"ONCRM{name}{kind}" for name in (*_TYPES, "DYNAMICITEM") for kind in _KINDS) | {
    "ONCRMDEALMOVETOCATEGORY"
}
_NAME = re.compile(r"ONCRM(?P<name>[A-Z]+?)(?:ADD|UPDATE|DELETE|MOVETOCATEGORY)(?:_\d+)?")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change in the queue: the event and the record that it is about."""

    event: str
    ref: ItemRef


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that are reserved for us until they are confirmed."""

    process_id: str
    changes: tuple[Waiting, ...]


def is_there(client: Client) -> bool:
    """Whether this credential has a queue that can be read without loss; it is filled from now on."""
    answers = client.ask_many(
        {"feature": Call("feature.get", {"CODE": "rest_offline_extended"}), "bound": Call("event.get")}
    )
    if any(answer.outcome is Outcome.REJECTED for answer in answers.values()):
        return False
    with readable("the feature", "feature.get"):
        if not read(object_in(answers["feature"], "feature.get"), "value", as_bool):
            return False
    missing = sorted(EVENTS - set(_bound(answers["bound"])))
    binds = {name.lower(): Call("event.bind", {"event": name, "event_type": "offline"}) for name in missing}
    return all(answer.is_done for answer in client.send_many(binds).values()) if binds else True


def _bound(answer: Answer) -> Iterator[str]:
    for row in rows_in(answer, "event.get"):
        with readable("a subscription", "event.get"):
            if read(row, "offline", as_bool):
                yield (read(row, "event", as_text) or "").upper()


def unconfirmed(client: Client) -> list[str]:
    """Process ids of batches that were fetched and never confirmed: by a run that was cut off."""
    rows = rows_in(client.ask(Call(LIST, {"filter": {"!PROCESS_ID": ""}})), LIST)
    return sorted({str(row["PROCESS_ID"]) for row in rows if row.get("PROCESS_ID")})


def fetch(client: Client, process_id: str | None = None) -> Batch | None:
    """The next changes, reserved, or those of a batch that was never confirmed; None if there are none."""
    again = {} if process_id is None else {"process_id": process_id}
    batch = object_in(client.ask(Call(GET, {"clear": 0, "limit": LIMIT, **again})), GET)
    rows = batch.get("events") or []
    if not rows:
        return None
    with readable("a row of the offline queue", GET):
        found = (_change(as_object(row)) for row in rows)
        changes = tuple(change for change in found if change is not None)
        return Batch(read(batch, "process_id", as_text) or "", changes)


def confirm(client: Client, batch: Batch) -> None:
    """The changes are kept: the portal may forget them."""
    result_in(client.ask(Call(CLEAR, {"process_id": batch.process_id})), CLEAR)


def _change(row: Mapping[str, Any]) -> Waiting | None:
    """None for an event of another kind, and for a row that does not say which record: polls find it."""
    event = (read(row, "EVENT_NAME", as_text) or "").upper()
    fields = _fields(row.get("EVENT_DATA"))
    named, number = _NAME.fullmatch(event), read(fields, "ID", as_id)
    if named is None or number is None:
        return None
    type_id = _TYPES.get(named["name"]) or read(fields, "ENTITY_TYPE_ID", as_id)
    return None if type_id is None else Waiting(event, ItemRef(type_id, number))


def _fields(data: Any) -> Mapping[str, Any]:
    """The pages show an object, its text, and `false`."""
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError:
            return {}
    fields = data.get("FIELDS") if isinstance(data, Mapping) else None
    return fields if isinstance(fields, Mapping) else {}
