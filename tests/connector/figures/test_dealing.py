"""Fairness of routing: what the members of a team got, and what would be fair."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from connector.config import Absence, Team
from connector.records import DEAL, ItemRef
from connector.reports.figures.dealing import Dealt, dealt
from connector.store import Database, definitions, journal
from connector.store.definitions import StoredDefinition
from connector.store.journal import NewLine
from pipelines.loader import load_text
from tests.connector.figures.histories import NOW, PIPELINE, Deal, binding, question, write
from tests.connector.figures.test_funnel import SINCE, day

ROUTES = """
[[routes]]
name = "Web"
when = "item.source == 'WEB'"
to = { team = "north", by = "weighted" }

[[routes]]
name = "One person"
when = "item.source == 'FAIR'"
to = { user = 4 }

[[routes]]
name = "Rest"
to = { team = "south" }
"""
DEFINITION = load_text(PIPELINE + ROUTES, "sale.toml")
TEAMS = {"south": Team(members=(2, 3)), "north": Team(members=(1, 2), weights={"1": 3})}
WEB, PERSON, REST = 1, 2, 3


def given(database: Database, *lines: tuple[int, int, int, datetime]) -> None:
    """What routes gave: the route, to whom, which deal, when; as the engine's journal tells it."""
    write(database, [Deal(number, [("new", at)]) for _, _, number, at in lines])
    with database.write() as conn:
        source = StoredDefinition(DEFINITION.hash, "sale", DEFINITION.file, DEFINITION.text)
        definitions.put(conn, source, NOW)
        for route, user, number, at in lines:
            line = NewLine(
                kind="assigned",
                text=f"Owner {user}: route {route}",
                ref=ItemRef(DEAL, number),
                pipeline="sale",
                version=DEFINITION.hash,
                rule=f"sale.toml:60 route {route}",
                signal_key=f"start:{number}",
            )
            command = replace(line, kind="command", text=f"Assign {user}", command_key=f"{number}/route")
            journal.add_many(conn, "main", [line, command], at)


def ask(database: Database, *absences: Absence, **scope: object) -> dict[tuple[str, str], Dealt]:
    with database.read() as conn:
        plain = question(conn, SINCE, NOW, **scope)
        bound = replace(binding(), definition=DEFINITION)
        found = dealt(conn, replace(plain, binding=bound, teams=TEAMS, absences=absences))
    return {(each.team, each.name): each for each in found}


def test_each_team_is_told_what_its_members_got_and_what_would_be_fair(database: Database) -> None:
    given(
        database,
        (WEB, 1, 1, day(3)),
        (WEB, 2, 2, day(4)),
        (REST, 3, 3, day(5)),
        (PERSON, 4, 4, day(5)),
        (WEB, 1, 5, datetime(2026, 1, 1, 9, tzinfo=NOW.tzinfo)),  # before the period
    )
    found = ask(database)
    # In the order of config.toml; who got one person's items is in no team.
    assert list(found) == [("south", "Vera"), ("south", "Boris"), ("north", "Anna"), ("north", "Boris")]
    anna, vera = found["north", "Anna"], found["south", "Vera"]
    assert (anna.got, anna.share, anna.fair_share) == (1, 0.5, 0.75)
    assert (vera.got, vera.share, vera.fair_share) == (1, 1, 0.5)
    assert found["south", "Boris"].got == 0


def test_who_is_away_has_no_share_of_that_day(sqlite_database: Database) -> None:
    given(sqlite_database, (REST, 2, 1, day(3)), (REST, 3, 2, day(4)), (REST, 3, 3, day(4)))
    away = Absence.model_validate({"user": 2, "from": day(4).date(), "to": day(6).date()})
    found = ask(sqlite_database, away)
    assert found["south", "Boris"].fair_share == pytest.approx(0.5 / 3)
    assert found["south", "Vera"].fair_share == pytest.approx(2.5 / 3)
    assert sum(each.fair_share for each in found.values()) == pytest.approx(1)


def test_with_an_owner_only_what_they_got_is_counted(sqlite_database: Database) -> None:
    given(sqlite_database, (WEB, 1, 1, day(3)), (WEB, 2, 2, day(3)))
    assert ask(sqlite_database, owner_ids=frozenset({1}))["north", "Anna"].got == 1
    assert ask(sqlite_database, owner_ids=frozenset({4})) == {}
