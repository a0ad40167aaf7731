"""Commands on their way to the outbox: what the engine asks for, frozen in the portal's own terms.

A payload is written once, in the commit of the decision, and sent byte for byte however often it is repeated.
Its key is the marker that the record carries in the portal, so a lost answer can be looked up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connector.flow.bindings import Binding
from connector.flow.field_values import as_json
from connector.flow.new_records import (
    CREATE_ITEM,
    INHERITED,
    NotBound,
    Wish,
    board_of,
    payload_of,
    target_of,
)
from connector.flow.portal import Portal
from connector.records import ItemRef
from connector.store.outbox import NewCommand
from pipelines.engine.model import (
    Assign,
    CallOut,
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
    UpdateTask,
)
from pipelines.engine.phrases import phrase
from pipelines.texts import Text

#: The built-in outcome of a task that is not needed.
CANCELLED = "cancelled"
CREATE_TASK, UPDATE_TASK, CLOSE_TASK = "create_task", "update_task", "close_task"
MOVE_STAGE, SET_FIELDS, COMMENT, NOTIFY = "move_stage", "set_fields", "comment", "notify"
ADD_RESULTS = "add_results"
SEND_EMAIL, START_WORKFLOW = "send_email", "start_workflow"
MAKE_DOCUMENT, CALL_OUT = "make_document", "call_out"
#: Not sent by this version: the row is kept and parked, so that nothing is dropped silently.
UNSUPPORTED = "unsupported"

_BETWEEN = "\x1f"
#: A rep waits for these; the rest goes when there is room.
_URGENT, _NORMAL = 0, 5


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose commands these are."""

    portal: Portal
    binding: Binding
    ref: ItemRef
    process_id: int | None
    visit: str
    cause: str
    #: What the item is known by, its fields and what was just asked to be written, for what is made of it.
    values: Mapping[str, Any] = field(default_factory=dict)
    #: A text of config with its placeholders filled.
    render: Callable[[Text], str] = str


def marker(portal: Portal, pipeline: str, key: str) -> str:
    """The outbox key, at most 50 ASCII characters (the length of XML_ID): the same cause gives the same key.

    It is made from the portal's domain, not from this database, so a store that was rebuilt makes the same
    keys. Only a command whose outcome is unknown is looked for by its marker, not one that was never sent.
    """
    identity = _BETWEEN.join((portal.config.domain, portal.name, pipeline, key))
    return f"fw:{hashlib.sha256(identity.encode()).hexdigest()[:32]}"


def outbox_key(portal: Portal, pipeline: str, ref: ItemRef, key: str) -> str:
    """The key under which a command of the engine about an item stands in the outbox and in the journal."""
    return marker(portal, pipeline, f"{ref}:{key}")


def to_outbox(sender: Sender, command: Command) -> NewCommand:
    """The row of the outbox for a command of the engine."""
    kind, payload = _payload(sender, command)
    return NewCommand(
        key=outbox_key(sender.portal, sender.binding.pipeline, sender.ref, command.key),
        kind=kind,
        ref=sender.ref,
        pipeline=sender.binding.pipeline,
        visit=sender.visit,
        payload=payload,
        process_id=sender.process_id,
        priority=_NORMAL if isinstance(command, Comment | Notify) else _URGENT,
        cause=sender.cause,
    )


def _payload(sender: Sender, command: Command) -> tuple[str, dict[str, Any]]:
    writer = _WRITERS.get(type(command))
    if writer is None:
        return UNSUPPORTED, {"command": type(command).__name__}
    return writer(sender, command)


def _create_task(sender: Sender, command: CreateTask) -> tuple[str, dict[str, Any]]:
    return CREATE_TASK, {
        "run": command.run,
        "task_kind": command.kind,
        "title": command.title,
        "description": "\n\n".join(
            part for part in (command.description, command.hint, command.reason) if part
        ),
        "responsible_id": command.to,
        "deadline": _iso(command.due),
        "checklist": list(command.checklist),
        "outcomes": _outcomes(sender, command),
        "is_urgent": command.priority == "high",
    }


def _outcomes(sender: Sender, command: CreateTask) -> list[list[str]]:
    """Results to choose from. A rep cannot delete the task of another: a step's task has a line for that."""
    named = [[choice.id, choice.title] for choice in command.outcomes]
    if command.kind == "step" and CANCELLED not in {outcome for outcome, _ in named}:
        named.append([CANCELLED, phrase("not_needed", sender.portal.config.language)])
    return named


