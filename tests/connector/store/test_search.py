"""Looking for records by a part of the title or by the id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connector.records import CONTACT, DEAL, LEAD, Item, ItemRef
from connector.store import Database, mirror, search

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TITLES = {
    ItemRef(DEAL, 1): "Поставка для ООО «Ромашка»",
    ItemRef(DEAL, 12): "Acme 100%",
    ItemRef(LEAD, 12): "Acme, again",
    ItemRef(DEAL, 31): "Order 12",
    ItemRef(CONTACT, 5): "Anna Acme",
}


def record(ref: ItemRef, title: str, age: int) -> Item:
    nothing = dict.fromkeys(Item.__dataclass_fields__)
    known = {"ref": ref, "title": title, "contact_ids": (), "fields": {}, "category_id": 0}
    return Item(**(nothing | known | {"updated_at": NOW - timedelta(days=age)}))  # type: ignore[arg-type]


@pytest.fixture
def stocked(database: Database) -> Database:
    with database.write() as conn:
        items = [record(ref, title, age) for age, (ref, title) in enumerate(TITLES.items())]
        mirror.upsert_items(conn, "main", items, NOW)
    return database


def find(database: Database, text: str, limit: int = 10) -> list[str]:
    with database.read() as conn:
        found = search.find_items(conn, "main", text, {DEAL, LEAD}, limit=limit)
    return [str(each.ref) for each in found]


def test_letters_of_every_alphabet_may_be_large_or_small(stocked: Database) -> None:
    assert find(stocked, "рОМАшка") == ["deal:1"]
    assert find(stocked, " ACME ") == ["deal:12", "lead:12"]
    assert find(stocked, "ACME", limit=1) == ["deal:12"]


def test_an_id_comes_before_a_title_that_has_it_in_it(stocked: Database) -> None:
    assert find(stocked, "12") == ["deal:12", "lead:12", "deal:31"]


def test_signs_of_patterns_mean_themselves(stocked: Database) -> None:
    assert find(stocked, "100%") == ["deal:12"]
    assert find(stocked, "%") == ["deal:12"]
    assert find(stocked, "_cme") == find(stocked, "  ") == []
    assert find(stocked, "9" * 40) == []
