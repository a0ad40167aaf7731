"""Signals as the store keeps them and as the engine hears them.

A row says what happened in the portal's own words (stage ids, task ids); what that means to a pipeline
depends on its binding, and is said here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connector.flow.bindings import Binding
from connector.records import StageMove
from connector.store.outbox import QueuedCommand
from connector.store.signals import NewSignal, WaitingSignal
from connector.store.tasks import MadeTask
from pipelines.engine.model import (
    Answered,
    ChildChanged,
    External,
    Gone,
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

VISIT, CHANGED, GONE, RESTORED = "visit", "changed", "gone", "restored"
TASK_COMPLETED, TASK_POSTPONED, TASK_CANCELLED = "task_completed", "task_postponed", "task_cancelled"
TIMER, EXTERNAL, START, CHILD, ANSWERED = "timer", "external", "start", "child", "answered"
PRESSED = "pressed"


@dataclass(frozen=True, slots=True)
class Hearing:
    """A signal on its way to one pipeline: how it came, and how that pipeline is bound."""

    signal: WaitingSignal
    binding: Binding

    @property
    def payload(self) -> Mapping[str, Any]:
        return self.signal.payload

    @property
    def stage(self) -> str | None:
        """The pipeline's stage that the payload's CRM stage stands for."""
        return self.binding.stage_of(self.payload.get("category_id"), self.payload.get("stage_id"))

    @property
    def common(self) -> dict[str, Any]:
        """What every signal of the engine has."""
        return {"key": self.signal.key, "at": self.signal.at, "by": self.payload.get("by")}


def visit_signal(move: StageMove, *, by: int | None, command_key: str | None) -> NewSignal:
    """The item came into a stage; `command_key` names our own command if it was that."""
    return NewSignal(
        key=visit_key(move),
        kind=VISIT,
        at=move.at,
        payload={
            "visit": move.id,
            "type_id": move.type_id,
            "category_id": move.category_id,
            "stage_id": move.stage_id,
            "by": None if command_key else by,
            "command": command_key,
        },
    )


def visit_key(move: StageMove) -> str:
    return f"visit:{move.id}"


def again(move: StageMove, pipeline: str) -> NewSignal:
    """The same, for one pipeline, whose process began after the others had heard of it."""
    told = visit_signal(move, by=None, command_key=None)
    return replace(told, key=f"{told.key}:again:{pipeline}", payload={**told.payload, "pipeline": pipeline})


def task_signal(kind: str, made: MadeTask, at: datetime, *, by: int | None, **details: Any) -> NewSignal:
    """Something happened to a task of ours. Two different states of it are two signals."""
    task = made.task
    moment = task.changed_at.isoformat() if task.changed_at else ""
    return NewSignal(
        key=f"task:{task.id}:{kind}:{details.get('outcome') or details.get('until') or moment}",
        kind=kind,
        at=at,
        payload={"task_id": task.id, "run": made.run, "process_id": made.process_id, "by": by, **details},
    )


def dropped_task_signal(command: QueuedCommand, now: datetime, reason: str) -> NewSignal:
    """A task of ours will not be made, because somebody decided so: nobody is going to report on it."""
    return NewSignal(
        key=f"dropped:{command.key}",
        kind=TASK_CANCELLED,
        at=now,
        payload={
            "run": command.payload["run"],
            "process_id": command.process_id,
            "by": None,
            "note": reason,
        },
    )


def start_signal(pipeline: str, how: str, visit: str, at: datetime, *, mode: str) -> NewSignal:
    """A person put the item into a pipeline: once for a visit, and once more when it leaves shadow."""
    return NewSignal(
        key=f"start:{pipeline}:{visit}:{mode}",
        kind=START,
        at=at,
        payload={"pipeline": pipeline, "how": how, "visit": visit, "by": None},
    )


def external_signal(name: str, key: str, at: datetime, *, pipeline: str | None = None) -> NewSignal:
    """Something outside happened; the same key is the same happening. `pipeline` None: all of the item's."""
    payload = {"name": name, "by": None} | ({} if pipeline is None else {"pipeline": pipeline})
    return NewSignal(key=f"external:{name}:{key}", kind=EXTERNAL, at=at, payload=payload)


def pressed_signal(button: str, at: datetime, *, by: int | None, pipeline: str) -> NewSignal:
    """Somebody wants what the pipeline offers on the card, such as a follow-on."""
    return NewSignal(
        key=f"pressed:{pipeline}:{button}:{at.isoformat()}",
        kind=PRESSED,
        at=at,
        payload={"pipeline": pipeline, "button": button, "by": by},
    )


def timer_signal(pipeline: str, name: str, due_at: datetime, now: datetime) -> NewSignal:
    return NewSignal(
        key=f"timer:{pipeline}:{name}:{due_at.isoformat()}",
        kind=TIMER,
        at=now,
        payload={"pipeline": pipeline, "name": name},
    )


def child_signal(
    link: str, key: str, now: datetime, *, stage: str | None, status: str, pipeline: str
) -> NewSignal:
    """A linked item came into a stage; `key` tells one time from another. `pipeline`: which is to hear it."""
    return NewSignal(
        key=f"child:{pipeline}:{link}:{key}",
        kind=CHILD,
        at=now,
        payload={"pipeline": pipeline, "link": link, "stage": stage, "status": status, "by": None},
    )


def to_engine(hearing: Hearing) -> Signal:
    """The engine's own word for a stored signal; KeyError for a kind that this version does not know."""
    return _READERS[hearing.signal.kind](hearing)


def _task_completed(hearing: Hearing) -> Signal:
    payload = hearing.payload
    return TaskCompleted(
        **hearing.common, run=payload["run"], outcome=payload.get("outcome"), note=payload.get("note", "")
    )


def _task_postponed(hearing: Hearing) -> Signal:
    until = hearing.payload.get("until")
    return TaskPostponed(
        **hearing.common, run=hearing.payload["run"], until=datetime.fromisoformat(until) if until else None
    )


def _child_changed(hearing: Hearing) -> Signal:
    payload = hearing.payload
    return ChildChanged(
        **hearing.common, link=payload["link"], stage=payload.get("stage"), status=payload["status"]
    )


_READERS: Mapping[str, Callable[[Hearing], Signal]] = {
    VISIT: lambda h: Moved(
        **h.common, visit=h.payload["visit"], stage=h.stage, by_connector=bool(h.payload["command"])
    ),
    CHANGED: lambda h: ItemChanged(**h.common),
    GONE: lambda h: Gone(**h.common),
    RESTORED: lambda h: Restored(**h.common),
    TASK_COMPLETED: _task_completed,
    TASK_POSTPONED: _task_postponed,
    TASK_CANCELLED: lambda h: TaskCancelled(**h.common, run=h.payload["run"], note=h.payload.get("note", "")),
    TIMER: lambda h: TimerFired(**h.common, name=h.payload["name"]),
    EXTERNAL: lambda h: External(**h.common, name=h.payload["name"]),
    ANSWERED: lambda h: Answered(**h.common, run=h.payload["run"], value=h.payload["value"]),
    CHILD: _child_changed,
    PRESSED: lambda h: Pressed(**h.common, button=h.payload["button"]),
}


def started(hearing: Hearing, stage: str | None, how: Any) -> Started:
    """The item joins the pipeline of this hearing."""
    return Started(**hearing.common, visit=hearing.payload["visit"], stage=stage, how=how)
