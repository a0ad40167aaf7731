"""`GET /health`: whether a hint could be taken now. For load balancers and monitors; says nothing else."""

from __future__ import annotations

from flask import Blueprint, Response

from webhooks.ports import ReceiverPort


def health_blueprint(app: ReceiverPort) -> Blueprint:
    """200 `ok`, or 503 `unavailable`."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/health", provide_automatic_options=False)
    def health() -> Response:
        text, status = ("ok\n", 200) if app.is_ready() else ("unavailable\n", 503)
        return Response(text, status, mimetype="text/plain")

    return blueprint
