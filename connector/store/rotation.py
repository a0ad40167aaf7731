"""Rotation: who of a team got the last item, for routes that go round."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection


def get(conn: Connection, portal: str) -> dict[str, int]:
    """Team -> user who got the last item."""
    raise NotImplementedError


def turn(conn: Connection, portal: str, team: str, user_id: int, now: datetime) -> None:
    """`user_id` got an item of the team."""
    raise NotImplementedError
