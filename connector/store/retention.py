"""Retention: finished rows are dropped after a while, so that the database does not grow for ever.

The journal, the mirror, visits, processes and tasks are kept.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection


def forget(conn: Connection, portal: str, before: datetime, *, limit: int = 5_000) -> dict[str, int]:
    """Drop handled hints, signals, commands and met effects that ended before this instant.

    At most `limit` of each, so that one commit stays short: call again while the counts are not all 0.
    """
    raise NotImplementedError
