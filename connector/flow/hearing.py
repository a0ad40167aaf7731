"""Hearing: whether the portal's events still arrive. Nothing is lost without them, but a minute or five.

Nobody misses an event that does not come: an outgoing webhook was deleted, its address has moved, a proxy
turns it away. So what is in the mirror is compared with what was hinted at: of the records that changed in
the portal a little while ago, how many had an event? Polls find them all.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector import log
from connector.flow.portal import Portal
from connector.store import Connection, settings, views
from connector.store.views import Announced

logger = logging.getLogger(__name__)

#: Changes so young may not have been found, nor their events have come.
LAG = timedelta(minutes=6)
SPAN = timedelta(minutes=30)
DAY = timedelta(days=1)
#: Fewer changes than this prove nothing; with at least so many, this share of events is too small.
ENOUGH, TOO_SMALL = 10, 0.5
_LISTENING, _SILENT = "listening_since", "events_silent"


@dataclass(frozen=True, slots=True)
class Hearing:
    """How many of the changes in the portal its events told of."""

    #: Of a day.
    day: Announced
    #: Of half an hour, or of the ten before where that is too little; since the receiver was opened.
    lately: Announced

    @property
    def is_silent(self) -> bool:
        """Whether events fail to come, as far as the changes allow to tell."""
        return self.lately.changed >= ENOUGH and self.lately.share < TOO_SMALL


def begin_listening(conn: Connection, portal: str, now: datetime) -> None:
    """Events can be received from now on: those of before could not arrive."""
    settings.put(conn, portal, _LISTENING, now.isoformat(), now, "engine")


def listen(conn: Connection, portal: str, type_ids: Collection[int], now: datetime) -> Hearing:
    """Compare changes with hints, of these types of records: the outgoing webhook may not tell of others."""
    until = now - LAG
    value = settings.get(conn, portal, _LISTENING)
    open_since = datetime.fromisoformat(value) if value else now
    lately = views.announced(conn, portal, type_ids, max(until - SPAN, open_since), until)
    if lately.changed < ENOUGH:
        since = max(until - DAY, open_since)
        lately = views.announced(conn, portal, type_ids, since, until, newest=ENOUGH)
    return Hearing(views.announced(conn, portal, type_ids, until - DAY, until), lately)


def silent_since(conn: Connection, portal: str) -> datetime | None:
    """Since when the running engine has known that events do not come; None: they do, or nobody can tell."""
    value = settings.get(conn, portal, _SILENT)
    return None if value is None else datetime.fromisoformat(value)


def watch(portal: Portal) -> None:
    """Notice when events fail to come and when they come again: a line in the log, a mark in the store."""
    if not portal.config.application_tokens:
        return
    now = portal.clock.now()
    with portal.database.read() as conn:
        heard = listen(conn, portal.name, portal.bound_type_ids, now)
        since = silent_since(conn, portal.name)
    if heard.is_silent and since is None:
        with portal.database.write() as conn:
            settings.put(conn, portal.name, _SILENT, now.isoformat(), now, "engine")
        _note(portal, "silent", logging.ERROR, heard)
    elif since is not None and not heard.is_silent and heard.lately.changed >= ENOUGH:
        with portal.database.write() as conn:
            settings.remove(conn, portal.name, _SILENT)
        _note(portal, "heard_again", logging.WARNING, heard)


def _note(portal: Portal, status: str, level: int, heard: Hearing) -> None:
    facts = {"changed": heard.lately.changed, "announced": heard.lately.announced}
    log.note(logger, "events", status, level=level, portal=portal.name, **facts)
