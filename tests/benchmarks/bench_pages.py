"""How long the pages of figures take, and how much they send, on a store as big as one gets.

    python -m tests.benchmarks.bench_pages [--items 50000] [--lines 1000000] [--views 400] [--store FOLDER]

*A day*: heads of sales look at pages as people do: mostly at the usual period, often at that of their own
department, sometimes at another period, a person, a source; from page to page with the same filters, and at
items and health in between. Before every view a deal moves, and a quarter of a minute passes on the
program's clock (in truth a second, so that newer figures have less time to be made than they will have). It
begins as the program does, which has only just begun to compute the usual figures. *new*: views whose
figures nobody had ever looked at, or not for four hours; *age*: of the
figures that were shown; *processor time*: of the thread that answered, which says more than the time on the
wall where others use the machine.

*First answers*: each page is asked for one period, owner or source after the other, so that no figures are
taken from what is kept; *again* is the same question asked a second time. Charts are drawn when the browser
asks for them: *first paint* is what it needs for the page, its style and the charts that are in sight.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from statistics import median, quantiles

from connector.app import build_app
from connector.clock import VirtualClock
from connector.config import load_config
from connector.store import Database
from tests.benchmarks.department import NOW, PORTAL, write_config, write_store
from tests.benchmarks.sales_day import Movers, View, spend_day
from tests.webhooks.dashboard.visitor import Visitor
from webhooks.dashboard import create_dashboard
from webhooks.dashboard.figuring import begin_usual
from webhooks.dashboard.serving import tune_interpreter

_PAGES = ("pipelines", "people", "delays", "outcomes")
_PERIODS = ("days=7", "days=30", "days=90", "days=365", "since=2026-01-01&until=2026-03-15")
_OTHERS = ("", "&owner=3", "&department=2", "&source=WEB")
_QUESTIONS = [period + other for other in _OTHERS for period in _PERIODS]
_GZIP = {"Accept-Encoding": "gzip"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--views", type=int, default=400, help="of the day")
    parser.add_argument("--rounds", type=int, default=len(_QUESTIONS), help="of first answers")
    parser.add_argument(
        "--store", type=Path, help="keep the store in this folder, or take the one that is there"
    )
    asked = parser.parse_args()
    with _folder(asked.store) as folder:
        config = write_config(folder)
        app = build_app(load_config(config), clock=VirtualClock(NOW))
        try:
            _fill(app.database, asked.items, asked.lines)
            app.prepare()
            dashboard = create_dashboard(app)
            visitor = Visitor(dashboard, app.database, app.clock)
            visitor.sign_in()
            tune_interpreter()
            begin_usual(dashboard)
            if asked.views:
                _print_day(spend_day(visitor, Movers(app.database, asked.items), asked.views))
            if asked.rounds:
                _measure(visitor, asked.rounds)
        finally:
            app.close()


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)


def _fill(database: Database, items: int, lines: int) -> None:
    database.upgrade()
    with database.read() as conn:
        is_there = conn.exec_driver_sql("SELECT count(*) FROM item").scalar_one() == items
    if not is_there:
        begins = time.perf_counter()
        write_store(database, items, lines)
        print(
            f"{items:,} items, {lines:,} lines of the journal: {time.perf_counter() - begins:.0f} s to write"
        )


def _measure(visitor: Visitor, rounds: int) -> None:
    print(f"{'page':<10} {'p50':>8} {'p95':>8} {'again':>8} {'page':>9} {'first paint':>12}")
    for page in _PAGES:
        times, again, sizes, paints = [], [], [], []
        for number, question in enumerate(_QUESTIONS[:rounds]):
            address = f"/portals/{PORTAL}/{page}?{question}"
            times.append(_ask(visitor, address))
            again.append(_ask(visitor, address))
            sizes.append(len(visitor.answer.data))
            if number < len(_PERIODS):
                paints.append(_first_paint(visitor))
        p95 = quantiles(times, n=20, method="inclusive")[-1]
        spans = (f"{seconds * 1_000:5.0f} ms" for seconds in (median(times), p95, median(again)))
        print(page.ljust(10), *spans, f"{max(sizes) / 1_000:6.0f} kB {max(paints) / 1_000:9.0f} kB")


def _print_day(views: list[View]) -> None:
    figures = [view for view in views if view.age is not None]
    new = [view for view in figures if view.is_first]
    ages = sorted(view.age for view in figures if view.age is not None)
    print(f"a day of {len(views)} views, {len(figures)} of figures, a deal moved before each:")
    print(f"  answered in       {_spread([view.seconds for view in views])}")
    print(f"  processor time    {_spread([view.work_seconds for view in views])}")
    print(f"  of new questions  {_spread([view.work_seconds for view in new])}")
    print(f"  new questions: {len(new)} ({len(new) / len(views):.0%} of the views)")
    print(f"  age of figures: median {median(ages):.0f} s, oldest {ages[-1]:.0f} s\n")


def _spread(seconds: list[float]) -> str:
    *_, p90, p95 = quantiles(seconds, n=20, method="inclusive")
    named = {"p50": median(seconds), "p90": p90, "p95": p95, "longest": max(seconds)}
    return ", ".join(f"{name} {span * 1_000:.0f} ms" for name, span in named.items())


def _ask(visitor: Visitor, address: str) -> float:
    begins = time.perf_counter()
    visitor.fetch(address, headers=_GZIP)
    assert visitor.status == 200, visitor.text
    return time.perf_counter() - begins


def _first_paint(visitor: Visitor) -> int:
    """Bytes of the page, what it links in its head, and its first two charts."""
    page = visitor.page
    size = len(visitor.answer.data)
    charts = re.findall(r'<img src="([^"]+/charts/[^"]+)"', page)[:2]
    linked = re.findall(r'<(?:link|script)[^>]* (?:href|src)="(/static/[^"]+)"', page)
    for address in [*linked, *charts]:
        visitor.fetch(unescape(address), headers=_GZIP)
        size += len(visitor.answer.data)
    return size


if __name__ == "__main__":
    main()
