"""How steps ended, why items were lost, and to whom."""

from __future__ import annotations

import json
from decimal import Decimal

from sqlalchemy import text

from connector.records import DEAL, Field
from connector.reports.figures import Outcomes, outcomes
from connector.store import Connection, Database, catalogue
from tests.connector.figures.histories import DAY, NOW, Deal, question, random_deals, write
from tests.connector.figures.test_funnel import SINCE, day, final
from tests.connector.store.samples import add_process


def ask(database: Database, **scope: object) -> Outcomes:
    with database.read() as conn:
        return outcomes(conn, question(conn, SINCE, NOW, **scope))


def _remember(conn: Connection, number: int, pipeline: str, state: dict[str, object]) -> None:
    """A process with this state, as text in the row."""
    process_id = add_process(conn, number, portal="main", pipeline=pipeline).id
    written = text("UPDATE process SET state = :state WHERE id = :id")
    conn.execute(written, {"state": json.dumps(state), "id": process_id})


def test_the_last_outcome_of_a_step_counts_for_who_came_into_its_stage_on_both_databases(
    database: Database,
) -> None:
    write(
        database,
        [
            *(Deal(number, [("new", day(3))]) for number in (1, 2, 3, 4)),
            Deal(5, [("new", NOW - 60 * DAY), ("talks", day(3))]),
            Deal(6, [("new", day(3))], owner=2),
        ],
    )
    known = {1: {"call": "yes"}, 2: {"call": "yes", "gone": "x"}, 3: {"call": "no"}, 5: {"call": "no"}}
    with database.write() as conn:
        for number, ended in (known | {6: {"call": "cancelled"}}).items():
            _remember(conn, number, "sale", {"outcomes": ended})
        _remember(conn, 4, "sale", {"runs": []})
        _remember(conn, 4, "support", {"outcomes": {"call": "yes"}})

    mine = ask(database, owner_ids=frozenset({1})).endings
    russian = ask(database, language="ru").endings

    assert [(each.step, each.outcome_title, each.count, each.share) for each in mine] == [
        ("call", "Interested", 2, 2 / 3),
        ("call", "No", 1, 1 / 3),
    ]
    assert [each.outcome_title for each in russian] == ["Интересно", "No", "Не требуется"]
    assert russian[2].stage.title == "Новая"


def test_reasons_and_competitors_are_of_what_was_lost_in_the_period(database: Database) -> None:
    def lost(number: int, **fields: str) -> Deal:
        return Deal(number, [("new", day(3)), ("lost", day(4))], fields=fields, amount=Decimal(number))

    write(
        database,
        [
            lost(1, ufCrm_1="41", ufCrm_2="Acme"),
            lost(2, ufCrm_1="41", ufCrm_2=" Acme "),
            lost(3, ufCrm_1="42"),
            lost(4, ufCrm_1="43"),
            lost(5),
            Deal(6, [("new", day(3)), ("lost", day(4)), ("talks", day(5))], fields={"ufCrm_1": "41"}),
            Deal(7, [("lost", NOW - 60 * DAY)], fields={"ufCrm_1": "41"}),
        ],
    )
    options = {"41": "Too dear", "43": "An option of the portal alone"}
    field = Field(
        DEAL, "ufCrm_1", "enumeration", "Why", is_required=False, is_read_only=False, is_multiple=False,
        options=options,
    )  # fmt: skip
    with database.write() as conn:
        catalogue.replace_fields(conn, "main", DEAL, [field])

    found = ask(database, language="ru")

    assert [(each.text, each.count, each.share, each.sums) for each in found.reasons] == [
        ("Цена", 2, 0.4, (("RUB", Decimal(3)),)),
        ("", 1, 0.2, (("RUB", Decimal(5)),)),
        ("An option of the portal alone", 1, 0.2, (("RUB", Decimal(4)),)),
        ("Time", 1, 0.2, (("RUB", Decimal(3)),)),
    ]
    assert [(each.text, each.count) for each in found.rivals] == [("Acme", 2)]


def test_every_loss_has_one_reason_in_random_histories(sqlite_database: Database) -> None:
    deals = random_deals(7, 400)
    for deal in deals:
        deal.fields = {"ufCrm_1": ("41", "42", "")[deal.id % 3]}
    write(sqlite_database, deals)
    lost = [deal.fields["ufCrm_1"] for deal in deals if (final(deal, SINCE, NOW) or [""])[0] == "lost"]
    found = {each.text: each.count for each in ask(sqlite_database).reasons}
    assert found == {"Price": lost.count("41"), "Time": lost.count("42"), "": lost.count("")}
    assert all(found.values())
