"""The demo's config.toml: the bindings that `init` proposes, live, and teams made of departments."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from connector.bitrix24.auth import WebhookAuth
from connector.bitrix24.client import Client
from connector.bitrix24.people import list_departments, list_people
from connector.bitrix24.schema import read_catalogue
from connector.bitrix24.throttle import Throttle
from connector.cli.demo.sandbox_process import free_port
from connector.clock import Clock
from connector.config import Config, DashboardConfig, load_config
from connector.portal.proposal import Proposal, propose
from connector.records import Department, Person
from pipelines.library import load_shipped

PORTAL = "demo"
REGIONS = ("central", "west", "east")


def configure(
    folder: Path, facts: Mapping[str, Any], port: int, pipelines: Sequence[str], clock: Clock
) -> Config:
    """Read the portal, write the configuration and its secrets into the folder, and load it."""
    client = Client(WebhookAuth(facts["webhook_url"]), clock=clock, throttle=Throttle(clock))
    try:
        catalogue = read_catalogue(client)
        people = [person for page in list_people(client) for person in page]
        departments = list_departments(client)
    finally:
        client.close()
    proposals = propose([(name, load_shipped(name)) for name in pipelines], catalogue, "en")
    bound = [proposal for proposal in proposals if all(match.crm is not None for match in proposal.stages)]
    lines = [
        *_head(facts, port),
        *(line for proposal in bound for line in _pipeline(proposal)),
        *_people(facts, people, departments),
        *_report([proposal.definition.id for proposal in bound if proposal.board is not None]),
    ]
    _write(folder / "webhook", facts["webhook_url"])
    _write(folder / "token", facts["application_token"])
    _write(folder / "config.toml", "\n".join(lines) + "\n")
    return load_config(folder / "config.toml")


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    os.chmod(path, 0o600)
    path.write_text(text)


def _head(facts: Mapping[str, Any], port: int) -> Iterator[str]:
    host = WebhookAuth(facts["webhook_url"]).host
    yield f"[web]\nport = {port}"
    yield f"\n[dashboard]\nport = {free_port(DashboardConfig().port)}"
    yield f'\n[portals.{PORTAL}]\nwebhook = "file:webhook"\napplication_tokens = ["file:token"]'
    yield f'member_id = "{facts["member_id"]}"\ndomain = "{host}"\ntime_zone = "Europe/Moscow"'
    yield f"technical_user = {facts['admin_user_id']}\nadmin = {facts['admin_user_id']}"
    # Whoever plays a rep on the board goes through a whole process in minutes, as two robots would.
    yield f"\n[portals.{PORTAL}.limits]\nmoves_per_item = 25"


def _pipeline(proposal: Proposal) -> Iterator[str]:
    """What could be bound, and live; a pipeline that the portal has no board for is left out."""
    board, name = proposal.board, proposal.definition.id
    if board is None:
        return
    table = f"portals.{PORTAL}.pipelines.{name}"
    yield f'\n[{table}]\ndefinition = "{proposal.reference}"\nmode = "live"\nowner = 1'
    if proposal.definition.entity == "smart_process":
        yield f"entity_type = {board.entity_type_id}"
    if proposal.definition.entity != "lead":
        yield f"category = {board.category_id}"
    yield f"[{table}.stages]"
    for stage in proposal.stages:
        if stage.crm is not None:
            yield f'{stage.stage.id} = "{stage.crm.id}"'
    yield f"[{table}.fields]"
    for match in proposal.fields:
        if match.crm is not None:
            options = ", ".join(f'{name} = "{number}"' for name, number in match.options.items())
            yield f'{match.name} = {{ field = "{match.crm.name}", options = {{ {options} }} }}'


def _report(pipelines: Sequence[str]) -> Iterator[str]:
    """One that is made every Monday, of the first pipeline."""
    if pipelines:
        yield f'\n[[portals.{PORTAL}.reports]]\nname = "weekly"\npipelines = ["{pipelines[0]}"]'
        yield 'every = "week"\nformats = ["html", "xlsx", "png"]\nto = ["director"]\nby = "task"'


def _people(
    facts: Mapping[str, Any], people: Sequence[Person], departments: Sequence[Department]
) -> Iterator[str]:
    """A team for each region, out of the departments of that name; roles and divisions of heads."""
    heads = [each.head_id for each in departments if each.head_id is not None]
    reps = [person.id for person in people if person.is_active and person.id not in heads]
    reps = [user for user in reps if str(user) in facts["webhook_urls"]]
    for region in REGIONS:
        members = _members(region, people, departments, reps) or reps[:4]
        yield f"\n[portals.{PORTAL}.teams.{region}]\nmembers = {members}"
    for team in ("key_accounts", "it_sales", "hardware", "services"):
        yield f"\n[portals.{PORTAL}.teams.{team}]\nmembers = {reps[:3]}"
    chief = heads[0]
    roles = ("sales_desk", "quality", "lawyer", "accountant", "director")
    yield f"\n[portals.{PORTAL}.roles]"
    yield from (f"{role} = [{heads[number % len(heads)]}]" for number, role in enumerate(roles))
    yield f"\n[portals.{PORTAL}.divisions]"
    yield from (f"{division} = {{ head = {chief} }}" for division in ("hardware", "services"))


def _members(
    region: str, people: Sequence[Person], departments: Sequence[Department], reps: Sequence[int]
) -> list[int]:
    """Reps of the departments called like the region, and of those below them."""
    inside = {each.id for each in departments if region in each.name.lower()}
    while more := {each.id for each in departments if each.parent_id in inside} - inside:
        inside |= more
    return [
        person.id for person in people if person.id in reps and inside.intersection(person.department_ids)
    ]
