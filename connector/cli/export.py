"""`export`: the open data as files, one for each view."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from connector.cli.failures import Interrupted
from connector.cli.invocation import Invocation, json_option, pass_invocation, portal_option
from connector.cli.opening import choose_portal, open_store
from connector.cli.parameters import INSTANT
from connector.cli.text import count, print_table, say, say_json
from connector.reports.export import Exported, tables_of, write_views
from connector.reports.tables import Format
from pipelines.findings import nearest


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--only", metavar="NAMES", help="These and no others: deals,stage_history.")
@click.option("--since", type=INSTANT, help="What changed since then: 2026-03-02T09:00:00+03:00.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="Of the files.",
)
@portal_option
@json_option
@pass_invocation
def export(
    invocation: Invocation,
    folder: Path,
    only: str | None,
    since: datetime | None,
    form: Format,
    portal_name: str | None,
    as_json: bool,
) -> None:
    """Write the mirror into FOLDER as files, one for each view (docs/mirror.md describes them).

    All files are of one instant. Files of an earlier export are replaced. With --since, records that are no
    more are in `deletions`; small tables (people, stages, …) are always written whole.
    """
    with open_store(invocation) as (config, database):
        portals = list(config.portals) if portal_name is None else [choose_portal(config, portal_name)]
        names = _chosen(only, tables_of(database))
        try:
            written = list(write_views(database, folder, portals, only=names, since=since, form=form))
        except KeyboardInterrupt:
            raise Interrupted(f"stopped; the files in {folder} are whole, and not all of one run") from None
    if as_json:
        say_json([{"view": one.view, "file": one.file, "rows": one.rows} for one in written])
        return
    _print(written, folder)


def _chosen(only: str | None, known: Sequence[str]) -> list[str]:
    if only is None:
        return []
    names = [name.strip() for name in only.split(",") if name.strip()]
    for name in names:
        if name not in known:
            meant = nearest(name, known)
            hint = f" Did you mean {meant!r}?" if meant else ""
            raise click.UsageError(f"there is no {name!r} to export; there is: {', '.join(known)}.{hint}")
    if not names:
        raise click.UsageError(f"--only names nothing; there is: {', '.join(known)}")
    return names


def _print(written: Sequence[Exported], folder: Path) -> None:
    print_table(("file", "rows"), [(one.file.name, f"{one.rows:,}") for one in written])
    say(f"{count(len(written), 'file')} in {folder}")
