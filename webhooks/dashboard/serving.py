"""The listener of the dashboard: beside the engine or alone, and never open to others without a password."""

from __future__ import annotations

import gc
import logging
import sys
from typing import Final

from connector import log
from connector.bitrix24.memory import expect_long_lists
from connector.errors import ConfigError
from connector.store import users
from webhooks.dashboard import create_dashboard
from webhooks.dashboard.figuring import begin_usual
from webhooks.dashboard.ports import DashboardPort
from webhooks.server import WebServer

logger = logging.getLogger(__name__)

_CONNECTIONS: Final = 100
#: How long one thread keeps Python's lock while others want it.
_TURN_SECONDS: Final = 0.0005


def open_dashboard(application: DashboardPort) -> WebServer:
    """Listens already, answers when it is started; what the program has loaded by now is not rubbish ever.

    ConfigError if somebody has the port, or if other machines could come in before an admin has a password.
    """
    config = application.config.dashboard
    with application.database.read() as conn:
        is_anybody_known = users.number(conn) > 0
        has_admin = users.has_admin_with_password(conn)
    if not config.is_private and not has_admin:
        raise ConfigError(
            "[dashboard] lets other machines in, and no admin has a password yet: `funnelwright users add "
            "NAME --role admin`, then `funnelwright users password NAME`, then start again; or take host, "
            "address and proxies out of [dashboard]"
        )
    dashboard = create_dashboard(application)
    try:
        server = WebServer(
            dashboard,
            host=config.host,
            port=config.port,
            threads=config.threads,
            connections=_CONNECTIONS,
            keeps_proxy_headers=True,
        )
    except OSError as error:
        raise ConfigError(
            f"{config.host}:{config.port} cannot be listened on ({error.strerror or error}): stop what has "
            "it, or give [dashboard] another port (or enabled = false)"
        ) from None
    tune_interpreter()
    begin_usual(dashboard)
    _tell(config.address_at(server.port), is_anybody_known)
    if not config.is_on_loopback and config.address is None:
        advice = "put a reverse proxy with TLS in front and name it: [dashboard] address"
        log.note(logger, "dashboard", "in_clear", level=logging.WARNING, advice=advice)
    return server


def tune_interpreter() -> None:
    """What the interpreter is told so that pages are answered while figures are being computed.

    Figures are made of very many objects; searching them for rubbish, it searches all it has, which takes up
    to half of the time: modules and tables of words are there until the program ends. And who computes keeps
    Python's lock for five milliseconds at a time, which a page would wait after each question to the store.
    """
    expect_long_lists()
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(_TURN_SECONDS)


def _tell(address: str, is_anybody_known: bool) -> None:
    log.note(logger, "dashboard", "open", address=address)
    if not is_anybody_known:
        advice = "`funnelwright users add NAME --role admin` makes the link by which the first one comes in"
        log.note(logger, "dashboard", "nobody_can_sign_in", level=logging.WARNING, advice=advice)
