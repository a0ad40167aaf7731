"""PostgreSQL as this product wants it: a host that vanished is noticed within half a minute, at both ends."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from connector.store.dialect import WRITTEN

#: The server's side: a host that lost power would otherwise keep its locks until TCP gives up.
_SERVER_OPTIONS = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 "
    "-c client_connection_check_interval=5000"
)
#: Any number, the same in every version of the program.
_MIGRATION_LOCK = 0x46756E6E656C  # "Funnel"


class Dialect(PGDialect_psycopg):
    """SQLAlchemy's own; those of like servers are alike, which is what lets engines share `WRITTEN`."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dialect) and self._server == other._server

    def __hash__(self) -> int:
        return hash(Dialect)

    @property
    def _server(self) -> tuple[Any, ...]:
        """What SQL depends on; known once connected."""
        return (self.server_version_info, self.default_schema_name, self._backslash_escapes)


registry.register("postgresql.funnelwright", __name__, Dialect.__name__)


def open_engine(url: URL) -> Engine:
    """Connections to the server, given up when it or we vanish; `options` in the address are kept."""
    # Parameters are people's names and numbers, and messages end up in logs: they are hidden.
    return create_engine(
        url.set(drivername="postgresql+funnelwright"),
        hide_parameters=True,
        execution_options={"compiled_cache": WRITTEN},
        **_engine_options(url),
    )


def _engine_options(url: URL) -> dict[str, Any]:
    given = url.query.get("options", "")
    own = given if isinstance(given, str) else " ".join(given)
    return {
        "connect_args": {
            "options": f"{own} {_SERVER_OPTIONS}".strip(),
            "application_name": "funnelwright",
            "connect_timeout": 10,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
        # A server that was restarted costs a ping, not a failed step.
        "pool_pre_ping": True,
        "pool_size": 5,
        "max_overflow": 20,
    }


def lock_migrations(conn: Connection) -> None:
    """Wait until no other process migrates; the lock goes with the transaction."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION_LOCK})
