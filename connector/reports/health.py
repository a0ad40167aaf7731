"""Health: whether the connector does its work for a portal, and what waits for a person. Read from the store.

`status` and the dashboard show the same; neither needs the engine's memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from connector.config import PortalConfig
from connector.flow import reconcile
from connector.flow.sweep_place import Place
from connector.flow.versions import Broken, broken
from connector.portal import capabilities
from connector.portal.capabilities import Known
from connector.portal.changes import Told, recent_changes
from connector.portal.pulse import PULSE_SPAN, Pulse, take
from connector.store import Connection, hearing, outbox_queries, settings, views, watermarks
from connector.store.hearing import Hearing
from connector.store.outbox_queries import Wanted
from connector.store.settings import Pause
from connector.store.views import Backlog, HintTotals, Parked

#: A poll that is this many of its spans late does not come any more.
_LATE = 3


@dataclass(frozen=True, slots=True)
class Poll:
    """What the portal is asked again and again, so that nothing depends on hints."""

    what: Literal["moves", "items"]
    #: None for moves and tasks, which are asked for together.
    entity_type_id: int | None
    asked_at: datetime
    every: timedelta
    lag: timedelta

    @property
    def is_late(self) -> bool:
        return self.lag > _LATE * self.every + PULSE_SPAN


@dataclass(frozen=True, slots=True)
class Sweep:
    """The daily comparison of everything of one kind."""

    #: "items:2", "moves:2", "tasks", as its watermark is called.
    kind: str
    begun_at: datetime
    is_finished: bool
    #: When it last went on.
    worked_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """One portal as the store knows it."""

    name: str
    pulse: Pulse | None
    is_engine_running: bool
    last_hint_at: datetime | None
    pauses: list[Pause]
    hearing: Hearing
    silent_since: datetime | None
    inbox: Backlog
    hints: HintTotals
    signals: Backlog
    outbox: Backlog
    #: Pushed stages that came after a rep's own move, as far as finished commands are kept.
    overrides: int
    broken: list[Broken]
    parked: list[Parked]
    set_up: list[Told]
    polls: list[Poll]
    sweeps: list[Sweep]
    capabilities: Known | None

    @property
    def is_stopped_by_brake(self) -> bool:
        """Whether more writes wait than are sent without asking, and a person has to answer."""
        return any(pause.by == "brake" for pause in self.pauses)


def read_health(conn: Connection, portal: str, config: PortalConfig, now: datetime) -> Health:
    """Everything that is known of a portal's work."""
    pulse = take(conn, portal)
    marks = watermarks.all_of(conn, portal)
    return Health(
        name=portal,
        pulse=pulse,
        is_engine_running=pulse is not None and pulse.is_fresh(now),
        last_hint_at=views.last_hint_at(conn, portal),
        pauses=settings.pauses(conn, portal),
        hearing=hearing.listen(conn, portal, config.bound_type_ids, now),
        silent_since=hearing.silent_since(conn, portal),
        inbox=views.inbox_backlog(conn, portal),
        hints=views.hint_totals(conn, portal),
        signals=views.signal_backlog(conn, portal),
        outbox=views.outbox_backlog(conn, portal),
        overrides=outbox_queries.number(conn, portal, Wanted(flag="override")),
        broken=broken(conn, portal),
        parked=views.parked(conn, portal),
        set_up=recent_changes(conn, portal, config, now),
        polls=_polls(marks, config, now),
        sweeps=_sweeps(marks),
        capabilities=capabilities.known(conn, portal),
    )


def _polls(marks: watermarks.Marks, config: PortalConfig, now: datetime) -> list[Poll]:
    """When each was last answered to its end: its watermark is put down then, moved or not."""
    polling = config.polling
    polls = []
    for name, (_, at) in sorted(marks.items()):
        kind, _, number = name.partition(":")
        if name == reconcile.TASKS:
            polls.append(Poll("moves", None, at, polling.moves, now - at))
        elif kind == "items":
            polls.append(Poll("items", int(number), at, polling.changes, now - at))
    return sorted(polls, key=lambda poll: (poll.what == "items", poll.entity_type_id or 0))


def _sweeps(marks: watermarks.Marks) -> list[Sweep]:
    sweeps = []
    for name, (value, at) in sorted(marks.items()):
        if name.startswith("sweep:"):
            place = Place.from_json(value)
            sweeps.append(Sweep(name.removeprefix("sweep:"), place.begun_at, place.is_finished, at))
    return sweeps
