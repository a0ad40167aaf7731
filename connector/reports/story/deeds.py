"""Deeds: the connector's commands in words, from their row of the outbox or from what the journal kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from connector.flow.commands import (
    ADD_RESULTS,
    CALL_OUT,
    CLOSE_TASK,
    COMMENT,
    CREATE_TASK,
    MAKE_DOCUMENT,
    MOVE_STAGE,
    NOTIFY,
    SEND_EMAIL,
    SET_FIELDS,
    START_WORKFLOW,
    UPDATE_TASK,
)
from connector.flow.new_records import CREATE_ITEM
from connector.reports.story.words import WORDS
from connector.store.journal import Line

if TYPE_CHECKING:
    from connector.reports.story.speech import Speaker

_OWNER = "assignedById"
_LONGEST = 160


def say_deed(speaker: Speaker, version: str | None, kind: str, payload: Mapping[str, Any]) -> str:
    """A command in words; `version` is the one that asked for it, where that is known."""
    tell = _DEEDS.get(kind)
    if tell is not None:
        return tell(speaker, version, payload)
    return speaker.word(kind) if kind in WORDS else kind


def as_deed(line: Line) -> tuple[str, Mapping[str, Any]] | None:
    """Kind and payload as far as a line of the journal has them: it began in shadow, or its row is gone.

    None for a line that is in words already.
    """
    name, _, rest = line.text.partition(" ")
    read = _TOLD.get(name)
    if read is None:
        return None
    kind, key = read
    payload: dict[str, Any] = {key: rest} if key and rest else {}
    if name == "Assign":
        payload = {"fields": {_OWNER: int(rest)}} if rest.isdecimal() else {}
    details = line.details
    if name == "CreateTask":
        payload |= {"responsible_id": details.get("to"), "deadline": details.get("due")}
    if name == "Notify":
        payload = {"text": rest}
    return kind, payload


#: What `connector.flow.keeping.describe` calls commands: the kind of their rows, and what it tells first.
_TOLD: Mapping[str, tuple[str, str]] = {
    "CreateTask": (CREATE_TASK, "title"),
    "UpdateTask": (UPDATE_TASK, "run"),
    "CloseTask": (CLOSE_TASK, "run"),
    "MoveStage": (MOVE_STAGE, "stage"),
    "SetFields": (SET_FIELDS, ""),
    "Assign": (SET_FIELDS, ""),
    "Comment": (COMMENT, "text"),
    "Notify": (NOTIFY, "text"),
    "CreateItem": (CREATE_ITEM, "pipeline"),
    "StartPipeline": (CREATE_ITEM, "pipeline"),
    "Email": (SEND_EMAIL, "subject"),
    "Sms": (START_WORKFLOW, "workflow"),
    "Document": (MAKE_DOCUMENT, "template"),
    "CallOut": (CALL_OUT, "name"),
}


def _create_task(speaker: Speaker, version: str | None, payload: Mapping[str, Any]) -> str:
    said = speaker.word("create_task", title=payload.get("title", ""))
    if payload.get("responsible_id") is not None:
        said += speaker.word("for", person=speaker.person(payload["responsible_id"]))
    if payload.get("deadline"):
        said += speaker.word("due", when=speaker.date(payload["deadline"]))
    return said


def _of_task(kind: str) -> Callable[[Speaker, str | None, Mapping[str, Any]], str]:
    def tell(speaker: Speaker, version: str | None, payload: Mapping[str, Any]) -> str:
        title = speaker.tasks.get(str(payload.get("run")))
        said = speaker.word(kind, task=title) if title else speaker.word(f"{kind}_any")
        because = payload.get("reason")
        if not because:
            return said
        return said + speaker.word("because", reason=speaker.retelling(version).value(str(because)))

    return tell


def _move_stage(speaker: Speaker, version: str | None, payload: Mapping[str, Any]) -> str:
    stage_id = payload.get("stage_id")
    if stage_id in speaker.stages:
        return speaker.word("move_stage", stage=speaker.stages[str(stage_id)])
    return speaker.word("move_stage", stage=speaker.pipeline_stage(version, str(payload.get("stage", ""))))


def _set_fields(speaker: Speaker, version: str | None, payload: Mapping[str, Any]) -> str:
    fields = payload.get("fields") or {}
    if set(fields) == {_OWNER}:
        return speaker.word("assign", person=speaker.person(int(fields[_OWNER])))
    if not fields:
        return speaker.word("set_fields_any")
    return speaker.word("set_fields", fields=", ".join(speaker.fields.get(name, name) for name in fields))


def _notify(speaker: Speaker, version: str | None, payload: Mapping[str, Any]) -> str:
    person = speaker.person(payload["user"]) if payload.get("user") is not None else "…"
    text = _short(str(payload.get("text", "")))
    return speaker.word("notify", person=person, text=text)


def _create_item(speaker: Speaker, version: str | None, payload: Mapping[str, Any]) -> str:
    pipeline, title = payload.get("pipeline"), payload.get("title")
    named = speaker.pipeline(str(pipeline)) if pipeline else ""
    return speaker.word("create_item", what=" — ".join(filter(None, (named, title))) or "…")


def _named(kind: str, key: str, name: str) -> Callable[[Speaker, str | None, Mapping[str, Any]], str]:
    """A command with one telling value."""

    def tell(speaker: Speaker, version: str | None, payload: Mapping[str, Any]) -> str:
        return speaker.word(kind, **{name: _short(str(payload.get(key) or ""))})

    return tell


def _short(text: str) -> str:
    """A text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


_DEEDS: Mapping[str, Callable[[Speaker, str | None, Mapping[str, Any]], str]] = {
    CREATE_TASK: _create_task,
    UPDATE_TASK: _of_task(UPDATE_TASK),
    CLOSE_TASK: _of_task(CLOSE_TASK),
    ADD_RESULTS: _of_task(ADD_RESULTS),
    MOVE_STAGE: _move_stage,
    SET_FIELDS: _set_fields,
    COMMENT: _named(COMMENT, "text", "text"),
    NOTIFY: _notify,
    CREATE_ITEM: _create_item,
    SEND_EMAIL: _named(SEND_EMAIL, "subject", "subject"),
    START_WORKFLOW: _named(START_WORKFLOW, "workflow", "name"),
    MAKE_DOCUMENT: _named(MAKE_DOCUMENT, "template", "name"),
    CALL_OUT: _named(CALL_OUT, "name", "name"),
}
