"""Rotation: who of a team got the last item, for routes that go round."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from connector.store.dialect import insert
from connector.store.schema import rotation

_GET = select(rotation.c.team, rotation.c.user_id).where(rotation.c.portal == bindparam("portal"))


def get(conn: Connection, portal: str) -> dict[str, int]:
    """Team -> user who got the last item."""
    return {team: user_id for team, user_id in conn.execute(_GET, {"portal": portal})}


def turn(conn: Connection, portal: str, team: str, user_id: int, now: datetime) -> None:
    """`user_id` got an item of the team."""
    values = {"user_id": user_id, "turned_at": now}
    conn.execute(
        insert(conn, rotation)
        .values(portal=portal, team=team, **values)
        .on_conflict_do_update(index_elements=["portal", "team"], set_=values)
    )
