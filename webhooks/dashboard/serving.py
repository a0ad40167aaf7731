"""The listener of the dashboard: beside the engine or alone, and never open to others without a password."""

from __future__ import annotations

import gc
import logging
from typing import Final

from connector import log
from connector.bitrix24.memory import expect_long_lists
from connector.errors import ConfigError
from connector.store import users
from webhooks.dashboard import create_dashboard
from webhooks.dashboard.ports import DashboardPort
from webhooks.server import WebServer

logger = logging.getLogger(__name__)

_CONNECTIONS: Final = 100


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
    try:
        server = WebServer(
            create_dashboard(application),
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
    set_aside_what_is_loaded()
    _tell(config.address_at(server.port), is_anybody_known)
    if not config.is_on_loopback and config.address is None:
        advice = "put a reverse proxy with TLS in front and name it: [dashboard] address"
        log.note(logger, "dashboard", "in_clear", level=logging.WARNING, advice=advice)
    return server


def set_aside_what_is_loaded() -> None:
    """Figures are made of very many objects; searching them for rubbish, the interpreter searches all it has.

    That takes up to half of the time. Modules and tables of words are there until the program ends.
    """
    expect_long_lists()
    gc.collect()
    gc.freeze()


def _tell(address: str, is_anybody_known: bool) -> None:
    log.note(logger, "dashboard", "open", address=address)
    if not is_anybody_known:
        advice = "`funnelwright users add NAME --role admin` makes the link by which the first one comes in"
        log.note(logger, "dashboard", "nobody_can_sign_in", level=logging.WARNING, advice=advice)
