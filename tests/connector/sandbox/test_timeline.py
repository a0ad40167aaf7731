"""Timelines, activities and notifications, held to the documentation."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.crm.records import Record
from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import ADMIN, OTHER, REP, ask, events_of


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


@pytest.fixture
def deal(portal: SandboxPortal) -> Record:
    return portal.deal(ASSIGNED_BY_ID=REP)


def comment(portal: SandboxPortal, item_id: int, text: str, kind: str = "deal") -> Any:
    fields = {"ENTITY_ID": item_id, "ENTITY_TYPE": kind, "COMMENT": text}
    return ask(portal, "crm.timeline.comment.add", {"fields": fields}).result


# --- comments -----------------------------------------------------------------------------------------------


def test_comments_are_listed_per_item_as_strings(portal: SandboxPortal, deal: Record) -> None:
    first, second = comment(portal, deal.id, "One"), comment(portal, deal.id, "Two")
    comment(portal, 404, "Elsewhere")
    asked = {"filter": {"ENTITY_ID": deal.id, "ENTITY_TYPE": "deal"}, "order": {"ID": "DESC"}}
    listed = ask(portal, "crm.timeline.comment.list", asked)
    assert [(row["ID"], row["COMMENT"]) for row in listed.result] == [
        (str(second), "Two"),
        (str(first), "One"),
    ]
    assert listed.body["total"] == 2
    assert portal.comments_of(deal) == ["One", "Two"]


def test_a_comment_on_nothing_gets_an_id_too(portal: SandboxPortal) -> None:
    assert comment(portal, 999_999, "Hello?") == 1
    bad = {"fields": {"ENTITY_ID": 1, "ENTITY_TYPE": "planet", "COMMENT": "x"}}
    assert ask(portal, "crm.timeline.comment.add", bad).refusal == (400, "OWNER_NOT_FOUND")


def test_only_lower_case_fields_are_read(portal: SandboxPortal, deal: Record) -> None:
    given = {"ENTITY_ID": deal.id, "ENTITY_TYPE": "deal", "COMMENT": "x"}
    assert ask(portal, "crm.timeline.comment.add", {"FIELDS": given}).refusal == (400, "100")
    empty = {"fields": {**given, "COMMENT": "  "}}
    assert ask(portal, "crm.timeline.comment.add", empty).refusal == (400, "INVALID_ARG_VALUE")


def test_the_life_of_a_comment_is_told_with_a_bare_id(portal: SandboxPortal, deal: Record) -> None:
    told = events_of(portal)
    number = comment(portal, deal.id, "One")
    assert (
        ask(portal, "crm.timeline.comment.update", {"id": number, "fields": {"COMMENT": "1"}}).result
        == number
    )
    assert ask(portal, "crm.timeline.comment.get", {"id": number}).result["COMMENT"] == "1"
    assert ask(portal, "crm.timeline.comment.delete", {"id": number}).result is None
    assert told == [(f"ONCRMTIMELINECOMMENT{what}", {"ID": number}) for what in ("ADD", "UPDATE", "DELETE")]
    assert ask(portal, "crm.timeline.comment.get", {"id": number}).refusal == (400, "")
    assert ask(portal, "crm.timeline.comment.delete", {"id": number}).refusal == (400, "NOT_FOUND")


def test_files_of_a_comment_are_replaced_whole(portal: SandboxPortal, deal: Record) -> None:
    fields = {"ENTITY_ID": deal.id, "ENTITY_TYPE": "deal", "COMMENT": "x", "FILES": [["a.txt", "aGVsbG8="]]}
    number = ask(portal, "crm.timeline.comment.add", {"fields": fields}).result
    (file,) = ask(portal, "crm.timeline.comment.get", {"id": number}).result["FILES"].values()
    assert (file["name"], file["authorId"]) == ("a.txt", ADMIN)
    ask(portal, "crm.timeline.comment.update", {"id": number, "fields": {"FILES": []}})
    assert ask(portal, "crm.timeline.comment.get", {"id": number}).result["FILES"] == []


def test_comments_on_a_hidden_item_stay_hidden(portal: SandboxPortal, deal: Record) -> None:
    comment(portal, deal.id, "One")
    portal.crm.rights.hide_item(OTHER, deal.entity_type_id, deal.id)
    asked = {"filter": {"ENTITY_ID": deal.id, "ENTITY_TYPE": "deal"}}
    assert ask(portal, "crm.timeline.comment.list", asked, by=OTHER).refusal == (400, "")


# --- log messages, notes, pins ----------------------------------------------------------------------------


def log(portal: SandboxPortal, deal: Record, title: str) -> int:
    fields = {"entityTypeId": 2, "entityId": deal.id, "title": title, "text": "…", "iconCode": "info"}
    return int(ask(portal, "crm.timeline.logmessage.add", {"fields": fields}).result["logMessage"]["id"])


def test_log_messages_come_in_pages_of_ten_newest_first(portal: SandboxPortal, deal: Record) -> None:
    numbers = [log(portal, deal, f"Message {place}") for place in range(12)]
    asked = {"entityTypeId": 2, "entityId": deal.id}
    first = ask(portal, "crm.timeline.logmessage.list", asked)
    assert [row["id"] for row in first.result] == numbers[:1:-1]
    assert (first.body["next"], first.body["total"]) == (10, 12)
    rest = ask(portal, "crm.timeline.logmessage.list", {**asked, "start": 10})
    assert [row["id"] for row in rest.result] == [numbers[1], numbers[0]]
    assert "next" not in rest.body


def test_a_log_message_needs_its_item(portal: SandboxPortal, deal: Record) -> None:
    number = log(portal, deal, "Hello")
    portal.delete(deal)
    fields = {"entityTypeId": 2, "entityId": deal.id, "title": "x", "text": "x", "iconCode": "info"}
    assert ask(portal, "crm.timeline.logmessage.add", {"fields": fields}).refusal == (400, "OWNER_NOT_FOUND")
    assert ask(portal, "crm.timeline.logmessage.delete", {"id": number}).result is True
    assert ask(portal, "crm.timeline.logmessage.get", {"id": number}).refusal == (400, "NOT_FOUND")


def test_a_record_has_one_note_which_is_written_over(portal: SandboxPortal, deal: Record) -> None:
    about = {"ownerTypeId": 2, "ownerId": deal.id, "itemType": 1, "itemId": comment(portal, deal.id, "One")}
    assert ask(portal, "crm.timeline.note.get", about).refusal == (400, "NOT_FOUND")
    ask(portal, "crm.timeline.note.save", {**about, "text": "First"})
    ask(portal, "crm.timeline.note.save", {**about, "text": "Second"}, by=REP)
    note = ask(portal, "crm.timeline.note.get", about).result
    assert (note["text"], note["createdById"], note["updatedById"]) == ("Second", ADMIN, REP)
    assert ask(portal, "crm.timeline.note.delete", about).result is True
    elsewhere = {**about, "itemId": comment(portal, 404, "x"), "text": "x"}
    assert ask(portal, "crm.timeline.note.save", elsewhere).refusal == (400, "NOT_FOUND")


def test_three_records_can_be_pinned(portal: SandboxPortal, deal: Record) -> None:
    owner = {"ownerTypeId": 2, "ownerId": deal.id}
    numbers = [comment(portal, deal.id, str(place)) for place in range(4)]
    for number in numbers[:3]:
        assert ask(portal, "crm.timeline.item.pin", {"id": number, **owner}).result is None
    assert ask(portal, "crm.timeline.item.pin", {"id": numbers[3], **owner}).refusal == (400, "0")
    ask(portal, "crm.timeline.item.unpin", {"id": numbers[0], **owner})
    assert ask(portal, "crm.timeline.item.pin", {"id": numbers[3], **owner}).status == 200
    assert ask(portal, "crm.timeline.item.pin", {"id": 404, **owner}).refusal == (400, "NOT_FOUND")


# --- activities -------------------------------------------------------------------------------------------


def act(portal: SandboxPortal, deal: Record, **fields: Any) -> Any:
    reached = {"VALUE": "client@example.com", "ENTITY_TYPE_ID": 4, "ENTITY_ID": portal.company().id}
    given = {
        "OWNER_TYPE_ID": 2,
        "OWNER_ID": deal.id,
        "TYPE_ID": 2,
        "SUBJECT": "Call",
        "COMMUNICATIONS": [reached],
        **fields,
    }
    return ask(portal, "crm.activity.add", {"fields": {key: value for key, value in given.items() if value}})


def test_a_calls_deadline_is_when_it_begins(portal: SandboxPortal, deal: Record) -> None:
    told = events_of(portal)
    number = act(portal, deal, START_TIME="2026-03-01T18:00:00+03:00", ORIGIN_ID="cx:1").result
    row = ask(portal, "crm.activity.get", {"id": number}).result
    assert (row["DEADLINE"], row["RESPONSIBLE_ID"]) == ("2026-03-01T18:00:00+03:00", str(REP))
    assert told[-1] == ("ONCRMACTIVITYADD", {"FIELDS": {"ID": number}})
    found = ask(portal, "crm.activity.list", {"filter": {"ORIGIN_ID": "cx:1"}, "select": ["ID"]})
    assert found.result == [{"ID": str(number)}]
    with_people = {"filter": {"ORIGIN_ID": "cx:1"}, "select": ["ID", "COMMUNICATIONS"]}
    (row,) = ask(portal, "crm.activity.list", with_people).result
    assert row["COMMUNICATIONS"][0]["VALUE"] == "client@example.com"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"SUBJECT": ""}, "The field SUBJECT is not defined or empty"),
        ({"TYPE_ID": None}, "The field TYPE_ID is not defined or invalid"),
        ({"TYPE_ID": 3}, 'The activity type "3" is not supported in current context'),
        ({"TYPE_ID": 6}, "The custom activity without provider is not supported in current context"),
        ({"TYPE_ID": 6, "PROVIDER_ID": "REST_APP"}, "Application context required"),
        (
            {"TYPE_ID": 6, "PROVIDER_ID": "CONFIGURABLE_REST_APP"},
            "Use crm.activity.configurable.add for this activity provider",
        ),
        ({"COMMUNICATIONS": None}, "The field COMMUNICATIONS is not defined or invalid"),
        ({"OWNER_ID": 999}, "Could not find 'DEAL' with ID: 999"),
    ],
)
def test_activities_are_refused_in_words_without_a_code(
    portal: SandboxPortal, deal: Record, fields: Any, text: str
) -> None:
    answer = act(portal, deal, **fields)
    assert answer.refusal == (400, "")
    assert answer.body["error_description"] == text


def test_an_outgoing_completed_mail_goes_out_and_others_do_not(portal: SandboxPortal, deal: Record) -> None:
    act(portal, deal, TYPE_ID=4, DIRECTION=2, SUBJECT="Draft")
    act(portal, deal, TYPE_ID=4, DIRECTION=2, COMPLETED="Y", SUBJECT="Offer")
    assert [mail.subject for mail in portal.sent_mails()] == ["Offer"]


def test_a_mail_that_cannot_be_sent_has_been_added_all_the_same(portal: SandboxPortal, deal: Record) -> None:
    nowhere = [{"VALUE": "+7 495 123", "ENTITY_TYPE_ID": 2, "ENTITY_ID": deal.id}]
    answer = act(portal, deal, TYPE_ID=4, DIRECTION=2, COMPLETED="Y", COMMUNICATIONS=nowhere)
    assert answer.refusal == (400, "")
    assert len(portal.activities_of(deal)) == 1
    assert portal.sent_mails() == []


def test_a_to_do_is_planned_moved_and_completed(portal: SandboxPortal, deal: Record) -> None:
    owner = {"ownerTypeId": 2, "ownerId": deal.id}
    first = {**owner, "deadline": "2026-02-03T15:00:00", "title": "Prepare"}
    number = ask(portal, "crm.activity.todo.add", first).result["id"]
    moved = {"id": number, **owner, "value": "2026-02-04T15:00:00+03:00"}
    assert ask(portal, "crm.activity.todo.updateDeadline", moved).result == {"id": number}
    row = ask(portal, "crm.activity.get", {"id": number}).result
    assert (row["PROVIDER_ID"], row["SUBJECT"], row["DEADLINE"]) == (
        "CRM_TODO",
        "Prepare",
        "2026-02-04T15:00:00+03:00",
    )
    ask(portal, "crm.activity.update", {"id": number, "fields": {"COMPLETED": "Y"}})
    assert ask(portal, "crm.activity.todo.updateDeadline", moved).refusal == (
        400,
        "CAN_NOT_UPDATE_COMPLETED_TODO",
    )


def test_what_a_to_do_is_refused_for(portal: SandboxPortal, deal: Record) -> None:
    owner = {"ownerTypeId": 2, "ownerId": deal.id}
    due = {"deadline": "2026-02-03T15:00:00"}
    refusals = {
        "NOT_FOUND": {**due, "ownerTypeId": 2, "ownerId": 999},
        "WRONG_DATETIME_FORMAT": {**owner, "deadline": "soon"},
        "100": owner,
    }
    answers = {
        code: ask(portal, "crm.activity.todo.add", params).refusal for code, params in refusals.items()
    }
    assert answers == {code: (400, code) for code in refusals}


def test_a_webhook_is_in_the_wrong_context_for_configurable_activities(portal: SandboxPortal) -> None:
    for method in ("crm.activity.configurable.add", "crm.activity.layout.blocks.set"):
        assert ask(portal, method, {"ownerTypeId": 2}).refusal == (400, "ERROR_WRONG_CONTEXT")


def test_activities_of_hidden_items_are_not_listed(portal: SandboxPortal, deal: Record) -> None:
    act(portal, deal, COMMUNICATIONS=[{"VALUE": "x"}])
    assert ask(portal, "crm.activity.list", by=OTHER).body["total"] == 1
    portal.crm.rights.hide_item(OTHER, deal.entity_type_id, deal.id)
    assert ask(portal, "crm.activity.list", by=OTHER).body["total"] == 0


# --- under the bell ---------------------------------------------------------------------------------------


def test_a_notification_is_kept_for_its_reader(portal: SandboxPortal) -> None:
    ask(portal, "im.notify.personal.add", {"USER_ID": REP, "MESSAGE": "  Overdue: [B]Call[/B] "})
    ask(portal, "im.notify.system.add", {"USER_ID": REP, "MESSAGE": "Maintenance"})
    got = portal.notifications_of(REP)
    assert [(each.text, each.author_id) for each in got] == [
        ("Overdue: [B]Call[/B]", ADMIN),
        ("Maintenance", None),
    ]
    assert portal.notifications_of(OTHER) == []


def test_a_tag_replaces_what_has_it_if_the_webhook_says_whose_it_is(portal: SandboxPortal) -> None:
    for place in range(2):
        told = {"USER_ID": REP, "MESSAGE": str(place), "TAG": "t"}
        ask(portal, "im.notify", told)
        ask(portal, "im.notify", {**told, "MESSAGE": f"mine {place}", "CLIENT_ID": "connector"})
    assert [each.text for each in portal.notifications_of(REP)] == ["0", "1", "mine 1"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"MESSAGE": "x"}, "USER_ID_EMPTY"),
        ({"USER_ID": REP, "MESSAGE": " "}, "MESSAGE_EMPTY"),
        ({"USER_ID": REP, "MESSAGE": "x", "ATTACH": "{broken"}, "ATTACH_ERROR"),
        ({"USER_ID": REP, "MESSAGE": "x", "ATTACH": [{"MESSAGE": "y" * 60_000}]}, "ATTACH_OVERSIZE"),
    ],
)
def test_a_notification_is_refused(portal: SandboxPortal, params: Any, code: str) -> None:
    assert ask(portal, "im.notify.personal.add", params).refusal == (400, code)


def test_people_write_to_each_other(portal: SandboxPortal) -> None:
    ask(portal, "im.message.add", {"DIALOG_ID": str(REP), "MESSAGE": "Hello"})
    said = ask(portal, "im.dialog.messages.get", {"DIALOG_ID": str(ADMIN)}, by=REP).result
    assert [(each["author_id"], each["text"]) for each in said["messages"]] == [(ADMIN, "Hello")]
    assert ask(portal, "im.message.add", {"DIALOG_ID": "404", "MESSAGE": "x"}).refusal == (
        400,
        "USER_NOT_FOUND",
    )
