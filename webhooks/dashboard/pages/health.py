"""Health: whether the connector does its work, what waits for a person, and the buttons for that person."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from connector.flow import deciding
from connector.flow.brake import approve
from connector.records import ItemRef
from connector.reports.health import read_health
from connector.store import catalogue, mirror, outbox, outbox_queries, settings
from connector.store.outbox import QueuedCommand, State
from connector.store.outbox_queries import Wanted
from connector.store.users import Role
from webhooks.dashboard import current
from webhooks.dashboard.guarding import needs
from webhooks.dashboard.pages.health_words import KINDS, STATES, said_done

blueprint = Blueprint("health", __name__)

#: So many rows that wait for a person stand on the page, unless all are asked for.
_SHOWN: Final = 50
#: Commands that one press of a button releases at most.
_MOST: Final = 10_000
_LONGEST_REASON: Final = 300


@blueprint.get("/health")
def show() -> str:
    """Everything that is known of the portal's work."""
    portal = current.portal()
    with portal.database.read() as conn:
        health = read_health(conn, portal.name, portal.config, current.now())
        shown = health.parked if "all" in request.args else health.parked[:_SHOWN]
        refs = {parked.ref for parked in shown if parked.ref is not None}
        cards = mirror.get_items(conn, portal.name, refs)
        types = catalogue.get_entity_types(conn, portal.name)
    return render_template(
        "health.html",
        health=health,
        shown=shown,
        config=portal.config,
        pipelines=_pipelines(),
        titles={ref: item.title for ref, item in cards.items()},
        types={type_id: each.name for type_id, each in types.items()},
        kinds=KINDS,
        states=STATES,
        all_portals=settings.ALL_PORTALS,
        done=said_done(request.args.get("done", ""), request.args.get("n", 0, int)),
    )


@blueprint.post("/health/retry")
@needs(Role.OPERATOR)
def retry() -> Response:
    """One parked command goes out again, or all of them."""
    portal, key = current.portal(), request.form.get("key", "")
    if not key and "all" not in request.form:
        raise BadRequest
    with portal.database.write() as conn:
        wanted = Wanted(states=[State.PARKED], keys=[key] if key else ())
        found = outbox_queries.find(conn, portal.name, wanted, _MOST)
        meant = [each for each in found if key in ("", each.key)]
        done = deciding.retry(conn, portal.name, meant, current.now(), current.actor())
    return _back("retried", len(done))


@blueprint.get("/health/drop")
@needs(Role.OPERATOR)
def ask_drop() -> str:
    """What is about to be dropped, and why."""
    command = _command(request.args.get("key", ""))
    portal = current.portal()
    with portal.database.read() as conn:
        card = mirror.get_item(conn, portal.name, command.ref)
    return render_template(
        "health_drop.html", command=command, title=card.title if card else "", kinds=KINDS, states=STATES
    )


@blueprint.post("/health/drop")
@needs(Role.OPERATOR)
def drop() -> Response:
    """It is never sent."""
    portal, command = current.portal(), _command(request.form.get("key", ""))
    with portal.database.write() as conn:
        done = deciding.drop(
            conn, portal.name, [command], current.now(), current.actor(), _reason("dropped by hand")
        )
    return _back("dropped", len(done))


@blueprint.post("/health/signals")
@needs(Role.OPERATOR)
def decide_signals() -> Response:
    """Parked signals of an item are put to the engine again, or left as they are."""
    portal = current.portal()
    try:
        ref = ItemRef.parse(request.form.get("ref", ""))
    except ValueError:
        raise BadRequest from None
    with portal.database.write() as conn:
        if request.form.get("act") == "leave":
            reason = _reason("left by hand")
            number = deciding.leave_undecided(conn, portal.name, ref, current.now(), current.actor(), reason)
            return _back("left", number)
        return _back("heard", deciding.decide_again(conn, portal.name, ref, current.now(), current.actor()))


@blueprint.post("/health/pause")
@needs(Role.OPERATOR)
def pause() -> Response:
    """Nothing more is sent: of one pipeline, or of the portal."""
    portal, pipeline = current.portal(), request.form.get("pipeline") or None
    if pipeline is not None and pipeline not in portal.config.pipelines:
        raise NotFound
    with portal.database.write() as conn:
        reason = _reason("paused by hand")
        deciding.pause(conn, portal.name, current.now(), current.actor(), reason, pipeline=pipeline)
    return _back("paused", 1)


@blueprint.post("/health/resume")
@needs(Role.OPERATOR)
def resume() -> Response:
    """Sending goes on; for the whole portal with as much as waits now, because somebody has looked."""
    portal, pipeline = current.portal(), request.form.get("pipeline") or None
    of = settings.ALL_PORTALS if "everywhere" in request.form else portal.name
    with portal.database.write() as conn:
        is_lifted = deciding.resume(conn, of, current.now(), current.actor(), pipeline=pipeline)
        if is_lifted and pipeline is None:
            approve(conn, portal.name, current.now(), current.actor())
    return _back("resumed", int(is_lifted))


def _command(key: str) -> QueuedCommand:
    """A command that waits; NotFound for one that is done, or that there never was."""
    portal = current.portal()
    with portal.database.read() as conn:
        command = outbox.get(conn, portal.name, key)
    if command is None or command.state not in (State.PARKED, State.PENDING):
        raise NotFound
    return command


def _pipelines() -> list[tuple[str, str]]:
    """Names of config.toml and titles, in the viewer's language."""
    portal = current.portal()
    titles = {
        name: binding.definition.title.in_language(current.language())
        for name, binding in portal.bindings.items()
    }
    return [(name, titles.get(name) or name) for name in portal.config.pipelines]


def _reason(otherwise: str) -> str:
    return " ".join(request.form.get("reason", "").split())[:_LONGEST_REASON] or otherwise


def _back(done: str, number: int) -> Response:
    """To the page, which says what was done."""
    return redirect(url_for(".show", done=done, n=number))
