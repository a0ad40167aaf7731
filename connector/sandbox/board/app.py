"""The Flask application of the board: its pages, and what keeps strangers out.

Other pages in the same browser can post to this machine, so every form carries a token and must come from a
page of this origin; hosts that merely resolve to this machine are not answered. The policy lets nothing run
or load that does not come from here.
"""

from __future__ import annotations

import hmac
import secrets

from flask import (
    Flask,
    Response,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.board import colours, pages
from connector.sandbox.board.everywhere import here, known_everywhere
from connector.sandbox.board.posting import page_to_return_to
from connector.sandbox.board.visitor import Desk, portal, words
from connector.sandbox.portal import SandboxPortal

COOKIE = "sandbox_board"
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_MAX_FORM_BYTES = 1_000_000


def create_board(portal: SandboxPortal, *, hosts: list[str] | None = None) -> Flask:
    """The pages of a portal; `hosts`: the only names by which they may be asked for (None: any)."""
    app = Flask(__name__, static_url_path="/board/static")
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        MAX_CONTENT_LENGTH=_MAX_FORM_BYTES,
        TRUSTED_HOSTS=hosts,
        SEND_FILE_MAX_AGE_DEFAULT=86400,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["board"] = Desk(portal)
    app.before_request(_note_changes)
    app.before_request(_check_form)
    app.after_request(_protect)
    app.register_error_handler(HTTPException, _explain_error)
    app.context_processor(known_everywhere)
    app.add_url_rule("/", "home", lambda: redirect("/board/", 303))
    app.add_url_rule("/board/colours.css", "colours", _colours)
    app.add_url_rule("/board/changes", "changes", _changes)
    for blueprint in pages.BLUEPRINTS:
        app.register_blueprint(blueprint, url_prefix="/board")
    return app


def _check_form() -> Response | None:
    """Refuse a form that no page of ours has sent."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return None
    origin = request.headers.get("Origin")
    is_foreign = origin is not None and origin != request.host_url.rstrip("/")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    given = request.form.get("csrf", "").encode()
    known = str(session.get("token", "")).encode()
    if (
        is_foreign
        or site not in ("same-origin", "none")
        or not known
        or not hmac.compare_digest(given, known)
    ):
        said = words()
        text = said(
            "This form is not from a page of yours that is still valid. Go back, reload, and send it again."
        )
        if request.accept_mimetypes.best == "application/json":
            return make_response(jsonify(error=text), 403)
        page = render_template("error.html", title=said("Not accepted"), text=text)
        return Response(page, 403)
    return None


def _protect(response: Response) -> Response:
    response.headers.update(_HEADERS)
    if not request.path.startswith("/board/static/") and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def _explain_error(error: HTTPException) -> AnyResponse | tuple[str, int]:
    if error.code == 401:
        wanted = here() if request.method == "GET" else page_to_return_to()
        return redirect(url_for("people.choose", next=wanted), 303)
    if error.code is None or error.code < 400 or isinstance(error, SecurityError):
        return error.get_response()
    said = words()
    texts = {
        403: said("You may not see this. Another employee may."),
        404: said("There is nothing here, or not any more."),
    }
    text = texts.get(error.code, said("That did not work: {reason}", reason=error.name))
    return render_template("error.html", title=str(error.code), text=text), error.code


def _colours() -> Response:
    with portal().lock:
        text = colours.stylesheet(portal())
    response = Response(text, content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _note_changes() -> None:
    """A number that is another one as soon as anything may look different.

    It is read before the page is: what changes while a page is drawn is seen at the next look at it.
    """
    at = portal()
    g.changes = f"{at.writes}.{at.events.raised}.{int(at.now().timestamp()) // 60}"


def _changes() -> Response:
    """The number by itself, cheap enough to be asked for every other second."""
    return Response(g.changes, content_type="text/plain")
