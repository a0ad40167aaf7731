"""What is said and logged on tasks: the task's chat and the time spent.

Since tasks 25.700 a comment is a message of the task's chat (api-reference/tasks/tasks-new.md). The old
task.commentitem.add still works and makes one; the event then carries MESSAGE_ID and a comment id of 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from connector.sandbox.tasks_state import Task, TaskBook

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat."""

    id: int
    chat_id: int
    author_id: int
    text: str
    at: datetime
    #: Files that were sent with it, by their ids on the drive.
    file_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Time that somebody spent on a task."""

    id: int
    task_id: int
    user_id: int
    seconds: int
    text: str
    at: datetime


@dataclass(slots=True)
class ChatBook:
    messages: dict[int, Message] = field(default_factory=dict)
    elapsed: dict[int, Elapsed] = field(default_factory=dict)
    _by_chat: dict[int, list[int]] = field(default_factory=dict)

    def add(self, message: Message) -> Message:
        self.messages[message.id] = message
        self._by_chat.setdefault(message.chat_id, []).append(message.id)
        return message

    def of_chat(self, chat_id: int) -> list[Message]:
        return [self.messages[message_id] for message_id in self._by_chat.get(chat_id, ())]

    def of_task(self, task: Task) -> list[Message]:
        return self.of_chat(task.chat_id)


def say(portal: SandboxPortal, task: Task, text: str, by: int) -> Message:
    """Put a message into the task's chat; the caller has checked that the user may read the task."""
    message = Message(portal.next_id("message"), task.chat_id, by, text, portal.now())
    portal.part(ChatBook).add(message)
    task.activity_at = message.at
    if portal.part(TaskBook).has_old_card:
        after = {"ID": message.id, "TASK_ID": task.id}
    else:
        after = {"ID": 0, "TASK_ID": task.id, "MESSAGE_ID": message.id}
    data = {
        "FIELDS_BEFORE": "undefined",
        "FIELDS_AFTER": after,
        "IS_ACCESSIBLE_BEFORE": "undefined",
        "IS_ACCESSIBLE_AFTER": "undefined",
    }
    portal.events.raise_event("ONTASKCOMMENTADD", data, by=by)
    return message