def _update_task(sender: Sender, command: UpdateTask) -> tuple[str, dict[str, Any]]:
    return UPDATE_TASK, {
        "run": command.run,
        "responsible_id": command.to,
        "deadline": _iso(command.due),
        "description": command.description,
    }


def _move_stage(sender: Sender, command: MoveStage) -> tuple[str, dict[str, Any]]:
    return MOVE_STAGE, {
        "stage": command.stage,
        "stage_id": sender.binding.stage_id(command.stage),
        "category_id": sender.binding.category_id,
        "visit": command.visit,
        "because": command.because,
    }


def _set_fields(sender: Sender, command: SetFields) -> tuple[str, dict[str, Any]]:
    return SET_FIELDS, {"fields": as_json(sender.binding.write_fields(command.values))}


def _assign(sender: Sender, command: Assign) -> tuple[str, dict[str, Any]]:
    return SET_FIELDS, {"fields": {"assignedById": command.user}, "reason": command.reason}


def _create_item(sender: Sender, command: CreateItem) -> tuple[str, dict[str, Any]]:
    inherited = {name: sender.values.get(name) for name in INHERITED}
    try:
        target = target_of(sender.portal, command.kind, command.pipeline, command.type)
    except NotBound as error:
        return CREATE_ITEM, {"problem": str(error)}
    wish = Wish(
        parent=sender.ref,
        parent_pipeline=sender.binding.pipeline,
        name=command.link or "",
        how="create",
        values=command.fields,
        inherited=inherited,
    )
    return CREATE_ITEM, payload_of(target, wish)


def _start_pipeline(sender: Sender, command: StartPipeline) -> tuple[str, dict[str, Any]]:
    try:
        target = board_of(sender.portal, command.pipeline, command.stage)
    except NotBound as error:
        return CREATE_ITEM, {"problem": str(error)}
    wish = Wish(
        parent=sender.ref,
        parent_pipeline=sender.binding.pipeline,
        name=command.link or "",
        how="follow_on",
        values={name: sender.values.get(name) for name in command.copy},
        inherited={name: sender.values.get(name) for name in ("title", "owner")},
    )
    return CREATE_ITEM, payload_of(target, wish)


def _email(sender: Sender, command: Email) -> tuple[str, dict[str, Any]]:
    """The letter as it will be sent, written now: what stands on the card later does not change it."""
    if command.template is None:
        return SEND_EMAIL, {"to": command.to, "subject": command.subject, "body": command.body}
    template = sender.portal.config.templates.get(command.template)
    if template is None:
        return SEND_EMAIL, {"problem": f"config.toml has no templates.{command.template}"}
    return SEND_EMAIL, {
        "to": template.to,
        "subject": sender.render(template.subject),
        "body": sender.render(template.body),
    }


def _call_out(sender: Sender, command: CallOut) -> tuple[str, dict[str, Any]]:
    rule, _, step = command.why.rule.partition(" ")
    return CALL_OUT, {"name": command.name, "step": step if rule == "step" else None}


_WRITERS: Mapping[type[Command], Callable[[Sender, Any], tuple[str, dict[str, Any]]]] = {
    CreateItem: _create_item,
    CreateTask: _create_task,
    StartPipeline: _start_pipeline,
    UpdateTask: _update_task,
    CallOut: _call_out,
    Document: lambda sender, command: (MAKE_DOCUMENT, {"template": command.template}),
    Email: _email,
    Sms: lambda sender, command: (START_WORKFLOW, {"workflow": command.workflow}),
    CloseTask: lambda sender, command: (CLOSE_TASK, {"run": command.run, "reason": command.reason}),
    MoveStage: _move_stage,
    SetFields: _set_fields,
    Assign: _assign,
    Comment: lambda sender, command: (COMMENT, {"text": command.text}),
    Notify: lambda sender, command: (NOTIFY, {"user": command.user, "text": command.text}),
}


def _iso(at: datetime | None) -> str | None:
    """As the portal will tell it: by the second, or our own deadline would not be known again."""
    return at.astimezone(UTC).replace(microsecond=0).isoformat() if at else None
