"""Signing in and out: with a password, or the first time with an invitation from the command line."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from connector import users
from connector.users import TooManyTries, Tries
from webhooks.dashboard import current, guarding
from webhooks.dashboard.guarding import public
from webhooks.dashboard.words import _


def signing_blueprint() -> Blueprint:
    """/sign-in, /sign-out and /invitation/TOKEN."""
    blueprint = Blueprint("signing", __name__)
    blueprint.add_url_rule("/sign-in", view_func=sign_in, methods=["GET", "POST"])
    blueprint.add_url_rule("/sign-out", view_func=sign_out, methods=["POST"])
    blueprint.add_url_rule("/invitation/<token>", view_func=invitation, methods=["GET", "POST"])
    return blueprint


@public
def sign_in() -> Response:
    """Name and password; afterwards where the person wanted to go."""
    then = guarding.local_path(request.values.get("next"))
    if request.method == "GET":
        if current.session() is not None:
            return redirect(then)
        return make_response(render_template("sign_in.html", then=then, name="", mistake=""))
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    tries = Tries(name, request.remote_addr or "")
    try:
        token = users.sign_in(current.application().database, tries, password, current.now())
    except TooManyTries as error:
        wait = (error.again_at - current.now()).total_seconds()
        raise TooManyRequests(retry_after=max(int(wait), 1)) from None
    if token is None:
        page = render_template("sign_in.html", then=then, name=name, mistake=_("Name or password is wrong."))
        return make_response(page, 403)
    return _signed_in(token, then)


@public
def sign_out() -> Response:
    """End this session; the others of the same person go on."""
    token = request.cookies.get(guarding.SESSION_COOKIE)
    if token:
        with current.application().database.write() as conn:
            users.sign_out(conn, token)
    response = redirect(url_for("signing.sign_in"))
    response.delete_cookie(guarding.SESSION_COOKIE)
    return response


@public
def invitation(token: str) -> Response:
    """Choose a password. Looking does not use the invitation up, because scanners of mail look too."""
    application = current.application()
    with application.database.read() as conn:
        user = users.invited(conn, token, current.now())
    if user is None:
        return make_response(render_template("invitation_over.html"), 404)
    may_skip = application.config.dashboard.is_private
    mistake = ""
    if request.method == "POST":
        is_skipped = may_skip and "skip" in request.form
        mistake = "" if is_skipped else _mistake_in_password()
        if not mistake:
            password = None if is_skipped else request.form["password"]
            began = users.accept(application.database, token, password, current.now())
            return _signed_in(began, url_for("home")) if began else redirect(request.path)
    page = render_template(
        "invitation.html",
        user=user,
        mistake=mistake,
        may_skip=may_skip,
        shortest=users.SHORTEST_PASSWORD,
    )
    return make_response(page, 400 if mistake else 200)


def _mistake_in_password() -> str:
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        return _("The two passwords differ.")
    if not users.SHORTEST_PASSWORD <= len(password) <= users.LONGEST_PASSWORD:
        return _("A password has %(shortest)s characters or more.", shortest=users.SHORTEST_PASSWORD)
    return ""


def _signed_in(token: str, then: str) -> Response:
    response = redirect(then)
    guarding.begin_session(response, token)
    return response
