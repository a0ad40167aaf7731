"""`init`: from a webhook to a config.toml whose bindings are filled in, and a list of what is missing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from zoneinfo import available_timezones

import click

from connector.bitrix24.auth import WebhookAuth
from connector.bitrix24.client import Client
from connector.bitrix24.probe import Capabilities, probe
from connector.bitrix24.schema import Catalogue, read_catalogue
from connector.bitrix24.throttle import Throttle
from connector.cli.failures import Refusal
from connector.cli.invocation import Invocation, pass_invocation
from connector.cli.parameters import TimeZone
from connector.cli.text import print_table, say
from connector.config import load_config
from connector.errors import ConfigError
from connector.portal.files import write_config, write_secret
from connector.portal.proposal import Proposal, propose, shared_boards
from connector.portal.rights import missing_rights
from connector.portal.writing import NewPortal, config_text
from pipelines.definition import Definition
from pipelines.findings import nearest
from pipelines.library import load_shipped, shipped_names
from pipelines.loader import load_definition

WEBHOOK_VARIABLE = "FUNNELWRIGHT_WEBHOOK"
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """What the portal said of itself and of us."""

    capabilities: Capabilities
    catalogue: Catalogue

    @property
    def language(self) -> str:
        """Of most of the portal's own words."""
        names = [stage.name for stage in self.catalogue.stages]
        russian = sum(bool(_CYRILLIC.search(name)) for name in names)
        return "ru" if 2 * russian > len(names) else "en"


def _portal_name(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", value):
        raise click.BadParameter("small letters, digits and -, a letter first: it is part of an address")
    return value


@click.command()
@click.option(
    "--portal",
    "name",
    default="main",
    prompt="What shall we call the portal (part of the address that events come to)",
    callback=_portal_name,
    metavar="NAME",
    help="What to call the portal.",
)
@click.option(
    "--webhook-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"Read the webhook's address from a file. Without it: ${WEBHOOK_VARIABLE}, or you are asked.",
)
@click.option(
    "--pipeline",
    "references",
    multiple=True,
    metavar="NAME",
    help="A shipped pipeline, or a .toml file beside the configuration; several times for several.",
)
@click.option("--language", type=click.Choice(["en", "ru"]), help="Of texts for reps; default: the portal's.")
@click.option("--time-zone", type=TimeZone(), metavar="ZONE", help="Such as Europe/Moscow.")
@click.option("--force", is_flag=True, help="Replace a configuration; the old one is kept as .bak.")
@pass_invocation
def init(
    invocation: Invocation,
    name: str,
    webhook_file: Path | None,
    references: tuple[str, ...],
    language: str | None,
    time_zone: str | None,
    force: bool,
) -> None:
    """Read a portal and write a configuration for it, bindings filled in.

    Nothing is written to the CRM. New pipelines begin in shadow mode: they decide, record, and send nothing.
    """
    target = invocation.config_path
    if target.exists() and not force:
        raise Refusal(f"{target} exists. --force replaces it, --config names another one.")
    webhook = _ask_webhook(webhook_file)
    auth = WebhookAuth(webhook)
    found = _read_portal(invocation, name, auth)
    pipelines = _load(references or _ask_pipelines(), target.parent)
    portal = NewPortal(
        name=name,
        domain=auth.host.lower(),
        language=language or found.language,
        time_zone=time_zone or _ask_time_zone(found),
        technical_user=found.capabilities.user_id,
        user_name=found.capabilities.user_name,
    )
    proposals = propose(pipelines, found.catalogue, portal.language)
    _write(target, webhook, portal, proposals)
    _tell(portal, found, proposals)


def _ask_webhook(file: Path | None) -> str:
    """From a file or the environment, or typed in unseen; never an argument, which others could see."""
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file} cannot be read: {error}") from None
    if webhook := os.environ.get(WEBHOOK_VARIABLE, "").strip():
        return webhook
    return str(click.prompt("Address of the inbound webhook (not shown)", hide_input=True)).strip()


