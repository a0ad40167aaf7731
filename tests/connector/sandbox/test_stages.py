"""Moving through stages and pipelines, the history of it, what stages ask for, and the directories."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.crm.names import item_uf_name, item_uf_names
from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import Reply, ask, events_of


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


def update(
    portal: SandboxPortal, number: int, entity_type_id: int = 2, *, by: int = 1, **fields: Any
) -> Reply:
    return ask(
        portal, "crm.item.update", {"entityTypeId": entity_type_id, "id": number, "fields": fields}, by=by
    )


def history(portal: SandboxPortal, entity_type_id: int = 2, **params: Any) -> list[dict[str, Any]]:
    params = {"entityTypeId": entity_type_id, **params}
    rows: list[dict[str, Any]] = ask(portal, "crm.stagehistory.list", params).result["items"]
    return rows


def test_a_move_in_a_pipeline_is_an_update_with_a_mover(portal: SandboxPortal) -> None:
    deal = portal.deal(stage="C1:NEW")
    told = events_of(portal)
    portal.clock.sleep(60)
    item = update(portal, deal.id, stageId="C1:WON", by=5).result["item"]
    assert (item["stageId"], item["stageSemanticId"], item["closed"], item["isNew"]) == (
        "C1:WON",
        "S",
        "Y",
        "N",
    )
    assert (item["movedBy"], item["movedTime"]) == (5, "2026-01-12T09:01:00+03:00")
    assert told == [("ONCRMDEALUPDATE", {"FIELDS": {"ID": deal.id}})]


def test_every_stage_that_an_item_came_into_is_in_the_history(portal: SandboxPortal) -> None:
    deal = portal.deal(stage="C1:NEW")
    portal.move(deal, "C1:UC_WORK01")
    portal.move(deal, "C1:LOSE")
    portal.move(deal, "C1:NEW")
    portal.move(deal, "C2:PREPARATION")
    rows = history(portal)
    assert [
        (row["TYPE_ID"], row["CATEGORY_ID"], row["STAGE_ID"], row["STAGE_SEMANTIC_ID"]) for row in rows
    ] == [
        (1, 1, "C1:NEW", "P"),
        (2, 1, "C1:UC_WORK01", "P"),
        (3, 1, "C1:LOSE", "F"),
        (2, 1, "C1:NEW", "P"),
        (5, 2, "C2:PREPARATION", "P"),
    ]
    assert [
        row["ID"] for row in history(portal, filter={">ID": rows[2]["ID"]}, order={"ID": "ASC"}, start=-1)
    ] == [4, 5]
    assert rows[0]["CREATED_TIME"] == "2026-01-12T09:00:00+03:00"
    assert rows[0]["OWNER_ID"] == deal.id


def test_the_history_of_leads_has_other_names_and_no_pipeline(portal: SandboxPortal) -> None:
    lead = portal.lead()
    portal.move(lead, "CONVERTED")
    last = history(portal, 1, filter={"OWNER_ID": lead.id}, order={"ID": "DESC"})[0]
    assert set(last) == {"ID", "TYPE_ID", "OWNER_ID", "CREATED_TIME", "STATUS_ID", "STATUS_SEMANTIC_ID"}
    assert (last["TYPE_ID"], last["STATUS_ID"], last["STATUS_SEMANTIC_ID"]) == (3, "CONVERTED", "S")
    assert ask(portal, "crm.stagehistory.list", {"entityTypeId": 3}).refusal == (
        400,
        "ENTITY_TYPE_NOT_SUPPORTED",
    )
    assert ask(portal, "crm.stagehistory.list", {"entityTypeId": 2, "filter": {"X": 1}}).refusal == (
        400,
        "INVALID_ARG_VALUE",
    )


def test_a_converted_lead_makes_nothing_else(portal: SandboxPortal) -> None:
    lead = portal.lead(NAME="Ann")
    item = update(portal, lead.id, 1, stageId="CONVERTED").result["item"]
    assert (item["stageSemanticId"], item["dateClosed"]) == ("S", "2026-01-12T09:00:00+03:00")
    assert not portal.crm.shelf(2).ids
    assert not portal.crm.shelf(3).ids
    assert update(portal, lead.id, 1, stageId="NEW").result["item"]["dateClosed"] is None


def test_a_move_to_another_pipeline_has_an_event_of_its_own(portal: SandboxPortal) -> None:
    deal = portal.deal(stage="C1:UC_WORK01")
    told = events_of(portal)
    item = update(portal, deal.id, categoryId=2, stageId="C2:EXECUTING", title="Tender").result["item"]
    assert (item["categoryId"], item["stageId"], item["title"]) == (2, "C2:EXECUTING", "Tender")
    assert told == [
        ("ONCRMDEALMOVETOCATEGORY", {"FIELDS": {"ID": deal.id, "CATEGORY_ID": 2, "STAGE_ID": "C2:EXECUTING"}})
    ]
    found = ask(portal, "crm.item.list", {"entityTypeId": 2, "filter": {"categoryId": 2}}).result["items"]
    assert [row["id"] for row in found] == [deal.id]


@pytest.mark.parametrize(
    ("start", "fields", "expected"),
    [
        ("C1:UC_WALKED", {"categoryId": 2}, "C2:LOSE"),
        ("C1:WON", {"categoryId": 0}, "WON"),
        ("C1:UC_WORK01", {"categoryId": 2, "stageId": "C1:LOSE"}, "C2:LOSE"),
        ("C1:NEW", {"categoryId": 0, "stageId": "NOWHERE"}, "NEW"),
    ],
)
def test_a_stage_of_elsewhere_becomes_the_first_of_its_group(
    portal: SandboxPortal, start: str, fields: dict[str, Any], expected: str
) -> None:
    deal = portal.deal(stage=start)
    assert update(portal, deal.id, **fields).result["item"]["stageId"] == expected


def test_smart_items_move_between_pipelines_by_an_ordinary_update(portal: SandboxPortal) -> None:
    other = portal.pipeline(name="Far", entity_type_id=1036)
    meeting = portal.item(1036)
    told = events_of(portal)
    item = update(portal, meeting.id, 1036, categoryId=other.id).result["item"]
    assert item["stageId"] == f"DT1036_{other.id}:NEW"
    assert item["previousStageId"] == "DT1036_2:NEW"
    fields = {"FIELDS": {"ID": meeting.id, "ENTITY_TYPE_ID": 1036}}
    assert told == [("ONCRMDYNAMICITEMUPDATE", fields), ("ONCRMDYNAMICITEMUPDATE_1036", fields)]


@pytest.mark.parametrize("fields", [{"stageId": "C2:NEW"}, {"stageId": "NOWHERE"}, {"categoryId": 77}])
def test_stages_and_pipelines_that_cannot_be_are_refused(
    portal: SandboxPortal, fields: dict[str, Any]
) -> None:
    deal = portal.deal(stage="C1:NEW")
    assert update(portal, deal.id, **fields).refusal == (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID")
    assert deal.stage_id == "C1:NEW"


def test_the_classic_update_leaves_a_foreign_stage_and_every_pipeline_alone(portal: SandboxPortal) -> None:
    deal = portal.deal(stage="C1:NEW")
    told = events_of(portal)
    fields = {"STAGE_ID": "C2:NEW", "CATEGORY_ID": 2}
    assert ask(portal, "crm.deal.update", {"id": deal.id, "fields": fields}).result is True
    assert (deal.stage_id, deal.category_id, told) == ("C1:NEW", 1, [])
    assert ask(portal, "crm.deal.update", {"id": deal.id, "fields": {"STAGE_ID": "C1:LOSE"}}).result is True
    assert deal.stage_id == "C1:LOSE"


def test_a_hidden_pipeline_is_out_of_reach(portal: SandboxPortal) -> None:
    portal.crm.rights.hide_category(5, 2, 2)
    deal = portal.deal(stage="C1:NEW")
    assert update(portal, deal.id, categoryId=2, by=5).refusal == (
        400,
        "CRM_FIELD_ERROR_CATEGORY_NOT_AVAILABLE",
    )
    names = ask(portal, "crm.category.list", {"entityTypeId": 2}, by=5).result["categories"]
    assert [each["id"] for each in names] == [1, 0, 3]
    portal.move(deal, "C2:NEW")
    assert ask(portal, "crm.item.get", {"entityTypeId": 2, "id": deal.id}, by=5).refusal == (
        400,
        "ACCESS_DENIED",
    )


def test_without_the_right_to_move_stages_the_rest_can_be_edited(portal: SandboxPortal) -> None:
    portal.crm.rights.no_moves.add(5)
    deal = portal.deal()
    assert update(portal, deal.id, stageId="PREPARATION", by=5).refusal == (400, "-")
    assert update(portal, deal.id, title="x", by=5).status == 200


def test_a_stage_refuses_by_the_title_of_what_is_missing(portal: SandboxPortal) -> None:
    portal.require_on_stage("C1:LOSE", "UF_CRM_LOSS_REASON", "opportunity")
    deal = portal.deal(stage="C1:NEW")
    told = events_of(portal)
    reply = update(portal, deal.id, stageId="C1:LOSE")
    assert reply.body == {
        "error": "CRM_FIELD_ERROR_REQUIRED",
        "error_description": 'The "Reason of the loss" field is required',
    }
    reason = portal.crm.user_fields.named("CRM_DEAL", "UF_CRM_LOSS_REASON")
    assert reason is not None
    reply = update(portal, deal.id, stageId="C1:LOSE", ufCrm_LOSS_REASON=reason.options[0].id)
    assert reply.body["error_description"] == 'The "Amount" field is required'
    assert told == []
    fields = {"stageId": "C1:LOSE", "ufCrm_LOSS_REASON": reason.options[0].id, "opportunity": 5}
    assert update(portal, deal.id, **fields).result["item"]["stageId"] == "C1:LOSE"


def test_required_fields_are_asked_for_on_adding_but_not_on_changing_the_pipeline(
    portal: SandboxPortal,
) -> None:
    portal.require_on_stage("C1:LOSE", "UF_CRM_LOSS_REASON")
    fields = {"categoryId": 1, "stageId": "C1:LOSE"}
    assert ask(portal, "crm.item.add", {"entityTypeId": 2, "fields": fields}).refusal == (
        400,
        "CRM_FIELD_ERROR_REQUIRED",
    )
    deal = portal.deal(stage="C2:NEW")
    assert update(portal, deal.id, **fields).status == 200
    portal.crm.required.is_checked = False
    assert ask(portal, "crm.item.add", {"entityTypeId": 2, "fields": fields}).status == 200


def test_a_mandatory_field_cannot_be_emptied_but_an_empty_one_does_not_stop_other_edits(
    portal: SandboxPortal,
) -> None:
    filled, empty = portal.deal(UF_CRM_WALK_REASON="x"), portal.deal()
    portal.crm.user_fields.named("CRM_DEAL", "UF_CRM_WALK_REASON").is_mandatory = True  # type: ignore[union-attr]
    portal.crm.user_fields.version += 1
    portal.crm.required.is_checked = True
    assert update(portal, filled.id, ufCrm_WALK_REASON="").refusal == (400, "CRM_FIELD_ERROR_REQUIRED")
    assert update(portal, empty.id, title="y").status == 200
    assert update(portal, empty.id, stageId="PREPARATION").refusal == (400, "CRM_FIELD_ERROR_REQUIRED")


def test_a_portal_in_russian_refuses_in_russian() -> None:
    portal = SandboxPortal(language="ru")
    portal.require_on_stage("LOSE", "UF_CRM_LOSS_REASON")
    reply = update(portal, portal.deal().id, stageId="LOSE")
    assert reply.body["error_description"] == "Поле «Причина проигрыша» обязательно для заполнения"
    names = [
        row["NAME"]
        for row in ask(portal, "crm.status.list", {"filter": {"ENTITY_ID": "DEAL_STAGE_1"}}).result
    ]
    assert names[:2] == ["Новая", "В работе"]


# --- directories


def statuses(portal: SandboxPortal, entity_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ask(portal, "crm.status.list", {"filter": {"ENTITY_ID": entity_id}}).result
    return rows


def test_stages_are_listed_with_their_semantics(portal: SandboxPortal) -> None:
    general, smart = statuses(portal, "DEAL_STAGE"), statuses(portal, "DYNAMIC_1036_STAGE_2")
    assert [row["STATUS_ID"] for row in general] == [
        "NEW",
        "PREPARATION",
        "PREPAYMENT_INVOICE",
        "EXECUTING",
        "FINAL_INVOICE",
        "WON",
        "LOSE",
        "APOLOGY",
    ]
    assert [row["SEMANTICS"] for row in general] == [None, None, None, None, None, "S", "F", "F"]
    assert general[7]["EXTRA"] == {"SEMANTICS": "apology", "COLOR": "#FF5752"}
    assert (general[0]["CATEGORY_ID"], statuses(portal, "DEAL_STAGE_2")[0]["CATEGORY_ID"]) == (None, "2")
    assert "EXTRA" not in smart[0]
    assert smart[4]["STATUS_ID"] == "DT1036_2:SUCCESS"
    assert statuses(portal, "DEAL_STAGE_0") == statuses(portal, "NOTHING") == []


def test_directories_are_told_with_the_stages_that_open_and_close_them(portal: SandboxPortal) -> None:
    types = {row["ID"]: row for row in ask(portal, "crm.status.entity.types", by=5).result}
    assert types["DEAL_STAGE_1"]["SEMANTIC_INFO"] == {
        "START_FIELD": "C1:NEW",
        "FINAL_SUCCESS_FIELD": "C1:WON",
        "FINAL_UNSUCCESS_FIELD": "C1:LOSE",
        "FINAL_SORT": 0,
    }
    assert (types["DEAL_STAGE_1"]["PREFIX"], types["DEAL_STAGE_1"]["CATEGORY_ID"]) == ("C1", "1")
    assert (types["DYNAMIC_1036_STAGE_2"]["CATEGORY_ID"], types["DYNAMIC_1036_STAGE_2"]["SEMANTIC_INFO"]) == (
        2,
        [],
    )
    assert {"STATUS", "SOURCE", "SMART_INVOICE_STAGE_1"} <= set(types)
    items = ask(portal, "crm.status.entity.items", {"entityId": "STATUS"}).result
    assert items[0] == {"NAME": "Unassigned", "SORT": 10, "STATUS_ID": "NEW"}


def test_long_codes_are_cut_with_their_prefix(portal: SandboxPortal) -> None:
    assert "C2:PREPAYMENT_INVOICE" in [row["STATUS_ID"] for row in statuses(portal, "DEAL_STAGE_2")]
    tenth = portal.pipeline(10)
    codes = [row["STATUS_ID"] for row in statuses(portal, f"DEAL_STAGE_{tenth.id}")]
    assert "C10:PREPAYMENT_INVOIC" in codes


def test_stages_are_made_changed_and_deleted(portal: SandboxPortal) -> None:
    fields = {"ENTITY_ID": "DEAL_STAGE_1", "STATUS_ID": "DECISION", "NAME": "Decision", "SORT": 25}
    number = ask(portal, "crm.status.add", {"fields": fields}).result
    row = ask(portal, "crm.status.get", {"id": number}).result
    assert (row["STATUS_ID"], row["SYSTEM"], row["SEMANTICS"]) == ("C1:DECISION", "N", None)
    again = ask(portal, "crm.status.add", {"fields": {**fields, "STATUS_ID": "C1:DECISION"}})
    assert again.body["error_description"] == "The specified status ID already exists."
    assert ask(
        portal, "crm.status.update", {"id": number, "fields": {"NAME": "Yes or no", "SEMANTICS": "S"}}
    ).result
    assert (portal.crm.stages.statuses[number].name, portal.crm.stages.statuses[number].semantics) == (
        "Yes or no",
        "",
    )
    deal = portal.deal(stage="C1:DECISION")
    refused = ask(portal, "crm.status.delete", {"id": number})
    assert refused.body["error_description"] == "There are active items in this status."
    portal.move(deal, "C1:NEW")
    assert ask(portal, "crm.status.delete", {"id": number}).result is True


def test_stages_keep_their_order_and_system_stages_stay(portal: SandboxPortal) -> None:
    base = {"ENTITY_ID": "DEAL_STAGE_1", "STATUS_ID": "X", "NAME": "X"}
    for more in ({"SORT": 500}, {"SEMANTICS": "S", "SORT": 45}):
        assert ask(portal, "crm.status.add", {"fields": {**base, **more}}).status == 400
    assert ask(portal, "crm.status.add", {"fields": {**base, "SEMANTICS": "F", "SORT": 90}}).status == 200
    system = next(row["ID"] for row in statuses(portal, "DEAL_STAGE_1") if row["STATUS_ID"] == "C1:WON")
    assert "FORCED" in ask(portal, "crm.status.delete", {"id": system}).body["error_description"]
    assert ask(portal, "crm.status.delete", {"id": system, "params": {"FORCED": "Y"}}).result is True


def test_only_an_administrator_changes_settings(portal: SandboxPortal) -> None:
    fields = {"ENTITY_ID": "SOURCE", "STATUS_ID": "X", "NAME": "X"}
    assert (
        ask(portal, "crm.status.add", {"fields": fields}, by=5).body["error_description"] == "Access denied."
    )
    assert ask(portal, "crm.category.add", {"entityTypeId": 2, "fields": {"name": "x"}}, by=5).refusal == (
        400,
        "ACCESS_DENIED",
    )
    assert ask(portal, "crm.type.list", by=5).refusal == (400, "ACCESS_DENIED")
    assert ask(portal, "crm.enum.ownertype", by=5).status == 200


def test_a_new_pipeline_comes_with_stages_and_goes_when_it_is_empty(portal: SandboxPortal) -> None:
    made = ask(portal, "crm.category.add", {"entityTypeId": 2, "fields": {"name": "New", "sort": 50}}).result[
        "category"
    ]
    assert made == {
        "id": 4,
        "name": "New",
        "sort": 50,
        "entityTypeId": 2,
        "isDefault": "N",
        "originId": "",
        "originatorId": "",
    }
    assert len(statuses(portal, "DEAL_STAGE_4")) == 8
    deal = portal.deal(stage="C4:NEW")
    params = {"entityTypeId": 2, "id": 4}
    assert ask(portal, "crm.category.delete", params).refusal == (400, "0")
    portal.delete(deal)
    assert ask(portal, "crm.category.delete", params).result is None
    assert ask(portal, "crm.category.get", params).refusal == (400, "NOT_FOUND")
    assert ask(portal, "crm.category.list", {"entityTypeId": 1}).refusal == (400, "ENTITY_TYPE_NOT_SUPPORTED")
    assert ask(portal, "crm.category.delete", {"entityTypeId": 2, "id": 0}).refusal == (400, "0")


def test_a_smart_process_is_made_used_and_deleted(portal: SandboxPortal) -> None:
    told = events_of(portal)
    fields = {"title": "Claims", "isCategoriesEnabled": "Y", "isStagesEnabled": "Y", "isClientEnabled": "Y"}
    relations = {"parent": [{"entityTypeId": 2, "isChildrenListEnabled": "true"}]}
    made = ask(portal, "crm.type.add", {"fields": {**fields, "relations": relations}}).result["type"]
    number = made["entityTypeId"]
    assert number >= 1030
    assert number % 2 == 0
    assert made["id"] != number
    assert [each["entityTypeId"] for each in made["relations"]["parent"]] == [3, 4, 2]
    assert told == [("ONCRMTYPEADD", {"FIELDS": {"ID": made["id"]}})]
    item = ask(portal, "crm.item.add", {"entityTypeId": number, "fields": {"parentId2": 5}}).result["item"]
    assert item["parentId2"] == 5
    assert item["stageId"].startswith(f"DT{number}_")
    assert ask(portal, "crm.type.delete", {"id": made["id"]}).refusal == (400, "BX_ERROR")
    ask(portal, "crm.item.delete", {"entityTypeId": number, "id": item["id"]})
    assert ask(portal, "crm.type.delete", {"id": made["id"]}).result == []
    assert ask(portal, "crm.type.delete", {"id": made["id"]}).result is None
    assert ask(portal, "crm.item.list", {"entityTypeId": number}).refusal == (400, "NOT_FOUND")
    assert ask(portal, "crm.type.add", {"fields": {"title": "x", "entityTypeId": 777}}).refusal == (
        400,
        "INVALID_ARG_VALUE",
    )


def test_short_codes_name_records_of_every_type(portal: SandboxPortal) -> None:
    codes = {row["ID"]: row["SYMBOL_CODE_SHORT"] for row in ask(portal, "crm.enum.ownertype").result}
    assert (codes[2], codes[4], codes[31], codes[1046]) == ("D", "CO", "SI", "T416")
    assert portal.crm.read_code("T416_29") == (1046, 29)
    assert portal.crm.write_code(1046, 29) == "T416_29"
    assert portal.crm.read_code("X_1") is None


# --- user fields


@pytest.mark.parametrize(
    ("name", "item_name"),
    [
        ("UF_CRM_3_DIGIT", "ufCrm3Digit"),
        ("UF_CRM_3_1747309727", "ufCrm3_1747309727"),
        ("UF_CRM_3_DIGIT10", "ufCrm_3_DIGIT10"),
        ("UF_CRM_1747309879", "ufCrm_1747309879"),
        ("UF_CRM_REGION", "ufCrm_REGION"),
    ],
)
def test_user_fields_are_renamed_by_the_documented_table(name: str, item_name: str) -> None:
    assert item_uf_name(name) == item_name


def test_names_that_would_collide_stay_in_upper_case() -> None:
    assert item_uf_names(["UF_CRM_3_A_B", "UF_CRM_3_A_B1", "UF_CRM_3_AB"]) == {
        "UF_CRM_3_A_B": "ufCrm3AB",
        "UF_CRM_3_A_B1": "ufCrm_3_A_B1",
        "UF_CRM_3_AB": "ufCrm3Ab",
    }
    assert item_uf_names(["UF_CRM_3_AB", "UF_CRM_3_ab"])["UF_CRM_3_AB"] == "UF_CRM_3_AB"


def test_a_user_field_is_made_listed_changed_and_deleted(portal: SandboxPortal) -> None:
    told = events_of(portal)
    field = {
        "entityId": "CRM_7",
        "fieldName": "UF_CRM_7_MOOD",
        "userTypeId": "enumeration",
        "editFormLabel": {"en": "Mood", "ru": "Настроение"},
        "enum": [{"value": "Good"}, {"value": "Bad", "def": "Y"}],
    }
    made = ask(portal, "userfieldconfig.add", {"moduleId": "crm", "field": field}).result["field"]
    assert (made["sort"], made["mandatory"], [each["value"] for each in made["enum"]]) == (
        "100",
        "N",
        ["Good", "Bad"],
    )
    assert [name for name, _ in told] == ["ONCRMTYPEUSERFIELDADD", "ONCRMTYPEUSERFIELDSETENUMVALUES"]
    bad = made["enum"][1]["id"]
    item = ask(portal, "crm.item.add", {"entityTypeId": 1036, "fields": {"ufCrm7Mood": bad}}).result["item"]
    assert item["ufCrm7Mood"] == int(bad)
    change = {
        "mandatory": "Y",
        "userTypeId": "enumeration",
        "enum": [{"id": bad, "del": "Y"}, {"value": "So-so"}],
    }
    changed = ask(
        portal, "userfieldconfig.update", {"moduleId": "crm", "id": made["id"], "field": change}
    ).result["field"]
    assert (changed["mandatory"], [each["value"] for each in changed["enum"]]) == ("Y", ["Good", "So-so"])
    listed = ask(portal, "userfieldconfig.list", {"moduleId": "crm", "filter": {"entityId": "CRM_7"}}).result[
        "fields"
    ]
    assert "UF_CRM_7_MOOD" in [each["fieldName"] for each in listed]
    assert "editFormLabel" not in listed[0]
    assert ask(portal, "userfieldconfig.delete", {"moduleId": "crm", "id": made["id"]}).result is None
    assert "ufCrm7Mood" not in ask(portal, "crm.item.fields", {"entityTypeId": 1036}).result["fields"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"entityId": "CRM_1036"}, "You cannot create custom fields"),
        ({"fieldName": "UF_CRM_MOOD"}, "You cannot create custom fields"),
        ({"fieldName": ""}, "The 'FIELD_NAME' field is not found."),
        ({"fieldName": "UF_CRM_7_PLACE"}, "Field UF_CRM_7_PLACE for entity CRM_7 already exists"),
    ],
)
def test_user_fields_that_cannot_be(portal: SandboxPortal, change: dict[str, str], text: str) -> None:
    field = {"entityId": "CRM_7", "fieldName": "UF_CRM_7_MOOD", "userTypeId": "string", **change}
    body = ask(portal, "userfieldconfig.add", {"moduleId": "crm", "field": field}).body
    assert body == {"error": "", "error_description": text}


def test_the_classic_user_fields_of_deals(portal: SandboxPortal) -> None:
    fields = {
        "FIELD_NAME": "COLOUR",
        "USER_TYPE_ID": "enumeration",
        "LIST": [{"VALUE": "Red"}],
        "LABEL": "Colour",
    }
    number = ask(portal, "crm.deal.userfield.add", {"fields": fields}).result
    row = ask(portal, "crm.deal.userfield.get", {"id": number}).result
    assert (row["FIELD_NAME"], row["LIST"][0]["VALUE"], row["EDIT_FORM_LABEL"]) == (
        "UF_CRM_COLOUR",
        "Red",
        {"en": "Colour"},
    )
    listed = ask(portal, "crm.deal.userfield.list", {"filter": {"FIELD_NAME": "UF_CRM_COLOUR"}}).result
    assert "EDIT_FORM_LABEL" not in listed[0]
    named = ask(
        portal, "crm.deal.userfield.list", {"filter": {"FIELD_NAME": "UF_CRM_COLOUR", "LANG": "en"}}
    ).result
    assert named[0]["EDIT_FORM_LABEL"] == "Colour"
    assert ask(portal, "crm.lead.userfield.get", {"id": number}).refusal == (400, "ERROR_NOT_FOUND")
    assert (
        ask(portal, "crm.deal.userfield.delete", {"id": number}, by=5).body["error_description"]
        == "Access denied."
    )
    assert ask(portal, "crm.deal.userfield.delete", {"id": number}).result is True
