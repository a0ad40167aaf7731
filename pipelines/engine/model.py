"""The words of the engine: what it is told (signals), what it knows (facts) and asks for (commands).

Only values. All frozen; instants are aware datetimes; users are portal user ids; `item` and `visit` are
opaque strings of the connector, `stage`, `step` and field names are the logical ids of the definition. A
`run` is the key of one step run, `"<visit>/<step>/<n>"`, and travels with the task that is made for it.

Names beyond the first agreement: `Pressed` (a button of the card), `Process.phase` beside `status`,
`Process.last_visit` (the item's newest visit, which differs from `visit` while a refused move is going back),
`Assign.team` (so that the store can turn the rotation), `CreateItem.link` and `StartPipeline.link` (`as`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pipelines.routing import Member

if TYPE_CHECKING:
    from pipelines.calendar import WorkingCalendar
    from pipelines.engine.process import Process

Language = Literal["en", "ru"]
How = Literal["create", "adopt", "manual", "on_stage", "follow_on"]
TaskKind = Literal["step", "missing", "question", "approval", "choice", "action"]
Because = Literal["next", "outcome", "revert", "entry", "choice"]


# --- signals -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something the engine is told. `key` is unique and stable: the same key is the same signal."""

    key: str
    at: datetime
    #: The user who did it; None: the connector, the portal or nobody known.
    by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Signal):
    """An item joins the pipeline. Stage None: the entries decide; `adopt` and `manual` name the present."""

    visit: str
    stage: str | None
    how: How
    #: Start at this step (an entry or a follow-on may name one).
    step: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(Signal):
    """The item came into a stage. Stage None: one that the binding does not know, or another category."""

    visit: str
    stage: str | None
    by_connector: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChanged(Signal):
    """Fields, owner or links changed; the facts hold the present values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(Signal):
    """The task of a run was completed. Outcome None: no result was named (a task may speak without words)."""

    run: str
    outcome: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPostponed(Signal):
    """The task was deferred, or a person moved its deadline later. Until None: no date was given."""

    run: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCancelled(Signal):
    """The task was deleted (confirmed), or its reserved result line "Not needed" was ticked."""

    run: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired(Signal):
    """A name of `Process.timers` fell due. One that is not there, or not due, means nothing."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Signal):
    """A run was answered beside its task: a button, a card field, the tab. `value` is the outcome's id."""

    run: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(Signal):
    """A button of the item's card: a stage that the rep may choose, or a follow-on that is offered."""

    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class External(Signal):
    """`signal:<name>` from outside: the command line or an HTTP call."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildChanged(Signal):
    """A linked item came into a stage; `status` is that of its stage (open, won, lost, archived)."""

    link: str
    stage: str | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone(Signal):
    """The item was deleted in the CRM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored(Signal):
    """The item is back; the facts hold its present values."""


# --- facts -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """An employee, as far as the engine needs to know: is there, and who is above."""

    id: int
    name: str = ""
    is_active: bool = True
    is_admin: bool = False
    #: Head of the person's department; for a head, the one above.
    head: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is true of the item and its surroundings when the signal is handled. Empty values are None."""

    calendar: WorkingCalendar
    #: Standard values of the item by their names in expressions (title, amount, stage, owner, company …).
    item: Mapping[str, Any] = field(default_factory=dict)
    #: Logical field → value; names that are not there are null.
    fields: Mapping[str, Any] = field(default_factory=dict)
    #: Logical field → its title on the card; the definition's own title where missing.
    field_titles: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[int, Person] = field(default_factory=dict)
    roles: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    teams: Mapping[str, tuple[Member, ...]] = field(default_factory=dict)
    #: People who are away now.
    absent: frozenset[int] = frozenset()
    #: User → open items of this pipeline (or whatever the connector counts).
    load: Mapping[int, int] = field(default_factory=dict)
    #: Team → who got the last item.
    rotation: Mapping[str, int] = field(default_factory=dict)
    #: Division → its head.
    divisions: Mapping[str, int] = field(default_factory=dict)
    #: `as` → the linked item's standard values (stage and status among them).
    links: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    process_owner: int | None = None
    admin: int | None = None
    creator: int | None = None
    language: Language = "en"

    @property
    def owner(self) -> int | None:
        """The item's responsible person."""
        owner: int | None = self.item.get("owner")
        return owner


# --- commands ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Why:
    """Why something was asked for or refused: which rule of which definition, on which signal."""

    rule: str
    file: str
    line: int | None
    signal: str
    #: Content hash of the definition.
    version: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One result that a rep may name."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something to be done in the CRM. `key` is the same whenever the same thing is asked for again."""

    key: str
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateTask(Command):
    """Change the open task of a run; None leaves a thing as it is."""

    run: str
    to: int | None = None
    due: datetime | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseTask(Command):
    """Close the open task of a run, with the reason in the timeline."""

    run: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStage(Command):
    """Move the card to `stage`, only while `visit` is still the item's last one."""

    stage: str
    visit: str
    because: Because


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFields(Command):
    """Write fields of the item: pipeline fields by their ids, standard ones by their names."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Command):
    """Make `user` the owner; `team` says whose rotation turns by it."""

    user: int
    reason: str
    team: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment(Command):
    """A comment in the timeline (plain text: the sender escapes it for where it goes)."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify(Command):
    user: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateItem(Command):
    """Create a record linked to the item under the name `link`, or link the one that exists already."""

    kind: str
    fields: Mapping[str, Any]
    pipeline: str | None = None
    type: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPipeline(Command):
    """Create a child item in another pipeline (a follow-on), linked both ways."""

    pipeline: str
    follow_on: str
    stage: str | None
    copy: tuple[str, ...] = ()
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Email(Command):
    """Either a template of the config by name, or the three parts."""

    template: str | None = None
    to: str = ""
    subject: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms(Command):
    """Start the portal workflow, named in config, that sends the message."""

    workflow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Command):
    template: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOut(Command):
    """An outgoing HTTP call to an address of the config, by its name there."""

    name: str


# --- the decision ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal: what happened to the process and why. Text in the portal's language."""

    #: What kind of line, such as started, moved, refused, opened, ended, skipped, cancelled, assigned;
    #: `phrases.JOURNAL` has them all.
    kind: str
    text: str
    at: datetime
    why: Why
    step: str | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer of `decide`: the process as it is now, and what to do and to remember about it."""

    process: Process | None
    commands: tuple[Command, ...] = ()
    journal: tuple[Entry, ...] = ()