def _ask_pipelines() -> tuple[str, ...]:
    print_table(("pipeline", "what it is"), [(name, load_shipped(name).title) for name in shipped_names()])
    answer = click.prompt("Which of them (several with commas)", default="simple_sale")
    return tuple(part.strip() for part in answer.split(",") if part.strip())


def _ask_time_zone(found: Found) -> str:
    known = found.capabilities.time_zone
    if known is not None and known in available_timezones():
        return known
    answer = click.prompt("Time zone of the portal", default="Europe/Moscow", type=TimeZone())
    return str(answer)


def _load(references: Sequence[str], folder: Path) -> list[tuple[str, Definition]]:
    """Each pipeline once, by the name that the configuration will have for it."""
    return [(reference, _definition(reference, folder)) for reference in dict.fromkeys(references)]


def _definition(reference: str, folder: Path) -> Definition:
    if reference.endswith(".toml"):
        return load_definition(folder / reference)
    try:
        return load_shipped(reference)
    except KeyError as error:
        meant = nearest(reference, shipped_names())
        hint = f" Did you mean {meant!r}?" if meant else ""
        raise click.UsageError(f"{error.args[0]}.{hint}") from None


def _read_portal(invocation: Invocation, name: str, auth: WebhookAuth) -> Found:
    adapter = invocation.adapters.get(name)
    client = Client(auth, clock=invocation.clock, throttle=Throttle(invocation.clock), adapter=adapter)
    try:
        return Found(probe(client), read_catalogue(client))
    finally:
        client.close()


def _write(target: Path, webhook: str, portal: NewPortal, proposals: Sequence[Proposal]) -> None:
    write_secret(target.parent / "secrets" / f"{portal.name}-webhook", webhook)
    kept = write_config(target, config_text(portal, proposals))
    load_config(target)  # what was just written is what the program will read
    say(f"Wrote {target} and secrets/{portal.name}-webhook, which only you can read.")
    if kept is not None:
        say(f"The configuration that was there is {kept} now.")


def _tell(portal: NewPortal, found: Found, proposals: Sequence[Proposal]) -> None:
    say(f"{portal.domain}: the webhook acts as {portal.user_name} (user {portal.technical_user}).")
    for right in missing_rights(found.capabilities.scopes):
        say(f"  The right {right} is missing: {right.without_it}.")
    for proposal in proposals:
        _tell_proposal(proposal)
    for note in shared_boards(proposals):
        say(note)
    say()
    say(_NEXT.format(name=portal.name))


def _tell_proposal(proposal: Proposal) -> None:
    say()
    stages = [match for match in proposal.stages if match.crm is not None]
    bound = [match for match in proposal.fields if match.crm is not None]
    on = f'on "{proposal.board.name}"' if proposal.board is not None else "nowhere"
    say(
        f"{proposal.definition.id} {on}: {len(stages)} of {len(proposal.definition.stages)} stages, "
        f"{len(bound)} of {len(proposal.definition.fields)} fields found."
    )
    for match in stages:
        if match.how != "name" and match.crm is not None:
            say(f'  look at stage {match.stage.id}: "{match.crm.name}" was chosen by {match.how}')
    for line in [*proposal.missing, *_missing_names(proposal)]:
        say(f"  missing: {line}")


def _missing_names(proposal: Proposal) -> Iterator[str]:
    needs = proposal.needs
    for table in fields(needs):
        if names := sorted(getattr(needs, table.name)):
            yield f"{table.name.replace('_', ' ')} in the configuration: {', '.join(names)}"


_NEXT = """Next:
  1. Fill in what is missing (the configuration has a line for each), then: funnelwright check
  2. Let the portal tell of changes (without this they are found by asking, up to a minute later):
     Developer resources -> Other -> Outgoing webhook, address https://YOUR-HOST/bitrix24/{name}/events,
     events of deals, leads, contacts, companies, smart-process items and tasks. Put its token into
     secrets/{name}-token (chmod 600) and take the # away from application_tokens and member_id.
  3. funnelwright doctor, then funnelwright sync, then funnelwright run
  4. funnelwright users add YOUR-NAME --role admin prints the link to the dashboard that `run` serves
New pipelines are in shadow mode: they decide and record, and write nothing to the CRM."""
