"""Commands: what the engine asks for, each with the reason why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pipelines.engine.records import Record

#: action: a task that is no step, nothing waits for it
TaskKind = Literal["step", "missing", "question", "approval", "choice", "action"]
Because = Literal["next", "outcome", "revert", "entry", "choice"]


class Why(Record, frozen=True):
    """Why something was asked for or refused: which rule of which definition, on which signal."""

    rule: str
    file: str
    line: int | None
    signal: str
    #: Content hash of the definition.
    version: str


class Choice(NamedTuple):
    """One result that a rep may name."""

    id: str
    title: str


class Command(Record, frozen=True, kw_only=True):
    """Something to be done in the CRM. `key` is the same whenever the same thing is asked for again."""

    key: str
    why: Why


class CreateTask(Command, frozen=True, kw_only=True):
    """A task for `to`, bound to the item, carrying its run; reports about it come back with the run."""

    run: str
    kind: TaskKind
    title: str
    to: int
    due: datetime | None = None
    description: str = ""
    hint: str = ""
    checklist: tuple[str, ...] = ()
    outcomes: tuple[Choice, ...] = ()
    priority: str = "normal"
    #: Said when it is not the person whom the definition names (dismissed, unknown).
    reason: str = ""


class UpdateTask(Command, frozen=True, kw_only=True):
    """Change the open task of a run; None leaves a thing as it is."""

    run: str
    to: int | None = None
    due: datetime | None = None
    description: str | None = None


class CloseTask(Command, frozen=True, kw_only=True):
    """Close the open task of a run, with the reason in the timeline."""

    run: str
    reason: str


class MoveStage(Command, frozen=True, kw_only=True):
    """Move the card to `stage`, only while `visit` is still the item's last one."""

    stage: str
    visit: str
    because: Because


class SetFields(Command, frozen=True, kw_only=True):
    """Write fields of the item: pipeline fields by their ids, standard ones by their names."""

    values: Mapping[str, Any]


class Assign(Command, frozen=True, kw_only=True):
    """Make `user` the owner; `team` says whose rotation turns by it."""

    user: int
    reason: str
    team: str | None = None


class Comment(Command, frozen=True, kw_only=True):
    """A comment in the timeline (plain text: the sender escapes it for where it goes)."""

    text: str


class Notify(Command, frozen=True, kw_only=True):
    user: int
    text: str


class CreateItem(Command, frozen=True, kw_only=True):
    """Create a record linked to the item under the name `link`, or link the one that exists already."""

    kind: str
    fields: Mapping[str, Any]
    pipeline: str | None = None
    type: str | None = None
    link: str | None = None


class StartPipeline(Command, frozen=True, kw_only=True):
    """Create a child item in another pipeline (a follow-on), linked both ways."""

    pipeline: str
    follow_on: str
    stage: str | None
    copy: tuple[str, ...] = ()
    link: str | None = None


class Email(Command, frozen=True, kw_only=True):
    """Either a template of the config by name, or the three parts."""

    template: str | None = None
    to: str = ""
    subject: str = ""
    body: str = ""


class Sms(Command, frozen=True, kw_only=True):
    """Start the portal workflow, named in config, that sends the message."""

    workflow: str


class Document(Command, frozen=True, kw_only=True):
    template: str


class CallOut(Command, frozen=True, kw_only=True):
    """An outgoing HTTP call to an address of the config, by its name there."""

    name: str
