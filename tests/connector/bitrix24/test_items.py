"""Items: which fields are asked for, what a row means, what proves that one is gone, which one is ours."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.bitrix24 import FULL_LISTING, Answer, Client, CutOffError, Outcome
from connector.bitrix24 import items as portal_items
from connector.bitrix24.call import as_command
from connector.bitrix24.item_rows import full_name, item_from, selected_fields
from connector.errors import FatalError, RetriableError
from connector.records import COMPANY, CONTACT, DEAL, LEAD, SMART_INVOICE, ItemRef
from tests.connector.bitrix24.portal import Refusal, StandIn, pages, table

DOCUMENTED = [
    json.loads(line)
    for line in (Path(__file__).parent / "documented" / "answers.jsonl").read_text("utf-8").splitlines()
]
SPA = 1046


def documented(method: str) -> Any:
    return next(
        row["body"]["result"] for row in DOCUMENTED if row["method"] == method and row["status"] == 200
    )


def deal(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "title": f"Deal {number}", "categoryId": 0, "stageId": "NEW", **fields}


# -- rows --------------------------------------------------------------------------------------------------


def test_the_documented_deal_is_read() -> None:
    answer = Answer(Outcome.DONE, result=documented("crm.item.update"))
    item = portal_items.item_of(answer, DEAL, ["ufCrm_1721244707107"])
    assert item.ref == ItemRef(DEAL, 351)
    assert (item.title, item.category_id, item.stage_id, item.semantics) == (
        "REST Deal #1",
        9,
        "C9:UC_NYL06U",
        "P",
    )
    assert (item.owner_id, item.created_by, item.updated_by) == (6, 1, 1)
    assert (item.amount, item.currency) == (Decimal(10000), "USD")
    assert (item.company_id, item.contact_ids) == (None, ())
    assert item.updated_at == datetime(2024, 7, 23, 16, 19, 21, tzinfo=UTC)
    assert item.fields["originId"] is None


def test_the_documented_lead_is_read() -> None:
    item = portal_items.item_of(Answer(Outcome.DONE, result=documented("crm.item.get")), LEAD)
    assert (item.ref, item.title, item.category_id) == (ItemRef(LEAD, 250), "Lead #250", None)
    assert (item.amount, item.currency, item.source_id) == (Decimal("999.9"), "USD", "TRADE_SHOW")


def test_a_contact_is_called_by_its_names() -> None:
    item = item_from(
        {"id": 5, "name": "Anna", "secondName": "", "lastName": "Fischer", "companyId": 9}, CONTACT
    )
    assert (item.title, item.company_id, item.stage_id) == ("Anna Fischer", 9, None)


def test_only_marker_and_bound_fields_are_kept_whichever_way_an_item_was_read() -> None:
    full = deal(
        1, comments="long", originatorId="a", originId="b", ufCrm1=5, ufFile={"id": 7, "urlMachine": "secret"}
    )
    item = item_from(full, DEAL, ["ufCrm1", "ufFile", "ufCrmAbsent"])
    assert item.fields == {"originatorId": "a", "originId": "b", "ufCrm1": 5, "ufFile": {"id": 7}}


@pytest.mark.parametrize("entity_type_id", [LEAD, DEAL])
def test_whether_the_customer_has_come_back_is_asked_for_and_kept(entity_type_id: int) -> None:
    assert "isReturnCustomer" in selected_fields(entity_type_id)
    item = item_from({"id": 7, "isReturnCustomer": "Y"}, entity_type_id)
    assert item.fields == {"isReturnCustomer": "Y"}


@pytest.mark.parametrize("entity_type_id", [LEAD, CONTACT, COMPANY])
def test_the_first_phone_and_email_are_asked_for_by_name_and_kept_where_there_are_any(
    entity_type_id: int,
) -> None:
    fields = selected_fields(entity_type_id)
    assert {"phone", "email"} <= set(fields)
    assert not {"fm", "*"} & set(fields)
    fm = [{"id": 1, "typeId": "PHONE", "valueType": "WORK", "value": "+7 1"}]
    listed = {"id": 7, "phone": "+7 1", "email": ""}
    got = {**listed, "email": None, "phoneWork": "+7 1", "fm": fm}
    assert item_from(listed, entity_type_id) == item_from(got, entity_type_id)
    assert item_from(listed, entity_type_id).fields == {"phone": "+7 1"}


def test_a_lead_keeps_the_name_of_the_person_it_is_about() -> None:
    item = item_from({"id": 7, "title": "Request", "name": "Vera", "lastName": "Orlova"}, LEAD)
    assert item.title == "Request"
    assert full_name(item.fields) == "Vera Orlova"


def test_a_field_that_cannot_be_read_is_named() -> None:
    with pytest.raises(FatalError, match=r"item 2:1 cannot be read: updatedTime: expected a date and time"):
        item_from(deal(1, updatedTime="23.07.2024 18:19:21"), DEAL)


@pytest.mark.parametrize(
    ("entity_type_id", "has", "has_not"),
    [
        (LEAD, {"stageId", "originId", "sourceId"}, {"categoryId", "xmlId", "isRecurring"}),
        (DEAL, {"stageId", "categoryId", "stageSemanticId", "originId", "isRecurring"}, {"xmlId"}),
        (CONTACT, {"name", "lastName", "originId"}, {"title", "stageId", "opportunity"}),
        (COMPANY, {"title", "originId"}, {"stageId", "categoryId"}),
        (SMART_INVOICE, {"stageId", "categoryId", "xmlId"}, {"originId", "stageSemanticId"}),
        (SPA, {"stageId", "categoryId", "xmlId", "movedBy"}, {"originId", "stageSemanticId"}),
    ],
)
def test_only_fields_that_the_type_has_are_asked_for(
    entity_type_id: int, has: set[str], has_not: set[str]
) -> None:
    fields = selected_fields(entity_type_id, ["ufCrm1", "title"])
    assert has <= set(fields)
    assert not has_not & set(fields) - {"title"}
    assert fields[-1] == "ufCrm1" or "ufCrm1" in fields
    assert len(fields) == len(set(fields))


# -- lists -------------------------------------------------------------------------------------------------


def test_items_are_listed_with_their_bound_fields(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.list", table([deal(number, ufCrm1=number) for number in range(1, 121)]))
    found = pages(portal_items.list_items(client, DEAL, extra_fields=["ufCrm1"], expected=FULL_LISTING))
    assert [item.ref.id for item in found] == list(range(1, 121))
    assert found[7].fields["ufCrm1"] == 8
    assert "ufCrm1" in portal.commands[0].params["select"]


def test_a_category_and_a_filter_narrow_the_list(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.list", {"items": []})
    since = datetime(2026, 10, 5, 9, 58, tzinfo=UTC)
    pages(portal_items.list_items(client, DEAL, category_id=0, filter={">=updatedTime": since}))
    assert portal.commands[0].params["filter"] == {
        ">=updatedTime": "2026-10-05T09:58:00+00:00",
        "=categoryId": 0,
        ">id": 0,
    }


def test_templates_of_recurring_deals_are_no_deals(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.list", table([deal(1), deal(2, isRecurring="Y"), deal(3, isRecurring="N")]))
    assert [item.ref.id for item in pages(portal_items.list_items(client, DEAL))] == [1, 3]
    found = portal_items.read_items(client, [ItemRef(DEAL, 2)])
    assert found == {ItemRef(DEAL, 2): None}


# -- reads by id -------------------------------------------------------------------------------------------


def lists_and_gets(portal: StandIn, rows: dict[int, dict[str, Any]], gone: Refusal | None = None) -> None:
    def get(params: dict[str, Any]) -> Any:
        if row := rows.get(int(params["id"])):
            return {"item": row}
        raise gone or Refusal("NOT_FOUND", "Element not found")

    portal.says("crm.item.list", table(list(rows.values())))
    portal.says("crm.item.get", get)


def test_many_items_of_several_types_are_one_request(portal: StandIn, client: Client) -> None:
    lists_and_gets(portal, {number: deal(number) for number in range(1, 300)})
    refs = [ItemRef(DEAL, number) for number in range(1, 121)] + [
        ItemRef(SPA, number) for number in range(1, 51)
    ]
    found = portal_items.read_items(client, refs, extra_fields={SPA: ["ufCrm5"]})
    assert set(found) == set(refs)
    assert client.requests_sent == 1
    assert [len(one.params["filter"]["@id"]) for one in portal.commands] == [50, 50, 20, 50]
    assert "ufCrm5" in portal.commands[3].params["select"]
    assert "ufCrm5" not in portal.commands[0].params["select"]


def test_an_item_is_gone_when_a_get_says_so(portal: StandIn, client: Client) -> None:
    lists_and_gets(portal, {1: deal(1)})
    found = portal_items.read_items(client, [ItemRef(DEAL, 1), ItemRef(DEAL, 2)])
    assert found[ItemRef(DEAL, 1)] is not None
    assert found[ItemRef(DEAL, 2)] is None
    assert client.requests_sent == 2


@pytest.mark.parametrize(
    "refusal", [Refusal("ACCESS_DENIED", "Access denied"), Refusal("NOT_FOUND", "Smart process not found")]
)
def test_an_item_that_may_not_be_read_is_not_gone(
    portal: StandIn, client: Client, caplog: pytest.LogCaptureFixture, refusal: Refusal
) -> None:
    caplog.set_level(logging.WARNING)
    lists_and_gets(portal, {1: deal(1)}, refusal)
    found = portal_items.read_items(client, [ItemRef(DEAL, 1), ItemRef(DEAL, 2)])
    assert list(found) == [ItemRef(DEAL, 1)]
    assert f"action=read_items status=unproven item=deal:2 code={refusal.code}" in caplog.text


def test_one_row_that_cannot_be_read_holds_up_no_other(
    portal: StandIn, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    lists_and_gets(portal, {1: deal(1), 2: deal(2, updatedTime="yesterday"), 3: deal(3)})
    refs = [ItemRef(DEAL, number) for number in (1, 2, 3)]

    assert list(portal_items.read_items(client, refs)) == [refs[0], refs[2]]
    assert "status=unreadable" in caplog.text
    assert "item 2:2 cannot be read: updatedTime" in caplog.text


def test_an_item_that_only_the_list_does_not_show_is_there(portal: StandIn, client: Client) -> None:
    lists_and_gets(portal, {7: deal(7)})
    portal.says("crm.item.list", {"items": []})
    found = portal_items.read_items(client, [ItemRef(DEAL, 7)])
    item = found[ItemRef(DEAL, 7)]
    assert item is not None
    assert item.title == "Deal 7"


def test_a_list_that_ignores_its_filter_gives_only_what_was_asked(portal: StandIn, client: Client) -> None:
    lists_and_gets(portal, {})
    portal.says("crm.item.list", {"items": [deal(number) for number in range(1, 51)]})
    assert list(portal_items.read_items(client, [ItemRef(DEAL, 7)])) == [ItemRef(DEAL, 7)]


@pytest.mark.parametrize("method", ["crm.item.list", "crm.item.get"])
def test_what_cannot_be_read_now_raises_and_buries_nobody(
    portal: StandIn, client: Client, method: str
) -> None:
    lists_and_gets(portal, {})

    def busy(params: dict[str, Any]) -> Any:
        raise Refusal("OPERATION_TIME_LIMIT", "Method is blocked", 429)

    portal.says(method, busy)
    with pytest.raises(RetriableError, match="OPERATION_TIME_LIMIT"):
        portal_items.read_items(client, [ItemRef(DEAL, 1)])


def test_nothing_to_read_asks_nothing(client: Client) -> None:
    assert portal_items.read_items(client, []) == {}
    assert client.requests_sent == 0


def test_a_page_of_html_deletes_nothing(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.list", table([deal(number) for number in range(1, 400)]))
    portal.instead = [None, None, *[(200, "<html>")] * 9]
    with pytest.raises(CutOffError):
        pages(portal_items.list_items(client, DEAL))


# -- writes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entity_type_id", "marked"),
    [
        (DEAL, {"originatorId": "funnelwright", "originId": "cx:1"}),
        (COMPANY, {"originatorId": "funnelwright", "originId": "cx:1"}),
        (SMART_INVOICE, {"xmlId": "cx:1"}),
        (SPA, {"xmlId": "cx:1"}),
    ],
)
def test_what_we_make_carries_our_marker_and_is_looked_for_by_it(entity_type_id: int, marked: Any) -> None:
    call = portal_items.add_item(entity_type_id, {"title": "x", "xmlId": "other"}, marker="cx:1")
    assert call.params["fields"].items() >= marked.items()
    look = portal_items.find_by_marker(entity_type_id, "cx:1")
    assert look.params["filter"] == {f"={name}": value for name, value in marked.items()}


def test_booleans_of_cards_are_letters_because_a_1_counts_as_no() -> None:
    call = portal_items.update_item(ItemRef(DEAL, 7), {"opened": True, "ufCrm1": [True, False], "title": "x"})
    assert call.params["fields"] == {"opened": "Y", "ufCrm1": ["Y", "N"], "title": "x"}
    assert as_command(call) == (
        "crm.item.update?entityTypeId=2&id=7&fields[opened]=Y&fields[ufCrm1][0]=Y&fields[ufCrm1][1]=N&fields[title]=x"
    )


def test_a_probe_believes_only_rows_with_our_own_marker() -> None:
    ours = {"originatorId": "funnelwright", "originId": "cx:1"}
    rows = [
        deal(9, **ours),
        deal(5, **ours),
        deal(1, originatorId="other", originId="cx:1"),
        deal(2, originatorId="funnelwright", originId="cx:11"),
        deal(3),
    ]
    answer = Answer(Outcome.DONE, result={"items": rows})
    assert [item.ref.id for item in portal_items.items_with_marker(answer, DEAL, "cx:1")] == [5, 9]
    assert portal_items.items_with_marker(Answer(Outcome.DONE, result={"items": []}), DEAL, "cx:1") == []


@pytest.mark.parametrize("result", [{"items": None}, [], "x", {"items": [1]}])
def test_a_probe_that_cannot_be_read_has_not_found_nothing(result: Any) -> None:
    with pytest.raises(FatalError, match="cannot be read"):
        portal_items.items_with_marker(Answer(Outcome.DONE, result=result), DEAL, "cx:1")
