"""How long each section of a report takes on random histories, on SQLite.

    python -m tests.benchmarks.bench_figures [--items 50000] [--days 30 90] [--rounds 5]

The deals have come in the last half year, half of them are open: more that moves and stands than a portal of
that size has. What counts is processor time, the best of the rounds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import get_args

from connector.reports.figures.sections import Section
from connector.reports.figures.tables import tables_of
from connector.store import Database
from tests.connector.figures.histories import NOW, question, random_deals, write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--days", type=int, nargs="+", default=[30, 90])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder, 'store.db')}")
        database.upgrade()
        write(database, random_deals(1, asked.items))
        for days in asked.days:
            for section in get_args(Section):
                best = min(_seconds(database, section, days) for _ in range(asked.rounds))
                print(f"{asked.items:,} items, {days} days, {section:<9} {best * 1_000:6.0f} ms")
        database.close()


def _seconds(database: Database, section: Section, days: int) -> float:
    with database.read() as conn:
        begins = time.process_time()
        tables_of(conn, question(conn, NOW - timedelta(days=days), NOW), section)
        return time.process_time() - begins


if __name__ == "__main__":
    main()
