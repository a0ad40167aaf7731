"""How people look at the dashboard over a day, while deals move: for `bench_pages`."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from connector.records import DEAL, ItemRef, StageMove
from connector.store import Database, mirror, visits
from tests.benchmarks.department import CATEGORY, PORTAL, stage_id
from tests.webhooks.dashboard.visitor import Visitor

_PAGES = ("pipelines", "people", "delays", "outcomes")
_STAGES = ("interest", "qualification", "needs_analysis", "presentation", "negotiations", "won")
#: What passes on the program's clock between two views, and what really does.
_BETWEEN_SECONDS, _PAUSE_SECONDS = 15, 1.0
_AS_OF = re.compile(r'<time datetime="([^"]+)" data-as-of')


@dataclass(frozen=True)
class View:
    """One page that was looked at. `age`: of its figures, in seconds; None: it has none.

    `is_first`: nobody had looked at these figures in the four hours before.
    """

    seconds: float
    #: Of the processor, in the thread that answered: what the same would take if nobody else had it.
    work_seconds: float
    age: float | None
    is_first: bool


class Movers:
    """Reps at work."""

    def __init__(self, database: Database, items: int, seed: int = 7) -> None:
        self._database, self._items, self._chance = database, items, random.Random(seed)
        with database.read() as conn:
            self._newest = conn.exec_driver_sql("SELECT max(history_number) FROM visit").scalar_one()

    def move(self, at: datetime) -> None:
        """A deal comes into another stage."""
        ref = ItemRef(DEAL, self._chance.randrange(1, self._items + 1))
        stage = stage_id(self._chance.choice(_STAGES))
        with self._database.write() as conn:
            item = mirror.get_item(conn, PORTAL, ref)
            assert item is not None
            self._newest += 1
            move = StageMove(str(self._newest), ref, 2, CATEGORY, stage, None, at)
            visits.add_many(conn, PORTAL, [move], at)
            mirror.upsert_items(conn, PORTAL, [replace(item, stage_id=stage, moved_at=at, updated_at=at)], at)


def spend_day(visitor: Visitor, movers: Movers, count: int, seed: int = 3) -> list[View]:
    """So many views, one after the other."""
    chance, clock, asked = random.Random(seed), visitor.clock, dict[str, datetime]()
    views = []
    while len(views) < count:
        for path in _visit(chance):
            clock.advance(_BETWEEN_SECONDS)
            movers.move(clock.now())
            time.sleep(_PAUSE_SECONDS)
            begins, worked = time.perf_counter(), time.thread_time()
            visitor.fetch(f"/portals/{PORTAL}/{path}", headers={"Accept-Encoding": "gzip"})
            seconds, work_seconds = time.perf_counter() - begins, time.thread_time() - worked
            assert visitor.status == 200, visitor.text
            of = _AS_OF.search(visitor.page)
            made_at = datetime.fromisoformat(of[1]).astimezone(UTC) if of else None
            before = asked.get(path)
            is_first = made_at is not None and (
                before is None or (clock.now() - before).total_seconds() >= 14_400
            )
            if made_at is not None:
                asked[path] = made_at
            age = (clock.now() - made_at).total_seconds() if made_at else None
            views.append(View(seconds, work_seconds, age, is_first))
    return views[:count]


def _visit(chance: random.Random) -> Iterator[str]:
    """Somebody comes, looks at a few pages with the same filters, and at what lies behind."""
    usual, department, period, person, source = (
        "days=90",
        f"days=90&department={chance.randrange(2, 6)}",
        f"days={chance.choice([7, 30, 30, 365])}",
        f"days=90&owner={chance.randrange(2, 22)}",
        f"days=90&source={chance.choice(['WEB', 'CALL', 'PARTNER'])}",
    )
    filters = chance.choices([usual, department, period, person, source], weights=[50, 25, 12, 10, 3])[0]
    for page in chance.choices(_PAGES, weights=[5, 3, 4, 2], k=chance.randrange(1, 5)):
        yield f"{page}?{filters}"
        if chance.random() < 0.35:
            yield chance.choice(["health", "items?q=Насосы", f"items/deal:{chance.randrange(1, 2_000)}"])
