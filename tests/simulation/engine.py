"""One engine process: the product as it is, on a store, a wire and a clock that may be taken away any time.

Every transaction begins and ends, and every call leaves and returns, at a *point*: there it may die, stand
still, or let somebody else work first. When it dies nothing of it is kept but the file of the database.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from connector.app import App, build_portal
from connector.config import Config
from connector.errors import ConnectorError
from connector.loading import Loaded, load_all
from connector.records import Hint
from connector.sandbox.adapter import SandboxAdapter
from connector.sandbox.portal import SandboxPortal
from connector.store import Connection, Database, inbox
from tests.simulation.histories import Request, instant_text
from tests.simulation.hub import EngineClock, Hub, Runaway, Stopped
from webhooks import create_app

EVENTS = "/bitrix24/main/events"
FORM = "application/x-www-form-urlencoded"
#: How long one leg of a call takes.
LATENCY = (0.02, 0.15)
#: The portal runs what was sent even if the sender is dead: at once, or as late as its time limit lets it.
LATEST_SECONDS = 59.0
_WRITES = re.compile(r"\.(add|update|complete)\b")
_OWNERS = re.compile(rb"OWNER_ID\D{1,12}(\d+)")
WORK, MOVES, ITEMS, EVERYTHING = "work", "moves", "items", "everything"
#: A seed has a few hundred transactions and fewer calls.
MOST_POINTS = 4_000


class WatchedDatabase(Database):
    """The product's database, whose transactions are points."""

    def __init__(self, url: str, point: Callable[[str], None]) -> None:
        super().__init__(url)
        self._point = point
        self.open_transactions = 0

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self.open_transactions += 1
        try:
            with super().read() as conn:
                yield conn
        finally:
            self.open_transactions -= 1

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self._point("before a transaction")
        self.open_transactions += 1
        try:
            with super().write() as conn:
                yield conn
                self._point("before a commit")
        finally:
            self.open_transactions -= 1
        self._point("after a commit")


class DirectApp(App):
    """The product, whose hints are committed by whoever brings them: the writer's own thread is left out."""

    def hold_as(self, holder: str) -> None:
        """Hold leases under a name of its own, as on PostgreSQL, where many engines share a store.

        On SQLite, where only one can run, whoever starts takes over what the last one held.
        """
        for dispatcher in self._dispatchers.values():
            dispatcher._holder = holder

    def submit(self, hint: Hint) -> None:
        with self.database.write() as conn:
            inbox.add_many(conn, [hint])
        self.on_hint(hint.portal)


class Wire(SandboxAdapter):
    """The network between one engine and the portal."""

    def __init__(self, portal: SandboxPortal, engine: Engine) -> None:
        super().__init__(portal)
        self._engine = engine

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        return self._engine.call(request, lambda: super(Wire, self).send(request, *args, **kwargs))

    def hand_over(self, request: requests.PreparedRequest, after: float) -> None:
        """The request arrives although nobody waits for its answer."""
        self._portal.run_later(self._read(request, None), after)


