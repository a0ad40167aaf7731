"""Hearing: how many changes in the portal its events told of, and whether that shows they fail.

Asked of rows that are there anyhow: of the records that changed in the portal a little while ago, which had a
hint? Polls find them all, hinted at or not.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from connector.store import settings, views
from connector.store.views import Announced

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


def set_silent(conn: Connection, portal: str, since: datetime | None, now: datetime) -> None:
    """Remember since when events fail to come; None: they come."""
    if since is None:
        settings.remove(conn, portal, _SILENT)
    else:
        settings.put(conn, portal, _SILENT, since.isoformat(), now, "engine")
