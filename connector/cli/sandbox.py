"""`funnelwright sandbox`: a Bitrix24 portal on this machine, until it is stopped."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connector.cli.parameters import Span, TimeZone, WebAddress
from connector.cli.text import say

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8899, show_default=True, help="0 takes a free one."
)
@click.option(
    "--deals", type=click.IntRange(min=0), default=2000, show_default=True, help="How many deals to make up."
)
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same portal.")
@click.option(
    "--import",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of opportunities (CSV) to take deals from instead.",
)
@click.option("--latency", type=Span(), default=0.0, help="What every list command takes, such as 100ms.")
@click.option("--read-latency", type=Span(), default=0.0, help="What every other reading command takes.")
@click.option("--write-latency", type=Span(), default=0.0, help="What every writing command takes.")
@click.option(
    "--count-latency", type=Span(), default=0.0, help="What counting 1,000 rows takes (start not -1)."
)
@click.option(
    "--limits",
    type=click.Choice(["on", "off"]),
    default="off",
    show_default=True,
    help="Enforce the cloud's limits: 2 requests/s, bursts of 50, operating time.",
)
@click.option(
    "--plan",
    type=click.Choice(["commercial", "enterprise"]),
    default="commercial",
    show_default=True,
    help="Whose limits.",
)
@click.option(
    "--language",
    type=click.Choice(["en", "ru"]),
    default="en",
    show_default=True,
    help="What the portal speaks.",
)
@click.option(
    "--time-zone", type=TimeZone(), default="Europe/Moscow", show_default=True, help="The portal's own zone."
)
@click.option(
    "--cert", type=click.Path(exists=True, dir_okay=False), help="Speak HTTPS with this certificate chain."
)
@click.option("--key", type=click.Path(exists=True, dir_okay=False), help="The certificate's key.")
@click.option(
    "--outgoing-webhook",
    "receivers",
    type=WebAddress(),
    multiple=True,
    metavar="URL",
    help="Tell this address of changes; may be repeated.",
)
@click.option(
    "--board/--no-board",
    "has_board",
    default=None,
    help="Serve a small CRM for people too. It asks for no password: by default on loopback only.",
)
def sandbox(
    host: str,
    port: int,
    deals: int,
    seed: int,
    folder: Path | None,
    latency: float,
    read_latency: float,
    write_latency: float,
    count_latency: float,
    limits: str,
    plan: str,
    language: str,
    time_zone: str,
    cert: str | None,
    key: str | None,
    receivers: tuple[str, ...],
    has_board: bool | None,
) -> None:
    """Run a Bitrix24 portal on this machine, filled with made-up records, until it is stopped.

    The first line of the output is one line of JSON: the addresses of the inbound webhooks, the token and
    URL of every outgoing webhook. Nobody needs Bitrix24, or the network. Open `board_url` in a browser to
    play a rep by hand.
    """
    from connector.clock import SystemClock
    from connector.sandbox.limits import ENTERPRISE, Plan
    from connector.sandbox.portal import SandboxPortal
    from connector.sandbox.server import serve

    if (cert is None) != (key is None):
        raise click.UsageError("--cert and --key belong together")
    portal = SandboxPortal(
        clock=SystemClock(),
        seed=seed,
        limits=limits == "on",
        time_zone=time_zone,
        plan=ENTERPRISE if plan == "enterprise" else Plan(),
        language=language,
    )
    portal.prices.list_seconds, portal.prices.read_seconds = latency, read_latency
    portal.prices.write_seconds, portal.prices.count_seconds_per_1000_rows = write_latency, count_latency
    _fill(portal, folder, deals)
    for receiver in receivers:
        portal.add_outgoing_webhook(receiver)
    stopped = _until_signal()
    try:
        certificate = (cert, key) if cert and key else None
        server = serve(portal, host, port, certificate=certificate, has_board=has_board)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {host}:{port}: {error.strerror}; try --port 0"
        ) from None
    with server:
        click.echo(json.dumps({**describe(portal), "board_url": server.board_url}))
        say(f"{portal.base_url} serves until it is stopped")
        if server.has_board:
            say(f"{server.board_url} is its board, for people")
        stopped.wait()


def _fill(portal: SandboxPortal, folder: Path | None, deals: int) -> None:
    if folder is None:
        portal.seed(deals)
        return
    from connector.sandbox.opportunities import import_opportunities

    import_opportunities(portal, folder)


def _until_signal() -> threading.Event:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def describe(portal: SandboxPortal) -> dict[str, object]:
    """What a client needs to use the portal, credentials included: they open nothing but this sandbox."""
    webhooks = [each for each in portal.events.subscribers if each.is_webhook]
    active = [user.id for user in portal.people.users.values() if user.is_active]
    return {
        "webhook_url": portal.webhook_url(),
        "application_token": webhooks[0].token if webhooks else "",
        "member_id": portal.member_id,
        "admin_user_id": portal.people.admin_id,
        "outgoing_webhooks": [{"url": each.url, "token": each.token} for each in webhooks],
        "webhook_urls": {str(number): portal.webhook_url(number) for number in active},
    }
