"""PostgreSQL as this product wants it: a host that vanished is noticed within half a minute, at both ends."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, text

#: The server's side: a host that lost power would otherwise keep its locks until TCP gives up.
_SERVER_OPTIONS = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 "
    "-c client_connection_check_interval=5000"
)
#: Any number, the same in every version of the program.
_MIGRATION_LOCK = 0x46756E6E656C  # "Funnel"


def engine_options(url: URL) -> dict[str, Any]:
    """What `create_engine` is given besides the address; `options` in the address are kept."""
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
