"""Hearing: how many changes in the portal its events told of, and whether that shows they fail.

Asked of rows that are there anyhow: of the records that changed in the portal a little while ago, which had a
hint? Polls find them all, hinted at or not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select, union_all

from connector.store import settings
from connector.store.schema import inbox, item

#: The portal's clock, which a change is dated by, may be ahead of ours by so much.
TOLERANCE = timedelta(minutes=2)
#: Changes so young may not have been found, nor their events have come.
LAG = timedelta(minutes=6)
SPAN = timedelta(minutes=30)
DAY = timedelta(days=1)
#: Fewer changes than this prove nothing; with at least so many, this share of events is too small.
ENOUGH, TOO_SMALL = 10, 0.5
_LISTENING, _SILENT = "listening_since", "events_silent"


@dataclass(frozen=True, slots=True)
class Announced:
    """Records that changed in the portal in a span of time, and how many of them an event told of."""

    since_at: datetime
    changed: int
    announced: int

    @property
    def share(self) -> float:
        """1 if nothing has changed."""
        return self.announced / self.changed if self.changed else 1.0


@dataclass(frozen=True, slots=True)
class Hearing:
    """How many of the changes in the portal its events told of."""

    #: Of a day.
    day: Announced
    #: The same since the receiver was opened, if that was later: those of before could not be told of.
    listening: Announced
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
    since = max(until - DAY, open_since)
    lately = announced(conn, portal, type_ids, max(until - SPAN, open_since), until)
    if lately.changed < ENOUGH:
        lately = announced(conn, portal, type_ids, since, until, newest=ENOUGH)
    day = announced(conn, portal, type_ids, until - DAY, until)
    listening = day if since == until - DAY else announced(conn, portal, type_ids, since, until)
    return Hearing(day, listening, lately)


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


_CHANGED = (
    select(item.c.entity_type_id, item.c.id, item.c.updated_at)
    .where(
        item.c.portal == bindparam("portal"),
        item.c.entity_type_id.in_(bindparam("type_ids", expanding=True)),
        item.c.updated_at.between(bindparam("since"), bindparam("until")),
        item.c.gone_at.is_(None),
    )
    .order_by(item.c.updated_at.desc())
)
_NEWEST_CHANGED = _CHANGED.limit(bindparam("newest"))


def announced(
    conn: Connection,
    portal: str,
    entity_type_ids: Iterable[int],
    since: datetime,
    until: datetime,
    newest: int | None = None,
) -> Announced:
    """Items that last changed in [since, until], or the `newest` of them; and those of them hinted at."""
    span = {"portal": portal, "type_ids": list(entity_type_ids), "since": since, "until": until}
    if newest is None:
        changed = conn.execute(_CHANGED, span).all()
    else:
        changed = conn.execute(_NEWEST_CHANGED, span | {"newest": newest}).all()
    if newest is not None and changed:
        since = changed[-1].updated_at
    heard = _heard(conn, portal, since - TOLERANCE)
    told = [each for each in changed if each[:2] in heard and heard[each[:2]] >= each[2] - TOLERANCE]
    return Announced(since, len(changed), len(told))


_OF_ITEMS = select(inbox.c.entity_type_id, inbox.c.entity_id, inbox.c.last_received_at).where(
    inbox.c.portal == bindparam("portal"), inbox.c.kind == "item"
)
# Two questions with an index each: of one with "or", SQLite reads all that is kept.
_OPEN_OR_ENDED = union_all(
    _OF_ITEMS.where(inbox.c.done_at.is_(None)),
    _OF_ITEMS.where(inbox.c.state.in_(["done", "dead"]), inbox.c.done_at >= bindparam("since")),
).subquery()
_HEARD = select(
    _OPEN_OR_ENDED.c.entity_type_id, _OPEN_OR_ENDED.c.entity_id, func.max(_OPEN_OR_ENDED.c.last_received_at)
).group_by(_OPEN_OR_ENDED.c.entity_type_id, _OPEN_OR_ENDED.c.entity_id)


def _heard(conn: Connection, portal: str, since: datetime) -> dict[tuple[int, int], datetime]:
    """When an item was last hinted at, for all that were since then."""
    rows = conn.execute(_HEARD, {"portal": portal, "since": since})
    return {(type_id, id_): at for type_id, id_, at in rows}
