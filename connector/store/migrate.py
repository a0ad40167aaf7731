"""Bringing the tables up to date, in the caller's transaction: all of it or nothing."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from connector.errors import StoreError
from connector.store import comments, open_data, postgresql


def upgrade(conn: Connection) -> None:
    """Run the migrations that `conn`'s database lacks. StoreError if it knows some that we do not."""
    if conn.dialect.name == "postgresql":
        postgresql.lock_migrations(conn)
    if not is_current(conn):
        open_data.drop(conn)
        try:
            command.upgrade(configure(conn), "head")
        except CommandError as error:
            raise StoreError(
                f"the tables cannot be migrated ({error}): the store may have been written by a newer "
                "version of the program"
            ) from error
    comments.put(conn)
    open_data.refresh(conn)


def is_current(conn: Connection) -> bool:
    """Whether the tables are those of this program's version."""
    return frozenset(MigrationContext.configure(conn).get_current_heads()) == _heads()


@cache
def _heads() -> frozenset[str]:
    """The last of our migrations: to know it, Alembic runs through the files of all of them."""
    return frozenset(ScriptDirectory(str(files("connector.store") / "migrations")).get_heads())


def configure(conn: Connection) -> Config:
    """Alembic's configuration for our packaged migrations, on this connection."""
    config = Config()
    config.set_main_option("script_location", "connector.store:migrations")
    config.attributes["connection"] = conn
    return config
