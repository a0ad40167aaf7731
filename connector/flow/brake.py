"""The brake: more writes at once than a portal's limit are not sent before a person has looked.

It sits where every path must pass (a changed definition, adopt, catching up after an outage): at the outbox.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from connector import log
from connector.flow.portal import Portal
from connector.store import Connection, outbox, settings

logger = logging.getLogger(__name__)

APPROVED = "approved_writes"
BY = "brake"


def holds(conn: Connection, portal: Portal, now: datetime) -> bool:
    """Whether sending must stop now; stopping pauses the portal, with the reason."""
    waiting = outbox.ready_count(conn, portal.name)
    limit = portal.config.limits.writes_per_run
    approved = settings.get(conn, portal.name, APPROVED) or 0
    if waiting <= limit:
        if approved:
            settings.remove(conn, portal.name, APPROVED)
        return False
    if waiting <= approved:
        return False
    if not any(pause.pipeline is None for pause in settings.pauses(conn, portal.name)):
        reason = (
            f"{waiting} writes are waiting, more than the {limit} that are sent without asking: look at "
            "`funnelwright status`, then send them with `funnelwright pause --off`, or drop them"
        )
        settings.pause(conn, portal.name, now, by=BY, reason=reason)
        facts: dict[str, Any] = {"portal": portal.name, "waiting": waiting, "limit": limit}
        log.note(logger, "brake", "held", level=logging.WARNING, **facts)
    return True


def approve(conn: Connection, portal: str, now: datetime, by: str) -> int:
    """A person has looked: as many writes as wait now may go; returns how many."""
    waiting = outbox.ready_count(conn, portal)
    settings.put(conn, portal, APPROVED, waiting, now, by)
    return waiting
