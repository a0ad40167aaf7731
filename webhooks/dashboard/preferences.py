"""The viewer's choice of language and theme, kept in the browser."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from webhooks.dashboard import current, guarding


def preferences_blueprint() -> Blueprint:
    """`POST /preferences` with `language` or `theme`, and `next`: where the viewer was."""
    blueprint = Blueprint("preferences", __name__)

    @blueprint.post("/preferences")
    @guarding.public
    def choose() -> Response:
        response = redirect(guarding.local_path(request.form.get("next")))
        if (language := request.form.get("language")) in current.LANGUAGES:
            guarding.remember_choice(response, current.LANGUAGE_COOKIE, str(language))
        if (theme := request.form.get("theme")) in current.THEMES:
            guarding.remember_choice(response, current.THEME_COOKIE, str(theme))
        return response

    return blueprint
