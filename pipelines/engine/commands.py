"""Commands: what the engine asks for, each with the reason why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pipelines.engine.records import Record, record

#: action: a task that is no step, nothing waits for it
TaskKind = Literal["step", "missing", "question", "approval", "choice", "action"]
Because = Literal["next", "outcome", "revert", "entry", "choice"]


class Why(NamedTuple):
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


@record
class Command(Record):
    """Something to be done in the CRM. `key` is the same whenever the same thing is asked for again."""

    key: str
    why: Why


@record
class CreateTask(Command):
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


@record
class UpdateTask(Command):
    """Change the open task of a run; None leaves a thing as it is."""

    run: str
    to: int | None = None
    due: datetime | None = None
    description: str | None = None


@record
class CloseTask(Command):
    """Close the open task of a run, with the reason in the timeline."""

    run: str
    reason: str


@record
class MoveStage(Command):
    """Move the card to `stage`, only while `visit` is still the item's last one."""

    stage: str
    visit: str
    because: Because


@record
class SetFields(Command):
    """Write fields of the item: pipeline fields by their ids, standard ones by their names."""

    values: Mapping[str, Any]


@record
class Assign(Command):
    """Make `user` the owner; `team` says whose rotation turns by it."""

    user: int
    reason: str
    team: str | None = None


@record
class Comment(Command):
    """A comment in the timeline (plain text: the sender escapes it for where it goes)."""

    text: str


@record
class Notify(Command):
    user: int
    text: str


@record
class CreateItem(Command):
    """Create a record linked to the item under the name `link`, or link the one that exists already."""

    kind: str
    fields: Mapping[str, Any]
    pipeline: str | None = None
    type: str | None = None
    link: str | None = None


@record
class StartPipeline(Command):
    """Create a child item in another pipeline (a follow-on), linked both ways."""

    pipeline: str
    follow_on: str
    stage: str | None
    copy: tuple[str, ...] = ()
    link: str | None = None


@record
class Email(Command):
    """Either a template of the config by name, or the three parts."""

    template: str | None = None
    to: str = ""
    subject: str = ""
    body: str = ""


@record
class Sms(Command):
    """Start the portal workflow, named in config, that sends the message."""

    workflow: str


@record
class Document(Command):
    template: str


@record
class CallOut(Command):
    """An outgoing HTTP call to an address of the config, by its name there."""

    name: str
