"""Users and departments."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import ask


@pytest.fixture(scope="module")
def portal() -> SandboxPortal:
    return SandboxPortal()


def test_a_user_is_a_row_of_mixed_types(portal: SandboxPortal) -> None:
    row = ask(portal, "user.current", by=5).result
    assert (row["ID"], row["ACTIVE"], row["UF_DEPARTMENT"], row["TIMESTAMP_X"]) == ("5", True, [3], [])
    assert row["DATE_REGISTER"] == "2021-03-05T12:00:00+03:00"
    assert row["LAST_ACTIVITY_DATE"] == "2026-01-12 09:00:00"


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"FILTER": {"ACTIVE": True, "UF_DEPARTMENT": 3}}, ["3", "5", "6", "7", "8"]),
        ({"FILTER": {"UF_DEPARTMENT": 3}}, ["3", "5", "6", "7", "8", "16"]),
        ({"ID": 7}, ["7"]),
        ({"filter": {"@ID": [2, 4]}, "sort": "ID", "order": "desc"}, ["4", "2"]),
        ({"FILTER": {"%LAST_NAME": "OV"}, "sort": "LAST_NAME"}, ["11", "9", "2", "7", "5", "13", "4", "14"]),
        ({"FILTER": {"NONSENSE": 1}, "start": 0}, [str(each) for each in range(1, 17)]),
    ],
)
def test_users_are_filtered_and_sorted(
    portal: SandboxPortal, params: dict[str, Any], found: list[str]
) -> None:
    rows = ask(portal, "user.get", params).result
    if params.get("sort") == "LAST_NAME":
        names = [row["LAST_NAME"] for row in rows]
        assert names == sorted(names)
        assert all("ov" in name.lower() for name in names)
    else:
        assert [row["ID"] for row in rows] == found


def test_people_are_found_by_words_of_their_names(portal: SandboxPortal) -> None:
    assert [row["ID"] for row in ask(portal, "user.search", {"FILTER": {"FIND": "kowal jan"}}).result] == [
        "10"
    ]
    assert [row["ID"] for row in ask(portal, "user.search", {"NAME": "Le"}).result] == ["5", "12"]


def test_departments_hang_together(portal: SandboxPortal) -> None:
    rows = {row["ID"]: row for row in ask(portal, "department.get").result}
    assert "PARENT" not in rows["1"]
    assert (rows["3"]["PARENT"], rows["3"]["UF_HEAD"], rows["3"]["SORT"]) == ("2", "3", 300)
    assert [row["ID"] for row in ask(portal, "department.get", {"PARENT": 2}).result] == ["3", "4"]
    assert [row["ID"] for row in ask(portal, "department.get", {"NAME": "Legal"}).result] == ["6"]


def test_superiors_are_the_heads_on_the_way_up(portal: SandboxPortal) -> None:
    assert portal.people.superiors(5) == [3, 2, 1]
    assert portal.people.superiors(3) == [2, 1]
    assert portal.people.superiors(1) == []
    assert portal.people.is_superior(2, 12)
    assert not portal.people.is_superior(4, 5)


def test_the_portal_tells_what_it_is(portal: SandboxPortal) -> None:
    assert ask(portal, "profile", by=5).result["ADMIN"] is False
    assert ask(portal, "user.admin").result is True
    assert "crm" in ask(portal, "scope").result
    assert "crm.item.list" in ask(portal, "methods", {"scope": "crm"}).result
    assert ask(portal, "method.get", {"name": "crm.item.nothing"}).result == {
        "isExisting": False,
        "isAvailable": False,
    }
    assert ask(portal, "server.time").result == "2026-01-12T09:00:00+03:00"
    assert ask(portal, "feature.get", {"CODE": "rest_offline_extended"}).result == {"value": "Y"}
    assert ask(portal, "crm.settings.mode.get").result == 1
