"""Making, changing and deleting records: values, names, defaults, links, refusals, in both families."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import ask, events_of


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


def add(portal: SandboxPortal, entity_type_id: int = 2, *, by: int = 1, **fields: Any) -> dict[str, Any]:
    params = {"entityTypeId": entity_type_id, "fields": fields}
    item: dict[str, Any] = ask(portal, "crm.item.add", params, by=by).result["item"]
    return item


def update(
    portal: SandboxPortal, number: int, entity_type_id: int = 2, *, by: int = 1, **fields: Any
) -> dict[str, Any]:
    params = {"entityTypeId": entity_type_id, "id": number, "fields": fields}
    item: dict[str, Any] = ask(portal, "crm.item.update", params, by=by).result["item"]
    return item


def test_a_new_deal_gets_what_it_was_not_given(portal: SandboxPortal) -> None:
    item = add(portal, by=5)
    assert item["title"] == "Deal #1"
    assert (item["categoryId"], item["stageId"], item["stageSemanticId"]) == (0, "NEW", "P")
    assert (item["assignedById"], item["createdBy"], item["movedBy"]) == (5, 5, 5)
    assert (item["opened"], item["closed"], item["isNew"]) == ("Y", "N", "Y")
    assert (item["sourceId"], item["typeId"]) == ("CALL", "SALE")
    assert (item["begindate"], item["closedate"]) == (
        "2026-01-12T03:00:00+03:00",
        "2026-01-19T03:00:00+03:00",
    )
    assert item["createdTime"] == item["updatedTime"] == item["movedTime"] == "2026-01-12T09:00:00+03:00"


def test_values_are_typed_in_one_family_and_text_in_the_other(portal: SandboxPortal) -> None:
    region = portal.crm.user_fields.named("CRM_DEAL", "UF_CRM_REGION").options[1].id  # type: ignore[union-attr]
    number = add(
        portal,
        opportunity="999.90",
        companyId="7",
        ufCrm_REGION=str(region),
        ufCrm_IS_KEY="Y",
        ufCrm_1747309879="1.005",
        ufCrm_DEFERRED_UNTIL="2026-03-01",
        isManualOpportunity="y",
    )["id"]
    item = ask(portal, "crm.item.get", {"entityTypeId": 2, "id": number}).result["item"]
    row = ask(portal, "crm.deal.get", {"id": number}).result
    assert (item["opportunity"], row["OPPORTUNITY"]) == (999.9, "999.90")
    assert (item["companyId"], row["COMPANY_ID"]) == (7, "7")
    assert (item["ufCrm_REGION"], row["UF_CRM_REGION"]) == (region, str(region))
    assert (item["ufCrm_IS_KEY"], row["UF_CRM_IS_KEY"]) == ("Y", "1")
    assert (item["ufCrm_1747309879"], row["UF_CRM_1747309879"]) == (1, "1.00")
    assert item["ufCrm_DEFERRED_UNTIL"] == row["UF_CRM_DEFERRED_UNTIL"] == "2026-03-01T03:00:00+03:00"
    assert (item["isManualOpportunity"], row["IS_MANUAL_OPPORTUNITY"]) == ("Y", "Y")
    assert (item["originId"], row["ORIGIN_ID"], row["UF_CRM_WALK_REASON"]) == (None, None, "")


def test_what_cannot_be_written_is_passed_over_in_silence(portal: SandboxPortal) -> None:
    item = add(
        portal,
        titel="misspelt",
        id=77,
        createdBy=9,
        isWon="Y",
        closedate="some day",
        UF_CRM_WALK_REASON="upper case",
        ufCrm_REGION=999999,
        isManualOpportunity=1,
    )
    assert (item["id"], item["createdBy"], item["isWon"]) == (1, 1, None)
    assert item["closedate"] == "2026-01-19T03:00:00+03:00"
    assert (item["ufCrm_WALK_REASON"], item["ufCrm_REGION"], item["isManualOpportunity"]) == (None, None, "N")


def test_original_names_are_taken_and_given_when_asked_for(portal: SandboxPortal) -> None:
    params = {"entityTypeId": 2, "useOriginalUfNames": "Y", "fields": {"UF_CRM_WALK_REASON": "too small"}}
    item = ask(portal, "crm.item.add", params).result["item"]
    assert item["UF_CRM_WALK_REASON"] == "too small"
    assert "ufCrm_WALK_REASON" not in item
    rows = ask(
        portal,
        "crm.item.list",
        {"entityTypeId": 2, "useOriginalUfNames": "Y", "filter": {"UF_CRM_WALK_REASON": "too small"}},
    ).result["items"]
    assert [row["id"] for row in rows] == [item["id"]]


def test_fields_of_a_smart_process_are_named_by_its_type_record(portal: SandboxPortal) -> None:
    item = add(portal, 1036, ufCrm7Goal="Room 5", xmlId="m-1", ufCrm7MeetingAt="2026-02-01T10:00:00+01:00")
    assert item["ufCrm7Goal"] == "Room 5"
    assert item["ufCrm7MeetingAt"] == "2026-02-01T12:00:00+03:00"
    assert item["stageId"] == "DT1036_2:NEW"
    assert not {"stageSemanticId", "closed", "originId"} & set(item)
    found = ask(portal, "crm.item.list", {"entityTypeId": 1036, "filter": {"=xmlId": "m-1"}}).result["items"]
    assert [row["id"] for row in found] == [item["id"]]


def test_nothing_changed_is_nothing_saved(portal: SandboxPortal) -> None:
    deal = portal.deal(title="Pumps", opportunity=10)
    told = events_of(portal)
    portal.clock.sleep(60)
    item = update(portal, deal.id, title="Pumps", opportunity="10.00", stageId="NEW", comments="")
    assert item["updatedTime"] == "2026-01-12T09:00:00+03:00"
    assert told == []
    assert update(portal, deal.id, title="Scales")["updatedTime"] == "2026-01-12T09:01:00+03:00"
    assert told == [("ONCRMDEALUPDATE", {"FIELDS": {"ID": deal.id}})]


def test_a_title_cannot_be_emptied_but_other_fields_can(portal: SandboxPortal) -> None:
    deal = portal.deal(title="Pumps", COMMENTS="hot", companyId=4)
    item = update(portal, deal.id, title="", comments="", companyId=0)
    assert (item["title"], item["comments"], item["companyId"]) == ("Pumps", None, 0)


def test_lists_are_replaced_and_the_old_single_name_still_works(portal: SandboxPortal) -> None:
    ann, bob = portal.contact(NAME="Ann"), portal.contact(NAME="Bob")
    item = add(portal, contactIds=[ann.id, bob.id], observers=[2, "3"])
    assert (item["contactIds"], item["contactId"], item["observers"]) == ([1, 2], 1, [2, 3])
    item = update(portal, item["id"], contactId=bob.id, observers=[])
    assert (item["contactIds"], item["observers"]) == ([2], [])


def test_a_single_value_for_a_multiple_field_is_error_100(portal: SandboxPortal) -> None:
    reply = ask(portal, "crm.item.add", {"entityTypeId": 2, "fields": {"observers": "5"}})
    assert reply.body == {
        "error": "100",
        "error_description": "Expected iterable value for multiple field, but got string instead",
    }


def test_a_multiple_list_field_is_not_emptied_by_an_empty_list(portal: SandboxPortal) -> None:
    created = portal.crm.user_fields.add("CRM_DEAL", "UF_CRM_TAGS", "enumeration", is_multiple=True)
    one = portal.crm.user_fields.add_option(created, "one").id
    number = add(portal, ufCrm_TAGS=[one])["id"]
    assert update(portal, number, ufCrm_TAGS=[])["ufCrm_TAGS"] == [one]
    assert ask(portal, "crm.deal.update", {"id": number, "fields": {"UF_CRM_TAGS": []}}).result is True
    assert ask(portal, "crm.deal.get", {"id": number}).result["UF_CRM_TAGS"] == []


def test_a_contact_and_its_companies_know_each_other(portal: SandboxPortal) -> None:
    firm, other = portal.company(title="Firm"), portal.company(title="Other")
    ann = add(portal, 3, name="Ann", companyIds=[firm.id])
    assert portal.value(firm, "CONTACT_IDS") == (ann["id"],)
    update(portal, ann["id"], 3, companyId=other.id)
    assert (portal.value(firm, "CONTACT_IDS"), portal.value(other, "CONTACT_IDS")) == ((), (ann["id"],))


def test_phones_are_added_changed_and_deleted_one_by_one(portal: SandboxPortal) -> None:
    phone = {"typeId": "PHONE", "valueType": "WORK"}
    ann = add(portal, 3, name="Ann", fm=[{**phone, "value": "+1"}, {**phone, "value": "+2"}])
    first, second = (each["id"] for each in ann["fm"])
    changes = {
        "n0": {**phone, "value": "+3"},
        str(first): {**phone, "value": "+11"},
        str(second): {**phone, "value": ""},
    }
    item = update(portal, ann["id"], 3, fm=changes)
    assert [each["value"] for each in item["fm"]] == ["+11", "+3"]
    unchanged = update(portal, ann["id"], 3, fm={"n0": {"value": "+4", "valueType": "WORK"}})
    assert [each["value"] for each in unchanged["fm"]] == ["+11", "+3"]


def test_a_contact_keeps_one_of_its_names(portal: SandboxPortal) -> None:
    ann = portal.contact(NAME="Ann", LAST_NAME="Lee")
    assert update(portal, ann.id, 3, name="")["lastName"] == "Lee"
    reply = ask(portal, "crm.item.update", {"entityTypeId": 3, "id": ann.id, "fields": {"lastName": ""}})
    assert reply.refusal == (400, "CRM_FIELD_ERROR_REQUIRED")


def test_deleting_takes_the_record_and_its_history(portal: SandboxPortal) -> None:
    deal = portal.deal()
    told = events_of(portal)
    assert ask(portal, "crm.item.delete", {"entityTypeId": 2, "id": deal.id}).result == []
    assert told == [("ONCRMDEALDELETE", {"FIELDS": {"ID": deal.id}})]
    assert ask(portal, "crm.item.get", {"entityTypeId": 2, "id": deal.id}).refusal == (400, "NOT_FOUND")
    assert ask(portal, "crm.stagehistory.list", {"entityTypeId": 2}).result["items"] == []
    assert portal.deal().id == deal.id + 1


@pytest.mark.parametrize(
    ("entity_type_id", "refusal"),
    [(999, (400, "NOT_FOUND")), (5, (400, "ENTITY_TYPE_NOT_SUPPORTED"))],
)
def test_types_that_are_not_there(
    portal: SandboxPortal, entity_type_id: int, refusal: tuple[int, str]
) -> None:
    for method in ("crm.item.list", "crm.item.fields"):
        assert ask(portal, method, {"entityTypeId": entity_type_id}).refusal == refusal


def test_not_there_and_not_allowed_are_told_apart(portal: SandboxPortal) -> None:
    deal = portal.deal()
    portal.crm.rights.hide_item(7, 2, deal.id)
    params = {"entityTypeId": 2, "id": deal.id, "fields": {"title": "x"}}
    for method in ("crm.item.get", "crm.item.update", "crm.item.delete"):
        assert ask(portal, method, params, by=7).refusal == (400, "ACCESS_DENIED")
        assert ask(portal, method, {**params, "id": 99}, by=7).refusal == (400, "NOT_FOUND")
    portal.crm.rights.read_only.add(8)
    assert ask(portal, "crm.item.get", params, by=8).status == 200
    assert ask(portal, "crm.item.update", params, by=8).refusal == (400, "ACCESS_DENIED")


def test_people_from_outside_do_not_get_into_the_new_controllers(portal: SandboxPortal) -> None:
    portal.people.users[8].user_type = "extranet"
    assert ask(portal, "crm.item.list", {"entityTypeId": 2}, by=8).refusal == (
        403,
        "allowed_only_intranet_user",
    )


def test_fields_are_described_with_their_options_and_parents(portal: SandboxPortal) -> None:
    deal = ask(portal, "crm.item.fields", {"entityTypeId": 2}).result["fields"]
    meeting = ask(portal, "crm.item.fields", {"entityTypeId": 1036}).result["fields"]
    assert deal["ufCrm_REGION"]["type"] == "enumeration"
    assert [each["VALUE"] for each in deal["ufCrm_REGION"]["items"]] == ["Central", "East", "West"]
    assert deal["ufCrm_REGION"]["upperName"] == "UF_CRM_REGION"
    assert (deal["createdTime"]["isReadOnly"], deal["title"]["isReadOnly"]) == (True, False)
    assert meeting["parentId2"]["settings"] == {"parentEntityTypeId": 2}
    assert meeting["stageId"]["statusType"] == "DYNAMIC_1036_STAGE_2"
    assert "ufCrm7Place" in meeting
    classic = ask(portal, "crm.deal.fields").result
    assert classic["CATEGORY_ID"]["isImmutable"] is True
    assert (classic["OPENED"]["type"], classic["STAGE_ID"]["statusType"]) == ("char", "DEAL_STAGE")


def test_the_classic_methods_answer_ids_and_true(portal: SandboxPortal) -> None:
    number = ask(portal, "crm.lead.add", {"fields": {"TITLE": "Call", "PHONE": [{"VALUE": "+7"}]}}).result
    assert number == 1
    assert ask(portal, "crm.lead.update", {"id": number, "fields": {"NAME": "Ann"}}).result is True
    row = ask(portal, "crm.lead.get", {"id": number}).result
    assert (row["STATUS_ID"], row["STATUS_SEMANTIC_ID"], row["NAME"], row["HAS_PHONE"]) == (
        "NEW",
        "P",
        "Ann",
        "Y",
    )
    assert row["PHONE"][0]["VALUE"] == "+7"
    assert "EMAIL" not in row
    assert ask(portal, "crm.lead.delete", {"id": number}).result is True
    assert ask(portal, "crm.lead.get", {"id": number}).body["error_description"] == "Not found"
    assert ask(portal, "crm.lead.add", {"fields": "x"}).body["error_description"] == (
        "Parameter 'fields' must be array."
    )


def test_contacts_of_a_deal_have_an_order_and_a_first(portal: SandboxPortal) -> None:
    deal = portal.deal()
    items = [
        {"CONTACT_ID": 8, "SORT": 20},
        {"CONTACT_ID": 9, "SORT": 10},
        {"CONTACT_ID": 7, "SORT": 30, "IS_PRIMARY": "Y"},
    ]
    assert ask(portal, "crm.deal.contact.items.set", {"id": deal.id, "items": items}).result is True
    rows = ask(portal, "crm.deal.contact.items.get", {"id": deal.id}).result
    assert [(row["CONTACT_ID"], row["IS_PRIMARY"]) for row in rows] == [(7, "Y"), (9, "N"), (8, "N")]
    assert ask(portal, "crm.deal.contact.add", {"id": deal.id, "fields": {"CONTACT_ID": 9}}).result is False
    assert ask(portal, "crm.deal.contact.items.get", {"id": 99}).body["error_description"] == "Not found"


def test_product_rows_make_the_amount_unless_it_is_entered_by_hand(portal: SandboxPortal) -> None:
    deal, fixed = portal.deal(), portal.deal(opportunity=5, isManualOpportunity="Y")
    rows = [{"productName": "Pump", "price": 99.5, "quantity": 2}, {"productName": "Hose", "price": 1}]
    for each in (deal, fixed):
        answer = ask(
            portal, "crm.item.productrow.set", {"ownerType": "D", "ownerId": each.id, "productRows": rows}
        ).result
        assert [row["productName"] for row in answer["productRows"]] == ["Pump", "Hose"]
    assert (portal.value(deal, "opportunity"), portal.value(fixed, "opportunity")) == (200, 5)
    listed = ask(portal, "crm.item.productrow.list", {"filter": {"=ownerType": "D", "=ownerId": deal.id}})
    assert listed.body["total"] == 2
    missing = ask(portal, "crm.item.productrow.set", {"ownerType": "D", "ownerId": 99, "productRows": []})
    assert missing.refusal == (400, "OWNER_NOT_FOUND")


def test_doubles_are_found_by_phone_and_nothing_found_is_a_list(portal: SandboxPortal) -> None:
    portal.lead(NAME="Ann", PHONE=[{"VALUE": "+7 (495) 123-45-67"}])
    contact = portal.contact(NAME="Ann", PHONE=[{"VALUE": "74951234567;12"}])
    params = {"type": "PHONE", "values": ["7 495 1234567"]}
    assert ask(portal, "crm.duplicate.findbycomm", params).result == {"LEAD": [1], "CONTACT": [contact.id]}
    assert ask(portal, "crm.duplicate.findbycomm", {**params, "values": ["1"]}).result == []
    assert ask(portal, "crm.duplicate.findbycomm", {"values": ["1"]}).status == 400


def test_a_trigger_answers_true_and_moves_nothing(portal: SandboxPortal) -> None:
    deal = portal.deal()
    assert ask(portal, "crm.automation.trigger", {"target": f"DEAL_{deal.id}", "code": "x"}).result is True
    assert deal.stage_id == "NEW"
    texts = [
        ask(portal, "crm.automation.trigger", {"target": target}).body["error_description"]
        for target in ("", "DEAL", "DEAL_99")
    ]
    assert texts == ["Target is not set.", "Incorrect target format.", "Target is not found."]
