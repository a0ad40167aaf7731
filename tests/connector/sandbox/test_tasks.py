"""tasks.task.* of v2, held to the documentation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import ADMIN, BOSS, OTHER, REP, ask


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


def add(portal: SandboxPortal, by: int = ADMIN, **fields: Any) -> int:
    given = {"TITLE": "Call back", "RESPONSIBLE_ID": REP, **fields}
    return int(ask(portal, "tasks.task.add", {"fields": given}, by=by).result["task"]["id"])


def read(portal: SandboxPortal, task_id: int, *names: str, by: int = ADMIN) -> Any:
    return ask(portal, "tasks.task.get", {"taskId": task_id, "select": list(names)}, by=by).result["task"]


def find(portal: SandboxPortal, by: int = ADMIN, **params: Any) -> list[int]:
    rows = ask(portal, "tasks.task.list", {"select": ["ID"], **params}, by=by).result["tasks"]
    return [int(row["id"]) for row in rows]


def test_every_scalar_of_a_task_is_a_string_or_nothing(portal: SandboxPortal) -> None:
    task = ask(portal, "tasks.task.add", {"fields": {"TITLE": "Call", "RESPONSIBLE_ID": REP}}).result["task"]
    scalars = {name: value for name, value in task.items() if not isinstance(value, dict | list)}
    others = {"newCommentsCount": 0, "checkListCanAdd": True, "chatId": task["chatId"]}
    assert {name: value for name, value in scalars.items() if not isinstance(value, str | None)} == others
    assert (task["id"], task["status"], task["createdBy"], task["responsibleId"]) == (
        "1",
        "2",
        str(ADMIN),
        str(REP),
    )


def test_custom_fields_and_tags_come_only_when_they_are_selected(portal: SandboxPortal) -> None:
    task_id = add(portal, UF_CRM_TASK=["D_999"], TAGS=["cx"])
    whole = ask(portal, "tasks.task.get", {"taskId": task_id}).result["task"]
    assert not {"ufCrmTask", "tags"} & set(whole)
    chosen = read(portal, task_id, "ID", "UF_TASK_WEBDAV_FILES", "TAGS")
    assert chosen["ufCrmTask"] == ["D_999"]
    assert chosen["ufMailMessage"] is None
    assert chosen["tags"] == {"1": {"id": 1, "title": "cx"}}


def test_a_task_that_is_not_there_or_not_for_you_is_an_empty_success(portal: SandboxPortal) -> None:
    task_id = add(portal)
    gone = add(portal)
    ask(portal, "tasks.task.delete", {"taskId": gone})
    for number, by in ((task_id, OTHER), (gone, ADMIN), (404, ADMIN)):
        answer = ask(portal, "tasks.task.get", {"taskId": number}, by=by)
        assert (answer.status, answer.result) == (200, [])


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"RESPONSIBLE_ID": REP}, "Task title is not specified<br>"),
        ({"TITLE": "x"}, "Responsible person is not specified<br>"),
        (
            {"TITLE": "x", "RESPONSIBLE_ID": 77},
            'The user specified in the "Responsible" field was not found<br>',
        ),
        ({"TITLE": "x", "RESPONSIBLE_ID": REP, "STATUS": 7}, "Invalid status<br>"),
        (
            {"TITLE": "x", "RESPONSIBLE_ID": REP, "PARENT_ID": 9},
            'The task specified in the "Parent Task" field was not found<br>',
        ),
        (
            {
                "TITLE": "x",
                "RESPONSIBLE_ID": REP,
                "START_DATE_PLAN": "2026-02-02T10:00:00+03:00",
                "END_DATE_PLAN": "2026-02-01T10:00:00+03:00",
            },
            "The end date specified in the scheduling is earlier than the start date<br>",
        ),
    ],
)
def test_a_bad_task_is_refused_with_error_core(portal: SandboxPortal, fields: Any, text: str) -> None:
    answer = ask(portal, "tasks.task.add", {"fields": fields})
    assert answer.refusal == (400, "ERROR_CORE")
    assert answer.body["error_description"] == text


def test_the_code_of_a_refusal_depends_on_the_method(portal: SandboxPortal) -> None:
    codes = {
        name: ask(portal, f"tasks.task.{name}", {"taskId": 404, "userId": REP}).refusal[1]
        for name in (
            "start",
            "complete",
            "delegate",
            "pause",
            "defer",
            "renew",
            "approve",
            "disapprove",
            "delete",
        )
    }
    zero = {"start", "complete", "delegate"}
    assert codes == {name: "0" if name in zero else "1048582" for name in codes}
    assert ask(portal, "tasks.task.favorite.add", {"taskId": 404}).refusal == (400, "1")
    assert ask(portal, "tasks.task.get", {"taskId": "abc"}).refusal == (400, "0")
    assert ask(portal, "tasks.task.get", {}).refusal == (400, "100")


def test_the_marker_is_found_as_a_whole_and_only_so(portal: SandboxPortal) -> None:
    wanted = add(portal, XML_ID="cx:1")
    add(portal, XML_ID="cx:12")
    assert find(portal, filter={"XML_ID": "cx:1"}) == [wanted]
    assert find(portal, filter={"XML_ID": "cx"}) == []


def test_unknown_filter_keys_are_ignored_and_find_everything(portal: SandboxPortal) -> None:
    both = [add(portal), add(portal)]
    assert sorted(find(portal, filter={"XMLID": "cx:1", "DESCRIPTION": "nothing"})) == both


def test_an_unknown_sorting_key_is_refused(portal: SandboxPortal) -> None:
    assert ask(portal, "tasks.task.list", {"order": {"COLOUR": "asc"}}).refusal == (400, "0")


def test_an_overdue_task_is_missing_from_status_two_but_not_from_real_status_two(
    portal: SandboxPortal,
) -> None:
    overdue = add(portal, DEADLINE="2026-01-11T10:00:00+03:00")
    assert find(portal, filter={"STATUS": 2}) == []
    assert find(portal, filter={"STATUS": -1}) == find(portal, filter={"REAL_STATUS": 2}) == [overdue]


def test_lists_go_in_pages_of_fifty_or_by_id_without_a_count(portal: SandboxPortal) -> None:
    ids = [add(portal) for _ in range(55)]
    first = ask(portal, "tasks.task.list", {"order": {"ID": "asc"}, "select": ["ID"]})
    assert (len(first.result["tasks"]), first.body["next"], first.body["total"]) == (50, 50, 55)
    keyset = {"order": {"ID": "asc"}, "filter": {">ID": ids[49]}, "select": ["ID"], "start": -1}
    rest = ask(portal, "tasks.task.list", keyset)
    assert [int(row["id"]) for row in rest.result["tasks"]] == ids[50:]
    assert not {"next", "total"} & set(rest.body)


def test_titles_are_searched_by_part_and_tags_by_name(portal: SandboxPortal) -> None:
    first = add(portal, TITLE="Call the client", TAGS="cx, urgent")
    add(portal, TITLE="Write", TAGS=["cx"])
    assert find(portal, filter={"TITLE": "the cl"}) == [first]
    assert find(portal, filter={"TAG": "urgent"}) == [first]
    assert find(portal, filter={"TAG": ["cx", "urgent"]}) == [first]


def test_who_sees_which_tasks(portal: SandboxPortal) -> None:
    task_id = add(portal)
    assert [find(portal, by=user) for user in (ADMIN, BOSS, REP, OTHER)] == [
        [task_id],
        [task_id],
        [task_id],
        [],
    ]


def test_times_are_told_in_the_readers_own_offset(portal: SandboxPortal) -> None:
    portal.people.users[REP].time_zone = "Asia/Yekaterinburg"
    task_id = add(portal, DEADLINE="2026-03-01T18:00:00+03:00")
    assert read(portal, task_id, "DEADLINE")["deadline"] == "2026-03-01T18:00:00+03:00"
    assert read(portal, task_id, "DEADLINE", by=REP)["deadline"] == "2026-03-01T20:00:00+05:00"


def test_a_deadline_without_an_offset_is_in_the_portals_zone(portal: SandboxPortal) -> None:
    task_id = add(portal, DEADLINE="2026-03-01T18:00:00")
    assert portal.task(task_id).deadline == datetime(2026, 3, 1, 15, tzinfo=UTC)


def test_lists_of_people_and_tags_are_replaced_never_merged(portal: SandboxPortal) -> None:
    task_id = add(portal, AUDITORS=[BOSS], TAGS=["cx"])
    update = {"taskId": task_id, "fields": {"AUDITORS": [OTHER], "TAGS": ["seen"]}}
    assert ask(portal, "tasks.task.update", update).result["task"]["auditors"] == [str(OTHER)]
    assert [tag["title"] for tag in read(portal, task_id, "TAGS")["tags"].values()] == ["seen"]


@pytest.mark.parametrize(
    ("fields", "by", "is_allowed"),
    [
        ({"TITLE": "New"}, REP, False),
        ({"TITLE": "New"}, BOSS, True),
        ({"STATUS": 5}, REP, True),
        ({"STATUS": 5}, OTHER, False),
        ({"DEADLINE": "2026-03-01T18:00:00+03:00"}, REP, False),
        ({"RESPONSIBLE_ID": BOSS}, REP, True),
    ],
)
def test_the_right_to_update_depends_on_what_is_updated(
    portal: SandboxPortal, fields: Any, by: int, is_allowed: bool
) -> None:
    task_id = add(portal, AUDITORS=[OTHER])
    answer = ask(portal, "tasks.task.update", {"taskId": task_id, "fields": fields}, by=by)
    assert answer.status == (200 if is_allowed else 400)
    assert is_allowed or answer.refusal == (400, "0")


def test_the_responsible_moves_the_deadline_only_where_that_is_allowed(portal: SandboxPortal) -> None:
    task_id = add(portal, ALLOW_CHANGE_DEADLINE="Y")
    fields = {"DEADLINE": "2026-03-01T18:00:00+03:00"}
    assert ask(portal, "tasks.task.update", {"taskId": task_id, "fields": fields}, by=REP).status == 200


def test_a_task_cannot_be_its_own_parent_nor_its_childs_child(portal: SandboxPortal) -> None:
    parent = add(portal)
    child = add(portal, PARENT_ID=parent)
    own = ask(portal, "tasks.task.update", {"taskId": parent, "fields": {"PARENT_ID": parent}})
    assert own.body["error_description"] == "Cannot bind the node to itself<br>"
    ring = ask(portal, "tasks.task.update", {"taskId": parent, "fields": {"PARENT_ID": child}})
    assert ring.body["error_description"] == "Creating cyclic links in tasks is prohibited<br>"


def test_the_responsible_cannot_delete_a_task(portal: SandboxPortal) -> None:
    task_id = add(portal)
    assert ask(portal, "tasks.task.delete", {"taskId": task_id}, by=REP).refusal == (400, "1048582")
    assert ask(portal, "tasks.task.delete", {"taskId": task_id}).result == {"task": True}


def test_mandatory_custom_fields_must_come_with_the_task(portal: SandboxPortal) -> None:
    field = {"USER_TYPE_ID": "string", "FIELD_NAME": "CX_KEY", "MANDATORY": "Y"}
    assert ask(portal, "task.item.userfield.add", {"PARAMS": field}).result == 4
    fields = {"TITLE": "x", "RESPONSIBLE_ID": REP}
    assert ask(portal, "tasks.task.add", {"fields": fields}).refusal == (400, "ERROR_CORE")
    task_id = add(portal, UF_CX_KEY="k1")
    assert read(portal, task_id, "UF_CX_KEY")["ufCxKey"] == "k1"
    assert find(portal, filter={"UF_CX_KEY": "k1"}) == [task_id]


def test_custom_fields_are_the_administrators_and_never_lists(portal: SandboxPortal) -> None:
    field = {"USER_TYPE_ID": "enumeration", "FIELD_NAME": "OUTCOME"}
    assert ask(portal, "task.item.userfield.add", {"PARAMS": field}).refusal == (400, "ERROR_CORE")
    text = {"USER_TYPE_ID": "string", "FIELD_NAME": "OUTCOME"}
    assert ask(portal, "task.item.userfield.add", {"PARAMS": text}, by=REP).refusal == (400, "ERROR_CORE")


def test_commands_of_a_batch_build_on_each_other(portal: SandboxPortal) -> None:
    commands = {
        "add": "tasks.task.add?fields[TITLE]=Call&fields[RESPONSIBLE_ID]=5&fields[XML_ID]=cx%3A1",
        "check": "tasks.task.get?taskId=$result[add][task][id]&select[]=ID&select[]=XML_ID",
        "line": "task.checklistitem.add?0=$result[add][task][id]&1[TITLE]=Outcome&1[PARENT_ID]=0",
    }
    result = ask(portal, "batch", {"halt": 1, "cmd": commands}).result
    assert result["result_error"] == []
    assert result["result"]["check"]["task"]["xmlId"] == "cx:1"
    assert result["result"]["line"] == 1
