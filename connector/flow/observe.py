"""What a change in the mirror means: the signals that processes have to hear.

Shared by refresh and reconcile. Called inside the commit that takes the change over, so that a change is
never kept untold or told unkept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from connector.bitrix24.checklists import ticked
from connector.flow import relatives
from connector.flow.commands import CANCELLED
from connector.flow.past import former_values
from connector.flow.portal import Portal
from connector.flow.signals import (
    CHANGED,
    GONE,
    RESTORED,
    TASK_CANCELLED,
    TASK_COMPLETED,
    TASK_POSTPONED,
    task_signal,
    visit_signal,
)
from connector.records import Item, ItemRef, StageMove, Task
from connector.store import Connection, effects, processes, signals
from connector.store.mirror import ItemChange
from connector.store.signals import NewSignal
from connector.store.tasks import MadeTask, TaskChange

#: Under which names our own writes are expected back; those of a task carry its id behind a colon.
STAGE, DEADLINE, STATUS = "stage", "deadline", "status"


def tell_of_visits(
    conn: Connection, portal: Portal, moves: Sequence[StageMove], items: dict[ItemRef, Item], now: datetime
) -> None:
    """New rows of the stage history, with the items as they stand now; others' boards mean nothing to us."""
    if not moves:
        return
    heard = processes.with_process(conn, portal.name, {move.ref for move in moves})
    expected = effects.expected_of(conn, portal.name, STAGE)
    newest = {move.ref: move.id for move in moves}
    news: dict[ItemRef, list[NewSignal]] = {}
    for move in moves:
        if move.ref not in heard and not _is_on_a_board(portal, move):
            continue
        item = items.get(move.ref)
        command = None
        if move.ref in expected:
            command = effects.meet(conn, portal.name, move.ref, STAGE, move.stage_id, move.at)
        by = _person(portal, item.moved_by) if item is not None and newest[move.ref] == move.id else None
        news.setdefault(move.ref, []).append(visit_signal(move, by=by, command_key=command))
    signals.add_all(conn, portal.name, news, now)


def _is_on_a_board(portal: Portal, move: StageMove) -> bool:
    return any(binding.covers(move.category_id) for binding in portal.bindings_of(move.ref.entity_type_id))


def _person(portal: Portal, user: int | None) -> int | None:
    """Who did it, if it was a person: what the technical user does is our own doing."""
    return None if user == portal.config.technical_user else user


def tell_of_items(conn: Connection, portal: Portal, changes: Iterable[ItemChange], now: datetime) -> None:
    """Items that are not as they were: their own processes are told, and whom they were made for."""
    changes = list(changes)
    relatives.tell_of_items(conn, portal, changes, now)
    known = [change for change in changes if change.before is not None or change.was_gone]
    heard = processes.with_process(conn, portal.name, [change.ref for change in known])
    news = {change.ref: [_item_news(portal, change, now)] for change in known if change.ref in heard}
    signals.add_all(conn, portal.name, news, now)


def _item_news(portal: Portal, change: ItemChange, now: datetime) -> NewSignal:
    kind = RESTORED if change.was_gone else CHANGED
    # The key is this reading: the same values may come and go and come again.
    payload: dict[str, Any] = {"by": _person(portal, change.after.updated_by)}
    if change.before is not None:
        payload["before"] = former_values(change.before, change.after)
    return NewSignal(f"{kind}:{now.isoformat()}", kind, now, payload)


def tell_of_gone(conn: Connection, portal: Portal, refs: Iterable[ItemRef], now: datetime) -> None:
    """Items that a read of each has shown to be deleted."""
    heard = processes.with_process(conn, portal.name, refs)
    news = {ref: [NewSignal(f"{GONE}:{now.isoformat()}", GONE, now)] for ref in heard}
    signals.add_all(conn, portal.name, news, now)


def tell_of_tasks(conn: Connection, portal: Portal, changes: Iterable[TaskChange], now: datetime) -> None:
    """Tasks of ours that a person completed, deferred or moved; every other edit means nothing."""
    for change in changes:
        signal = _task_news(conn, portal, change, now)
        if signal is not None:
            signals.add_many(conn, portal.name, change.made.ref, [signal], now)


def tell_of_deleted_tasks(conn: Connection, portal: Portal, gone: Iterable[MadeTask], now: datetime) -> None:
    """Tasks of ours that were deleted, confirmed by a read of each."""
    for made in gone:
        if made.task.status != "completed":
            signal = task_signal(TASK_CANCELLED, made, now, by=None)
            signals.add_many(conn, portal.name, made.ref, [signal], now)


def _task_news(conn: Connection, portal: Portal, change: TaskChange, now: datetime) -> NewSignal | None:
    before, made = change.before, change.made
    task = made.task
    at = task.changed_at or now
    if task.status == "completed":
        if before.status == "completed" or _is_our_closing(conn, portal, made, now):
            return None
        return _completion(made, at)
    if task.status == "deferred" and before.status != "deferred":
        until = _later_deadline(conn, portal, before, made, now)
        return task_signal(TASK_POSTPONED, made, at, by=task.status_changed_by, until=until)
    until = _later_deadline(conn, portal, before, made, now)
    if until is not None:
        return task_signal(TASK_POSTPONED, made, at, by=task.changed_by, until=until)
    return None


def _is_our_closing(conn: Connection, portal: Portal, made: MadeTask, now: datetime) -> bool:
    return _is_ours(conn, portal, made, STATUS, "completed", now)


def _is_ours(conn: Connection, portal: Portal, made: MadeTask, field: str, value: str, now: datetime) -> bool:
    """Whether a change of a task is a write of ours that has come back.

    It may be read long after it was made, when the portal or the program was away; or the task was changed
    again meanwhile: so by the instant of its last change, or by that of this reading.
    """
    name = f"{field}:{made.task.id}"
    instants = dict.fromkeys((made.task.changed_at or now, now))
    return any(effects.meet(conn, portal.name, made.ref, name, value, at) for at in instants)


def _completion(made: MadeTask, at: datetime) -> NewSignal:
    named = ticked_outcomes(made)
    by = made.task.status_changed_by
    if named[:1] == [CANCELLED]:
        return task_signal(TASK_CANCELLED, made, at, by=by)
    return task_signal(TASK_COMPLETED, made, at, by=by, outcome=named[0] if named else None, others=named[1:])


def ticked_outcomes(made: MadeTask) -> list[str]:
    """The outcomes whose lines are ticked, in the order of ticking: the earliest is the one that counts."""
    named = ticked(made.task, {outcome: line_id for line_id, outcome in made.outcome_lines.items()})
    return [outcome for outcome in named if ":" not in outcome]


def _later_deadline(
    conn: Connection, portal: Portal, before: Task, made: MadeTask, now: datetime
) -> str | None:
    """The new deadline if it was moved later by somebody else than us."""
    deadline = made.task.deadline
    if deadline is None or before.deadline is None or deadline <= before.deadline:
        return None
    moved_to = deadline.isoformat()
    return None if _is_ours(conn, portal, made, DEADLINE, moved_to, now) else moved_to
