"""The portal's own structure, in three requests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connector.bitrix24 import Client
from connector.bitrix24.schema import read_catalogue
from connector.errors import FatalError, RetriableError
from connector.records import COMPANY, CONTACT, DEAL, LEAD, SMART_INVOICE, Category, EntityType, Field, Stage
from tests.connector.bitrix24.portal import Refusal, StandIn, by_offset

DOCUMENTED = {
    row["method"]: row["body"]["result"]
    for line in (Path(__file__).parent / "documented" / "answers.jsonl").read_text("utf-8").splitlines()
    if (row := json.loads(line))["status"] == 200 and "result" in row["body"]
}
FLAT, PIPED = 156, 177  # smart processes of the documented list: without categories, with


def status(stage: str, sort: int, semantics: str | None, **fields: Any) -> dict[str, Any]:
    return {
        "ID": "1",
        "STATUS_ID": stage,
        "NAME": f"Name of {stage}",
        "SORT": str(sort),
        "SEMANTICS": semantics,
        **fields,
    }


STATUSES = {
    "STATUS": [status("NEW", 10, None), status("CONVERTED", 50, "S"), status("JUNK", 60, "F")],
    "DEAL_STAGE": DOCUMENTED["crm.status.list"],
    "DEAL_STAGE_9": [status("C9:WON", 60, "S"), status("C9:NEW", 10, ""), status("C9:LOSE", 70, "F")],
    "SMART_INVOICE_STAGE_13": [status("DT31_13:N", 10, None)],
    "DYNAMIC_177_STAGE_87": [status("DT177_87:SUCCESS", 40, "S")],
    "DYNAMIC_156_STAGE_52": [status("DT156_52:NEW", 10, None)],
}
CATEGORIES = {
    DEAL: [{"id": 9, "name": "Funnel", "isDefault": "N"}, {"id": 0, "name": "General", "isDefault": "Y"}],
    SMART_INVOICE: [{"id": 13, "name": "Invoices", "isDefault": "Y"}],
    PIPED: [{"id": 87, "name": "Purchases", "isDefault": "Y"}],
}


@pytest.fixture
def structured(portal: StandIn) -> StandIn:
    def fields(params: dict[str, Any]) -> Any:
        directory = {FLAT: "DYNAMIC_156_STAGE_52"}.get(int(params["entityTypeId"]), "")
        return {
            "fields": {
                "title": {"type": "string", "title": "Title", "isRequired": True, "isReadOnly": False},
                "stageId": {"type": "crm_status", "title": "Stage", "statusType": directory},
                "ufCrm44_1": {
                    "type": "enumeration",
                    "title": "List",
                    "isMultiple": True,
                    "items": [{"ID": "79", "VALUE": "One"}, {"ID": "80", "VALUE": "Two"}],
                },
            }
        }

    def categories(params: dict[str, Any]) -> Any:
        found = CATEGORIES.get(int(params["entityTypeId"]))
        if found is None:
            raise Refusal("ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
        return {"categories": found}

    portal.says("crm.enum.ownertype", DOCUMENTED["crm.enum.ownertype"])
    portal.says("crm.item.fields", fields)
    portal.says("crm.category.list", categories)
    portal.says("crm.status.list", lambda params: STATUSES.get(params["filter"]["ENTITY_ID"], []))
    return portal


def test_it_takes_three_requests(structured: StandIn, client: Client) -> None:
    catalogue = read_catalogue(client)
    assert client.requests_sent == 3
    assert catalogue.unread == {}
    assert {one.id for one in catalogue.types} == {LEAD, DEAL, CONTACT, COMPANY, SMART_INVOICE, FLAT, PIPED}


def test_types_have_the_codes_that_task_bindings_use(structured: StandIn, client: Client) -> None:
    types = read_catalogue(client).types
    assert EntityType(DEAL, "Deal", "D") in types
    assert EntityType(PIPED, "Equipment Purchase", "Tb1") in types


def test_categories_are_read_and_a_hidden_one_is_found_by_its_directory(
    structured: StandIn, client: Client
) -> None:
    assert read_catalogue(client).categories == (
        Category(DEAL, 9, "Funnel", False),
        Category(DEAL, 0, "General", True),
        Category(SMART_INVOICE, 13, "Invoices", True),
        Category(PIPED, 87, "Purchases", True),
        Category(FLAT, 52, "Purchase", True),
    )


def test_stages_are_normalised_and_in_the_order_of_the_board(structured: StandIn, client: Client) -> None:
    stages = read_catalogue(client).stages
    assert [
        (one.id, one.semantics) for one in stages if (one.entity_type_id, one.category_id) == (DEAL, 9)
    ] == [
        ("C9:NEW", "P"),
        ("C9:WON", "S"),
        ("C9:LOSE", "F"),
    ]
    assert Stage(LEAD, None, "JUNK", "Name of JUNK", 60, "F") in stages
    assert Stage(DEAL, 0, "PREPARATION", "Document preparation", 20, "P") in stages
    assert Stage(FLAT, 52, "DT156_52:NEW", "Name of DT156_52:NEW", 10, "P") in stages


def test_fields_have_their_options(structured: StandIn, client: Client) -> None:
    fields = read_catalogue(client, [DEAL]).fields
    assert Field(DEAL, "title", "string", "Title", True, False, False) in fields
    assert (
        Field(DEAL, "ufCrm44_1", "enumeration", "List", False, False, True, {"79": "One", "80": "Two"})
        in fields
    )


def test_a_directory_is_read_once_for_all_the_fields_that_take_from_it(
    structured: StandIn, client: Client
) -> None:
    source = {"type": "crm_status", "title": "Source", "statusType": "SOURCE"}
    structured.says(
        "crm.item.fields", {"fields": {"sourceId": source, "stageId": {**source, "title": "Stage"}}}
    )
    structured.says(
        "crm.status.list",
        lambda params: [status("WEB", 10, None)] if params["filter"]["ENTITY_ID"] == "SOURCE" else [],
    )
    fields = read_catalogue(client, [DEAL, LEAD]).fields
    assert client.requests_sent == 3
    assert {(one.entity_type_id, one.name): dict(one.options) for one in fields} == {
        (type_id, name): {"WEB": "Name of WEB"} if name == "sourceId" else {}
        for type_id in (DEAL, LEAD)
        for name in ("sourceId", "stageId")
    }
    asked = [one for one in structured.commands if "ENTITY_ID" in str(one) and "SOURCE" in str(one)]
    assert len(asked) == 1


def test_only_the_wanted_types_are_read(structured: StandIn, client: Client) -> None:
    catalogue = read_catalogue(client, [DEAL, PIPED])
    assert {one.id for one in catalogue.types} == {DEAL, PIPED}
    assert {one.entity_type_id for one in catalogue.stages} == {DEAL, PIPED}
    assert len(structured.commands) == 1 + 4 + 3


def test_a_directory_of_more_than_fifty_stages_is_read_to_its_end(
    structured: StandIn, client: Client
) -> None:
    many = [status(f"S{number}", number, None) for number in range(120)]
    structured.says("crm.status.list", by_offset(many))
    stages = read_catalogue(client, [LEAD]).stages
    assert [one.id for one in stages] == [f"S{number}" for number in range(120)]
    assert client.requests_sent == 2 + 3


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("crm.item.fields", "crm.item.fields 2"),
        ("crm.category.list", "crm.category.list 2"),
        ("crm.status.list", "crm.status.list DEAL_STAGE"),
    ],
)
def test_what_may_not_be_read_is_told_and_the_rest_is_there(
    structured: StandIn, client: Client, method: str, told: str
) -> None:
    def refuse(params: dict[str, Any]) -> Any:
        raise Refusal("ACCESS_DENIED", "Access denied")

    structured.says(method, refuse)
    catalogue = read_catalogue(client, [DEAL])
    assert catalogue.unread[told] == "Access denied"
    assert [one.id for one in catalogue.types] == [DEAL]


@pytest.mark.parametrize("method", ["crm.item.fields", "crm.category.list", "crm.status.list"])
def test_what_cannot_be_read_now_is_no_empty_catalogue(
    structured: StandIn, client: Client, method: str
) -> None:
    def fail(params: dict[str, Any]) -> Any:
        raise Refusal("OPERATION_TIME_LIMIT", "blocked", 429)

    structured.says(method, fail)
    with pytest.raises(RetriableError):
        read_catalogue(client)


def test_unknown_semantics_are_an_error(structured: StandIn, client: Client) -> None:
    structured.says("crm.status.list", [status("NEW", 10, "X")])
    with pytest.raises(FatalError, match="semantics 'X'"):
        read_catalogue(client, [LEAD])
