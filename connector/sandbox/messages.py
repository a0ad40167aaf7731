"""im.*: notifications to people and messages in chats, kept so that a test can read what a person got.

Notifications cannot be told apart by a TAG unless a webhook sends CLIENT_ID with it
(api-reference/chats/notifications/*.md, api-reference/chats/messages/im-message-add.md).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.sandbox.kernel import Call, RestError, as_int, method
from connector.sandbox.tasks_chat import ChatBook, Message, say
from connector.sandbox.tasks_rules import may_read
from connector.sandbox.tasks_state import Task, TaskBook

ATTACH_LENGTH = 60000


@dataclass(frozen=True, slots=True)
class Notification:
    """What a person finds under the bell."""

    id: int
    user_id: int
    text: str
    at: datetime
    #: Who sends it; None for a system notification.
    author_id: int | None
    tag: str = ""


@dataclass(slots=True)
class Mailbox:
    """The notifications of everybody, and the private chats of two."""

    notifications: dict[int, Notification] = field(default_factory=dict)
    private_chats: dict[frozenset[int], int] = field(default_factory=dict)

    def of(self, user_id: int) -> list[Notification]:
        """Oldest first."""
        return [each for each in self.notifications.values() if each.user_id == user_id]


def _notify(call: Call, *, is_system: bool) -> Any:
    user_id, text = as_int(call.get("USER_ID")), str(call.get("MESSAGE") or "").strip()
    if user_id is None or user_id <= 0:
        raise RestError("USER_ID_EMPTY", "User ID can't be empty")
    if not text:
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    _check_attach(call)
    if call.portal.people.get(user_id) is None:
        return False
    mailbox, tag = call.portal.part(Mailbox), _tag(call)
    if tag:
        replaced = [each.id for each in mailbox.notifications.values() if each.tag == tag]
        for number in replaced:
            del mailbox.notifications[number]
    number = call.portal.next_id("message")
    author_id = None if is_system else call.user_id
    mailbox.notifications[number] = Notification(number, user_id, text, call.portal.now(), author_id, tag)
    return number


def _tag(call: Call) -> str:
    """A tag is unique within an application; a webhook must say which one it speaks for."""
    client_id = call.credential.client_id or str(call.get("CLIENT_ID") or "")
    tag = str(call.get("TAG") or "")
    return f"MP|{client_id}|{tag}" if tag and client_id else ""


def _check_attach(call: Call) -> None:
    attach = call.get("ATTACH")
    if attach is None:
        return
    text = attach if isinstance(attach, str) else json.dumps(attach)
    try:
        json.loads(text)
    except ValueError:
        raise RestError("ATTACH_ERROR", "Incorrect attach params") from None
    if len(text) > ATTACH_LENGTH:
        raise RestError("ATTACH_OVERSIZE", "You have exceeded the maximum allowable size of attach")


@method("im.notify", scope="im", cost="write")
def notify(call: Call) -> Any:
    return _notify(call, is_system=str(call.get("TYPE") or "USER").upper() == "SYSTEM")


@method("im.notify.personal.add", scope="im", cost="write")
def notify_personally(call: Call) -> Any:
    return _notify(call, is_system=False)


@method("im.notify.system.add", scope="im", cost="write")
def notify_as_system(call: Call) -> Any:
    return _notify(call, is_system=True)


@method("im.message.add", scope="im", cost="write")
def add_message(call: Call) -> Any:
    """To a task's chat, `chat58`, or to a person, `5`."""
    dialog, text = str(call.get("DIALOG_ID") or ""), str(call.get("MESSAGE") or "").strip()
    if not text and call.get("ATTACH") is None:
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    _check_attach(call)
    task = _task_of(call, dialog)
    if task is not None:
        return say(call.portal, task, text, call.user_id).id
    chat_id = _private_chat(call, dialog)
    message = Message(call.portal.next_id("message"), chat_id, call.user_id, text, call.portal.now())
    return call.portal.part(ChatBook).add(message).id


@method("im.dialog.messages.get", scope="im", cost="list")
def list_messages(call: Call) -> Any:
    """Newest first; LAST_ID asks for older ones, FIRST_ID for newer ones."""
    dialog = str(call.get("DIALOG_ID") or "")
    if not dialog:
        raise RestError("DIALOG_ID_EMPTY", "Dialog ID can't be empty")
    chat_id = chat_of(call, dialog)
    said, limit = call.portal.part(ChatBook).of_chat(chat_id), min(as_int(call.get("LIMIT")) or 20, 50)
    last, first = as_int(call.get("LAST_ID")), as_int(call.get("FIRST_ID"))
    if first is not None:
        said = [each for each in said if each.id > first][:limit]
    else:
        said = [each for each in said if last is None or each.id < last][-limit:]
    authors = dict.fromkeys(each.author_id for each in said)
    return {
        "chat_id": chat_id,
        "messages": [_message(call, each) for each in reversed(said)],
        "users": [_user(call, user_id) for user_id in authors],
        "files": [],
    }


def chat_of(call: Call, dialog: str) -> int:
    """The chat of a dialog, `chat58` or a person; RestError if the caller has none there."""
    task = _task_of(call, dialog)
    return task.chat_id if task is not None else _private_chat(call, dialog)


def _task_of(call: Call, dialog: str) -> Task | None:
    """The task whose chat it is; the caller must be able to read it."""
    if not dialog.startswith("chat"):
        return None
    chat_id = as_int(dialog.removeprefix("chat"))
    tasks = call.portal.part(TaskBook).tasks.values()
    task = next((each for each in tasks if each.chat_id == chat_id), None)
    if task is None:
        raise RestError("CHAT_ID", "Error creating message")
    if not may_read(call.portal, task, call.user_id):
        raise RestError("ACCESS_ERROR", "Action unavailable", 403)
    return task


def _private_chat(call: Call, dialog: str) -> int:
    user_id = as_int(dialog)
    if user_id is None or user_id <= 0:
        raise RestError("USER_ID_EMPTY", "User ID can't be empty")
    if call.portal.people.get(user_id) is None:
        raise RestError("USER_NOT_FOUND", "User not found")
    chats, two = call.portal.part(Mailbox).private_chats, frozenset((call.user_id, user_id))
    if two not in chats:
        chats[two] = call.portal.next_id("chat")
    return chats[two]


def _message(call: Call, each: Message) -> dict[str, Any]:
    return {
        "id": each.id,
        "chat_id": each.chat_id,
        "author_id": each.author_id,
        "date": call.portal.write_time(each.at, call.user_id),
        "text": each.text,
        "unread": False,
        "uuid": None,
        "replaces": [],
        "params": {"FILE_ID": list(each.file_ids)} if each.file_ids else {},
        "disappearing_date": None,
    }


def _user(call: Call, user_id: int) -> dict[str, Any]:
    user = call.portal.people.get(user_id)
    return {
        "id": user_id,
        "active": bool(user and user.is_active),
        "name": user.full_name if user else "",
        "first_name": user.name if user else "",
        "last_name": user.last_name if user else "",
        "work_position": user.position if user else "",
        "departments": list(user.department_ids) if user else [],
        "type": "user",
        "email": user.email if user else "",
    }
