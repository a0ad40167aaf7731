"""`doctor`: one line for each thing that must be well, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import click

from connector.app import build_client
from connector.bitrix24.client import Client
from connector.bitrix24.people import list_people
from connector.bitrix24.probe import probe
from connector.bitrix24.schema import read_catalogue
from connector.cli.failures import ExitCode
from connector.cli.invocation import Invocation, json_option, pass_invocation, portal_option
from connector.cli.opening import choose_portal
from connector.cli.text import count, say, say_json
from connector.config import Config, ConfigFileError, PortalConfig, check_secrets, load_config
from connector.errors import ConfigError, CRMError, StoreError
from connector.flow.versions import broken
from connector.portal.changes import about_changes, recent_changes
from connector.portal.definitions import definitions_of, examine_portal
from connector.portal.diagnosis import (
    Note,
    about_behaviour,
    about_engine,
    about_events,
    about_hearing,
    about_limits,
    about_rights,
    about_user,
)
from connector.portal.drift import about_bindings, about_people
from connector.portal.pulse import take
from connector.store import Database, hearing, migrate, open_data, views

_SIGNS = {"ok": ("ok", "green"), "warning": ("warning", "yellow"), "error": ("ERROR", "red")}


@dataclass(frozen=True, slots=True)
class Finding:
    """A note, and the portal that it is about; "" for all."""

    portal: str
    note: Note


@click.command()
@portal_option
@json_option
@pass_invocation
def doctor(invocation: Invocation, portal_name: str | None, as_json: bool) -> None:
    """Examine the configuration, the store, the portal and whether events arrive.

    Reads only. A warning says what you will miss, an error what cannot work, each with what to do.
    """
    config = load_config(invocation.config_path)
    names = list(config.portals) if portal_name is None else [choose_portal(config, portal_name)]
    findings = [Finding("", note) for note in _configuration(config, invocation.config_path)]
    with _opened(config) as (database, note):
        findings.append(Finding("", note))
        for name in names:
            findings += [Finding(name, note) for note in _of_portal(invocation, config, name, database)]
    (_print_json if as_json else _print)(findings)
    if any(finding.note.level == "error" for finding in findings):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _configuration(config: Config, path: Path) -> Iterator[Note]:
    yield Note("ok", "configuration", f"{path} can be read: {count(len(config.portals), 'portal')}")
    try:
        check_secrets(config, path)
    except ConfigFileError as error:
        for finding in error.findings:
            yield Note("error", "secrets", f"{finding.path}: {finding.message}", f"{path}:{finding.line}")


@contextmanager
def _opened(config: Config) -> Iterator[tuple[Database | None, Note]]:
    """The store if it can be asked, and what is to be said of it."""
    with ExitStack() as stack:
        try:
            database = Database(config.store.database_url())
            stack.callback(database.close)
            with database.read() as conn:
                is_current = migrate.is_current(conn)
        except (StoreError, ConfigError) as error:
            yield None, Note("error", "store", str(error), "see [store] of the configuration")
            return
        if is_current:
            yield database, Note("ok", "store", "it can be used, and its tables are up to date")
        else:
            advice = "sync and run see to it, or: funnelwright db upgrade"
            yield None, Note("warning", "store", "it has not the tables of this version yet", advice)


def _of_portal(
    invocation: Invocation, config: Config, name: str, database: Database | None
) -> Iterator[Note]:
    portal = config.portals[name]
    yield from _definitions(invocation.config_path, config, portal)
    if database is not None:
        yield from _running(database, portal, name, invocation.clock.now())
    try:
        client = build_client(portal, clock=invocation.clock, adapter=invocation.adapters.get(name))
    except ConfigError as error:
        yield Note(
            "error", "webhook", str(error), "see webhook, domain and technical_user of the configuration"
        )
        return
    try:
        yield from _asked(portal, client)
    except CRMError as error:
        yield Note("error", "webhook", str(error), "see docs/first-portal.md, 2: the inbound webhook")
    finally:
        client.close()


def _definitions(path: Path, config: Config, portal: PortalConfig) -> Iterator[Note]:
    """What `check` would say, as far as it keeps the portal from running."""
    errors = [finding for finding in examine_portal(path, config, portal) if finding.is_error]
    for finding in errors:
        yield Note("error", "pipelines", str(finding), "funnelwright check")
    if not errors:
        yield Note("ok", "pipelines", f"{count(len(portal.pipelines), 'pipeline')} without errors")


def _running(database: Database, portal: PortalConfig, name: str, now: datetime) -> Iterator[Note]:
    """The engine and the events, as the store knows them."""
    with database.read() as conn:
        pulse, last_hint_at = take(conn, name), views.last_hint_at(conn, name)
        heard = hearing.listen(conn, name, portal.bound_type_ids, now)
        troubles = broken(conn, name)
        changes = recent_changes(conn, name, portal, now)
        stale = open_data.stale(conn)
    yield about_engine(pulse, now)
    yield from about_events(portal, last_hint_at, pulse)
    if portal.application_tokens:
        yield from about_hearing(heard)
    yield from about_changes(changes)
    if stale:
        advice = "drop what of yours is built on them or called alike; the next hour makes them anew"
        yield Note("warning", "open data", f"not as they should be: the views {', '.join(stale)}", advice)
    for trouble in troubles:
        advice = "mend what `funnelwright check` finds, then start `funnelwright run` again"
        yield Note("error", "pipelines", f"the last engine found a mistake in {trouble}", advice)


def _asked(portal: PortalConfig, client: Client) -> Iterator[Note]:
    capabilities = probe(client)
    yield about_user(capabilities)
    yield from about_rights(capabilities, portal)
    yield from about_behaviour(capabilities)
    yield from about_bindings(portal, definitions_of(portal), read_catalogue(client))
    yield from about_people(portal, {one.id: one for page in list_people(client) for one in page})
    yield from about_limits(portal, client)


def _print(findings: Sequence[Finding]) -> None:
    portal = None
    for finding in findings:
        if finding.portal != portal:
            portal = finding.portal
            say(f"\nportal {portal}" if portal else "")
        note = finding.note
        sign, colour = _SIGNS[note.level]
        click.secho(f"{sign:8}", fg=colour, nl=False)
        say(f"{note.subject}: {note.message}")
        if note.advice and note.level != "ok":
            say(f"        -> {note.advice}")
    say()
    say(", ".join(count(_number(findings, level), level) for level in ("error", "warning")))


def _number(findings: Sequence[Finding], level: str) -> int:
    return sum(finding.note.level == level for finding in findings)


def _print_json(findings: Sequence[Finding]) -> None:
    say_json(
        {
            "errors": _number(findings, "error"),
            "warnings": _number(findings, "warning"),
            "notes": [{"portal": each.portal or None, **asdict(each.note)} for each in findings],
        }
    )
