"""`sync`: the copy of a portal, with a bar for each kind of record; may be stopped, and goes on then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
)
from rich.text import Text

from connector.app import App
from connector.cli.failures import Interrupted
from connector.cli.invocation import Invocation, json_option, pass_invocation, portal_option
from connector.cli.opening import choose_portal, open_app
from connector.cli.text import console, count, plain, say, say_json, span
from connector.errors import CRMError
from connector.flow import backfill
from connector.flow.backfill import Progress as Copied
from connector.portal.totals import count_left
from connector.records import COMPANY, CONTACT, DEAL, LEAD, SMART_INVOICE
from connector.store import catalogue, crm_tasks, mirror

_PLURALS = {
    LEAD: "leads",
    DEAL: "deals",
    CONTACT: "contacts",
    COMPANY: "companies",
    SMART_INVOICE: "invoices",
}


class Pace(ProgressColumn):
    """Records a second since the kind was begun, and the time left at that rate.

    (The library's own columns need several reports; here one report is a request's worth, 2,500 records.)
    """

    def render(self, task: Task) -> Text:
        rate = task.completed / task.elapsed if task.elapsed else 0.0
        if not rate:
            return Text("")
        left = timedelta(seconds=(task.remaining or 0.0) / rate)
        return Text(f"{rate:,.0f}/s" + (f", {span(left)} left" if task.remaining else ""))


@click.command()
@portal_option
@json_option
@pass_invocation
def sync(invocation: Invocation, portal_name: str | None, as_json: bool) -> None:
    """Copy the portal into the store, or go on where an earlier copy stopped, and catch up with changes.

    What exists is only mirrored; `adopt` lets it join a pipeline. Ctrl-C loses nothing. While `run` is
    running it keeps the copy up to date by itself, and this command is refused.
    """
    with open_app(invocation) as app, app.database.engine_lock():
        names = list(app.portals) if portal_name is None else [choose_portal(app.config, portal_name)]
        copied = {name: _copy(app, name) for name in names}
        mirrored = {name: _mirrored(app, name) for name in names}
    if as_json:
        say_json({name: {"copied": copied[name], "mirrored": mirrored[name]} for name in names})
        return
    for name in names:
        total = sum(mirrored[name].values())
        kinds = ", ".join(f"{kind} {number:,}" for kind, number in mirrored[name].items())
        say(f"{name}: {count(copied[name], 'record')} copied, {total:,} in the mirror ({kinds or 'nothing'})")


def _copy(app: App, name: str) -> int:
    """How many records this run has copied."""
    copied: dict[str, int] = {}
    try:
        with _bars(app, name) as show:

            def report(progress: Copied) -> None:
                copied[progress.kind] = progress.records
                show(progress)

            app.backfill(name, report)
        app.reconcile_moves(name)
        app.reconcile_items(name)
    except KeyboardInterrupt:
        done = count(sum(copied.values()), "record")
        raise Interrupted(
            f"stopped after {done}, which are kept; `funnelwright sync` goes on there"
        ) from None
    return sum(copied.values())


@contextmanager
def _bars(app: App, name: str) -> Iterator[Callable[[Copied], None]]:
    """A bar for each kind that is not yet copied; drawn on stderr, and only where somebody can see it."""
    left = _left(app, name)
    words = _words(app, name)
    bars: dict[str, TaskID] = {}
    screen = console(to_stderr=True)
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        Pace(),
        console=screen,
        disable=not screen.is_terminal,
    ) as progress:
        reported_at = progress.get_time()

        def show(copied: Copied) -> None:
            nonlocal reported_at
            if copied.kind not in bars:
                bars[copied.kind] = progress.add_task(plain(words(copied.kind)), total=left.get(copied.kind))
                # It was begun when the kind before it had ended.
                progress.tasks[-1].start_time = reported_at
            waits = f" (the portal rests, {copied.rests_seconds:.0f} s)" if copied.rests_seconds else ""
            title = plain(words(copied.kind) + waits)
            progress.update(bars[copied.kind], completed=copied.records, description=title)
            reported_at = progress.get_time()

        yield show


def _left(app: App, name: str) -> dict[str, int]:
    """Totals for the bars; a portal that will not count is copied all the same."""
    portal = app.portals[name]
    with app.database.read() as conn:
        places = {
            kind: after_id
            for kind, (after_id, is_done) in backfill.places(conn, portal).items()
            if not is_done
        }
    if not places:
        return {}
    try:
        return count_left(portal.client, places)
    except CRMError:
        return {}


def _words(app: App, name: str) -> Callable[[str], str]:
    with app.database.read() as conn:
        types = catalogue.get_entity_types(conn, name)

    def words(kind: str) -> str:
        what, _, number = kind.partition(":")
        if what == "crm_tasks":
            return "tasks"
        type_id = int(number)
        plural = _PLURALS.get(type_id) or (types[type_id].name if type_id in types else f"type {type_id}")
        return plural if what == "items" else f"moves of {plural}"

    return words


def _mirrored(app: App, name: str) -> dict[str, int]:
    words = _words(app, name)
    with app.database.read() as conn:
        found = {words(f"items:{type_id}"): number for type_id, number in mirror.count(conn, name).items()}
        number_of_tasks = crm_tasks.count(conn, name)
    return found | ({"tasks": number_of_tasks} if number_of_tasks else {})
