"""Watermarks: how far reconcile has read, by name ("moves:2"). Set last, in the commit of what was read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection


def get(conn: Connection, portal: str, name: str) -> Any:
    """The value as it was set (any JSON), or None."""
    raise NotImplementedError


def put(conn: Connection, portal: str, name: str, value: Any, now: datetime) -> None:
    raise NotImplementedError


def all_of(conn: Connection, portal: str) -> dict[str, tuple[Any, datetime]]:
    """Value and instant of setting, by name."""
    raise NotImplementedError
