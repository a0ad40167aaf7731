"""Who are you? One click signs in as any employee; language and theme are chosen here too."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.board.fields import client_name
from connector.sandbox.board.persons import person, sections, teams
from connector.sandbox.board.posting import page_to_return_to
from connector.sandbox.board.visitor import THEMES, actor, portal, signed_in
from connector.sandbox.board.words import LANGUAGES
from connector.sandbox.crm.types import COMPANY, CONTACT

blueprint = Blueprint("people", __name__)


@blueprint.get("/")
def home() -> AnyResponse:
    """The board that was looked at last, else the first one."""
    who = signed_in()
    if who is None:
        return redirect(url_for("people.choose"), 303)
    last = session.get("last")
    if isinstance(last, list) and len(last) == 2:
        return redirect(url_for("boards.show", entity_type_id=last[0], category_id=last[1]), 303)
    with portal().lock:
        found = sections(portal(), who.id, {})
    if not found:
        return redirect(url_for("tasks.mine"), 303)
    first = found[0].boards[0]
    address = url_for("boards.show", entity_type_id=first.entity_type_id, category_id=first.category_id)
    return redirect(address, 303)


@blueprint.get("/people")
def choose() -> str:
    with portal().lock:
        found = teams(portal())
    return render_template("people.html", teams=found, back=page_to_return_to())


@blueprint.post("/people")
def sign_in() -> AnyResponse:
    number = request.form.get("user", type=int)
    found = person(portal(), number)
    if found is None or not found.is_active:
        abort(404)
    session["user"] = found.id
    session.permanent = False
    return redirect(page_to_return_to(), 303)


@blueprint.post("/look")
def look() -> AnyResponse:
    """Choose a language or a theme."""
    language, theme = request.form.get("language", ""), request.form.get("theme", "")
    if language in LANGUAGES:
        session["language"] = language
    if theme in THEMES:
        session["theme"] = theme
    return redirect(page_to_return_to(), 303)


@blueprint.get("/names/<int:entity_type_id>")
def names(entity_type_id: int) -> Response:
    """The companies or contacts that the person may see, for an input to offer."""
    user_id = actor()
    if entity_type_id not in (COMPANY, CONTACT):
        abort(404)
    with portal().lock:
        crm = portal().crm
        found = {client_name(each) for each in crm.shelf(entity_type_id) if crm.may_read(user_id, each)}
    return jsonify(sorted(each for each in found if each))
