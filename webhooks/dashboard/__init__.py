"""The dashboard: what people look at, on a private listener of its own.

Owns sign-in, roles, sessions in the browser, headers, languages, and the pages. It refuses to speak SQL, to
call the portal and to compute: figures, charts and health come from `connector.reports`, and what an engine
does is read from the store. Everything from the CRM is hostile text: templates escape, and nothing undoes it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, g, redirect, url_for
from jinja2 import StrictUndefined
from werkzeug.wrappers import Response

from webhooks.dashboard import current, formats, guarding, headers, layout, problems, words
from webhooks.dashboard.monitoring import monitoring_blueprint
from webhooks.dashboard.pages import PAGES, blueprint_of
from webhooks.dashboard.ports import DashboardPort
from webhooks.dashboard.preferences import preferences_blueprint
from webhooks.dashboard.signing import signing_blueprint

__all__ = ["DashboardPort", "create_dashboard"]

#: Forms are short; nobody uploads anything.
_BODY_LIMIT = 64 * 1024


def create_dashboard(application: DashboardPort) -> Flask:
    """The WSGI application over `application`; whatever the environment says, it never runs in debug mode."""
    app = Flask("webhooks.dashboard")
    app.debug = False
    app.config.update(MAX_CONTENT_LENGTH=_BODY_LIMIT, MAX_FORM_MEMORY_SIZE=_BODY_LIMIT)
    app.extensions[current.KEY] = application
    _set_up_templates(app)
    _set_up_addresses(app)
    guarding.install(app, headers.trusted_hosts(application.config.dashboard))
    problems.install(app)
    app.register_blueprint(signing_blueprint())
    app.register_blueprint(preferences_blueprint())
    app.register_blueprint(monitoring_blueprint(application))
    for page in PAGES:
        app.register_blueprint(blueprint_of(page), url_prefix="/portals/<portal>")
    app.add_url_rule("/", "home", _home)
    app.wsgi_app = headers.behind_proxies(  # type: ignore[assignment,method-assign]
        headers.with_headers(app.wsgi_app), application.config.dashboard.proxies
    )
    return app


def _set_up_templates(app: Flask) -> None:
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    words.install(app.jinja_env)
    formats.install(app.jinja_env)
    layout.install(app)


def _set_up_addresses(app: Flask) -> None:
    """The portal of an address is found once, and put into every address that is made while answering."""

    @app.url_value_preprocessor
    def take_portal(endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values is not None and "portal" in values:
            g.portal_name = values.pop("portal")

    @app.url_defaults
    def put_portal(endpoint: str, values: dict[str, Any]) -> None:
        if "portal" not in values and app.url_map.is_endpoint_expecting(endpoint, "portal"):
            values["portal"] = current.portal_name()
        if endpoint == "static":
            values.setdefault("v", version_of(values["filename"]))

    versions: dict[str, str] = {}

    def version_of(name: str) -> str:
        """Changes with the file, so that browsers may keep it for ever."""
        if name not in versions:
            content = Path(str(app.static_folder), name).read_bytes()
            versions[name] = hashlib.sha256(content).hexdigest()[:12]
        return versions[name]


def _home() -> Response:
    return redirect(url_for(f"{PAGES[0].name}.show"))
