"""The text of a new config.toml: what was matched, how it was matched, and as comments what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from connector.log import one_line
from connector.portal.needs import Needs
from connector.portal.proposal import Proposal
from connector.records import DEAL, LEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPortal:
    """What a configuration says of a portal before any pipeline."""

    name: str
    domain: str
    language: str
    time_zone: str
    technical_user: int
    #: How the technical user is called, for a comment.
    user_name: str = ""


#: A value of the right form for each table of names that pipelines use, and what it stands for.
_EXAMPLES = {
    "roles": ("[{user}]", "users who have the role"),
    "teams": ("{{ members = [{user}] }}", "users who share the work"),
    "divisions": ("{{ head = {user} }}", "the head of the division"),
    "templates": ('{{ subject = "…", body = "…" }}', "a letter"),
    "workflows": ("{{ template = 1 }}", "id of a workflow of the portal"),
    "documents": ("1", "id of a document template of the portal"),
    "record_types": ("{{ entity_type = 1030 }}", "entityTypeId of a smart process"),
    "addresses": ('"https://…"', "what is called"),
}


def config_text(portal: NewPortal, proposals: Sequence[Proposal]) -> str:
    """TOML that `load_config` takes, with every pipeline in shadow mode."""
    lines = [*_head(portal), *_portal(portal)]
    for proposal in proposals:
        lines += ["", *_pipeline(portal, proposal)]
    lines += _needs(portal, _all_needs(proposals))
    return "\n".join(lines) + "\n"


def _head(portal: NewPortal) -> Iterator[str]:
    yield f"# Written by `funnelwright init` for {_comment(portal.domain)}. Every key: docs/config.md."
    yield "# Look at each line: a stage or field was matched by its name unless the comment says otherwise."
    yield ""
    yield "[store]"
    yield 'url = "sqlite:///funnelwright.db"'
    yield ""
    yield "[web]"
    yield 'host = "127.0.0.1"  # a reverse proxy with TLS stands in front'
    yield "port = 8080"
    yield ""


def _portal(portal: NewPortal) -> Iterator[str]:
    yield f"[portals.{portal.name}]"
    yield f'webhook = "file:secrets/{portal.name}-webhook"'
    yield "# Events: docs/cli.md tells how to make the outgoing webhook. Then take the # away:"
    yield f'# application_tokens = ["file:secrets/{portal.name}-token"]'
    yield '# member_id = "…"'
    yield f"domain = {quoted(portal.domain)}"
    yield f"language = {quoted(portal.language)}"
    yield f"time_zone = {quoted(portal.time_zone)}"
    yield f"technical_user = {portal.technical_user}  # {_comment(portal.user_name)}"
    yield f"admin = {portal.technical_user}  # who is told when a person must look"


def _pipeline(portal: NewPortal, proposal: Proposal) -> Iterator[str]:
    board, definition = proposal.board, proposal.definition
    table = f"portals.{portal.name}.pipelines.{definition.id}"
    if board is None:
        yield f"# [{table}]"
        yield f"# {_comment(proposal.missing[0])}"
        return
    yield f"[{table}]  # {_comment(definition.title.in_language(portal.language))} on {_comment(board.name)}"
    yield f"definition = {quoted(proposal.reference)}"
    yield 'mode = "shadow"  # shadow: decide and record, write nothing; then live'
    if board.entity_type_id not in (LEAD, DEAL):
        yield f"entity_type = {board.entity_type_id}"
    if board.category_id is not None:
        yield f"category = {board.category_id}"
    yield f"owner = {portal.technical_user}"
    yield from _stages(table, proposal)
    yield from _fields(table, proposal)


def _stages(table: str, proposal: Proposal) -> Iterator[str]:
    yield ""
    yield f"[{table}.stages]"
    used = {match.crm.id for match in proposal.stages if match.crm is not None}
    for match in proposal.stages:
        if match.crm is None:
            title = _comment(proposal.title_of(match.stage, match.stage.id))
            yield f'# {match.stage.id} = ""  # missing: "{title}"'
        else:
            how = "" if match.how == "name" else f", by {match.how}: is it this one?"
            yield f"{match.stage.id} = {quoted(match.crm.id)}  # {_comment(match.crm.name)}{how}"
    if proposal.board is not None:
        for stage in proposal.board.stages:
            if stage.id not in used:
                yield f"# not bound: {quoted(stage.id)} {_comment(stage.name)}"


def _fields(table: str, proposal: Proposal) -> Iterator[str]:
    if not proposal.fields:
        return
    yield ""
    yield f"[{table}.fields]"
    for match in proposal.fields:
        if match.crm is None:
            title = _comment(proposal.title_of(match.spec, match.name))
            yield f'# {match.name} = ""  # missing: "{title}" ({match.spec.type})'
            continue
        value = quoted(match.crm.name)
        if match.spec.options:
            options = ", ".join(f"{ours} = {quoted(theirs)}" for ours, theirs in match.options.items())
            value = f"{{ field = {value}, options = {{ {options} }} }}".replace("{  }", "{}")
        yield f"{match.name} = {value}  # {_comment(match.crm.title)}"
        if match.missing_options:
            free = {
                key: label for key, label in match.crm.options.items() if key not in match.options.values()
            }
            theirs = ", ".join(f"{quoted(key)} {_comment(label)}" for key, label in free.items()) or "none"
            yield f"# missing options: {', '.join(match.missing_options)}; not bound in the CRM: {theirs}"


def _all_needs(proposals: Sequence[Proposal]) -> Needs:
    needs = Needs()
    for proposal in proposals:
        if proposal.board is not None:
            needs |= proposal.needs
    return needs


def _needs(portal: NewPortal, needs: Needs) -> Iterator[str]:
    """What people must name, as examples to fill in: roles and teams are no business of a guess."""
    for each in fields(needs):
        names = sorted(getattr(needs, each.name))
        if names:
            example, meaning = _EXAMPLES[each.name]
            yield ""
            yield f"# [portals.{portal.name}.{each.name}]  # missing: {meaning}"
            yield from (f"# {name} = {example.format(user=portal.technical_user)}" for name in names)


def quoted(text: str) -> str:
    """A TOML string; JSON's form of it is one."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: object) -> str:
    """Text of the portal inside a comment: in one line, or it would not be a comment any more."""
    return one_line(str(text))
