"""Files on drives and in chats, held to the documentation."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from connector.sandbox.disk import Drive
from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import ADMIN, REP, Reply, ask

CONTENT = base64.b64encode(b"a,b\r\n").decode()


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


def storage_of(portal: SandboxPortal, user: int) -> str:
    wanted = {"ENTITY_TYPE": "user", "ENTITY_ID": user}
    (storage,) = ask(portal, "disk.storage.getList", {"filter": wanted}).result
    return str(storage["ID"])


def upload(portal: SandboxPortal, name: str, **more: Any) -> Reply:
    params = {"id": storage_of(portal, ADMIN), "data": {"NAME": name}, "fileContent": [name, CONTENT]}
    return ask(portal, "disk.storage.uploadFile", params | more)


def test_a_file_is_there_once_under_its_name(portal: SandboxPortal) -> None:
    made = upload(portal, "report.csv").result
    assert (made["NAME"], made["SIZE"], made["TYPE"]) == ("report.csv", "5", "file")
    assert upload(portal, "report.csv").refusal == (400, "DISK_OBJ_22000")
    assert upload(portal, "report.csv", generateUniqueName=True).result["NAME"] == "report (1).csv"
    wanted = {"id": storage_of(portal, ADMIN), "filter": {"NAME": "report.csv"}}
    found = ask(portal, "disk.storage.getChildren", wanted)
    assert [(row["ID"], row["NAME"]) for row in found.result] == [(str(made["ID"]), "report.csv")]
    assert found.body["total"] == 1
    assert portal.part(Drive).files[made["ID"]].content == b"a,b\r\n"


def test_what_is_no_file_is_refused(portal: SandboxPortal) -> None:
    assert upload(portal, "", fileContent=["x", CONTENT]).refusal == (400, "DISK_BASE_SERVICE_22001")
    assert upload(portal, "x", fileContent=["x", "§"]).refusal == (400, "ERROR_COULD_NOT_SAVE_FILE")
    assert upload(portal, "x", id=4).refusal == (400, "ERROR_NOT_FOUND")
    others = ask(portal, "disk.storage.getChildren", {"id": storage_of(portal, ADMIN)}, by=REP)
    assert others.refusal == (400, "ERROR_NOT_FOUND")


def test_a_task_shows_the_files_that_it_was_made_with(portal: SandboxPortal) -> None:
    number = upload(portal, "report.csv").result["ID"]
    fields = {"TITLE": "Read", "RESPONSIBLE_ID": REP, "UF_TASK_WEBDAV_FILES": [f"n{number}"]}
    task = ask(portal, "tasks.task.add", {"fields": fields}).result["task"]
    select = ["ID", "UF_TASK_WEBDAV_FILES"]
    seen = ask(portal, "tasks.task.get", {"taskId": task["id"], "select": select}).result["task"]
    assert seen["ufTaskWebdavFiles"] == [number]


def test_a_file_goes_into_a_chat_with_its_message(portal: SandboxPortal) -> None:
    fields = {"name": "report.csv", "content": CONTENT, "message": "Last week"}
    sent = ask(portal, "im.v2.File.upload", {"dialogId": str(REP), "fields": fields}).result
    said = ask(portal, "im.dialog.messages.get", {"DIALOG_ID": str(REP)}).result["messages"]
    assert [(each["id"], each["text"], each["params"]) for each in said] == [
        (sent["messageId"], "Last week", {"FILE_ID": [sent["file"]["id"]]})
    ]
    assert (sent["file"]["name"], sent["file"]["size"], sent["dialogId"]) == ("report.csv", 5, str(REP))


@pytest.mark.parametrize(
    ("dialog", "fields", "code"),
    [
        (str(REP), {"name": "x"}, "FILE_EMPTY"),
        (str(REP), {"name": "x", "content": "§"}, "FILE_INVALID_CONTENT"),
        ("404", {"name": "x", "content": CONTENT}, "CHAT_NOT_FOUND"),
    ],
)
def test_what_cannot_be_sent_to_a_chat(
    portal: SandboxPortal, dialog: str, fields: dict[str, str], code: str
) -> None:
    sent = ask(portal, "im.v2.File.upload", {"dialogId": dialog, "fields": fields})
    assert sent.refusal == (400, code)
