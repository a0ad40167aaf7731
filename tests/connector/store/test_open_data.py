"""The views are what people with SQL see: typed columns, names beside ids, and nothing that fails a query."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from connector.records import COMPANY, CONTACT, LEAD, EntityType, ItemRef
from connector.store import Database, catalogue, crm_tasks, mirror, open_data, schema_changes, tasks, visits
from connector.store.open_data import MirroredField
from tests.connector.store.samples import NOW, PORTAL, add_process, deal, made, move, task
from tests.connector.store.test_catalogue import ANNA, BORIS, NEW, REGION, WON

FIELDS = [
    MirroredField("region", "ufCrm_1", "choice"),
    MirroredField("regions", "ufCrm_2", "choice", is_multiple=True),
    MirroredField("budget", "ufCrm_3", "money"),
    MirroredField("signed", "ufCrm_4", "yes_no"),
    MirroredField("decision_on", "ufCrm_5", "date"),
    MirroredField("meeting_at", "ufCrm_6", "instant"),
    MirroredField("lawyer", "ufCrm_7", "person"),
    MirroredField("share", "ufCrm_8", "number"),
    MirroredField("note", "ufCrm_9", "text"),
    MirroredField("team", "ufCrm_10", "person", is_multiple=True),
    MirroredField("file", "ufCrm_11", "json"),
    MirroredField("rank", "ufCrm_12", "integer"),
]
VALUES = {
    "ufCrm_1": 44,
    "ufCrm_2": [45, 44],
    "ufCrm_3": "1499.90|USD",
    "ufCrm_4": "Y",
    "ufCrm_5": "2026-03-09T03:00:00+03:00",
    "ufCrm_6": "2026-03-02T12:30:00+03:00",
    "ufCrm_7": "7",
    "ufCrm_8": 0.25,
    "ufCrm_9": "=cmd()",
    "ufCrm_10": [8, 7],
    "ufCrm_11": {"id": 5},
    "ufCrm_12": "12",
}
#: What a card may hold in place of each of them.
HOSTILE = [
    "",
    None,
    False,
    True,
    [],
    {},
    [None],
    "x",
    "-",
    "1-2",
    "1.2.3",
    "|",
    "9" * 60,
    "2026-02-30",
    1e300,
]
HOSTILE += [
    "2026-02-30T25:61:00+03:00",
    "2026-03-02T12:30:00",
    "\x00\ud800",
    "0000-01-01",
    2**70,
    [[1], {"a": 1}],
]


def rows(conn, query):
    return [dict(row._mapping) for row in conn.execute(text(query))]


@pytest.fixture
def sales(database):
    """A portal with a deal, whose fields have columns."""
    with database.write() as conn:
        catalogue.replace_people(conn, PORTAL, [ANNA, BORIS])
        catalogue.replace_stages(conn, PORTAL, 2, [NEW, WON])
        options = {"44": "Север", "45": "Юг"}
        fields = [
            REGION,
            *(type(REGION)(2, f"ufCrm_{n}", "x", "", False, False, False, options) for n in (2, 3)),
        ]
        catalogue.replace_fields(conn, PORTAL, 2, fields)
        open_data.publish(conn, PORTAL, {2: FIELDS, 1046: []})
        mirror.upsert_items(conn, PORTAL, [deal(1, fields=VALUES)], NOW)
    return database


def test_a_field_of_each_kind_is_a_typed_column(sales):
    with sales.read() as conn:
        (row,) = rows(conn, "SELECT * FROM deals")
        is_postgresql = conn.dialect.name == "postgresql"
    day, at = ("2026-03-09", "2026-03-02T09:30:00.000000Z")
    expected = {
        "region": "44", "region_label": "Север", "regions_label": "Юг, Север", "signed": True,
        "budget_currency": "USD", "lawyer": 7, "lawyer_name": "Анна", "team_name": "Борис, Анна",
        "note": "=cmd()", "rank": 12, "title": "Поставка 1", "stage": "New", "status": "open",
        "owner": "Анна", "contact_id": 4,
        "decision_on": date.fromisoformat(day) if is_postgresql else day,
        "meeting_at": datetime.fromisoformat(at) if is_postgresql else at,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert (float(row["budget"]), float(row["share"]), float(row["amount"])) == (1499.9, 0.25, 1499.9)


def test_a_value_that_is_not_of_its_kind_fails_no_query(sales):
    hostile = [
        deal(number, fields=dict.fromkeys(VALUES, value)) for number, value in enumerate(HOSTILE, start=2)
    ]
    with sales.write() as conn:
        mirror.upsert_items(conn, PORTAL, hostile, NOW)
    with sales.read() as conn:
        whole, *others = rows(conn, "SELECT * FROM deals ORDER BY id")
    assert whole["region_label"] == "Север"
    assert len(others) == len(HOSTILE)
    empty = ("meeting_at", "region_label", "lawyer_name", "team_name")
    assert not [row for row in others if any(row[name] is not None for name in empty)]
    numbers = [row["share"] for row in others]
    for told, value in (("-", None), ("1-2", None), ("1.2.3", None), ("|", None), ("x", None)):
        assert numbers[HOSTILE.index(told)] is value


def test_what_is_gone_is_in_no_view_but_that_of_the_deletions(sales):
    with sales.write() as conn:
        mirror.mark_gone(conn, PORTAL, [ItemRef(2, 1)], NOW)
        tasks.add(conn, made(5), NOW)
        tasks.mark_gone(conn, PORTAL, [5], NOW)
    with sales.read() as conn:
        assert rows(conn, "SELECT * FROM deals") == []
        found = rows(conn, "SELECT item_type, id, title FROM deletions ORDER BY item_type")
    assert found == [
        {"item_type": "deal", "id": 1, "title": "Поставка 1"},
        {"item_type": "task", "id": 5, "title": "Call the customer"},
    ]


def test_the_history_says_how_long_each_stay_was(sales):
    moves = [move(1, 1), move(2, 1, "C5:WON", NOW + timedelta(hours=2))]
    with sales.write() as conn:
        visits.add_many(conn, PORTAL, moves[:1], NOW)
        visits.add_many(conn, PORTAL, moves[1:], NOW + timedelta(hours=3))
    with sales.read() as conn:
        first, last = rows(conn, "SELECT * FROM stage_history ORDER BY entered_at")
    assert (first["stage"], first["seconds"], first["item_type"]) == ("New", 7200, "deal")
    assert (last["stage"], last["seconds"], last["left_at"]) == ("Won", None, None)
    assert first["seen_at"] == last["seen_at"]


def test_a_stage_that_was_deleted_keeps_its_name_in_the_history(sales):
    with sales.write() as conn:
        visits.add_many(conn, PORTAL, [move(1, 1)], NOW)
        removed = catalogue.replace_stages(conn, PORTAL, 2, [WON])
        schema_changes.add_many(conn, PORTAL, removed.changes, NOW)
    with sales.read() as conn:
        assert rows(conn, "SELECT stage, stage_id FROM stage_history") == [
            {"stage": "New", "stage_id": "C5:NEW"}
        ]
        (change,) = rows(conn, "SELECT what, id, change FROM schema_changes")
    assert change == {"what": "stage", "id": "C5:NEW", "change": "removed"}


def test_tasks_say_whose_they_are_and_whether_they_are_late(sales):
    with sales.write() as conn:
        process = add_process(conn)
        for number, year in ((1, 2001), (2, 2999)):
            due = replace(made(number, deadline=NOW.replace(year=year)), process_id=process.id)
            tasks.add(conn, due, NOW)
    with sales.read() as conn:
        late, early = rows(conn, "SELECT * FROM tasks ORDER BY id")
    assert (late["is_overdue"], late["responsible"], late["pipeline"]) == (True, "Анна", "sales")
    assert not early["is_overdue"]


def test_a_task_is_shown_once_whoever_made_it_with_all_that_it_is_for(sales):
    types = [EntityType(2, "Deal", "D"), EntityType(3, "Contact", "C")]
    by_hand = task(2, bindings=("C_4", "D_10"), created_by=7, priority=2)
    with sales.write() as conn:
        catalogue.replace_entity_types(conn, PORTAL, types)
        tasks.add(conn, made(1), NOW)
        crm_tasks.upsert_many(conn, PORTAL, [task(1), by_hand, task(3, bindings=("X_1",)), task(4)], NOW)
        crm_tasks.mark_gone(conn, PORTAL, [4], NOW)
    with sales.read() as conn:
        ours, theirs, unknown = rows(conn, "SELECT * FROM tasks ORDER BY id")
        bound = rows(
            conn, "SELECT task_id, item_type, item_id FROM task_items ORDER BY task_id, entity_type_id"
        )
        (gone,) = rows(conn, "SELECT item_type, id FROM deletions")
    assert (ours["is_ours"], ours["kind"], ours["item_id"]) == (True, "step", 10)
    assert (theirs["is_ours"], theirs["kind"], theirs["pipeline"]) == (False, None, None)
    assert (theirs["item_type"], theirs["item_id"], theirs["creator"]) == ("contact", 4, "Анна")
    assert (theirs["priority"], theirs["title"]) == (2, "Call the customer")
    assert (unknown["item_type"], unknown["item_id"]) == (None, None)
    assert [tuple(row.values()) for row in bound] == [(1, "deal", 10), (2, "deal", 10), (2, "contact", 4)]
    assert gone == {"item_type": "task", "id": 4}


def test_every_view_can_be_read_and_has_the_columns_it_says(sales):
    with sales.read() as conn:
        for view in open_data.views(conn):
            result = conn.execute(text(f"SELECT * FROM {view.name}"))
            assert list(result.keys()) == [column.name for column in view.columns]


def test_portals_of_one_store_may_mean_different_fields_by_one_name(sales):
    other = [MirroredField("region", "ufCrm_900", "choice"), MirroredField("rank", "ufCrm_901", "text")]
    with sales.write() as conn:
        open_data.publish(conn, "other", {2: other, CONTACT: []})
        mirror.upsert_items(
            conn, "other", [deal(1, fields={"ufCrm_900": 3, "ufCrm_901": "A", "ufCrm_1": 4})], NOW
        )
    with sales.read() as conn:
        found = rows(conn, "SELECT portal, region, rank FROM deals ORDER BY portal")
    assert found == [
        {"portal": "acme", "region": "44", "rank": '"12"'},
        {"portal": "other", "region": "3", "rank": '"A"'},
    ]


def test_views_follow_the_fields_and_stay_where_nothing_changed(sales):
    def names(conn):
        return {view.name for view in open_data.views(conn)}

    with sales.write() as conn:
        assert "smart_1046" in names(conn)
        open_data.publish(conn, PORTAL, {2: FIELDS[:1]})
        assert "smart_1046" not in names(conn)
        (row,) = rows(conn, "SELECT * FROM deals")
        assert "budget" not in row
        before = conn.exec_driver_sql(_STATE[conn.dialect.name]).all()
        open_data.refresh(conn)
        assert conn.exec_driver_sql(_STATE[conn.dialect.name]).all() == before


_STATE = {
    "sqlite": "PRAGMA schema_version",
    "postgresql": "SELECT oid, xmin FROM pg_class WHERE relkind = 'v' ORDER BY oid",
}


def test_a_table_of_somebody_else_is_left_alone(sales):
    with sales.write() as conn:
        conn.execute(text("DROP VIEW leads"))
        conn.execute(text("CREATE VIEW leads AS SELECT 1 AS mine"))
        open_data.refresh(conn)
        assert rows(conn, "SELECT * FROM leads") == [{"mine": 1}]
        assert open_data.stale(conn) == ["leads"]
        conn.execute(text("DROP VIEW leads"))
        open_data.refresh(conn)


@pytest.mark.postgresql
def test_a_view_that_others_are_built_on_is_kept_and_told(postgresql_url):
    database = Database(postgresql_url)
    with database.write() as conn:
        open_data.publish(conn, PORTAL, {2: FIELDS})
        conn.execute(text("CREATE VIEW mine AS SELECT sum(budget) AS budget FROM deals"))
    with database.write() as conn:
        open_data.publish(conn, PORTAL, {2: [], 1046: []})
    with database.write() as conn:
        assert open_data.stale(conn) == ["deals"]
        assert rows(conn, "SELECT budget FROM mine") == [{"budget": None}]
        assert rows(conn, "SELECT * FROM smart_1046") == []
        conn.execute(text("DROP VIEW mine"))
        open_data.refresh(conn)
        assert open_data.stale(conn) == []
    database.close()


def test_a_field_that_is_called_as_another_column_gets_a_name_of_its_own(sales):
    fields = [FIELDS[0], MirroredField("region_label", "ufCrm_9", "text")]
    with sales.write() as conn:
        open_data.publish(conn, PORTAL, {2: fields})
        (row,) = rows(conn, "SELECT region_label, field_region_label FROM deals")
    assert row == {"region_label": "Север", "field_region_label": "=cmd()"}
    assert open_data.free_name("amount", open_data.standard_columns(2)) == "field_amount"


def test_rows_are_read_in_pages_of_python_values_alike_on_both_databases(sales):
    more = [deal(number, fields={}) for number in range(2, 2_105)]
    with sales.write() as conn:
        mirror.upsert_items(conn, PORTAL, more, NOW + timedelta(days=1))
    with sales.read() as conn:
        (view,) = (view for view in open_data.views(conn) if view.name == "deals")
        pages = list(open_data.read(conn, view, [PORTAL]))
        newer = list(open_data.read(conn, view, [PORTAL], NOW + timedelta(days=1)))
        nothing = list(open_data.read(conn, view, ["other"]))
    first = dict(zip((column.name for column in view.columns), pages[0][0], strict=True))
    assert [len(page) for page in pages] == [2_000, 104]
    assert sum(map(len, newer)) == 2_103
    assert nothing == []
    values = ("created_at", "signed", "decision_on", "meeting_at", "rank")
    assert [first[name] for name in values] == [NOW, True, date(2026, 3, 9), NOW + timedelta(minutes=30), 12]
    assert isinstance(first["amount"], float | Decimal)


def test_amounts_add_up_in_sql(sales):
    with sales.write() as conn:
        mirror.upsert_items(conn, PORTAL, [deal(2, amount=Decimal("0.10")), deal(3, amount=None)], NOW)
    with sales.read() as conn:
        assert float(conn.scalar(text("SELECT sum(amount) FROM deals"))) == 1500.0


@pytest.mark.parametrize("view", ["leads", "contacts", "companies"])
def test_people_and_firms_show_how_they_are_reached(database, view):
    type_id = {"leads": LEAD, "contacts": CONTACT, "companies": COMPANY}[view]
    with database.write() as conn:
        open_data.refresh(conn)
        reached = replace(deal(1), ref=ItemRef(type_id, 1), fields={"phone": "+7 1"})
        mirror.upsert_items(conn, PORTAL, [reached], NOW)
        assert rows(conn, f"SELECT phone, email FROM {view}") == [{"phone": "+7 1", "email": None}]
