"""Silence: events that fail to come are noticed. Nothing is lost without them, but a minute or five.

Nobody misses an event that does not come: an outgoing webhook was deleted, its address has moved, a proxy
turns it away. What changed all the same tells of it.
"""

from __future__ import annotations

import logging

from connector import log
from connector.flow.portal import Portal
from connector.store import hearing
from connector.store.hearing import ENOUGH, Hearing

logger = logging.getLogger(__name__)


def watch_events(portal: Portal) -> None:
    """Notice when events fail to come and when they come again: a line in the log, a mark in the store."""
    if not portal.config.application_tokens:
        return
    now = portal.clock.now()
    with portal.database.read() as conn:
        heard = hearing.listen(conn, portal.name, portal.bound_type_ids, now)
        since = hearing.silent_since(conn, portal.name)
    if heard.is_silent and since is None:
        with portal.database.write() as conn:
            hearing.set_silent(conn, portal.name, now, now)
        _note(portal, "silent", logging.ERROR, heard)
    elif since is not None and not heard.is_silent and heard.lately.changed >= ENOUGH:
        with portal.database.write() as conn:
            hearing.set_silent(conn, portal.name, None, now)
        _note(portal, "heard_again", logging.WARNING, heard)


def _note(portal: Portal, status: str, level: int, heard: Hearing) -> None:
    facts = {"changed": heard.lately.changed, "announced": heard.lately.announced}
    log.note(logger, "events", status, level=level, portal=portal.name, **facts)
