"""Retention: finished rows are dropped after a while, so that the database does not grow for ever.

The journal, the mirror, visits, processes and tasks are kept. A dropped signal or command leaves no key
behind: keep them longer than the portal could repeat itself (months, not days).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select

from connector.store.schema import effect, inbox, outbox, signal


def forget(conn: Connection, portal: str, before: datetime, *, limit: int = 5_000) -> dict[str, int]:
    """Drop hints, signals, commands and effects that ended before this instant; returns how many of each.

    At most `limit` of each, so that one commit stays short: call again while any count is `limit`.
    """
    return {
        "hints": _drop(conn, inbox.c.row_id, portal, inbox.c.done_at < before, limit),
        "signals": _drop(conn, signal.c.seq, portal, signal.c.handled_at < before, limit),
        "commands": _drop(conn, outbox.c.seq, portal, outbox.c.finished_at < before, limit),
        "effects": _drop(conn, effect.c.row_id, portal, effect.c.until_at < before, limit),
    }


def _drop(
    conn: Connection, key: ColumnElement[int], portal: str, has_ended: ColumnElement[bool], limit: int
) -> int:
    table = key.table
    some = select(key).where(table.c.portal == portal, has_ended).limit(limit)
    return conn.execute(delete(table).where(key.in_(some))).rowcount
