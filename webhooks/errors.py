"""Answers that are not 200: plain text, a short reason, and an id that the log line carries too."""

from __future__ import annotations

import logging
import secrets
import traceback

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

logger = logging.getLogger(__name__)


def new_error_id() -> str:
    return secrets.token_hex(6)


def error_page(status: int, reason: str, error_id: str) -> Response:
    """The reason in a few words that give nothing away, and the id to ask the administrator about."""
    return Response(f"{reason}\nid: {error_id}\n", status, mimetype="text/plain")


def register_error_pages(flask_app: Flask) -> None:
    """Every error of the app, foreseen or not, answers with `error_page`."""
    flask_app.register_error_handler(HTTPException, _answer_http_error)
    flask_app.register_error_handler(Exception, _answer_defect)


def _answer_http_error(error: HTTPException) -> Response:
    page = error_page(error.code or 500, error.name.lower(), new_error_id())
    for name, value in error.get_headers():
        if name == "Allow":
            page.headers[name] = value
    return page


def _answer_defect(error: Exception) -> Response:
    error_id = new_error_id()
    # Where it happened, without the exception's own words: they may repeat what came in.
    trace = "".join(traceback.format_tb(error.__traceback__))
    logger.error("action=answer status=failed id=%s error=%s at\n%s", error_id, type(error).__name__, trace)
    return error_page(500, "internal error", error_id)
