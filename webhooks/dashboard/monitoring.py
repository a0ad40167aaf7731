"""What machines ask: `/healthz` (the process lives), `/readyz` (work is done), `/metrics` (how it goes)."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from werkzeug.exceptions import Unauthorized

from connector import log
from connector.config.values import is_loopback
from connector.errors import StoreError
from connector.portal import pulse
from webhooks.dashboard.guarding import public
from webhooks.dashboard.metrics import StoreCollector
from webhooks.dashboard.ports import DashboardPort


def monitoring_blueprint(application: DashboardPort) -> Blueprint:
    """Plain answers without a session. ConfigError if the token of /metrics cannot be read."""
    blueprint = Blueprint("monitoring", __name__)
    monitoring = Monitoring(application)
    for path in ("healthz", "readyz", "metrics"):
        blueprint.add_url_rule(f"/{path}", path, getattr(monitoring, path))
    return blueprint


class Monitoring:
    """The three answers."""

    def __init__(self, application: DashboardPort) -> None:
        self._application = application
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(StoreCollector(application))
        secret = application.config.dashboard.metrics_token
        self._token = secret.read() if secret is not None else None
        log.hide(self._token or "")

    @public
    def healthz(self) -> Response:
        """200: this process answers, whatever the rest does."""
        return Response("ok\n", mimetype="text/plain")

    @public
    def readyz(self) -> Response:
        """200, or 503 with the reason: the store does not answer, or a portal's engine gives no pulse."""
        reason = self._what_is_missing()
        return Response(f"{reason or 'ready'}\n", 503 if reason else 200, mimetype="text/plain")

    @public
    def metrics(self) -> Response:
        """Who shows the token may read them; where there is none, this machine alone."""
        self._check()
        return Response(generate_latest(self._registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    def _what_is_missing(self) -> str:
        now = self._application.clock.now()
        try:
            with self._application.database.read() as conn:
                pulses = [pulse.take(conn, name) for name in self._application.config.portals]
        except StoreError:
            return "the store does not answer"
        silent = [each for each in pulses if each is None or not each.is_fresh(now)]
        return "no engine is running" if silent else ""

    def _check(self) -> None:
        if self._token is None:
            is_ours = is_loopback(request.remote_addr or "") and self._application.config.dashboard.is_private
            if not is_ours:
                raise Unauthorized
            return
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        is_right = hmac.compare_digest(given.strip().encode(), self._token.encode())
        if scheme.lower() != "bearer" or not is_right:
            raise Unauthorized