class Engine:
    """A process from its start to its end."""

    def __init__(
        self,
        name: str,
        hub: Hub,
        portal: SandboxPortal,
        config: Config,
        url: str,
        *,
        seed: str,
        counts: Counter[str],
        requests_log: list[Request],
        noticed: list[str],
    ) -> None:
        self.name, self._hub, self._portal, self._config, self._url = name, hub, portal, config, url
        self._random = Random(seed)
        self._counts, self._log, self._noticed = counts, requests_log, noticed
        self.is_alive, self._is_busy = True, False
        #: Another engine works on the same store.
        self.has_company = False
        #: The last turn of work found nothing to do.
        self.was_idle = False
        #: What one sweep misses may be a fault of the portal's; what two do is gone.
        self.sweeps = 1
        #: How many points it still lives through; None: nothing kills it.
        self.points_left: int | None = None
        #: When they are used up, it goes on to its next write, and dies while that is under way.
        self.dies_while_writing = False
        #: It stands still once, at a commit, for so long: mostly with an answer in hand that is not kept yet.
        self.stall_seconds = 0.0
        #: That answer is one that says nothing was done.
        self.stalls_refused = False
        self._has_written = self._was_refused = False
        #: How often somebody else's turn comes before a transaction of ours.
        self.gives_way = 0.0
        #: Told of each card whose history was just looked at.
        self.on_look: Callable[[int], None] = lambda item_id: None
        self.on_death: Callable[[], None] = lambda: None
        self.clock = EngineClock(hub, lambda: self.is_alive)
        self._wanted: dict[str, None] = {}
        self.app: App | None = None

    # --- life ----------------------------------------------------------------------------------------------

    def boot(self, loaded: Callable[[Config, Database], Mapping[str, Loaded]] = load_all) -> None:
        """Start as `build_app` does, on the file that is there."""
        try:
            self.app = self._build(loaded)
            self.app.on_hint = lambda portal: self.want(WORK)
            self._web = create_app(self.app).test_client()
            self.app.prepare()
        except Stopped:
            self._bury()
            return
        for chore in (WORK, MOVES, ITEMS):
            self.want(chore)

    def _build(self, loaded: Callable[[Config, Database], Mapping[str, Loaded]]) -> App:
        self.database = WatchedDatabase(self._url, self.point)
        self.database.upgrade()
        found = loaded(self._config, self.database)
        portals = {
            name: build_portal(
                name,
                portal,
                found[name],
                database=self.database,
                clock=self.clock,
                adapter=Wire(self._portal, self),
            )
            for name, portal in self._config.portals.items()
        }
        app = DirectApp(self._config, self.database, portals, self.clock, found)
        if self.has_company:
            app.hold_as(self.name)
        return app

    def kill(self) -> None:
        """SIGKILL: whatever it is in the middle of ends where it is."""
        if self.is_alive:
            self.is_alive = False
            self._counts["crashes"] += 1
            if not self._is_busy:
                self._bury()

    def _bury(self) -> None:
        self.is_alive = False
        self.database.close()
        self.on_death()

    def close(self) -> None:
        """The world ends."""
        self.is_alive = False
        self.database.close()

    # --- points --------------------------------------------------------------------------------------------

    def point(self, what: str) -> None:
        """A place where the process may end, or be kept waiting."""
        if not self.is_alive:
            raise Stopped
        self._counts[f"point {what}"] += 1
        if self._counts[f"point {what}"] > MOST_POINTS:
            raise Runaway(f"more than {MOST_POINTS} times {what}")
        if self.points_left is not None:
            self.points_left -= 1
            if self.points_left < 0 and not self.dies_while_writing:
                self._counts[f"crash {what}"] += 1
                self.kill_here()
        if what == "before a transaction":
            chance = self._chance_to_stall()
            self._has_written = self._was_refused = False
            if self.stall_seconds and self._is_busy and self._random.random() < chance:
                seconds, self.stall_seconds = self.stall_seconds, 0.0
                self._counts["stalls"] += 1
                self.clock.sleep(seconds)
            elif self.gives_way and self._random.random() < self.gives_way:
                self.clock.sleep(0.001)

    def _chance_to_stall(self) -> float:
        if self.stalls_refused:
            return 1.0 if self._has_written and self._was_refused else 0.0
        return 0.2 if self._has_written else 0.005

    def kill_here(self) -> None:
        self.is_alive = False
        self._counts["crashes"] += 1
        raise Stopped

    def call(
        self, request: requests.PreparedRequest, deliver: Callable[[], requests.Response]
    ) -> requests.Response:
        """One request of ours, there and back."""
        if self.database.open_transactions:
            self._noticed.append(f"{self.name}: a transaction is open during a call")
        commands, started, started_at = _commands(request), self._hub.seconds, instant_text(self.clock.now())
        ended = "died"
        self._has_written = any(_WRITES.search(each) for each in commands.values())
        try:
            self.point("before a call")
            is_over = self.points_left is not None and self.points_left < 0
            if is_over and self._has_written:
                self._counts["crash during a call"] += 1
                late = self._random.uniform(0, LATEST_SECONDS) if self._random.random() < 0.5 else 0.0
                self._wire_of(request).hand_over(request, late)
                self.kill_here()
            self._hub.run_until(self._hub.seconds + self._random.uniform(*LATENCY))
            # What has left is on its way, whatever has become of the sender.
            answer = deliver()
            self._hub.run_until(self._hub.seconds + self._random.uniform(*LATENCY))
            self.point("after a call")
            ended = str(answer.status_code)
            self._was_refused = not answer.ok
            for item_id in _looked_at(request):
                self.on_look(item_id)
            return answer
        except requests.RequestException as error:
            ended = type(error).__name__
            self.point("after a call")
            raise
        finally:
            self._counts["requests"] += 1
            methods = tuple(each.partition("?")[0] for each in commands.values())
            self._log.append(
                Request(round(started, 3), started_at, self.name, methods, _pushes(commands), ended)
            )

    def _wire_of(self, request: requests.PreparedRequest) -> Wire:
        return Wire(self._portal, self)

    # --- work ----------------------------------------------------------------------------------------------

    def want(self, chore: str) -> None:
        """Leave a chore; it is done when the process is free."""
        self._wanted.setdefault(chore)
        if self.is_alive and not self._is_busy:
            self._hub.later(0.0, self._do_wanted)

    def _do_wanted(self) -> None:
        if self._is_busy or not self.is_alive or self.app is None:
            return
        self._is_busy = True
        try:
            while self._wanted:
                chore = next(iter(self._wanted))
                del self._wanted[chore]
                self._do(self.app, chore)
        except Stopped:
            pass
        finally:
            self._is_busy = False
            if not self.is_alive:
                self._bury()

    def _do(self, app: App, chore: str) -> None:
        """As the embedded runtime does: what the portal or the store refuses is for the next time."""
        chores = {
            WORK: app.work,
            MOVES: app.reconcile_moves,
            ITEMS: app.reconcile_items,
            EVERYTHING: lambda portal: [app.sweep(portal) for _ in range(self.sweeps)],
        }
        self._counts[f"chore {chore}"] += 1
        try:
            done = chores[chore]("main")
            if chore == WORK:
                self.was_idle = not done
        except ConnectorError as error:
            self._counts[f"failed {type(error).__name__}"] += 1

    def take(self, body: bytes) -> bool:
        """An event arrives; False if nobody answers it with success."""
        if not self.is_alive or self.app is None:
            return False
        try:
            answer = self._web.post(EVENTS, data=body, content_type=FORM)
        except Stopped:
            if not self._is_busy:
                self._bury()
            return False
        return bool(answer.status_code == 200)

    def set_clock(self, seconds: float) -> None:
        """Somebody sets the machine's clock."""
        self.clock.offset = timedelta(seconds=seconds)


