"""What a command can say of the engine, which is another process."""

from __future__ import annotations

from datetime import datetime

from connector.portal.pulse import take
from connector.store import Connection


def engine_note(conn: Connection, portal: str, now: datetime) -> str:
    """Who will take what was just put into the store."""
    pulse = take(conn, portal)
    if pulse is not None and pulse.is_fresh(now):
        return f"The running engine ({pulse.engine}) takes it from here."
    return "No engine is running: `funnelwright run` takes it from here."
