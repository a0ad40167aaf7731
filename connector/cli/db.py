"""`db`: looking after the store."""

from __future__ import annotations

import click

from connector.cli.invocation import Invocation, pass_invocation
from connector.cli.text import say
from connector.config import load_config
from connector.store import Database


@click.group()
def db() -> None:
    """Look after the store."""


@db.command()
@pass_invocation
def upgrade(invocation: Invocation) -> None:
    """Bring the tables up to this version; `sync` and `run` do the same by themselves.

    Make a backup first. There is no way back: an older version refuses tables of a newer one.
    """
    database = Database(load_config(invocation.config_path).store.database_url())
    try:
        database.upgrade()
    finally:
        database.close()
    say("The tables are up to date.")
