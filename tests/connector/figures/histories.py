"""A sales department on paper: its deals and their ways as plain rows, written into a store, and asked about.

What the tests compute from these rows they compute without the product: by walking through the rows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connector.config.binding import PipelineConfig
from connector.flow.bindings import Binding
from connector.records import DEAL, Department, Item, ItemRef, Person, Stage, StageMove
from connector.reports.figures import Question
from connector.reports.figures.board import read_board
from connector.store import Connection, Database, catalogue, mirror, visits
from connector.store.figures import Period, Scope
from pipelines.calendar import CalendarSpec
from pipelines.loader import load_text

PORTAL = "main"
CATEGORY, ELSEWHERE = 1, 2
MOSCOW = ZoneInfo("Europe/Moscow")
#: Monday, noon in Moscow.
NOW = datetime(2026, 3, 30, 9, tzinfo=UTC)
DAY = timedelta(days=1)
OPEN = ("new", "talks", "offer")
FINAL = {"won": "won", "later": "archived", "lost": "lost"}
STAGES = ("new", "talks", "later", "offer", "won", "lost")
PEOPLE = {1: "Anna", 2: "Boris", 3: "Vera", 4: "Gleb"}

PIPELINE = """
id = "sale"
title = "Sale"
entity = "deal"

[fields]
competitor = { type = "text", title = "Who" }

[fields.lost_reason]
type = "choice"
title = "Why"
options = { price = { en = "Price", ru = "Цена" }, time = "Time" }

[[stages]]
id = "new"
title = { en = "New", ru = "Новая" }
limit = "1 working day"

[[stages.steps]]
id = "call"
task = { title = "Call" }
outcomes = [{ id = "yes", title = { en = "Interested", ru = "Интересно" } }, { id = "no", title = "No" }]

[[stages]]
id = "talks"
title = "Talks"
limit = "5 days"

[[stages]]
id = "later"
title = "Later"
status = "archived"

[[stages]]
id = "offer"
title = "Offer"

[[stages]]
id = "won"
title = "Won"
status = "won"

[[stages]]
id = "lost"
title = "Lost"
status = "lost"
require_on_enter = ["lost_reason"]
"""


@dataclass
class Deal:
    """A deal as a person would write it down. `ways`: stage and time, oldest first; "elsewhere" is one."""

    id: int
    ways: list[tuple[str, datetime]] = field(default_factory=list)
    owner: int | None = 1
    source: str | None = "WEB"
    amount: Decimal | None = Decimal(100)
    currency: str | None = "RUB"
    fields: dict[str, Any] = field(default_factory=dict)
    updated_at: datetime | None = None

    @property
    def stage(self) -> str:
        return self.ways[-1][0]


def binding() -> Binding:
    """The pipeline on a category of deals."""
    config = PipelineConfig(
        definition="sale",
        category=CATEGORY,
        owner=1,
        stages={name: stage_id(name) for name in STAGES},
        fields={
            "lost_reason": {"field": "ufCrm_1", "options": {"price": "41", "time": "42"}},
            "competitor": "ufCrm_2",
        },
    )
    return Binding("sale", load_text(PIPELINE, "sale.toml"), config)


def stage_id(name: str) -> str:
    return f"C2:{name}" if name == "elsewhere" else f"C1:{name.upper()}"


def write(database: Database, deals: Sequence[Deal]) -> None:
    """All of it as the mirror would have it."""
    semantics = {"won": "S", "lost": "F", "later": "F"}
    board = [
        Stage(DEAL, CATEGORY, stage_id(name), name, at * 10, semantics.get(name, "P"))
        for at, name in enumerate(STAGES)
    ]
    with database.write() as conn:
        catalogue.replace_stages(conn, PORTAL, DEAL, board)
        catalogue.replace_people(
            conn, PORTAL, [Person(number, name, True, (number,), None) for number, name in PEOPLE.items()]
        )
        catalogue.replace_departments(
            conn,
            PORTAL,
            [
                Department(1, "Sales", None, 1),
                Department(2, "North", 1, None),
                Department(3, "Far north", 2, None),
                Department(4, "Purchasing", None, 4),
            ],
        )
        mirror.upsert_items(conn, PORTAL, [_item(each) for each in deals], NOW)
        visits.add_many(conn, PORTAL, _moves(deals), NOW)


def _item(deal: Deal) -> Item:
    return Item(
        ref=ItemRef(DEAL, deal.id),
        title=f"Deal {deal.id}",
        category_id=ELSEWHERE if deal.stage == "elsewhere" else CATEGORY,
        stage_id=stage_id(deal.stage),
        semantics=None,
        owner_id=deal.owner,
        amount=deal.amount,
        currency=deal.currency,
        company_id=None,
        contact_ids=(),
        source_id=deal.source,
        created_at=deal.ways[0][1],
        updated_at=deal.updated_at or deal.ways[-1][1],
        moved_at=deal.ways[-1][1],
        created_by=1,
        updated_by=1,
        moved_by=1,
        fields=deal.fields,
    )


def _moves(deals: Sequence[Deal]) -> Iterator[StageMove]:
    """The history in the order of time, as the portal numbers it; within a deal rows of one second too."""
    rows = sorted(
        ((at, deal.id, place, name) for deal in deals for place, (name, at) in enumerate(deal.ways))
    )
    for number, (at, deal_id, _, name) in enumerate(rows, 1):
        category = ELSEWHERE if name == "elsewhere" else CATEGORY
        yield StageMove(str(number), ItemRef(DEAL, deal_id), 2, category, stage_id(name), None, at)


def question(conn: Connection, since: datetime, until: datetime, **scope: Any) -> Question:
    """A question about the pipeline; `scope`: owner_ids, source_id."""
    bound, language = binding(), scope.pop("language", "en")
    return Question(
        binding=bound,
        board=read_board(conn, PORTAL, bound, language),
        scope=Scope(PORTAL, DEAL, CATEGORY, **scope),
        period=Period(since, until),
        now=NOW,
        calendar=CalendarSpec().build(),
        people=catalogue.get_people(conn, PORTAL),
        language=language,
    )


def random_deals(seed: int, count: int = 120) -> list[Deal]:
    """Deals that go to and fro in the half year before NOW, some of them elsewhere, some within a second."""
    chance = random.Random(seed)
    deals = []
    for number in range(1, count + 1):
        at = NOW - timedelta(seconds=chance.randrange(int(180 * DAY.total_seconds())))
        deal = Deal(
            number,
            [(chance.choice(["new", "new", "new", "talks", "elsewhere"]), at)],
            owner=chance.choice([1, 2, 3, 4, None]),
            source=chance.choice(["WEB", "CALL", None]),
            amount=chance.choice([None, Decimal(chance.randrange(10**7)) / 100]),
            currency=chance.choice(["RUB", "RUB", "USD"]),
        )
        for _ in range(chance.randrange(6)):
            at += timedelta(seconds=chance.choice([0, 1, 3_600, chance.randrange(30 * 86_400)]))
            if at >= NOW:
                break
            deal.ways.append((chance.choice([*STAGES, "elsewhere"]), at))
        deals.append(deal)
    return deals
