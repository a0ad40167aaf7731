"""Pages for what goes wrong: in the viewer's language, with an id that the log line carries too."""

from __future__ import annotations

import logging
import traceback

from flask import Flask, Response, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError

from connector import log
from connector.errors import StoreError
from webhooks.dashboard.words import N_
from webhooks.errors import error_page, new_error_id

logger = logging.getLogger(__name__)

#: What happened, and what to do.
_TEXTS = {
    400: (N_("This cannot be read"), N_("Go back and try it once more.")),
    401: (N_("Not for you"), N_("Show the token that config.toml names: metrics_token of [dashboard].")),
    403: (N_("Not for you"), N_("Your role does not allow this. Ask an admin of Funnelwright.")),
    404: (N_("There is no such page"), N_("It may have been moved, or the address has a mistake in it.")),
    405: (N_("This cannot be read"), N_("Go back and try it once more.")),
    413: (N_("Too large"), N_("What was sent is larger than anything that belongs here.")),
    429: (N_("Too many tries"), N_("Wait for a quarter of an hour, then try again.")),
    500: (N_("That is our mistake"), N_("Something went wrong here. Tell an admin the number below.")),
    503: (N_("Not now"), N_("The store cannot be read at the moment. Try again in a minute.")),
}
_STALE = (
    N_("This form is too old"),
    N_("You were signed out meanwhile. Go back, load the page again and repeat."),
)


def install(app: Flask) -> None:
    """Every error of the dashboard, foreseen or not, answers with a page."""
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(StoreError, _answer_store_error)
    app.register_error_handler(Exception, _answer_defect)


def problem_page(status: int, texts: tuple[str, str] | None = None) -> Response:
    """The page of a status."""
    title, advice = texts or _TEXTS.get(status, _TEXTS[400 if status < 500 else 500])
    error_id = new_error_id()
    g.error_id = error_id
    return make_response(
        render_template("problem.html", status=status, title=title, advice=advice, error_id=error_id), status
    )


def _answer_http_error(error: HTTPException) -> Response:
    # No page: whoever calls us by another's name reads nothing of ours.
    if isinstance(error, SecurityError):
        return error_page(400, "not a name of this dashboard: see [dashboard] address", new_error_id())
    texts = _STALE if error.description == "csrf" else None
    answer = problem_page(error.code or 500, texts)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _answer_store_error(error: StoreError) -> Response:
    answer = problem_page(503)
    log.note(logger, "show", "failed", level=logging.ERROR, id=g.error_id, page=request.path, error=error)
    return answer


def _answer_defect(error: Exception) -> Response:
    answer = problem_page(500)
    # Where it happened, without the exception's own words: they may repeat what came in.
    trace = "".join(traceback.format_tb(error.__traceback__))
    logger.error("action=show status=failed id=%s error=%s at\n%s", g.error_id, type(error).__name__, trace)
    return answer
