"""Metrics for Prometheus, read from the store each time they are asked for.

Counters only grow: those of the engine begin anew when it starts (which Prometheus expects), that of the
journal never does. What is kept for a while and then dropped (the queues) is a gauge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.metadata import version

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from connector.portal.pulse import Pulse
from connector.reports.health import Health, read_health
from connector.store import journal
from connector.store.views import Backlog
from webhooks.dashboard.ports import DashboardPort

_PREFIX = "funnelwright_"
#: The values of the labels, and the figure.
_Sample = tuple[tuple[str, ...], float]


class StoreCollector(Collector):
    """The health of every portal as metrics."""

    def __init__(self, application: DashboardPort) -> None:
        self._application = application

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not ask the store."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All metrics as they are now; StoreError if the store does not answer."""
        now, config = self._application.clock.now(), self._application.config
        with self._application.database.read() as conn:
            portals = [read_health(conn, name, each, now) for name, each in config.portals.items()]
            lines = [((name,), journal.length(conn, name)) for name in config.portals]
        yield _gauge("info", "The program.", ("version",), [((version("funnelwright"),), 1)])
        yield _counter("journal_lines", "Lines of the journal.", ("portal",), lines)
        running = [((each.name,), each.is_engine_running) for each in portals]
        yield _gauge("engine_up", "Whether an engine gives its pulse.", ("portal",), running)
        yield from _engine([(each.name, each.pulse) for each in portals if each.pulse is not None])
        yield from _queue("inbox", "Records that hints named", _backlogs(portals, "inbox"), now)
        yield from _queue("signals", "Signals", _backlogs(portals, "signals"), now)
        yield from _queue("outbox", "Commands", _backlogs(portals, "outbox"), now)
        yield from _people(portals)
        yield from _asking(portals, now)


def _engine(pulses: list[tuple[str, Pulse]]) -> Iterator[Metric]:
    """What the running engine, or the last one, told of itself."""
    starts = [((name,), pulse.since.timestamp()) for name, pulse in pulses if pulse.since]
    yield _gauge("engine_start_time_seconds", "When the engine started.", ("portal",), starts)
    blocked = [((name,), bool(pulse.blocked)) for name, pulse in pulses]
    yield _gauge("portal_blocked", "Whether the portal refuses us altogether.", ("portal",), blocked)
    came = [((name, what), n) for name, pulse in pulses for what, n in pulse.deliveries.items()]
    yield _counter("deliveries", "Events: received, and what became of them.", ("portal", "outcome"), came)
    sent = [((name,), pulse.requests_sent) for name, pulse in pulses]
    yield _counter("rest_requests", "Requests to the portal.", ("portal",), sent)
    shares = [((name,), pulse.share_used) for name, pulse in pulses]
    yield _gauge("rest_limit_used_ratio", "Share of the request limit in use.", ("portal",), shares)
    used = [((name, one), n) for name, pulse in pulses for one, n in (pulse.run_time_used or {}).items()]
    what = "Share of its run time that a method has used."
    yield _gauge("rest_run_time_used_ratio", what, ("portal", "method"), used)


def _queue(name: str, what: str, backlogs: list[tuple[str, Backlog]], now: datetime) -> Iterator[Metric]:
    states = [((portal, state), n) for portal, each in backlogs for state, n in each.by_state.items()]
    yield _gauge(f"{name}_rows", f"{what} by state, as far as they are kept.", ("portal", "state"), states)
    ages = [((portal,), _age(each.oldest_at, now)) for portal, each in backlogs]
    yield _gauge(f"{name}_oldest_seconds", f"{what}: age of the oldest that waits.", ("portal",), ages)


def _people(portals: list[Health]) -> Iterator[Metric]:
    """What people should look at."""
    parked = [
        ((each.name, kind), sum(one.what == kind for one in each.parked))
        for each in portals
        for kind in ("command", "signal", "process", "hint")
    ]
    yield _gauge("parked", "What waits for a person (200 are counted at most).", ("portal", "what"), parked)
    overrides = [((each.name,), each.overrides) for each in portals]
    yield _gauge("overrides", "Moves that overrode a rep's, as far as they are kept.", ("portal",), overrides)
    broken = [((each.name,), len(each.broken)) for each in portals]
    yield _gauge("broken_pipelines", "Pipelines that cannot be used as written.", ("portal",), broken)
    pauses = {(each.name, pause.pipeline or "") for each in portals for pause in each.pauses}
    what = "1 for what is paused; no pipeline: the whole portal."
    yield _gauge("paused", what, ("portal", "pipeline"), [(pause, 1) for pause in sorted(pauses)])


def _asking(portals: list[Health], now: datetime) -> Iterator[Metric]:
    lags = [
        ((each.name, poll.what, str(poll.entity_type_id or "")), poll.lag.total_seconds())
        for each in portals
        for poll in each.polls
    ]
    labels = ("portal", "poll", "entity_type")
    yield _gauge("poll_lag_seconds", "Since a poll was answered to its end.", labels, lags)
    ages = [((each.name, one.kind), _age(one.begun_at, now)) for each in portals for one in each.sweeps]
    what = "Since the last comparison of everything began."
    yield _gauge("sweep_age_seconds", what, ("portal", "kind"), ages)
    hints = [((each.name, state), n) for each in portals for state, n in each.hints.hints.items()]
    yield _gauge("hints", "Hints by what became of their record, as kept.", ("portal", "state"), hints)
    heard = [(each.name, each.hearing.listening) for each in portals]
    missed = [((name,), 1 - one.share) for name, one in heard if one.changed]
    yield _gauge("hints_missed_ratio", "Share of a day's changes that no event told of.", ("portal",), missed)


def _backlogs(portals: list[Health], queue: str) -> list[tuple[str, Backlog]]:
    return [(each.name, getattr(each, queue)) for each in portals]


def _gauge(name: str, what: str, labels: tuple[str, ...], samples: Iterable[_Sample]) -> Metric:
    return _filled(GaugeMetricFamily(_PREFIX + name, what, labels=labels), samples)


def _counter(name: str, what: str, labels: tuple[str, ...], samples: Iterable[_Sample]) -> Metric:
    return _filled(CounterMetricFamily(_PREFIX + name, what, labels=labels), samples)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, samples: Iterable[_Sample]) -> Metric:
    for values, figure in samples:
        family.add_metric(values, float(figure))
    return family


def _age(at: datetime | None, now: datetime) -> float:
    return (now - at).total_seconds() if at is not None else 0.0
