"""The composition root: everything is wired here and nowhere else.

`App` is what the web, the command line and the runtime see. It owns the database, one client per portal, the
writer of hints, and the order in which the steps of the flow are taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from requests.adapters import BaseAdapter

from connector import log
from connector.bitrix24.auth import WebhookAuth
from connector.bitrix24.client import Client
from connector.bitrix24.throttle import ENTERPRISE, OTHER_PLANS, Throttle
from connector.clock import Clock, SystemClock
from connector.config import Config, PortalConfig, PortalIdentity
from connector.errors import ConfigError, StoreError
from connector.flow.advance import BUNDLE, advance
from connector.flow.backfill import Report, backfill, is_complete, prepare
from connector.flow.dispatch import Dispatcher
from connector.flow.initiate import initiate
from connector.flow.offline import hear_offline
from connector.flow.portal import Portal
from connector.flow.reconcile import reconcile_items, reconcile_moves
from connector.flow.refresh import refresh
from connector.flow.remind import remind
from connector.flow.set_up import copy_catalogue, refresh_catalogue
from connector.flow.silence import watch_events
from connector.flow.sweeping import sweep, sweep_when_due
from connector.flow.versions import Versions
from connector.loading import File, Loaded, Watch, load_again, load_all, tell_changes
from connector.outgoing import Outgoing
from connector.portal import capabilities
from connector.records import Hint
from connector.store import Database, InboxWriter, hearing, retention, settings

if TYPE_CHECKING:
    from connector.reports.charts import Studio

#: One turn of `work` takes at most this many rounds, so that other chores get their turn.
MOST_ROUNDS = 200
#: How long handled hints, signals and commands can be looked at.
KEPT = timedelta(days=30)


class App:
    """The product, wired. Close it when done; `start_writer` before hints are submitted."""

    def __init__(
        self,
        config: Config,
        database: Database,
        portals: Mapping[str, Portal],
        clock: Clock,
        loaded: Mapping[str, Loaded],
    ) -> None:
        self.config = config
        self.database = database
        #: Each as it is bound now; one whose definitions change is exchanged as a whole.
        self.portals = dict(portals)
        self._loaded = dict(loaded)
        self._watches = {name: Watch(portal.config, loaded[name]) for name, portal in portals.items()}
        self.clock = clock
        self.started_at = clock.now()
        self._writer = InboxWriter(database)
        self._dispatchers = {name: Dispatcher(portal) for name, portal in portals.items()}
        self._identities = {name: portal.config.identity(name) for name, portal in portals.items()}
        self._deliveries: Counter[tuple[str, str]] = Counter()
        self._deliveries_lock = Lock()
        self._studio: Studio | None = None
        self._studio_lock = Lock()
        #: Called with the portal's name after a hint is on disk.
        self.on_hint: Callable[[str], None] = lambda portal: None

    # --- the receiver's side (webhooks.ports.ReceiverPort) --------------------------------------------------

    def portal_identity(self, name: str) -> PortalIdentity | None:
        """Whom to believe under that name; None if there is no such portal."""
        return self._identities.get(name)

    def submit(self, hint: Hint) -> None:
        """Return once the hint is on disk; StoreError if it cannot be put there."""
        self._writer.submit(hint)
        self.on_hint(hint.portal)

    def count_delivery(self, portal: str, outcome: str) -> None:
        """One more delivery came in or ended so."""
        with self._deliveries_lock:
            self._deliveries[(portal, outcome)] += 1

    @property
    def deliveries(self) -> Mapping[tuple[str, str], int]:
        """Deliveries since the start, by portal and outcome."""
        with self._deliveries_lock:
            return dict(self._deliveries)

    def is_ready(self) -> bool:
        """Whether a hint could be put on disk now."""
        try:
            with self.database.read() as conn:
                settings.pauses(conn, settings.ALL_PORTALS)
        except StoreError:
            return False
        return True

    def now(self) -> datetime:
        return self.clock.now()

    @property
    def studio(self) -> Studio:
        """Draws the charts of pages and reports. Loaded for who draws: it takes as long as all the rest."""
        from connector.reports.charts import Studio

        with self._studio_lock:
            if self._studio is None:
                self._studio = Studio()
            return self._studio

    def start_writer(self) -> None:
        """From now on hints can be submitted."""
        self._writer.start()
        with self.database.write() as conn:
            for name in self.portals:
                hearing.begin_listening(conn, name, self.clock.now())

    # --- the flow ------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Before the first turn of work: versions kept, pipelines bound, modes put into force."""
        for portal in self.portals.values():
            prepare(portal)

    def look_at_definitions(self, name: str) -> None:
        """Put definitions whose files have changed into force, once nobody writes to them any more."""
        self._take(name, self._watches[name].look())

    def take_definitions(self, name: str) -> None:
        """Put definitions whose files have changed into force at once."""
        self._take(name, self._watches[name].look_now())

    def _take(self, name: str, files: Mapping[str, File]) -> None:
        """As at a start: a broken one is told, and the last good version stays.

        Only for the thread that works the portal: nothing may hold the portal as it was.
        """
        if not files:
            return
        before = self.portals[name]
        loaded = load_again(self.database, name, before.config, self._loaded[name], files)
        portal = replace(before, bindings=loaded.bindings, broken=loaded.broken)
        prepare(portal)
        self.portals[name], self._loaded[name] = portal, loaded
        self._watches[name] = Watch(portal.config, loaded)
        self._dispatchers[name].release()
        self._dispatchers[name] = Dispatcher(portal)
        tell_changes(name, before.bindings, portal.bindings)
        self._copy_to_the_end(name)  # it may make records of a kind that nothing was mirrored of so far

    def work(self, name: str) -> int:
        """Do what there is to do for one portal until nothing is left; returns how much was done.

        Refresh, remind, initiate, advance, dispatch: each ends in its own commit, so stopping anywhere loses
        nothing.
        """
        portal, dispatcher = self.portals[name], self._dispatchers[name]
        total = 0
        for _ in range(MOST_ROUNDS):
            done = refresh(portal) + remind(portal) + initiate(portal)
            done += _advance_all(portal) + dispatcher.dispatch()
            total += done
            if not done:
                break
        return total

    def backfill(self, name: str, report: Report = lambda progress: None) -> None:
        """Copy the portal, or go on where an earlier run stopped."""
        backfill(self.portals[name], report)

    def reconcile_moves(self, name: str) -> None:
        """Look for moves and task outcomes that no hint announced, and for hints that wait in the portal."""
        reconcile_moves(self.portals[name])
        hear_offline(self.portals[name])

    def reconcile_items(self, name: str) -> None:
        """Look for changed items that no hint announced, and whether hints still come."""
        reconcile_items(self.portals[name])
        watch_events(self.portals[name])

    def sweep(self, name: str) -> None:
        """Compare the whole mirror with the whole portal, now and to the end."""
        sweep(self.portals[name])

    def sweep_when_due(self, name: str) -> bool:
        """Go on with the daily sweep for a few requests; False: there is nothing to go on with.

        Then a first copy that was cut off is brought to its end, such as what an edited pipeline asks for.
        """
        if sweep_when_due(self.portals[name]):
            return True
        self._copy_to_the_end(name)
        return False

    def _copy_to_the_end(self, name: str) -> None:
        portal = self.portals[name]
        with self.database.read() as conn:
            is_copied = is_complete(conn, portal)
        if not is_copied:
            backfill(portal)

    def make_reports(self, name: str) -> bool:
        """Make the next report that is due; False: none is."""
        if not self.portals[name].config.reports:
            return False
        from connector.reports.issuing import issue_when_due

        return issue_when_due(self.portals[name], self.studio)

    def refresh_catalogue(self, name: str) -> None:
        """The same as `copy_catalogue`, without copying again what was copied minutes ago."""
        refresh_catalogue(self.portals[name])
        self._ask_capabilities(name)

    def copy_catalogue(self, name: str) -> None:
        """Look who works in the portal now, which stages and fields it has, and what it allows us."""
        copy_catalogue(self.portals[name])
        self._ask_capabilities(name)

    def _ask_capabilities(self, name: str) -> None:
        portal = self.portals[name]
        capabilities.ask(portal.client, self.database, name, portal.config, self.clock)

    def tidy(self, name: str) -> None:
        """Drop what ended long ago from the queues; mirror, visits, processes, tasks and journal are kept."""
        before = self.clock.now() - KEPT
        while True:
            with self.database.write() as conn:
                dropped = retention.forget(conn, name, before)
            if not any(dropped.values()):
                return

    def close(self) -> None:
        """Give everything back; safe to call twice."""
        self._writer.stop()
        if self._studio is not None:
            self._studio.close()
        for dispatcher in self._dispatchers.values():
            dispatcher.release()
        self.database.close()


