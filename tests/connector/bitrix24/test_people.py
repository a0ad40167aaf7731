"""Employees and departments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connector.bitrix24 import Client
from connector.bitrix24.people import current_user, list_departments, list_people
from connector.errors import FatalError
from connector.records import Department, Person
from tests.connector.bitrix24.portal import StandIn, by_offset, pages, table

DOCUMENTED = {
    row["method"]: row["body"]["result"]
    for line in (Path(__file__).parent / "documented" / "answers.jsonl").read_text("utf-8").splitlines()
    if (row := json.loads(line))["status"] == 200 and "result" in row["body"]
}


def test_the_documented_employees_are_read(portal: StandIn, client: Client) -> None:
    portal.says("user.get", table(DOCUMENTED["user.get"], id_name="ID", row_id="ID", at=""))
    people = pages(list_people(client))
    assert people[0] == Person(1, "Anna Example", True, (1,), None)
    assert people[1].name == "John Smith"
    assert portal.commands[0].params["FILTER"] == {"USER_TYPE": "employee", ">ID": 0}
    assert (portal.commands[0].params["sort"], portal.commands[0].params["order"]) == ("ID", "ASC")


def test_dismissed_employees_are_told_apart(portal: StandIn, client: Client) -> None:
    rows = [{"ID": "1", "ACTIVE": True}, {"ID": "2", "ACTIVE": False}, {"ID": "3", "ACTIVE": "N"}]
    portal.says("user.get", table(rows, id_name="ID", row_id="ID", at=""))
    assert [person.is_active for person in pages(list_people(client))] == [True, False, False]


def test_everybody_is_read(portal: StandIn, client: Client) -> None:
    rows = [{"ID": str(number), "NAME": "A"} for number in range(1, 131)]
    portal.says("user.get", table(rows, id_name="ID", row_id="ID", at=""))
    assert [person.id for person in pages(list_people(client))] == list(range(1, 131))


def test_the_documented_departments_are_read(portal: StandIn, client: Client) -> None:
    portal.says("department.get", DOCUMENTED["department.get"])
    departments = list_departments(client)
    assert departments[0] == Department(15, "R&D", 1, None)
    assert len(departments) == 5


def test_departments_come_page_by_page(portal: StandIn, client: Client) -> None:
    rows = [{"ID": str(number), "NAME": f"D{number}", "UF_HEAD": "7"} for number in range(1, 121)]

    portal.says("department.get", by_offset(rows, "START"))
    departments = list_departments(client)
    assert [one.id for one in departments] == list(range(1, 121))
    assert departments[0].head_id == 7
    assert [one.params["START"] for one in portal.requests] == [0, 50, 100]


def test_whom_we_act_as_is_known(portal: StandIn, client: Client) -> None:
    portal.says("user.current", DOCUMENTED["user.current"])
    assert current_user(client) == Person(3, "John Smith", True, (1,), None)


@pytest.mark.parametrize("result", [[], None, {"NAME": "no id"}])
def test_nobody_is_not_somebody(portal: StandIn, client: Client, result: Any) -> None:
    portal.says("user.current", result)
    with pytest.raises(FatalError, match="cannot be read"):
        current_user(client)
