"""`route`: which route would take an item and why, and who would have got the items of the last days."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.cli.failures import ExitCode
from tests.connector.cli_bench import Program
from tests.connector.flow.workshop import PIPELINE, WON, Workshop

ROUTES = """
[[routes]]
name = "Large"
when = "item.amount >= 10000"
to = { user = 3 }

[[routes]]
name = "Everybody else"
to = { team = "desk", by = "round_robin" }
"""
ROUTED = PIPELINE.replace('[[routes]]\nto = "owner"\nkeep = true\n', ROUTES)
TEAM = "[portals.main.teams.desk]\nmembers = [5, 6, 7]\n"


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    opened = Workshop(tmp_path, sqlite_url)
    yield opened
    opened.app.close()


@pytest.fixture
def program(workshop: Workshop) -> Program:
    return Program(workshop.folder / "config.toml", clock=workshop.clock, adapters={"main": workshop.adapter})


def routed(workshop: Workshop, *, more: str = "", team: str = TEAM, text: str = ROUTED) -> None:
    """From now on the pipeline has routes."""
    workshop.more += team + more
    workshop.rewrite("sale.toml", text)
    workshop.restart()


def would_own(program: Program, days: int = 30) -> list[Any]:
    return [each["would_own"] for each in program.json("route", "sale", "--backtest", str(days))["items"]]


def test_the_backtest_of_the_routes_in_force_is_what_really_happened(
    program: Program, workshop: Workshop
) -> None:
    routed(workshop)
    for number, amount in enumerate((100, 20_000, 300, 400, 500)):
        workshop.deal(TITLE=f"Deal {number}", OPPORTUNITY=amount)

    answer = program.json("route", "sale", "--backtest", "30")

    assert [each["would_own"] for each in answer["items"]] == [5, 3, 6, 7, 5]
    assert [each["route_name"] for each in answer["items"]][:2] == ["Everybody else", "Large"]
    assert answer["same"] == 5
    assert all(each["assumed"] == [] for each in answer["items"])


def test_routes_that_were_not_there_are_compared_with_who_owns_the_items(
    program: Program, workshop: Workshop
) -> None:
    for number, owner in enumerate((5, 5, 5)):
        workshop.deal(TITLE=f"Deal {number}", ASSIGNED_BY_ID=owner, OPPORTUNITY=100)
    routed(workshop)
    text = program("route", "sale", "--backtest", "30")
    assert "2 Everybody else" in text
    assert "Elena Smirnova (5)" in text
    assert "3 items since" in text
    assert "1 with the owner that they have" in text
    assert "Whose turn it was before the first item is not known" in text


def test_who_was_away_on_the_day_would_have_been_passed_over(program: Program, workshop: Workshop) -> None:
    for number in range(3):
        workshop.deal(TITLE=f"Deal {number}", OPPORTUNITY=100)
    day = workshop.clock.now().date().isoformat()
    away = f"[[portals.main.absences]]\nuser = 6\nfrom = {day}\nto = {day}\n"
    routed(workshop, more=away)
    assert would_own(program) == [5, 7, 5]
    skipped = program.json("route", "sale", "--backtest", "30")["items"][1]["reasons"]
    assert "1 skipped: absent" in skipped[-1]


def test_the_load_is_what_the_routes_themselves_would_have_made_of_it(
    program: Program, workshop: Workshop
) -> None:
    """Whoever has won a deal has room for the next one."""
    least = ROUTED.replace('by = "round_robin"', 'by = "least_loaded"')
    first = workshop.deal(TITLE="First", ASSIGNED_BY_ID=2, OPPORTUNITY=100)
    workshop.deal(TITLE="Second", ASSIGNED_BY_ID=2, OPPORTUNITY=100)
    workshop.move(first, WON)
    workshop.clock.advance(3600)
    workshop.deal(TITLE="Third", ASSIGNED_BY_ID=2, OPPORTUNITY=100)
    team = "[portals.main.teams.desk]\nmembers = [5, 6]\n"
    routed(workshop, text=least, team=team)
    assert would_own(program) == [5, 6, 5]


def test_values_of_the_time_decide_and_not_todays(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal(OPPORTUNITY=100)
    workshop.sandbox.edit(deal, OPPORTUNITY=50_000)
    workshop.wait(300)
    routed(workshop)
    (item,) = program.json("route", "sale", "--backtest", "30")["items"]
    assert (item["would_own"], item["assumed"]) == (5, [])


def test_what_rests_on_todays_values_is_marked(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, is_mirrored=False)
    deal = workshop.sandbox.deal(stage="C1:NEW", ASSIGNED_BY_ID=5, OPPORTUNITY=100)
    workshop.clock.advance(3600)
    workshop.sandbox.edit(deal, OPPORTUNITY=50_000)
    workshop.clock.advance(3600)
    workshop.mirror()
    routed(workshop)
    program = Program(tmp_path / "config.toml", clock=workshop.clock, adapters={"main": workshop.adapter})
    (item,) = program.json("route", "sale", "--backtest", "30")["items"]
    assert (item["would_own"], item["assumed"]) == (3, ["amount"])
    text = program("route", "sale", "--backtest", "30")
    assert "* 1 item rest on today's values, not those of the time: amount" in text
    workshop.app.close()


def test_items_from_before_are_not_routed_again(program: Program, workshop: Workshop) -> None:
    workshop.deal(OPPORTUNITY=100)
    workshop.clock.advance(10 * 86_400)
    routed(workshop)
    assert would_own(program, days=5) == []
    assert "No item came into sale since" in program("route", "sale", "--backtest", "5")


# --- one item -----------------------------------------------------------------------------------------------


def test_an_item_is_told_which_route_would_take_it_and_why(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal(OPPORTUNITY=20_000)
    routed(workshop)
    text = program("route", "sale", "--item", str(deal))
    line = ROUTED.splitlines().index('name = "Large"')
    assert 'Route 1 "Large" gives it to' in text
    assert f"sale.toml:{line}]" in text
    assert "owner now: Elena Smirnova (5)" in text
    answer = program.json("route", "sale", "--item", str(deal))
    assert (answer["user"], answer["route"], answer["owner_now"]) == (3, 1, 5)
    assert str(workshop.sandbox.value(deal, "assignedById")) == "5"


def test_an_item_goes_to_the_one_whose_turn_it_is(program: Program, workshop: Workshop) -> None:
    routed(workshop)
    workshop.deal(TITLE="First", OPPORTUNITY=1)
    second = workshop.deal(TITLE="Second", OPPORTUNITY=1)
    answer = program.json("route", "sale", "--item", str(second))
    assert (answer["user"], answer["team"]) == (7, "desk")


def test_wrong_use_of_route_is_told(program: Program, workshop: Workshop) -> None:
    usage, findings = ExitCode.USAGE, ExitCode.FINDINGS
    assert "say either --item deal:15 or --backtest DAYS" in program("route", "sale", code=usage)
    both = ("--item", "deal:1", "--backtest", "3")
    assert "say either --item deal:15 or --backtest DAYS" in program("route", "sale", *both, code=usage)
    assert "expected deal:7405" in program("route", "sale", "--item", "Acme", code=usage)
    assert "is not in the range x>=1" in program("route", "sale", "--backtest", "-1", code=usage)
    assert "Did you mean 'sale'?" in program("route", "sael", "--backtest", "3", code=usage)
    assert "deal:99 is not in the mirror" in program("route", "sale", "--item", "deal:99", code=findings)
    assert "sale runs on items such as deal:1, not on lead:1" in program(
        "route", "sale", "--item", "lead:1", code=findings
    )
    workshop.rewrite("sale.toml", PIPELINE.replace('[[routes]]\nto = "owner"\nkeep = true\n', ""))
    assert "sale has no [[routes]]" in program("route", "sale", "--backtest", "3", code=findings)
