"""The pulse of a running engine: what other processes can know of it, kept in the store for a minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector.store import Connection, settings

_NAME = "pulse"
#: How often a running engine gives its pulse, and after how long without one it counts as stopped.
PULSE_SPAN = timedelta(seconds=10)
SILENCE = 6 * PULSE_SPAN


@dataclass(frozen=True, slots=True)
class Pulse:
    """One portal as the engine sees it."""

    at: datetime
    #: Such as "process 71 on crm-1".
    engine: str
    #: Deliveries since the engine started, by outcome.
    deliveries: Mapping[str, int]
    #: Share of the portal's request limit in use, 0 to 1.
    share_used: float
    #: Why nothing is sent to the portal now; "" if it answers.
    blocked: str = ""
    #: Methods whose run time is used up, and for how many seconds.
    parked_methods: Mapping[str, float] | None = None
    #: REST requests since the engine started.
    requests_sent: int = 0
    #: When this engine started.
    since: datetime | None = None
    #: What share of its run time each method has used, 0 to 1, as far as the portal tells.
    run_time_used: Mapping[str, float] | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Whether the engine is running, as far as anybody can tell."""
        return now - self.at <= SILENCE


def give(conn: Connection, portal: str, pulse: Pulse) -> None:
    """Leave a pulse; it takes the place of the one before."""
    value: dict[str, Any] = {
        "at": pulse.at.isoformat(),
        "engine": pulse.engine,
        "since": pulse.since.isoformat() if pulse.since else None,
        "deliveries": dict(pulse.deliveries),
        "share_used": pulse.share_used,
        "requests_sent": pulse.requests_sent,
        "blocked": pulse.blocked,
        "parked_methods": dict(pulse.parked_methods or {}),
        "run_time_used": dict(pulse.run_time_used or {}),
    }
    settings.put(conn, portal, _NAME, value, pulse.at, "engine")


def take(conn: Connection, portal: str) -> Pulse | None:
    """The last pulse; None: no engine has ever run, or the last one was stopped in good order."""
    value = settings.get(conn, portal, _NAME)
    if value is None:
        return None
    since = value.get("since")
    instants = {
        "at": datetime.fromisoformat(value["at"]),
        "since": datetime.fromisoformat(since) if since else None,
    }
    return Pulse(**{**value, **instants})


def end(conn: Connection, portal: str) -> None:
    """The engine stops."""
    settings.remove(conn, portal, _NAME)
