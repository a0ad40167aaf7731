"""The words of the engine: what it is told (signals), what it knows (facts) and asks for (commands).

Only values. All frozen; instants are aware datetimes; users are portal user ids; `item` and `visit` are
opaque strings of the connector, `stage`, `step` and field names are the logical ids of the definition. A
`run` is the key of one step run, `"<visit>/<step>/<n>"`, and travels with the task that is made for it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.engine.commands import (
    Assign,
    Because,
    CallOut,
    Choice,
    CloseTask,
    Command,
    Comment,
    CreateItem,
    CreateTask,
    Document,
    Email,
    MoveStage,
    Notify,
    SetFields,
    Sms,
    StartPipeline,
    TaskKind,
    UpdateTask,
    Why,
)
from pipelines.engine.facts import (
    Facts,
    Language,
    Person,
)
from pipelines.engine.records import Record
from pipelines.engine.signals import (
    Answered,
    ChildChanged,
    External,
    Gone,
    How,
    ItemChanged,
    Moved,
    Pressed,
    Restored,
    Signal,
    Started,
    TaskCancelled,
    TaskCompleted,
    TaskPostponed,
    TimerFired,
)
from pipelines.routing import Member

if TYPE_CHECKING:
    from pipelines.engine.process import Process

__all__ = [
    "Answered",
    "Assign",
    "Because",
    "CallOut",
    "ChildChanged",
    "Choice",
    "CloseTask",
    "Command",
    "Comment",
    "CreateItem",
    "CreateTask",
    "Decision",
    "Document",
    "Email",
    "Entry",
    "External",
    "Facts",
    "Gone",
    "How",
    "ItemChanged",
    "Language",
    "Member",
    "MoveStage",
    "Moved",
    "Notify",
    "Person",
    "Pressed",
    "Restored",
    "SetFields",
    "Signal",
    "Sms",
    "StartPipeline",
    "Started",
    "TaskCancelled",
    "TaskCompleted",
    "TaskKind",
    "TaskPostponed",
    "TimerFired",
    "UpdateTask",
    "Why",
]


class Entry(Record, frozen=True):
    """One line of the journal: what happened to the process and why. Text in the portal's language."""

    #: What kind of line, such as started, moved, refused, opened, ended, skipped, cancelled, assigned;
    #: `phrases.JOURNAL` has them all.
    kind: str
    text: str
    at: datetime
    why: Why
    step: str | None = None
    run: str | None = None


class Decision(Record, frozen=True):
    """The answer of `decide`: the process as it is now, and what to do and to remember about it."""

    process: Process | None
    commands: tuple[Command, ...] = ()
    journal: tuple[Entry, ...] = ()
