"""Offline: hints out of the portal's own queue, where the credential has one. Never needed: polls find all.

A queue loses nothing while the program is down, and tells of changes of category, of which outgoing webhooks
hear nothing. An inbound webhook has none, and that is the normal case: it is asked once a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from connector.bitrix24 import offline
from connector.bitrix24.offline import Batch
from connector.flow.portal import Portal
from connector.records import Hint
from connector.store import inbox, settings

#: Plans change: so often it is asked whether there is a queue.
ASK_AGAIN = timedelta(days=1)
#: Batches of one turn.
MOST_BATCHES = 10
_SETTING = "offline_queue"


def hear_offline(portal: Portal) -> int:
    """Take over what waits in the queue; returns how many hints. A batch is confirmed after its commit."""
    if not _is_there(portal):
        return 0
    client = portal.client
    heard = sum(_keep(portal, offline.fetch(client, each)) for each in offline.unconfirmed(client))
    for _ in range(MOST_BATCHES):
        if (batch := offline.fetch(client)) is None:
            break
        heard += _keep(portal, batch)
    return heard


def _keep(portal: Portal, batch: Batch | None) -> int:
    if batch is None:
        return 0
    now = portal.clock.now()
    hints = [
        Hint(
            portal=portal.name,
            kind="item",
            entity_type_id=change.ref.entity_type_id,
            entity_id=change.ref.id,
            event=change.event,
            received_at=now,
            body_sha256=sha256(batch.process_id.encode()).hexdigest(),
        )
        for change in batch.changes
    ]
    with portal.database.write() as conn:
        inbox.add_many(conn, hints)
    offline.confirm(portal.client, batch)
    return len(hints)


def _is_there(portal: Portal) -> bool:
    now = portal.clock.now()
    with portal.database.read() as conn:
        known = settings.get(conn, portal.name, _SETTING)
    if known and now - datetime.fromisoformat(known["asked_at"]) < ASK_AGAIN:
        return bool(known["is_there"])
    is_there = offline.is_there(portal.client)
    with portal.database.write() as conn:
        value = {"is_there": is_there, "asked_at": now.isoformat()}
        settings.put(conn, portal.name, _SETTING, value, now, "engine")
    return is_there
