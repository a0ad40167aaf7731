"""docs/mirror.md says what the schema says, and its examples are SQL that runs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from connector.records import EntityType, Field
from connector.store import Database, catalogue, crm_tasks, mirror, open_data, schema_changes, tasks, visits
from connector.store.open_data import MirroredField
from connector.store.reference import TABLES, render
from connector.store.schema_changes import SchemaChange
from tests.connector.store.samples import NOW, PORTAL, deal, made, move, task
from tests.connector.store.test_catalogue import ANNA, NEW, REGION, WON

PAGE = Path(__file__).parents[3] / "docs" / "mirror.md"
EXAMPLES = re.findall(r"```sql\n(.*?);\n```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def sales(database):
    """A little of everything that the examples ask for."""
    source = Field(2, "sourceId", "crm_status", "Source", False, False, False, {"WEB": "Web site"})
    later = NOW + timedelta(hours=2)
    with database.write() as conn:
        catalogue.replace_people(conn, PORTAL, [ANNA])
        catalogue.replace_stages(conn, PORTAL, 2, [NEW, WON])
        catalogue.replace_fields(conn, PORTAL, 2, [REGION, source])
        open_data.publish(conn, PORTAL, {2: [MirroredField("region", "ufCrm_1", "choice")]})
        won = deal(2, stage_id="C5:WON", semantics="S")
        mirror.upsert_items(conn, PORTAL, [deal(1), won], NOW)
        visits.add_many(conn, PORTAL, [move(1, 1), move(2, 2), move(3, 2, "C5:WON", later)], NOW)
        tasks.add(conn, made(1), NOW)
        tasks.add(conn, replace(made(2, run="v1/call/2"), process_id=None), NOW)
        catalogue.replace_entity_types(conn, PORTAL, [EntityType(2, "Deal", "D")])
        by_hand = task(3, bindings=("D_1",), status="completed")
        crm_tasks.upsert_many(conn, PORTAL, [by_hand], NOW)
        schema_changes.add_many(conn, PORTAL, [SchemaChange("stage", 2, "C5:OLD", {}, None)], NOW)
    return database


def test_the_page_is_not_older_than_the_schema():
    page = PAGE.read_text(encoding="utf-8")
    assert page == render(page), "run: make docs"


def test_every_table_and_column_of_the_mirror_has_a_comment():
    for table in TABLES:
        assert table.comment, table.name
        assert not [column.name for column in table.columns if not column.comment], table.name


def test_every_example_of_the_page_runs_and_finds_something(sales):
    assert len(EXAMPLES) >= 8
    with sales.read() as conn:
        for example in EXAMPLES:
            assert conn.execute(text(example)).all(), example


def test_the_examples_say_what_is_so(sales):
    with sales.read() as conn:
        (funnel,) = conn.execute(text(next(sql for sql in EXAMPLES if "JOIN stages" in sql)))
        (stay,) = conn.execute(text(next(sql for sql in EXAMPLES if "avg(seconds)" in sql)))
        (person,) = conn.execute(text(next(sql for sql in EXAMPLES if "open_tasks" in sql)))
        (source,) = conn.execute(text(next(sql for sql in EXAMPLES if "AS won" in sql)))
    assert (funnel.stage, funnel.deals, float(funnel.amount)) == ("New", 1, 1499.9)
    assert (stay.stage, stay.stays, float(stay.hours)) == ("New", 1, 2.0)
    assert (person.responsible, person.open_tasks, person.overdue) == ("Анна", 2, 2)
    assert (source.source, source.deals, source.won) == ("Web site", 2, 1)


@pytest.mark.postgresql
def test_postgresql_keeps_the_comments_beside_the_columns(postgresql_url):
    question = text("SELECT obj_description('item'::regclass), col_description('deals'::regclass, 3)")
    database = Database(postgresql_url)
    with database.read() as conn:
        assert conn.execute(question).one() == (TABLES[0].comment, "Title")
    database.close()
