"""Tasks over REST v3: types, words, refusals as objects, and the key against doubles."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import ADMIN, OTHER, REP, Reply, ask

INVALID = "VALIDATION_REQUESTVALIDATIONEXCEPTION"


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


def call(portal: SandboxPortal, method: str, params: Any = None, *, by: int = ADMIN, key: str = "") -> Reply:
    headers = {"idempotency-key": key} if key else {}
    return ask(portal, method, params, by=by, api="v3", headers=headers)


def add(portal: SandboxPortal, **fields: Any) -> Any:
    given = {"title": "Call back", "creatorId": ADMIN, "responsibleId": REP, **fields}
    return call(portal, "tasks.task.add", {"fields": given}).result["item"]


def test_values_have_types_and_statuses_are_words(portal: SandboxPortal) -> None:
    deal = portal.deal()
    item = add(portal, deadline="2026-03-01T18:00:00+03:00", crmItemIds=[f"D_{deal.id}"], xmlId="cx:1")
    told = {
        name: item[name]
        for name in ("id", "status", "priority", "mark", "needsControl", "xmlId", "crmItemIds")
    }
    assert told == {
        "id": 1,
        "status": "pending",
        "priority": "average",
        "mark": "none",
        "needsControl": False,
        "xmlId": "cx:1",
        "crmItemIds": [f"D_{deal.id}"],
    }
    assert "responsibleId" not in item


def test_a_marker_written_over_v3_is_found_over_v2(portal: SandboxPortal) -> None:
    add(portal, xmlId="cx:1")
    found = ask(portal, "tasks.task.list", {"filter": {"XML_ID": "cx:1"}, "select": ["ID", "XML_ID"]}).result
    assert [row["xmlId"] for row in found["tasks"]] == ["cx:1"]


@pytest.mark.parametrize(
    ("fields", "mistakes"),
    [
        ({}, {"title", "creatorId", "responsibleId"}),
        ({"title": "x", "creatorId": ADMIN, "responsibleId": "5"}, {"responsibleId"}),
        ({"title": "x", "creatorId": ADMIN, "responsibleId": 77}, {"responsibleId"}),
        ({"title": "x", "creatorId": 77, "responsibleId": REP}, {"creatorId"}),
        (
            {"title": "x", "creatorId": ADMIN, "responsibleId": REP, "deadline": "2026-03-01 18:00"},
            {"deadline"},
        ),
        ({"title": "x", "creatorId": ADMIN, "responsibleId": REP, "status": "done"}, {"status"}),
        ({"title": "x", "creatorId": ADMIN, "responsibleId": REP, "created": "2026-03-01"}, {"created"}),
        ({"title": "x", "creatorId": ADMIN, "responsibleId": REP, "parentId": 9}, {"parentId"}),
    ],
)
def test_every_mistake_of_a_request_is_named_with_its_field(
    portal: SandboxPortal, fields: Any, mistakes: set[str]
) -> None:
    answer = call(portal, "tasks.task.add", {"fields": fields})
    assert answer.refusal == (400, INVALID)
    assert {each["field"] for each in answer.body["error"]["validation"]} == mistakes


def test_ids_are_json_numbers(portal: SandboxPortal) -> None:
    add(portal)
    assert call(portal, "tasks.task.get", {"id": "1"}).refusal == (400, INVALID)
    assert call(portal, "tasks.task.get", {}).refusal == (400, INVALID)
    assert call(portal, "tasks.task.get", {"id": 1}).result["item"]["id"] == 1


def test_what_is_not_there_is_an_error_here(portal: SandboxPortal) -> None:
    add(portal)
    assert call(portal, "tasks.task.get", {"id": 404}).refusal == (400, "ENTITYNOTFOUNDEXCEPTION")
    assert call(portal, "tasks.task.get", {"id": 1}, by=OTHER).refusal == (403, "ACCESSDENIEDEXCEPTION")
    for method in ("tasks.task.delete", "tasks.task.update"):
        params = {"id": 404, "fields": {"title": "x"}}
        assert call(portal, method, params).refusal == (403, "ACCESSDENIEDEXCEPTION")


def test_related_objects_are_selected_by_dotted_names(portal: SandboxPortal) -> None:
    add(portal)
    select = ["id", "responsible.name", "responsible.email", "chat.entityType", "stageless"]
    item = call(portal, "tasks.task.get", {"id": 1, "select": select}).result["item"]
    assert item == {
        "id": 1,
        "responsible": {"name": "Elena Smirnova", "email": portal.people.users[REP].email},
        "chat": {"entityType": "TASKS_TASK"},
    }
    unknown = call(portal, "tasks.task.get", {"id": 1, "select": ["responsible.stageId"]})
    assert unknown.refusal == (400, "UNKNOWNDTOPROPERTYEXCEPTION")


def test_an_update_says_only_that_it_was_done(portal: SandboxPortal) -> None:
    add(portal)
    done = call(portal, "tasks.task.update", {"id": 1, "fields": {"status": "in_progress", "deadline": None}})
    assert done.result == {"result": True}
    item = call(portal, "tasks.task.get", {"id": 1, "select": ["status", "started"]}).result["item"]
    assert item["status"] == "in_progress"
    assert item["started"] is not None
    creator = call(portal, "tasks.task.update", {"id": 1, "fields": {"creatorId": REP}})
    assert creator.body["error"]["validation"][0]["field"] == "creatorId"
    assert "`Editable`" in creator.body["error"]["validation"][0]["message"]


def test_a_list_is_filtered_by_id_alone_and_shows_ids_alone(portal: SandboxPortal) -> None:
    for _ in range(3):
        add(portal)
    found = call(portal, "tasks.task.list", {"filter": [["id", "in", [1, 3]]], "order": {"id": "DESC"}})
    assert found.result == {"items": [{"id": 3}, {"id": 1}]}
    either = {"logic": "or", "conditions": [["id", 1], ["id", ">", 2]]}
    assert len(call(portal, "tasks.task.list", {"filter": [either]}).result["items"]) == 2
    page = call(portal, "tasks.task.list", {"pagination": {"page": 2, "limit": 2}, "select": ["title"]})
    assert page.result == {"items": [{"id": 3, "title": "Call back"}]}


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"filter": [["title", "=", "x"]]}, INVALID),
        ({"filter": [["colour", "=", "x"]]}, "UNKNOWNDTOPROPERTYEXCEPTION"),
        ({"filter": [["id", "like", 1]]}, "UNKNOWNFILTEROPERATOREXCEPTION"),
        ({"filter": [["id", "=", "1"]]}, INVALID),
        ({"filter": {"id": 1}}, "INVALIDFILTEREXCEPTION"),
        ({"order": {"guid": "ASC"}}, "INVALIDORDEREXCEPTION"),
        ({"pagination": {"limit": "abc"}}, "INVALIDPAGINATIONEXCEPTION"),
        ({"pagination": {"limit": 0}}, "INVALIDPAGINATIONEXCEPTION"),
        ({"pagination": {"limit": 1001}}, "INVALIDPAGINATIONEXCEPTION"),
    ],
)
def test_nothing_is_ignored_in_a_list(portal: SandboxPortal, params: Any, code: str) -> None:
    assert call(portal, "tasks.task.list", params).refusal == (400, code)


def test_a_key_makes_a_repeated_add_one_task(portal: SandboxPortal) -> None:
    params = {"fields": {"title": "Call back", "creatorId": ADMIN, "responsibleId": REP}}
    first = call(portal, "tasks.task.add", params, key="k1")
    again = call(portal, "tasks.task.add", params, key="k1")
    assert first.body == again.body
    assert (first.headers["Idempotency-Key"], first.headers.get("Idempotent-Replayed")) == ("k1", None)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(call(portal, "tasks.task.list").result["items"]) == 1


def test_a_key_belongs_to_its_body_its_user_its_method_and_its_day(portal: SandboxPortal) -> None:
    params = {"fields": {"title": "Call back", "creatorId": ADMIN, "responsibleId": REP}}
    call(portal, "tasks.task.add", params, key="k1")
    other = {"fields": {**params["fields"], "title": "Call again"}}
    assert call(portal, "tasks.task.add", other, key="k1").refusal == (422, "IDEMPOTENCYKEYREUSEDEXCEPTION")
    assert call(portal, "tasks.task.add", params, key="k1", by=REP).result["item"]["id"] == 2
    message = {"fields": {"taskId": 1, "text": "Hello"}}
    assert call(portal, "tasks.task.chat.message.send", message, key="k1").result == {"result": True}
    portal.clock.sleep(24 * 3600)
    assert call(portal, "tasks.task.add", params, key="k1").result["item"]["id"] == 3


def test_a_refused_call_is_not_remembered_under_its_key(portal: SandboxPortal) -> None:
    params = {"fields": {"title": "Call back", "creatorId": ADMIN, "responsibleId": 77}}
    assert call(portal, "tasks.task.add", params, key="k1").status == 400
    again = call(portal, "tasks.task.add", params, key="k1")
    assert again.status == 400
    assert "Idempotent-Replayed" not in again.headers
    bad = call(portal, "tasks.task.add", params, key="x" * 256)
    assert bad.refusal == (400, "INVALIDIDEMPOTENCYKEYEXCEPTION")


def test_v2_does_not_know_the_key(portal: SandboxPortal) -> None:
    params = {"fields": {"TITLE": "Call", "RESPONSIBLE_ID": REP}}
    for _ in range(2):
        ask(portal, "tasks.task.add", params, headers={"idempotency-key": "k1"})
    assert len(call(portal, "tasks.task.list").result["items"]) == 2


def test_there_are_no_status_actions_in_v3(portal: SandboxPortal) -> None:
    for name in ("start", "complete", "defer", "delegate"):
        assert call(portal, f"tasks.task.{name}", {"taskId": 1}).status == 404


def test_results_are_written_by_their_author(portal: SandboxPortal) -> None:
    add(portal)
    item = call(portal, "tasks.task.result.add", {"fields": {"taskId": 1, "text": "Yes"}}, by=REP).result[
        "item"
    ]
    assert (item["authorId"], item["status"], item["rights"]) == (REP, "open", {"edit": True, "remove": True})
    change = {"id": item["id"], "fields": {"text": "Yes, on Monday"}}
    assert call(portal, "tasks.task.result.update", change).refusal == (403, "ACCESSDENIEDEXCEPTION")
    assert call(portal, "tasks.task.result.update", change, by=REP).result["item"]["text"] == "Yes, on Monday"
    listed = call(portal, "tasks.task.result.list", {"filter": [["taskId", 1]]}).result["items"]
    assert [each["text"] for each in listed] == ["Yes, on Monday"]
    assert call(portal, "tasks.task.result.delete", {"id": item["id"]}, by=REP).result == {"result": True}
    assert portal.results_of(1) == []


def test_results_are_listed_of_one_task_only(portal: SandboxPortal) -> None:
    assert call(portal, "tasks.task.result.list").refusal == (400, INVALID)
    every = call(portal, "tasks.task.result.list", {"filter": [["authorId", REP]]})
    assert every.refusal == (400, "VALIDATION_REQUESTFILTERVALIDATIONEXCEPTION")


def test_a_chat_message_can_become_a_result(portal: SandboxPortal) -> None:
    item = add(portal)
    dialog = {"DIALOG_ID": f"chat{item['chatId']}", "MESSAGE": "They want it"}
    message_id = ask(portal, "im.message.add", dialog).result
    made = call(portal, "tasks.task.result.addfromchatmessage", {"fields": {"messageId": message_id}})
    assert (made.result["item"]["text"], made.result["item"]["messageId"]) == ("They want it", message_id)
    nothing = call(portal, "tasks.task.result.addfromchatmessage", {"fields": {"messageId": 404}})
    assert nothing.refusal == (400, INVALID)


def test_the_portal_tells_which_v3_methods_it_has(portal: SandboxPortal) -> None:
    scopes = call(portal, "rest.scope.list").result
    assert scopes["tasks"]["tasks.task.add"] == "tasks"
    document = call(portal, "rest.documentation.openapi").body
    assert document["openapi"] == "3.0.0"
    assert set(scopes["tasks"]) <= {path.removeprefix("/") for path in document["paths"]}
    assert document == call(portal, "documentation").body
    adding = document["paths"]["/tasks.task.add"]["post"]
    assert [each["name"] for each in adding["parameters"]] == ["Idempotency-Key"]
    assert document["components"]["schemas"]["TaskDto"]["properties"]["deadline"]["format"] == "date-time"
