"""What machines ask: `/healthz` (the process lives), `/readyz` (it can do its work)."""

from __future__ import annotations

from flask import Blueprint, Response

from webhooks.dashboard.guarding import public


def monitoring_blueprint() -> Blueprint:
    blueprint = Blueprint("monitoring", __name__)

    @blueprint.get("/healthz")
    @public
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    return blueprint
