"""The demo from beginning to end; returns whether every promise was kept."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.app import App, build_app
from connector.cli.dashboard import served
from connector.cli.demo.checks import standing_promises
from connector.cli.demo.configuration import PORTAL, configure
from connector.cli.demo.reps import Rep, StoryError
from connector.cli.demo.sandbox_process import SandboxProcess, free_port
from connector.cli.demo.show import JournalTail, Screen
from connector.cli.demo.story import Promise, Story
from connector.cli.run import end_pulse, give_pulse
from connector.cli.users import invitation_link
from connector.clock import Clock, SystemClock
from connector.config import Config
from connector.errors import ConnectorError
from connector.flow import adopt
from connector.flow.backfill import Progress
from connector.portal.pulse import PULSE_SPAN
from connector.runtime.embedded import EmbeddedRuntime
from connector.store import catalogue, mirror, outbox, tasks, users
from connector.users import invite
from webhooks import WebServer, create_app

PIPELINES = (
    *("simple_sale", "corporate_sale", "incoming_leads"),
    *("meetings", "corrective_actions", "contract_approval"),
)
ADMIN = "admin"
#: Open deals of an imported data set that the demo adopts.
ADOPTED = 25
#: The portal must have nothing more to say for so long before the promises are checked.
QUIET_SECONDS, LONGEST_WAIT_SECONDS = 2.0, 20.0


@dataclass(frozen=True, slots=True)
class Options:
    """What `funnelwright demo` was asked for."""

    deals: int = 2000
    seed: int = 1
    folder: Path | None = None
    is_kept: bool = False


def play(options: Options) -> bool:
    """Play the demo; True if every promise was checked and kept."""
    screen, clock = Screen(), SystemClock()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="funnelwright-demo-") as name:
        folder, port = Path(name), free_port()
        screen.say("A Bitrix24 portal starts on this machine …")
        with SandboxProcess(_arguments(options, port), folder / "sandbox.log") as sandbox:
            config = configure(folder, sandbox.facts, port, PIPELINES, clock)
            with _product(config, clock, port, screen) as app, _dashboard(app, options.is_kept) as link:
                is_kept = _show(options, app, sandbox.facts, clock, screen)
                screen.say(f"{time.monotonic() - began:.0f} s in all.")
                if link:
                    _tell_how_to_look(screen, folder, link, sandbox.facts)
                    _serve(app, sandbox)
    return is_kept


def _arguments(options: Options, port: int) -> list[str]:
    events = f"http://127.0.0.1:{port}/bitrix24/{PORTAL}/events"
    arguments = ["--limits", "on", "--seed", str(options.seed), "--outgoing-webhook", events]
    if options.folder is not None:
        return [*arguments, "--import", str(options.folder)]
    return [*arguments, "--deals", str(options.deals)]


@contextlib.contextmanager
def _product(config: Config, clock: Clock, port: int, screen: Screen) -> Iterator[App]:
    """Funnelwright as `run` runs it: mirror first, then the receiver and the engine."""
    app = build_app(config, clock=clock)
    with contextlib.ExitStack() as stack:
        stack.callback(app.close)
        _copy(app, screen)
        runtime = EmbeddedRuntime(app)
        runtime.start()
        stack.callback(runtime.stop)
        web = WebServer(create_app(app), host="127.0.0.1", port=port, threads=8, connections=100)
        web.start()
        stack.callback(web.stop)
        tail = JournalTail(app.database, screen)
        tail.start()
        stack.callback(tail.stop)
        yield app


def _copy(app: App, screen: Screen) -> None:
    """The mirror, with its progress."""
    began, before = time.monotonic(), app.portals[PORTAL].client.requests_sent
    latest: dict[str, int] = {}

    def report(progress: Progress) -> None:
        latest[progress.kind] = progress.records

    app.backfill(PORTAL, report)
    requests = app.portals[PORTAL].client.requests_sent - before
    with app.database.read() as conn:
        items = sum(mirror.count(conn, PORTAL).values())
    seconds = time.monotonic() - began
    screen.say(f"Mirrored {items} records and their history in {seconds:.1f} s, {requests} REST requests.")


def _show(options: Options, app: App, facts: Mapping[str, Any], clock: Clock, screen: Screen) -> bool:
    reps = _hire(app, facts, clock)
    try:
        admin = reps[int(facts["admin_user_id"])]
        portal = app.portals[PORTAL]
        teams = {name: team.members for name, team in portal.config.teams.items()}
        promises: list[Promise] = []
        if options.folder is not None:
            promises += _adopt(app, admin, screen)
        sellers = {user: rep for user, rep in reps.items() if any(user in team for team in teams.values())}
        story = Story(portal.bindings, teams, sellers, admin, lambda text: screen.say(text, style="bold"))
        is_told = _tell(story, screen)
        _settle(app)
        promises += story.promises + standing_promises(app, admin)
        is_kept = _check(promises, screen) and is_told
        _summarise(app, screen)
        return is_kept
    finally:
        for rep in reps.values():
            rep.close()


def _hire(app: App, facts: Mapping[str, Any], clock: Clock) -> dict[int, Rep]:
    with app.database.read() as conn:
        people = catalogue.get_people(conn, PORTAL)
    return {
        int(user): Rep(int(user), people[int(user)].name, url, clock)
        for user, url in facts["webhook_urls"].items()
        if int(user) in people
    }


def _adopt(app: App, admin: Rep, screen: Screen) -> list[Promise]:
    """A bounded part of the open deals joins the pipeline where it stands."""
    portal = app.portals[PORTAL]
    binding = portal.bindings["simple_sale"]
    with app.database.write() as conn:
        found = list(adopt.candidates(conn, portal, binding, limit=ADOPTED))
        adopt.adopt(conn, portal, binding, [each.item for each in found], clock_now(app))
    screen.say(f"{len(found)} of the open deals join the pipeline at their present stage", style="bold")
    app.on_hint(PORTAL)
    if not found:
        raise StoryError("the copied portal has no open deal that could be adopted")
    first = found[0].item.ref
    admin.until("the tasks of adopted deals", lambda: admin.open_tasks(f"D_{first.id}"))

    def each_has_one() -> bool:
        return all(len(admin.open_tasks(f"D_{each.item.ref.id}")) == 1 for each in found)

    return [Promise(f"each of the {len(found)} adopted deals has one open task", each_has_one)]


def clock_now(app: App) -> Any:
    return app.clock.now()


def _tell(story: Story, screen: Screen) -> bool:
    """Play the scenes; one that breaks off is told, and the others go on."""
    is_whole = True
    for scene in story.scenes():
        try:
            scene()
        except (StoryError, ConnectorError) as error:
            screen.say(f"  {error}", style="red")
            is_whole = False
    return is_whole


def _settle(app: App) -> None:
    """Wait until nothing is on its way any more."""
    end, quiet_since = time.monotonic() + LONGEST_WAIT_SECONDS, time.monotonic()
    while time.monotonic() < end and time.monotonic() - quiet_since < QUIET_SECONDS:
        time.sleep(0.2)
        with app.database.read() as conn:
            waiting = outbox.counts(conn, PORTAL)
        open_states = (outbox.State.PENDING, outbox.State.SENDING, outbox.State.UNKNOWN)
        if any(waiting.get(state) for state in open_states):
            quiet_since = time.monotonic()


def _check(promises: Sequence[Promise], screen: Screen) -> bool:
    screen.say()
    screen.say("Checked against the portal's own state:", style="bold")
    kept = 0
    for promise in promises:
        is_kept = promise.is_kept()
        kept += is_kept
        screen.say(
            f"  {'✓' if is_kept else '✗ NOT KEPT:'} {promise.text}", style="green" if is_kept else "red"
        )
    screen.say(f"{kept} of {len(promises)} promises kept.")
    return kept == len(promises)


def _summarise(app: App, screen: Screen) -> None:
    with app.database.read() as conn:
        items = sum(mirror.count(conn, PORTAL).values())
        sent = outbox.counts(conn, PORTAL)
        made = len(tasks.open_ids(conn, PORTAL))
    hints = sum(count for (portal, outcome), count in app.deliveries.items() if outcome == "accepted")
    screen.say()
    screen.say(
        f"{items} records mirrored, {hints} hints received, {sent.get(outbox.State.DONE, 0)} commands done, "
        f"{made} tasks open, {app.portals[PORTAL].client.requests_sent} REST requests."
    )


def _serve(app: App, sandbox: SandboxProcess) -> None:
    """Go on until Ctrl-C; other commands see that an engine is running."""
    with contextlib.suppress(KeyboardInterrupt):
        give_pulse(app)
        while not sandbox.is_over(PULSE_SPAN.total_seconds()):
            give_pulse(app)
    end_pulse(app)


@contextlib.contextmanager
def _dashboard(app: App, is_wanted: bool) -> Iterator[str]:
    """Pages for who stays, and the link that lets them in; "" where nobody does."""
    if not is_wanted:
        yield ""
        return
    link = _invite(app)
    with served(app):
        yield link


def _invite(app: App) -> str:
    """The link by which whoever reads it is the dashboard's admin."""
    with app.database.write() as conn:
        users.add(conn, ADMIN, users.Role.ADMIN, app.clock.now(), "demo")
        return invitation_link(app.config, invite(conn, ADMIN, app.clock.now()))


def _tell_how_to_look(screen: Screen, folder: Path, link: str, facts: Mapping[str, Any]) -> None:
    screen.say()
    screen.say("Still running, until Ctrl-C.", style="bold")
    screen.say("The dashboard (you are its admin; the link is good for an hour, once):")
    screen.say(f"  {link}", is_whole=True)
    if facts.get("board_url"):
        screen.say("The portal as its reps see it, to play one of them:")
        screen.say(f"  {facts['board_url']}", is_whole=True)
    screen.say("From another terminal:")
    screen.say(f"  .venv/bin/funnelwright --config {folder}/config.toml status", is_whole=True)
    screen.say(f"  .venv/bin/funnelwright --config {folder}/config.toml why deal:ID", is_whole=True)
    screen.say("  the portal's REST API: the address in the file `webhook` beside config.toml")
