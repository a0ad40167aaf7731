"""`backup` and `restore`: the store as one file, and what comes back after a disk is lost."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from connector.cli.invocation import Invocation, pass_invocation
from connector.cli.opening import open_store
from connector.cli.parameters import INSTANT
from connector.cli.text import ago, say
from connector.config import load_config
from connector.store import Database
from connector.store import backup as store_backup


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_invocation
def backup(invocation: Invocation, file: Path) -> None:
    """Copy the store to a new FILE; a running engine goes on. The file is as private as the CRM is."""
    with open_store(invocation) as (_, database):
        store_backup.take(database, file, invocation.clock.now())
    say(f"The store is in {file} ({file.stat().st_size / 1_048_576:,.1f} MB).")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--in-place", is_flag=True, help="The copy is in its place already (a disk image, pg_restore).")
@click.option(
    "--taken-at", type=INSTANT, help="With --in-place: as of when it is, 2026-03-02T09:00:00+03:00."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_invocation
def restore(
    invocation: Invocation, file: Path | None, in_place: bool, taken_at: datetime | None, yes: bool
) -> None:
    """Put FILE, made by `backup`, in the place of the store. The engine must not run.

    What happened since is read back from the portal. Until as much time has passed again, everything that is
    to be written is looked for in the portal first, so that nothing is made twice.
    """
    if (file is None) != in_place or (taken_at is None) == in_place:
        raise click.UsageError("either FILE, or --in-place with --taken-at TIME")
    now = invocation.clock.now()
    database = Database(load_config(invocation.config_path).store.database_url())
    try:
        if file is not None:
            if not yes:
                click.confirm(f"Put {file} in the place of the store? (the present one is kept)", abort=True)
            done = store_backup.restore(database, file, now)
            say(f"The store that was here is {done.kept_as}.")
        else:
            assert taken_at is not None
            if taken_at > now:
                raise click.BadParameter("it lies in the future", param_hint="--taken-at")
            database.upgrade()
            with database.engine_lock(), database.write() as conn:
                done = store_backup.mark_restored(conn, taken_at, now)
        say(f"The store is as it was {ago(done.taken_at, now)}; `funnelwright run` reads back the rest.")
        say(f"Until {done.look_first_until:%Y-%m-%d %H:%M} UTC everything is looked for before it is sent.")
    finally:
        database.close()
