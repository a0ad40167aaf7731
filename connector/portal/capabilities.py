"""What the portal allowed when it was last asked: kept, so that it can be shown without asking again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connector.bitrix24.client import Client
from connector.bitrix24.probe import USED_METHODS, Capabilities, probe
from connector.clock import Clock
from connector.config import PortalConfig
from connector.portal.rights import missing_rights, rights_for
from connector.store import Connection, Database, settings

_NAME, _BY = "capabilities", "engine"


@dataclass(frozen=True, slots=True)
class Known:
    """What the credential could do then."""

    asked_at: datetime
    user_id: int
    user_name: str
    is_admin: bool
    clock_skew_seconds: float
    has_v3: bool
    #: None: tasks may not be listed.
    honours_task_marker: bool | None
    #: Scopes that the configuration needs and the credential lacks.
    missing_scopes: tuple[str, ...]
    #: Methods that the product uses and the portal lacks, or refuses.
    missing_methods: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return self.is_admin and not (self.missing_scopes or self.missing_methods)


def ask(client: Client, database: Database, portal: str, config: PortalConfig, clock: Clock) -> None:
    """Ask the portal, in two requests, and keep the answer. CRMError if it does not give one."""
    found = probe(client)
    with database.write() as conn:
        keep(conn, portal, config, found, clock.now())


def keep(conn: Connection, portal: str, config: PortalConfig, found: Capabilities, now: datetime) -> None:
    """Put an answer in the place of the one before."""
    value = {
        "user_id": found.user_id,
        "user_name": found.user_name,
        "is_admin": found.is_admin,
        "clock_skew_seconds": found.clock_skew_seconds,
        "has_v3": found.has_v3,
        "honours_task_marker": found.honours_task_marker,
        "missing_scopes": sorted(map(str, missing_rights(found.scopes, rights_for(config)))),
        "missing_methods": sorted(set(USED_METHODS) - found.methods),
    }
    settings.put(conn, portal, _NAME, value, now, _BY)


def known(conn: Connection, portal: str) -> Known | None:
    """The last answer; None: it was never asked."""
    found = settings.with_prefix(conn, portal, _NAME).get("")
    if found is None:
        return None
    value, at = found
    lists = {name: tuple(value[name]) for name in ("missing_scopes", "missing_methods")}
    return Known(asked_at=at, **{**value, **lists})