def _commands(request: requests.PreparedRequest) -> dict[str, str]:
    """What a request asks for, "method?parameters" by name; of a single call without the parameters."""
    name = urlsplit(str(request.url)).path.rsplit("/", 1)[-1].removesuffix(".json")
    if name != "batch":
        return {"": name}
    return {key: str(each) for key, each in json.loads(request.body or b"{}").get("cmd", {}).items()}


def _pushes(commands: dict[str, str]) -> tuple[tuple[int, int, str], ...]:
    found = []
    for command in commands.values():
        method, params = _read(command)
        if method == "crm.item.update" and "fields[stageId]" in params:
            found.append(
                (int(params["entityTypeId"]), _item(params["id"], commands), params["fields[stageId]"])
            )
    return tuple(found)


def _item(number: str, commands: dict[str, str]) -> int:
    """The id of a card, or of the card that another command of the batch looks for."""
    if number.isdecimal():
        return int(number)
    looked_for = number.removeprefix("$result[").partition("]")[0]
    return int(_read(commands[looked_for])[1]["filter[=id]"])


def _read(command: str) -> tuple[str, dict[str, str]]:
    method, _, query = command.partition("?")
    return method, dict(parse_qsl(query))


def _looked_at(request: requests.PreparedRequest) -> list[int]:
    """Of which cards the history is asked for, before they are moved."""
    return [int(each) for each in _OWNERS.findall(bytes(request.body or b""))]
