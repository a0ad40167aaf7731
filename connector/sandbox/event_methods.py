"""event.*: subscriptions of applications and their offline queue (api-reference/events/).

All of it needs application context: a webhook is answered 403 WRONG_AUTH_TYPE. Outgoing webhooks are made
by the portal's people (`SandboxPortal.add_outgoing_webhook`).
"""

from __future__ import annotations

from typing import Any

from connector.sandbox import event_names
from connector.sandbox.events import Subscriber
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, page_of
from connector.sandbox.offline import OfflineQueue, OfflineQueues, OfflineRow, expire


def _event(call: Call) -> str:
    name = str(call.get("event") or "").upper()
    if name not in event_names.known(call.portal.crm.types.by_id.values()):
        raise RestError("ERROR_EVENT_NOT_FOUND", "Event not found")
    return name


def _bound(call: Call) -> list[Subscriber]:
    client_id = call.credential.client_id
    return [
        each
        for each in call.portal.events.subscribers
        if each.client_id == client_id and (call.is_admin or each.bound_by == call.user_id)
    ]


def _queues(call: Call) -> OfflineQueues:
    queues = call.portal.part(OfflineQueues)
    if queues.hear not in call.portal.events.listeners:
        call.portal.events.listeners.append(queues.hear)
    return queues


@method("event.bind", app_only=True, cost="write")
def bind(call: Call) -> Any:
    name = _event(call)
    auth_type = as_int(call.get("auth_type")) or 0
    if str(call.get("event_type") or "online").lower() == "offline":
        if not call.is_admin:
            raise _denied("Offline events binding requires administrator access rights")
        connector = str(call.get("auth_connector") or "")
        _queues(call).of(call.credential.client_id, connector).events.add(name)
        return True
    if auth_type and not call.is_admin:
        raise _denied("Event binding with AUTH_TYPE requires administrator access rights")
    handler = str(call.require("handler"))
    is_known = any(
        (each.url, each.auth_type) == (handler, auth_type) and name in (each.events or ())
        for each in _bound(call)
    )
    if is_known:
        raise RestError("ERROR_CORE", "Unable to set event handler: Handler already binded")
    app = call.portal.applications.installed[call.credential.client_id]
    call.portal.events.subscribers.append(
        Subscriber(
            call.portal.next_id("subscriber"),
            handler,
            app.application_token,
            frozenset({name}),
            app.client_id,
            auth_type,
            call.user_id,
        )
    )
    return True


def _denied(text: str) -> RestError:
    return RestError("ACCESS_DENIED", f"Access denied! {text}", 403)


@method("event.get", app_only=True)
def list_bound(call: Call) -> Any:
    """What the application has subscribed to; `auth_type` is text, `offline` a number."""
    online = [
        {"event": name, "handler": each.url, "auth_type": str(each.auth_type), "offline": 0}
        for each in _bound(call)
        for name in sorted(each.events or ())
    ]
    offline = [
        {"event": name, "connector_id": queue.connector, "auth_type": "0", "offline": 1}
        for queue in _queues(call).by_owner.values()
        if queue.client_id == call.credential.client_id
        for name in sorted(queue.events)
    ]
    return online + offline


@method("event.unbind", app_only=True, cost="write")
def unbind(call: Call) -> Any:
    """Remove every subscription that matches what is given: without parameters, all of them."""
    name = str(call.get("event") or "").upper()
    if str(call.get("event_type") or "online").lower() == "offline":
        if not call.is_admin:
            raise _denied("Offline events unbinding requires administrator access rights")
        queue = _queues(call).of(call.credential.client_id, str(call.get("auth_connector") or ""))
        dropped = {each for each in queue.events if not name or each == name}
        queue.events -= dropped
        return {"count": len(dropped)}
    handler, auth_type = call.get("handler"), call.get("auth_type")
    matching = [
        each
        for each in _bound(call)
        if (not name or name in (each.events or ()))
        and (handler is None or each.url == handler)
        and (auth_type is None or each.auth_type == (as_int(auth_type) or 0))
    ]
    for each in matching:
        call.portal.events.subscribers.remove(each)
    return {"count": len(matching)}


@method("events")
def list_events(call: Call) -> Any:
    return sorted(event_names.known(call.portal.crm.types.by_id.values()))


@method("event.test", app_only=True, cost="write")
def test_event(call: Call) -> Any:
    """Send ONAPPTEST with the parameters to the application's own handlers."""
    data = {"QUERY": dict(call.params), "LANGUAGE_ID": call.portal.language}
    call.portal.events.raise_event("ONAPPTEST", data, call.user_id)
    return 1


def _queue(call: Call) -> OfflineQueue:
    if not call.is_admin:
        raise RestError("ACCESS_DENIED", "Access denied!", 403)
    queue = _queues(call).of(call.credential.client_id, str(call.get("auth_connector") or ""))
    expire(queue, call.now)
    return queue


def _write(call: Call, row: OfflineRow) -> dict[str, Any]:
    return {
        "ID": str(row.id),
        "TIMESTAMP_X": call.portal.write_time(row.at),
        "EVENT_NAME": row.name,
        "EVENT_DATA": row.data or False,
        "EVENT_ADDITIONAL": False,
        "MESSAGE_ID": str(row.id),
    }


@method("event.offline.get", app_only=True, cost="write")
def take_offline(call: Call) -> Any:
    """Hand out what waits: deleted at once unless `clear=0`, which reserves it under a process id."""
    queue = _queue(call)
    process_id = str(call.get("process_id") or "")
    is_error = str(call.get("error") or "0") == "1"
    rows = [row for row in queue.rows if row.process_id == process_id and row.is_error == is_error]
    rows = rows[: as_int(call.get("limit")) or 50]
    if str(call.get("clear") if call.get("clear") is not None else "1") != "0":
        queue.rows = [row for row in queue.rows if row not in rows]
        return {"process_id": None, "events": [_write(call, row) for row in rows]}
    if not process_id and rows:
        process_id = _queues(call).reserve(rows, call.now)
    return {"process_id": process_id or None, "events": [_write(call, row) for row in rows]}


@method("event.offline.list", app_only=True, cost="list")
def list_offline(call: Call) -> Page:
    def write(row: OfflineRow) -> dict[str, Any]:
        return {**_write(call, row), "PROCESS_ID": row.process_id, "ERROR": "1" if row.is_error else "0"}

    return page_of(call, _queue(call).rows, write=write)


def _chosen(call: Call, queue: OfflineQueue) -> list[OfflineRow]:
    """The reserved rows that a call names; all of the process when it names none."""
    process_id = str(call.require("process_id"))
    numbers = {as_int(each) for each in (call.names("id") or call.names("message_id"))}
    return [row for row in queue.rows if row.process_id == process_id and (not numbers or row.id in numbers)]


@method("event.offline.clear", app_only=True, cost="write")
def clear_offline(call: Call) -> Any:
    queue = _queue(call)
    done = _chosen(call, queue)
    queue.rows = [row for row in queue.rows if row not in done]
    return True


@method("event.offline.error", app_only=True, cost="write")
def mark_offline_error(call: Call) -> Any:
    queue = _queue(call)
    for row in _chosen(call, queue):
        row.is_error = True
        row.process_id, row.reserved_at = "", None
    return True
