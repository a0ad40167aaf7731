"""Lists: pages, filters, orders, selections, in both families."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import ask


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


@pytest.fixture(scope="module")
def full() -> SandboxPortal:
    """A portal to read from."""
    portal = SandboxPortal()
    portal.seed(260)
    return portal


def items(portal: SandboxPortal, **params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ask(portal, "crm.item.list", {"entityTypeId": 2, **params}).result["items"]
    return rows


def ids(portal: SandboxPortal, **params: Any) -> list[int]:
    return [row["id"] for row in items(portal, select=["id"], **params)]


def test_a_page_has_fifty_rows_and_tells_of_the_next(full: SandboxPortal) -> None:
    first = ask(full, "crm.item.list", {"entityTypeId": 2, "order": {"id": "ASC"}})
    last = ask(full, "crm.item.list", {"entityTypeId": 2, "order": {"id": "ASC"}, "start": 250})
    assert (len(first.result["items"]), first.body["next"], first.body["total"]) == (50, 50, 260)
    assert (len(last.result["items"]), last.body["total"], "next" in last.body) == (10, 260, False)


def test_start_minus_one_switches_the_count_off(full: SandboxPortal) -> None:
    body = ask(full, "crm.item.list", {"entityTypeId": 2, "start": -1}).body
    assert len(body["result"]["items"]) == 50
    assert not {"total", "next"} & set(body)


@pytest.mark.parametrize("method", ["crm.item.list", "crm.deal.list"])
def test_a_keyset_sweep_meets_every_row_once(full: SandboxPortal, method: str) -> None:
    name = "id" if method == "crm.item.list" else "ID"
    met: list[int] = []
    while True:
        params = {
            "entityTypeId": 2,
            "filter": {f">{name}": met[-1] if met else 0},
            "order": {name: "ASC"},
            "start": -1,
        }
        result = ask(full, method, {**params, "select": [name]}).result
        rows = result["items"] if isinstance(result, dict) else result
        met += [int(row[name]) for row in rows]
        if len(rows) < 50:
            break
    assert met == list(range(1, 261))


def test_a_descending_sweep_begins_at_the_newest(full: SandboxPortal) -> None:
    assert ids(full, order={"id": "DESC"}, start=-1)[:3] == [260, 259, 258]
    assert ids(full, order={"id": "DESC"}, filter={"<=id": 10, ">id": 7}) == [10, 9, 8]


def test_the_pipeline_index_agrees_with_a_plain_search(full: SandboxPortal) -> None:
    everything = [
        row for start in range(0, 260, 50) for row in items(full, select=["id", "categoryId"], start=start)
    ]
    for category_id in (0, 1, 2):
        expected = [row["id"] for row in everything if row["categoryId"] == category_id]
        found = ids(full, filter={"categoryId": category_id}, order={"id": "ASC"}, start=-1)
        assert found == sorted(expected)[:50]
        assert ask(full, "crm.item.list", {"entityTypeId": 2, "filter": {"=categoryId": category_id}}).body[
            "total"
        ] == len(expected)


@pytest.fixture
def five(portal: SandboxPortal) -> SandboxPortal:
    """Five deals: 10…50 in amount, of two reps, one of them key, two with an external id."""
    for number in range(1, 6):
        portal.deal(
            title=f"Deal {'AB'[number % 2]}{number}",
            opportunity=number * 10,
            ASSIGNED_BY_ID=5 if number < 3 else 6,
            UF_CRM_IS_KEY=1 if number == 2 else 0,
            ORIGIN_ID=f"x{number}" if number > 3 else None,
            UF_CRM_REGION="East" if number == 1 else None,
        )
    return portal


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ({"opportunity": 30}, [3]),
        ({"=opportunity": "30.00"}, [3]),
        ({"!opportunity": 30}, [1, 2, 4, 5]),
        ({"!=opportunity": 30}, [1, 2, 4, 5]),
        ({">opportunity": 30}, [4, 5]),
        ({">=opportunity": 30, "<opportunity": 50}, [3, 4]),
        ({"<=opportunity": 10}, [1]),
        ({"@id": [1, 4, 99]}, [1, 4]),
        ({"id": [2, 3]}, [2, 3]),
        ({"!@id": [1, 2, 3]}, [4, 5]),
        ({"%title": "b"}, [1, 3, 5]),
        ({"!%title": "b"}, [2, 4]),
        ({"=%title": "Deal A%"}, [2, 4]),
        ({"%=title": "%5"}, [5]),
        ({"!=%title": "%5"}, [1, 2, 3, 4]),
        ({"assignedById": 6}, [3, 4, 5]),
        ({"assignedById": [5, 7]}, [1, 2]),
        ({"originId": ""}, [1, 2, 3]),
        ({"!originId": ""}, [4, 5]),
        ({"=originId": "x4"}, [4]),
        ({"ufCrm_IS_KEY": 1}, [2]),
        ({"ufCrm_IS_KEY": "0"}, [1, 3, 4, 5]),
        ({"ufCrm_IS_KEY": "Y"}, []),
        ({"opened": "N"}, []),
        ({"closed": "N"}, [1, 2, 3, 4, 5]),
        ({"stageSemanticId": "P", "companyId": 0}, [1, 2, 3, 4, 5]),
        ({"0": {"logic": "OR", "0": {"id": 1}, "1": {">opportunity": 40}}}, [1, 5]),
        ({"0": {"logic": "OR", "0": {"id": 1, "assignedById": 6}, "1": {"id": 2}}, "<id": 9}, [2]),
        ({"logic": "OR", "id": 3, ">opportunity": 40}, [3, 5]),
    ],
)
def test_filters_of_crm_item_list(five: SandboxPortal, conditions: dict[str, Any], found: list[int]) -> None:
    assert ids(five, filter=conditions, order={"id": "ASC"}) == found
    assert ids(five, filter=conditions, start=-1) == found


def test_dates_are_compared_as_instants(portal: SandboxPortal) -> None:
    portal.deal()
    portal.clock.sleep(60)
    portal.deal()
    second = "2026-01-12T09:01:00+03:00"
    assert ids(portal, filter={">=createdTime": second}) == [2]
    assert ids(portal, filter={">=createdTime": "2026-01-12T08:01:00+02:00"}) == [2]
    assert ids(portal, filter={"<createdTime": "2026-01-12 09:01:00"}) == [1]
    assert ids(portal, filter={"0": {"logic": "OR", "0": {">=createdTime": second}}}) == [2]


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"filter": {"nonsense": 1}}, "Invalid filter: field 'nonsense' is not allowed in filter"),
        ({"filter": {">=createdTime": "soon"}}, "Invalid filter: field 'createdTime' has invalid value"),
        ({"order": {"nonsense": "ASC"}}, "Invalid order: field 'nonsense' is not allowed in order"),
        (
            {"order": {"title": "UP"}},
            "Invalid order: allowed sort directions are ASC, DESC. But got 'UP' for field 'title'",
        ),
    ],
)
def test_crm_item_list_refuses_what_it_does_not_know(
    five: SandboxPortal, params: dict[str, Any], text: str
) -> None:
    reply = ask(five, "crm.item.list", {"entityTypeId": 2, **params})
    assert (reply.refusal, reply.body["error_description"]) == ((400, "INVALID_ARG_VALUE"), text)


def test_a_classic_list_finds_everything_when_the_filter_is_misspelt(five: SandboxPortal) -> None:
    assert ask(five, "crm.deal.list", {"filter": {"OPORTUNITY": 30}}).body["total"] == 5
    assert ask(five, "crm.deal.list", {"filter": {"OPPORTUNITY": 30}}).body["total"] == 1
    assert (
        ask(five, "crm.deal.list", {"filter": "x"}).body["error_description"]
        == "Parameter 'filter' must be array."
    )


def test_rows_are_sorted_by_the_first_name_then_the_next(five: SandboxPortal) -> None:
    assert ids(five, order={"assignedById": "DESC", "opportunity": "ASC"}) == [3, 4, 5, 1, 2]
    rows = ask(five, "crm.deal.list", {"order": {"OPPORTUNITY": "DESC"}, "select": ["ID"]}).result
    assert [row["ID"] for row in rows] == ["5", "4", "3", "2", "1"]


def test_only_what_is_selected_comes_and_unknown_names_are_dropped(five: SandboxPortal) -> None:
    assert items(five, select=["title", "nonsense"], filter={"id": 1}) == [{"id": 1, "title": "Deal B1"}]
    classic = ask(five, "crm.deal.list", {"select": ["UF_*"], "filter": {"ID": 1}}).result[0]
    assert all(name.startswith("UF_") for name in classic)
    assert "UF_CRM_REGION" not in ask(five, "crm.deal.list", {"select": ["*"]}).result[0]


def test_phones_come_with_everything_or_not_at_all(portal: SandboxPortal) -> None:
    portal.contact(NAME="Ann", PHONE=[{"VALUE": "+7495", "VALUE_TYPE": "WORK"}])
    whole = ask(portal, "crm.item.list", {"entityTypeId": 3}).result["items"][0]
    named = ask(portal, "crm.item.list", {"entityTypeId": 3, "select": ["id", "fm"]}).result["items"][0]
    assert whole["fm"] == [{"id": 1, "valueType": "WORK", "value": "+7495", "typeId": "PHONE"}]
    assert whole["phoneWork"] == "+7495"
    assert named == {"id": 1}


@pytest.mark.parametrize("entity_type_id", [1, 3, 4])
def test_the_first_phone_and_email_can_be_asked_for_by_name(
    portal: SandboxPortal, entity_type_id: int
) -> None:
    phones = [{"VALUE": "+1", "VALUE_TYPE": "HOME"}, {"VALUE": "+2", "VALUE_TYPE": "WORK"}]
    portal.item(entity_type_id, PHONE=phones)
    portal.item(entity_type_id)
    answer = ask(
        portal, "crm.item.list", {"entityTypeId": entity_type_id, "select": ["id", "phone", "email"]}
    )
    assert answer.result["items"] == [
        {"id": 1, "phone": "+1", "email": ""},
        {"id": 2, "phone": "", "email": ""},
    ]


def test_deals_have_no_phone(portal: SandboxPortal) -> None:
    portal.deal(title="A deal")
    assert items(portal, select=["title", "phone"]) == [{"id": 1, "title": "A deal"}]


def test_classic_contacts_give_phones_when_asked_and_leave_out_what_is_empty(portal: SandboxPortal) -> None:
    portal.contact(NAME="Ann", PHONE=[{"VALUE": "+7495"}])
    row = ask(portal, "crm.contact.list", {"select": ["ID", "PHONE", "EMAIL"]}).result[0]
    assert row == {
        "ID": "1",
        "PHONE": [{"ID": "1", "VALUE_TYPE": "WORK", "VALUE": "+7495", "TYPE_ID": "PHONE"}],
    }


def test_contacts_and_parents_can_be_searched_for(portal: SandboxPortal) -> None:
    ann = portal.contact(NAME="Ann")
    deal = portal.deal(CONTACT_IDS=[ann.id])
    portal.deal()
    meeting = portal.item(1036, parentId2=deal.id)
    assert ids(portal, filter={"contactIds": ann.id}) == [deal.id]
    found = ask(portal, "crm.item.list", {"entityTypeId": 1036, "filter": {"parentId2": deal.id}}).result[
        "items"
    ]
    assert [row["id"] for row in found] == [meeting.id]
    assert found[0]["parentId2"] == deal.id


def test_records_out_of_sight_are_not_listed_and_not_counted(five: SandboxPortal) -> None:
    five.crm.rights.hide_item(7, 2, 3)
    reply = ask(five, "crm.item.list", {"entityTypeId": 2, "select": ["id"]}, by=7)
    assert [row["id"] for row in reply.result["items"]] == [1, 2, 4, 5]
    assert reply.body["total"] == 4
    five.crm.rights.own_only.add(5)
    assert [row["ID"] for row in ask(five, "crm.deal.list", {"select": ["ID"]}, by=5).result] == ["1", "2"]
    assert len(ids(five)) == 5
