"""Everything that listens on HTTP.

Owns the event receiver, its health page, the headers and error pages of every answer, and the server in
front. It refuses to speak SQL, to call the portal and to decide: it talks to the application through
`ReceiverPort`. What people look at is `webhooks.dashboard`, on a listener of its own.
"""

from __future__ import annotations

from flask import Flask

from webhooks.errors import register_error_pages
from webhooks.health import health_blueprint
from webhooks.ports import DeliveryOutcome, ReceiverPort
from webhooks.receiver import Receiver
from webhooks.security import with_security_headers
from webhooks.server import WebServer

__all__ = ["DeliveryOutcome", "ReceiverPort", "WebServer", "create_app"]


def create_app(app: ReceiverPort) -> Flask:
    """The WSGI application over `app`; whatever the environment says, it never runs in debug mode."""
    flask_app = Flask("webhooks", static_folder=None, template_folder=None)
    flask_app.debug = False
    flask_app.register_blueprint(Receiver(app).blueprint())
    flask_app.register_blueprint(health_blueprint(app))
    register_error_pages(flask_app)
    flask_app.wsgi_app = with_security_headers(flask_app.wsgi_app)  # type: ignore[assignment,method-assign]
    return flask_app
