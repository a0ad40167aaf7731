"""One seed, from the first deal to the last commit: portal, people, engines, faults, on one clock."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from urllib.parse import parse_qsl

from connector.config import Config, load_config
from connector.flow.backfill import backfill
from connector.loading import Loaded, load_all
from connector.sandbox.faults import Chances
from connector.sandbox.portal import START, SandboxPortal
from tests.simulation import pipeline
from tests.simulation.engine import EVERYTHING, ITEMS, MOVES, WORK, Engine
from tests.simulation.histories import Histories, Request, instant_text, read_store
from tests.simulation.hub import Hub
from tests.simulation.office import Office
from tests.simulation.profiles import Profile, profile_of

#: How often an engine looks whether anything is due, and how rarely when looking was in vain.
TICK, IDLE_TICK = 2.0, 10.0
#: reliability.md I6: everything has drained so long after the faults have ended.
DRAIN_SECONDS = 900.0
#: What falls due is done so soon after.
PROMPT_SECONDS = 30.0
#: A portal that has refused the credential is asked again after half an hour.
BLOCKED_SECONDS = 1_900.0

_DEAL_EVENTS = ("ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE")
#: Rows that have something to wait for: (table, what is due).
_OPEN = """
SELECT
  (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending', 'unknown')
     AND NOT EXISTS (SELECT 1 FROM outbox AS e WHERE e.finished_at IS NULL AND e.state = 'parked'
       AND e.seq < outbox.seq AND e.item_id = outbox.item_id AND e.entity_type_id = outbox.entity_type_id))
+ (SELECT count(*) FROM inbox WHERE done_at IS NULL)
+ (SELECT count(*) FROM signal WHERE handled_at IS NULL AND NOT EXISTS (SELECT 1 FROM signal AS p
     WHERE p.parked_at IS NOT NULL AND p.handled_at IS NULL AND p.item_id = signal.item_id))
+ (SELECT count(*) FROM outbox WHERE verify_at IS NOT NULL)
"""
_DUE = """
SELECT
  EXISTS (SELECT 1 FROM outbox WHERE finished_at IS NULL AND state IN ('pending', 'unknown') AND due_at <= ?1
    AND NOT EXISTS (SELECT 1 FROM outbox AS e WHERE e.finished_at IS NULL AND e.seq < outbox.seq
      AND e.item_id = outbox.item_id AND e.entity_type_id = outbox.entity_type_id))
