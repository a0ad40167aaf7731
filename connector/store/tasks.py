"""The tasks that the connector made, as they stand in the portal. Other people's tasks are not kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, select, update
from sqlalchemy.sql.dml import ReturningInsert

from connector.records import ChecklistItem, ItemRef, Task
from connector.store.dialect import chunks, insert_for
from connector.store.schema import task as table

#: Fields of a `Task` that are columns of the same name and type.
_PLAIN = (
    "id",
    "title",
    "status",
    "responsible_id",
    "created_by",
    "deadline",
    "created_at",
    "changed_at",
    "changed_by",
    "status_changed_by",
    "closed_at",
    "marker",
    "priority",
    "group_id",
)


@dataclass(frozen=True, slots=True)
class MadeTask:
    """A task of ours: the step run it stands for, and the task as last read."""

    portal: str
    ref: ItemRef
    process_id: int | None
    run: str
    kind: str
    task: Task
    #: Id of a checklist line -> id of the outcome that ticking it means.
    outcome_lines: Mapping[int, str] = field(default_factory=dict)
    #: What the process has been told of this task (any JSON); owned by the step that reports.
    reported: Mapping[str, Any] = field(default_factory=dict)
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class TaskChange:
    """A task of ours that is not as we had it. `made` is as it is now."""

    before: Task
    made: MadeTask
    #: It had been deleted, and is back.
    was_gone: bool = False


def add(conn: Connection, made: MadeTask, now: datetime) -> bool:
    """Keep a task that was just made; False if its portal id is known already (nothing is changed then)."""
    row = {
        "portal": made.portal,
        "entity_type_id": made.ref.entity_type_id,
        "item_id": made.ref.id,
        "process_id": made.process_id,
        "run": made.run,
        "kind": made.kind,
        "outcome_lines": _lines_to_json(made.outcome_lines),
        "reported": made.reported,
        "added_at": now,
        "seen_at": now,
        **_task_row(made.task),
    }
    return conn.scalar(_add(conn.dialect.name), row) is not None


@cache
def _add(dialect: str) -> ReturningInsert[int]:
    return insert_for(dialect, table).on_conflict_do_nothing().returning(table.c.row_id)


_CHANGE = update(table).where(table.c.portal == bindparam("of_portal"), table.c.id == bindparam("task_id"))


def upsert_many(conn: Connection, portal: str, tasks: Iterable[Task], now: datetime) -> list[TaskChange]:
    """Take over tasks as read; returns ours that changed.

    Tasks that we did not make are passed over. A checklist of None leaves the one that is known.
    """
    read = {task.id: task for task in tasks}
    changes = []
    for made in _by_ids(conn, portal, read):
        task = read[made.task.id]
        if task.checklist is None:
            task = replace(task, checklist=made.task.checklist)
        if task != made.task or made.is_gone:
            after = replace(made, task=task, is_gone=False)
            changes.append(TaskChange(made.task, after, was_gone=made.is_gone))
    if changes:
        conn.execute(
            _CHANGE,
            [
                {"of_portal": portal, "task_id": change.made.task.id, "seen_at": now, "gone_at": None}
                | _task_row(change.made.task)
                for change in changes
            ],
        )
    return changes


def mark_gone(conn: Connection, portal: str, task_ids: Iterable[int], now: datetime) -> list[MadeTask]:
    """These tasks were deleted in the portal; returns those of ours that were there before."""
    lost = [made for made in _by_ids(conn, portal, task_ids) if not made.is_gone]
    for some in chunks(lost):
        conn.execute(
            update(table)
            .where(table.c.portal == portal, table.c.id.in_([made.task.id for made in some]))
            .values(gone_at=now)
        )
    return [replace(made, is_gone=True) for made in lost]


_ALL = select(table).where(table.c.portal == bindparam("portal")).order_by(table.c.row_id)
_OF_RUN = _ALL.where(table.c.run == bindparam("run"))
_OF_TYPE = _ALL.where(table.c.entity_type_id == bindparam("entity_type_id"))
_OF_ITEM = _OF_TYPE.where(table.c.item_id == bindparam("item_id"))
_OF_ITEMS = _OF_TYPE.where(table.c.item_id.in_(bindparam("item_ids", expanding=True)))
_BY_IDS = _ALL.where(table.c.id.in_(bindparam("ids", expanding=True)))


def get(conn: Connection, portal: str, task_id: int) -> MadeTask | None:
    """The task with this portal id, gone or not."""
    return next(iter(_by_ids(conn, portal, [task_id])), None)


def refs_of(conn: Connection, portal: str, task_ids: Iterable[int]) -> dict[int, ItemRef]:
    """The items of those of these portal ids that are tasks of ours."""
    return {made.task.id: made.ref for made in _by_ids(conn, portal, task_ids)}


def open_for(conn: Connection, portal: str, run: str) -> MadeTask | None:
    """The newest task of the run that is neither completed nor gone."""
    is_open = [made for made in of_run(conn, portal, run) if not (made.is_gone or _is_completed(made))]
    return is_open[-1] if is_open else None


def _is_completed(made: MadeTask) -> bool:
    return made.task.status == "completed"


def of_run(conn: Connection, portal: str, run: str) -> list[MadeTask]:
    """All tasks of the run, oldest first."""
    return _made(conn, _OF_RUN, {"portal": portal, "run": run})


def of_item(conn: Connection, portal: str, ref: ItemRef) -> list[MadeTask]:
    """All tasks made for the item, oldest first."""
    return _made(conn, _OF_ITEM, {"portal": portal, "entity_type_id": ref.entity_type_id, "item_id": ref.id})


def of_items(
    conn: Connection, portal: str, entity_type_id: int, item_ids: Iterable[int]
) -> dict[int, list[MadeTask]]:
    """`of_item` for many items of one type at once, by id; items without a task are left out."""
    found: dict[int, list[MadeTask]] = {}
    for some in chunks(item_ids):
        named = {"portal": portal, "entity_type_id": entity_type_id, "item_ids": some}
        for made in _made(conn, _OF_ITEMS, named):
            found.setdefault(made.ref.id, []).append(made)
    return found


_OPEN_IDS = (
    select(table.c.id)
    .where(table.c.portal == bindparam("portal"), table.c.gone_at.is_(None), table.c.status != "completed")
    .order_by(table.c.id)
)
_OPEN_LINES = _OPEN_IDS.add_columns(table.c.outcome_lines, table.c.checklist)


def open_ids(conn: Connection, portal: str) -> list[int]:
    """Portal ids of our tasks that are neither completed nor gone, for reconcile."""
    return list(conn.scalars(_OPEN_IDS, {"portal": portal}))


def open_with_lines(conn: Connection, portal: str) -> list[int]:
    """Those of `open_ids` that have a checklist."""
    rows = conn.execute(_OPEN_LINES, {"portal": portal})
    return [task_id for task_id, outcome_lines, checklist in rows if outcome_lines or checklist]


def ids(conn: Connection, portal: str, *, above: int, limit: int) -> list[int]:
    """Portal ids of our tasks that are not gone, ended or not, ascending: what a sweep reads again."""
    query = select(table.c.id).where(table.c.portal == portal, table.c.gone_at.is_(None), table.c.id > above)
    return list(conn.scalars(query.order_by(table.c.id).limit(limit)))


def set_outcome_lines(conn: Connection, portal: str, task_id: int, lines: Mapping[int, str]) -> None:
    """Which checklist line means which outcome (known once the checklist is in the portal)."""
    conn.execute(update(table).where(_is(portal, task_id)).values(outcome_lines=_lines_to_json(lines)))


def _is(portal: str, task_id: int) -> Any:
    return and_(table.c.portal == portal, table.c.id == task_id)


def _by_ids(conn: Connection, portal: str, task_ids: Iterable[int]) -> list[MadeTask]:
    found = []
    for some in chunks(task_ids):
        found += _made(conn, _BY_IDS, {"portal": portal, "ids": some})
    return found


def _made(conn: Connection, statement: Select[Any], named: Mapping[str, Any]) -> list[MadeTask]:
    return [_from_row(row) for row in conn.execute(statement, named)]


def _from_row(row: Row[Any]) -> MadeTask:
    checklist = None if row.checklist is None else tuple(map(_checklist_item, row.checklist))
    plain = {name: row._mapping[name] for name in _PLAIN}
    return MadeTask(
        portal=row.portal,
        ref=ItemRef(row.entity_type_id, row.item_id),
        process_id=row.process_id,
        run=row.run,
        kind=row.kind,
        task=Task(bindings=tuple(row.bindings), checklist=checklist, **plain),
        outcome_lines={int(line): outcome for line, outcome in row.outcome_lines.items()},
        reported=row.reported,
        is_gone=row.gone_at is not None,
    )


def _task_row(task: Task) -> dict[str, Any]:
    checklist = None if task.checklist is None else [_checklist_json(one) for one in task.checklist]
    plain = {name: getattr(task, name) for name in _PLAIN}
    return plain | {"bindings": list(task.bindings), "checklist": checklist}


def _checklist_json(line: ChecklistItem) -> dict[str, Any]:
    toggled_at = line.toggled_at.isoformat() if line.toggled_at else None
    return asdict(line) | {"toggled_at": toggled_at}


def _checklist_item(raw: Mapping[str, Any]) -> ChecklistItem:
    at = raw["toggled_at"]
    return ChecklistItem(**(dict(raw) | {"toggled_at": datetime.fromisoformat(at) if at else None}))


def _lines_to_json(lines: Mapping[int, str]) -> dict[str, str]:
    return {str(line): outcome for line, outcome in lines.items()}