def _advance_all(portal: Portal) -> int:
    """Decide on all that waits; what deciding brings up itself is for the next round."""
    total = done = advance(portal)
    while done == BUNDLE:
        done = advance(portal)
        total += done
    return total


def build_app(
    config: Config,
    *,
    clock: Clock | None = None,
    adapters: Mapping[str, BaseAdapter] | None = None,
    outgoing: BaseAdapter | None = None,
) -> App:
    """Wire the product; the database is migrated. `adapters` replace the network, by portal (a sandbox).

    `outgoing` replaces it for calls to the addresses of config.toml.

    A pipeline that cannot be used as it is written keeps its last good version (`Portal.broken` says why).
    ConfigError or DefinitionError when nothing can be used; nothing is left open then.
    """
    clock = clock or SystemClock()
    database = Database(config.store.database_url())
    try:
        database.upgrade()
        loaded = load_all(config, database)
        portals = {
            name: build_portal(
                name,
                portal,
                loaded[name],
                database=database,
                clock=clock,
                adapter=(adapters or {}).get(name),
                outgoing=outgoing,
            )
            for name, portal in config.portals.items()
        }
        return App(config, database, portals, clock, loaded)
    except BaseException:
        database.close()
        raise


def build_portal(
    name: str,
    config: PortalConfig,
    loaded: Loaded,
    *,
    database: Database,
    clock: Clock,
    adapter: BaseAdapter | None = None,
    outgoing: BaseAdapter | None = None,
) -> Portal:
    """One portal with its client, and the way to the addresses of its configuration."""
    return Portal(
        name=name,
        config=config,
        client=build_client(config, clock=clock, adapter=adapter),
        database=database,
        clock=clock,
        bindings=loaded.bindings,
        versions=Versions(),
        calendar=config.working_calendar(),
        outside=Outgoing(outgoing),
        broken=loaded.broken,
    )


def build_client(config: PortalConfig, *, clock: Clock, adapter: BaseAdapter | None = None) -> Client:
    """The REST client of a portal, within the limits of its plan; ConfigError if the webhook is another's."""
    webhook = config.webhook.read()
    log.hide(webhook)
    auth = WebhookAuth(webhook)
    if auth.host.lower() != config.domain:
        raise ConfigError(f"{config.webhook} is a webhook of {auth.host}, but domain says {config.domain}")
    if auth.user_id != config.technical_user:
        says = f"technical_user says {config.technical_user}"
        raise ConfigError(f"{config.webhook} acts as user {auth.user_id}, but {says}")
    rate, burst = ENTERPRISE if config.plan == "enterprise" else OTHER_PLANS
    return Client(
        auth,
        clock=clock,
        throttle=Throttle(clock, rate=rate, burst=burst),
        adapter=adapter,
        call_cap_seconds=config.call_cap.total_seconds(),
    )