OR EXISTS (SELECT 1 FROM inbox WHERE done_at IS NULL AND due_at <= ?1)
OR EXISTS (SELECT 1 FROM signal WHERE handled_at IS NULL AND parked_at IS NULL)
OR EXISTS (SELECT 1 FROM timer WHERE fired_at IS NULL AND due_at <= ?1)
OR EXISTS (SELECT 1 FROM outbox WHERE verify_at <= ?1)
OR EXISTS (SELECT 1 FROM outbox WHERE state = 'sending')
"""


@dataclass(frozen=True, slots=True)
class Template:
    """A store that has its first copy of the portal, and the configuration as it was and as it is edited."""

    store: Path
    editions: tuple[Config, Config]
    #: Their pipelines, read once: what files say is no part of what is simulated.
    loaded: tuple[Mapping[str, Loaded], Mapping[str, Loaded]]
    started_at: datetime


@cache
def template() -> Template:
    """Made once in a process; the folder goes with the process."""
    folder = Path(tempfile.mkdtemp(prefix="funnelwright-simulation-", dir=_memory()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    hub = Hub(START, "template")
    office = Office(hub, 0, Profile("template", Chances(), profile_of(0).events))
    hook = office.portal.add_outgoing_webhook("http://funnelwright/bitrix24/main/events")
    editions = tuple(_configuration(folder / str(number), office, hook.token, number) for number in (0, 1))
    store = folder / "store.db"
    engine = Engine(
        "template",
        hub,
        office.portal,
        editions[0],
        f"sqlite:///{store}",
        seed="template",
        counts=Counter(),
        requests_log=[],
        noticed=[],
    )
    engine.boot()
    assert engine.app is not None
    backfill(engine.app.portals["main"])
    engine.app.prepare()
    loaded = (load_all(editions[0], engine.database), load_all(editions[1], engine.database))
    engine.close()
    return Template(store, (editions[0], editions[1]), loaded, hub.now())


def _memory() -> str | None:
    """Files that live in memory cost no disk; a crash here is an exception, not a power cut."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _configuration(folder: Path, office: Office, token: str, edition: int) -> Config:
    folder.mkdir()
    portal = office.portal
    files = {
        "sale.toml": pipeline.sale(edition),
        "contracts.toml": pipeline.CONTRACTS,
        "database": "sqlite:///unused.db",
        "webhook": portal.webhook_url(),
        "token": token,
        "config.toml": pipeline.CONFIG.format(member_id=portal.member_id, domain=portal.domain),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
        os.chmod(folder / name, 0o600)
    return load_config(folder / "config.toml")


class World:
    """Everything of one seed."""

    def __init__(self, seed: int, profile: Profile) -> None:
        made = template()
        self.seed, self.profile, self._made = seed, profile, made
        self.hub = Hub(made.started_at, f"hub {seed}")
        self.random = Random(f"world {seed}")
        self.office = Office(self.hub, seed, profile)
        self.portal: SandboxPortal = self.office.portal
        self.hook = self.portal.add_outgoing_webhook("http://funnelwright/bitrix24/main/events")
        self.path = made.store.with_name("seed.db")
        for old in self.path.parent.glob("seed.db*"):
            old.unlink()
        shutil.copy(made.store, self.path)
        self.counts: Counter[str] = Counter()
        self.requests: list[Request] = []
        self.noticed: list[str] = []
        self.acknowledged: list[tuple[str, str, int, int]] = []
        self.engines: list[Engine] = []
        self.is_calm = self.is_over = self._is_posting = False
        self.swept_at = 0.0
        self._lives = 0
        self._edition = 0
        self._look = sqlite3.connect(self.path, isolation_level=None)

    # --- the course of things ------------------------------------------------------------------------------

    def run(self) -> Histories:
        """Let it all happen."""
        faults, profile = self.portal.faults, self.profile
        faults.chances, faults.events = _copy(profile.chances), profile.events
        faults.history_lag_seconds = profile.history_lag
        self.portal.events.listeners.append(lambda happening: self._expect_post())
        self.office.begin()
        for number in range(profile.engines):
            self._start(number)
        self._plan_trouble()
        self.hub.run_until(profile.active_seconds)
        self._calm_down()
        drained_at = self._drain()
        self.is_over = True
        histories = self._histories(drained_at)
        for engine in self.engines:
            engine.close()
        self._look.close()
        return histories

    def _plan_trouble(self) -> None:
        profile, hub = self.profile, self.hub
        for start, end, name in profile.swizzle:
            hub.at(start, lambda name=name: setattr(self.portal.faults, "chances", Chances(**{name: 0.9})))
            hub.at(end, lambda: setattr(self.portal.faults, "chances", Chances()))
        for _ in range(round(profile.crashes / 2)):
            hub.at(self.random.uniform(10, profile.active_seconds), self._kill_one)
        if profile.has_edition:
            hub.at(self.random.uniform(60, profile.active_seconds - 60), self._edit)
        if profile.clock_jump_seconds:
            at = self.random.uniform(60, profile.active_seconds / 2)
            hub.at(at, lambda: self._set_clocks(profile.clock_jump_seconds))
            hub.at(at + 120, lambda: self._set_clocks(0.0))

    def _calm_down(self) -> None:
        self.is_calm = True
        for name, number in self.portal.faults.struck.items():
            self.counts[f"fault {name}"] += number
        self.counts["events lost"] += self.portal.events.lost
        self.office.calm_down()
        self._set_clocks(0.0)
        for engine in self.engines:
            engine.points_left, engine.stall_seconds = None, 0.0

    def _drain(self) -> float | None:
        """Wait until nothing is under way and every way of asking has been gone once more."""
        hub, started = self.hub, self.hub.seconds
        while hub.seconds - started < self._patience():
            hub.run_until(hub.seconds + 10)
            if self._open_rows():
                continue
            failed = self._failed()
            for chores in (MOVES, ITEMS, WORK), (EVERYTHING, WORK):
                self.swept_at = hub.seconds if EVERYTHING in chores else self.swept_at
                for chore in chores:
                    self._want(chore)
                hub.run_until(hub.seconds + 10)
            # A portal that puts us off for minutes has not been asked.
            if not self._open_rows() and self._failed() == failed:
                return hub.seconds
        return None

    def _failed(self) -> int:
        return sum(number for name, number in self.counts.items() if name.startswith("failed "))

    def _patience(self) -> float:
        """A portal that refused our credential is asked rarely: that is how it should be."""
        apps = [engine.app for engine in self.engines if engine.is_alive and engine.app is not None]
        if any(app.portals["main"].client.block is not None for app in apps):
            self.counts["blocked"] = 1
        return BLOCKED_SECONDS + DRAIN_SECONDS if self.counts["blocked"] else DRAIN_SECONDS

    def _open_rows(self) -> int:
        return int(self._look.execute(_OPEN).fetchone()[0])

    # --- engines -------------------------------------------------------------------------------------------

    def _start(self, number: int) -> None:
        """A process begins; another follows when it has died."""
        self._lives += 1
        engine = Engine(
            f"engine {number}.{self._lives}",
            self.hub,
            self.portal,
            self._made.editions[self._edition],
            f"sqlite:///{self.path}",
            seed=f"engine {self.seed} {self._lives}",
            counts=self.counts,
            requests_log=self.requests,
            noticed=self.noticed,
        )
        profile = self.profile
        self.engines = [each for each in self.engines if each.is_alive] + [engine]
        if not self.is_calm and profile.crashes:
            engine.points_left = self._lifetime()
            engine.dies_while_writing = self.random.random() < 0.5
            engine.stall_seconds = profile.stall_seconds if self._lives <= 2 else 0.0
            engine.stalls_refused = profile.stalls_refused
        engine.has_company = profile.engines > 1
        engine.gives_way = 0.2 if profile.engines > 1 else 0.02
        engine.on_look = self.office.interlope
        engine.on_death = lambda: self.hub.later(self.random.uniform(0.5, 20), lambda: self._start(number))
        loaded = self._made.loaded[self._edition]
        engine.boot(lambda config, database: loaded)
        self._tick(engine, TICK)
        self._poll(engine, MOVES, 60)
        self._poll(engine, ITEMS, 300)

    def _lifetime(self) -> int | None:
        """After how many points it dies; most of the deaths are near those that do something."""
        if self.random.random() < 0.3:
            return None
        return int(self.random.expovariate(self.profile.crashes / 900))

    def _tick(self, engine: Engine, span: float) -> None:
        if not engine.is_alive or self.is_over:
            return
        is_due = bool(self._look.execute(_DUE, (instant_text(engine.clock.now()),)).fetchone()[0])
        if is_due:
            engine.want(WORK)
        pause = IDLE_TICK if is_due and engine.was_idle else TICK
        self.hub.later(pause, lambda: self._tick(engine, pause))

    def _poll(self, engine: Engine, chore: str, span: float) -> None:
        def poll() -> None:
            if engine.is_alive and not self.is_over:
                engine.want(chore)
                self.hub.later(span, poll)

        self.hub.later(self.random.uniform(0.5, 1) * span, poll)

    def _want(self, chore: str) -> None:
        """One engine is enough for whatever asks the portal: what it finds, it leaves in the store."""
        for engine in self.engines[: None if chore == WORK else 1]:
            engine.sweeps = 2 if self.office.log.deleted else 1
            engine.want(chore)

    def _kill_one(self) -> None:
        alive = [engine for engine in self.engines if engine.is_alive]
        if alive:
            self.counts["crash at any time"] += 1
            self.random.choice(alive).kill()

    def _edit(self) -> None:
        """An admin edits the pipeline and starts the program again."""
        self._edition = 1
        self.counts["editions"] += 1
        for engine in self.engines:
            engine.kill()

    def _set_clocks(self, seconds: float) -> None:
        for engine in self.engines:
            engine.set_clock(seconds)

    # --- events --------------------------------------------------------------------------------------------

    def _expect_post(self) -> None:
        if not self._is_posting:
            self._is_posting = True
            self.hub.later(self.random.uniform(0.2, 1.5), self._post)

    def _post(self) -> None:
        self._is_posting = False
        self.counts["hints"] += self.portal.deliver(self._hand_over)
        if self.portal.events.waiting and not self.is_over:
            due_at = min(each.due_at for each in self.portal.events.waiting)
            self._is_posting = True
            self.hub.later(max((due_at - self.hub.now()).total_seconds(), 0.1), self._post)

    def _hand_over(self, url: str, body: bytes) -> None:
        for engine in self.engines:
            at = instant_text(engine.clock.now())
            if engine.take(body):
                if (record := _record_of(body)) is not None:
                    self.acknowledged.append((at, *record))
                return
        raise ConnectionError("nobody answers")

    # --- how it ended --------------------------------------------------------------------------------------

    def _histories(self, drained_at: float | None) -> Histories:
        return Histories(
            seed=self.seed,
            profile=self.profile.name,
            domain=self.portal.domain,
            log=self.office.log,
            requests=self.requests,
            store=read_store(self.path),
            acknowledged=self.acknowledged,
            history_lag=self.profile.history_lag,
            has_clock_jump=bool(self.profile.clock_jump_seconds),
            due_until=instant_text(self.hub.now() - timedelta(seconds=PROMPT_SECONDS)),
            cards=self.office.cards(),
            task_states=self.office.task_states(),
            counts=self.counts,
            leaks=self._leaks(),
            calm_at=self.profile.active_seconds,
            drained_at=drained_at,
            swept_at=self.swept_at,
            start=self.hub.start,
            noticed=self.noticed,
        )

    def _leaks(self) -> list[str]:
        secrets = (self.portal.webhook_secret(1), self.hook.token)
        found = []
        for path in sorted(self.path.parent.glob("seed.db*")):
            content = path.read_bytes()
            found += [f"{path.name} holds a credential" for each in secrets if each.encode() in content]
        return found


def _copy(chances: Chances) -> Chances:
    return Chances(**{name: getattr(chances, name) for name in Chances.__slots__})  # type: ignore[attr-defined]


def _record_of(body: bytes) -> tuple[str, int, int] | None:
    """Which record of ours an event names."""
    form = dict(parse_qsl(body.decode()))
    name = form["event"]
    if name.startswith("ONTASK") and not name.startswith("ONTASKCOMMENT"):
        known = form.get("data[FIELDS_AFTER][ID]", ""), form.get("data[FIELDS_BEFORE][ID]", "")
        return next((("task", 0, int(each)) for each in known if each.isdecimal()), None)
    if name.startswith("ONCRMDEAL") and name in _DEAL_EVENTS:
        return ("item", 2, int(form["data[FIELDS][ID]"]))
    return None


def run_seed(seed: int, profile: Profile | None = None) -> Histories:
    """What happens under this seed: the same every time."""
    with _silence():
        return World(seed, profile or profile_of(seed)).run()


@contextmanager
def _silence() -> Iterator[None]:
    """Nobody reads the program's log here, and writing it would be a tenth of the work."""
    logger = logging.getLogger("connector")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
