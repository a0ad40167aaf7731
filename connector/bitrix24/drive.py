"""Files for people: onto the drive of the webhook's user, and into a chat with a message.

A task takes files by their ids on a drive (`add_task(files=…)`); what it carries is open to those who may see
the task. A name is on a drive once, so a file whose answer was lost is found again by its name.

Pages: api-reference/disk/storage/disk-storage-{get-list,get-children,upload-file}.md,
tutorials/tasks/how-to-create-task-with-file.md,
api-reference/chat-bots/chat-bots-v2/im.v2/files/file-upload.md (`im.disk.file.commit` is deprecated in its
favour), api-reference/chats/messages/im-dialog-messages-get.md.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from connector.bitrix24.call import Call, Ref
from connector.bitrix24.outcome import Answer
from connector.bitrix24.reading import object_in, readable, rows_in
from connector.bitrix24.timeline import short_code
from connector.bitrix24.wire import need_id

#: Names of the calls of one batch: whose drive, what is on it, what was put there.
STORAGE, SEEN, UPLOADED = "storage", "seen", "uploaded"
_UPLOAD, _CHILDREN, _MESSAGES = (
    "disk.storage.uploadfile",
    "disk.storage.getchildren",
    "im.dialog.messages.get",
)
#: Messages of a dialog that are looked through for one of ours; the portal gives no more at a time.
_LOOKED_THROUGH = 50


def find_file(user_id: int, name: str) -> dict[str, Call]:
    """Look for a file in the root of a user's drive; the answers are read with `file_named`."""
    look = {"id": Ref(STORAGE, (0, "ID")), "filter": {"NAME": name}}
    return {STORAGE: _storage(user_id), SEEN: Call(_CHILDREN, look)}


def _storage(user_id: int) -> Call:
    return Call("disk.storage.getlist", {"filter": {"ENTITY_TYPE": "user", "ENTITY_ID": user_id}})


def file_named(answers: Mapping[str, Answer], name: str) -> int | None:
    """The id of the file of that very name; raises what the answer says if it is not DONE."""
    with readable("the answer", _CHILDREN):
        rows = rows_in(answers[SEEN], _CHILDREN)
        found = [row for row in rows if row.get("NAME") == name and row.get("TYPE") == "file"]
        return min((need_id(row.get("ID")) for row in found), default=None)


def upload_file(user_id: int, name: str, content: bytes) -> dict[str, Call]:
    """Put a file into the root of a user's drive; `UPLOADED` is the name of the call that does it."""
    upload = {
        "id": Ref(STORAGE, (0, "ID")),
        "data": {"NAME": name},
        "fileContent": [name, base64.b64encode(content).decode()],
    }
    return {STORAGE: _storage(user_id), UPLOADED: Call(_UPLOAD, upload)}


def uploaded_id(answer: Answer) -> int:
    """The id under which tasks take the file (`FILE_ID` is another number)."""
    with readable("the answer", _UPLOAD):
        return need_id(object_in(answer, _UPLOAD).get("ID"))


def send_file(user_id: int, text: str, name: str, content: bytes, *, key: str) -> Call:
    """A file in the chat with a person; the text ends in a short code by which it is known again."""
    fields = {
        "name": name,
        "content": base64.b64encode(content).decode(),
        "message": f"{text}\n{short_code(key)}",
    }
    return Call("im.v2.File.upload", {"dialogId": str(user_id), "fields": fields})


def find_message(user_id: int) -> Call:
    """The newest messages of the chat with a person; read with `was_sent`."""
    return Call(_MESSAGES, {"DIALOG_ID": str(user_id), "LIMIT": _LOOKED_THROUGH})


def was_sent(answer: Answer, key: str) -> bool:
    """Whether one of them carries the code of that key."""
    rows = rows_in(answer, _MESSAGES, "messages")
    return any(short_code(key) in str(row.get("text") or "").split() for row in rows)
