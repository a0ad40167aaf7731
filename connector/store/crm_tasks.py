"""Tasks bound to records of the CRM, whoever made them, for views and reports. No process hears of them here.

A task that is bound to no record is nobody's business: it is not kept, and its row goes when its last binding
does. One that was deleted keeps its row, with a tombstone. The last reading wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, delete, func, insert, select, update

from connector.records import ItemRef, Task
from connector.store.columns import clean
from connector.store.dialect import chunks, insert_for
from connector.store.schema import crm_task as table
from connector.store.schema import crm_task_binding as binding
from connector.store.schema import entity_type

#: Fields of a `Task` that are columns of the same name and type.
_PLAIN = (
    "title",
    "status",
    "priority",
    "responsible_id",
    "created_by",
    "group_id",
    "deadline",
    "created_at",
    "changed_at",
    "closed_at",
)
_Row = tuple[Any, ...]


_OF_IDS = (table.c.portal == bindparam("portal")) & table.c.id.in_(bindparam("ids", expanding=True))
_KNOWN = select(table.c.id, table.c.gone_at, *(table.c[name] for name in _PLAIN)).where(_OF_IDS)
_KNOWN_IDS = select(table.c.id).where(_OF_IDS, table.c.gone_at.is_(None))
_BINDINGS = (
    select(binding.c.task_id, binding.c.code, binding.c.entity_type_id, binding.c.item_id)
    .where(binding.c.portal == bindparam("portal"), binding.c.task_id.in_(bindparam("ids", expanding=True)))
    .order_by(binding.c.task_id, binding.c.place)
)
_TYPES = select(entity_type.c.short_code, entity_type.c.id).where(entity_type.c.portal == bindparam("portal"))


def upsert_many(conn: Connection, portal: str, tasks: Iterable[Task], now: datetime) -> set[int]:
    """Take over tasks as read, with their bindings; returns the ids of those that were not so before.

    A tombstone is lifted; tasks that are bound to nothing are forgotten.
    """
    read = {task.id: task for task in tasks}
    if not read:
        return set()
    known, bound = _known(conn, portal, read), _bindings(conn, portal, read)
    types = _types_by_code(conn, portal)
    wanted = {task.id: _bound_to(task, types) for task in read.values() if task.bindings}
    changed = [id_ for id_ in wanted if known.get(id_) != _content(read[id_])]
    rebound = [id_ for id_, rows in wanted.items() if bound.get(id_, []) != rows]
    loose = [id_ for id_ in read.keys() - wanted.keys() if id_ in known or id_ in bound]
    _write(conn, portal, [read[id_] for id_ in {*changed, *rebound}], now)
    _bind(conn, portal, {id_: wanted[id_] for id_ in rebound})
    forget(conn, portal, loose)
    return {*changed, *rebound, *loose}


def _known(conn: Connection, portal: str, ids_: Iterable[int]) -> dict[int, _Row]:
    """The content of the rows that are there; of one with a tombstone, what no task has."""
    return {
        id_: tuple(content) if gone_at is None else ()
        for some in chunks(ids_)
        for id_, gone_at, *content in conn.execute(_KNOWN, {"portal": portal, "ids": some})
    }


def _bindings(conn: Connection, portal: str, ids_: Iterable[int]) -> dict[int, list[_Row]]:
    found: dict[int, list[_Row]] = {}
    for some in chunks(ids_):
        for id_, *bound in conn.execute(_BINDINGS, {"portal": portal, "ids": some}):
            found.setdefault(id_, []).append(tuple(bound))
    return found


def _content(task: Task) -> _Row:
    """The task as its row comes back."""
    return (clean(task.title), *(getattr(task, name) for name in _PLAIN[1:]))


def _types_by_code(conn: Connection, portal: str) -> dict[str, int]:
    """What codes of bindings begin with -> the type: crm.enum.ownertype says, nobody computes it."""
    return {code: type_id for code, type_id in conn.execute(_TYPES, {"portal": portal})}


def _bound_to(task: Task, types: Mapping[str, int]) -> list[_Row]:
    """Code, type and record of each binding; a code of a type that the catalogue lacks has neither."""
    rows: list[_Row] = []
    for code in map(clean, task.bindings):
        short, _, number = code.rpartition("_")
        is_known = short in types and number.isascii() and number.isdecimal()
        rows.append((code, types[short], int(number)) if is_known else (code, None, None))
    return rows


def _write(conn: Connection, portal: str, tasks: Sequence[Task], now: datetime) -> None:
    rows = [
        {"portal": portal, "id": task.id, "seen_at": now, "gone_at": None}
        | {name: getattr(task, name) for name in _PLAIN}
        for task in tasks
    ]
    if rows:
        conn.execute(_upsert(conn.dialect.name), rows)


@cache
def _upsert(dialect: str) -> Insert:
    statement = insert_for(dialect, table)
    given = {name: statement.excluded[name] for name in (*_PLAIN, "seen_at", "gone_at")}
    return statement.on_conflict_do_update(index_elements=["portal", "id"], set_=given)


_UNBIND = delete(binding).where(
    binding.c.portal == bindparam("portal"), binding.c.task_id.in_(bindparam("ids", expanding=True))
)
_BIND = insert(binding)


def _bind(conn: Connection, portal: str, bound: Mapping[int, Sequence[_Row]]) -> None:
    for some in chunks(bound):
        conn.execute(_UNBIND, {"portal": portal, "ids": some})
    rows = [
        {"portal": portal, "task_id": id_, "place": place}
        | dict(zip(("code", "entity_type_id", "item_id"), row, strict=True))
        for id_, of_task in bound.items()
        for place, row in enumerate(of_task)
    ]
    if rows:
        conn.execute(_BIND, rows)


_MARK_GONE = (
    update(table)
    .where(
        table.c.portal == bindparam("of_portal"),
        table.c.id.in_(bindparam("ids", expanding=True)),
        table.c.gone_at.is_(None),
    )
    .values(gone_at=bindparam("now"))
    .returning(table.c.id)
)


def mark_gone(conn: Connection, portal: str, task_ids: Iterable[int], now: datetime) -> set[int]:
    """These tasks were deleted in the portal; returns those that had no tombstone before."""
    gone: set[int] = set()
    for some in chunks(task_ids):
        gone.update(conn.scalars(_MARK_GONE, {"of_portal": portal, "ids": some, "now": now}))
    return gone


def known_ids(conn: Connection, portal: str, task_ids: Iterable[int]) -> set[int]:
    """Which of these are here and not gone."""
    found: set[int] = set()
    for some in chunks(task_ids):
        found.update(conn.scalars(_KNOWN_IDS, {"portal": portal, "ids": some}))
    return found


def ids(conn: Connection, portal: str, *, above: int = 0, upto: int | None = None) -> set[int]:
    """The ids in (above, upto] of the tasks that are not gone: what a sweep is compared with."""
    query = select(table.c.id).where(table.c.portal == portal, table.c.id > above, table.c.gone_at.is_(None))
    return set(conn.scalars(query if upto is None else query.where(table.c.id <= upto)))


def all_of(conn: Connection, portal: str) -> dict[int, Task]:
    """The tasks that are not gone, by id, with what is kept of them."""
    here = sorted(ids(conn, portal))
    known, bound = _known(conn, portal, here), _bindings(conn, portal, here)
    return {id_: _task(id_, known[id_], bound.get(id_, [])) for id_ in here}


def of_item(conn: Connection, portal: str, ref: ItemRef) -> list[Task]:
    """The tasks that are bound to the record and not gone, oldest first."""
    bound_to_it = (
        select(binding.c.task_id)
        .where(
            binding.c.portal == portal,
            binding.c.entity_type_id == ref.entity_type_id,
            binding.c.item_id == ref.id,
        )
        .distinct()
    )
    here = sorted(conn.scalars(bound_to_it))
    known = _known(conn, portal, here)
    return [_task(id_, known[id_], ()) for id_ in here if known.get(id_)]


def _task(id_: int, content: _Row, bindings: Sequence[_Row]) -> Task:
    return Task(
        id=id_,
        changed_by=None,
        status_changed_by=None,
        marker=None,
        bindings=tuple(row[0] for row in bindings),
        **dict(zip(_PLAIN, content, strict=True)),
    )


def count(conn: Connection, portal: str) -> int:
    """How many are there and not gone."""
    here = (table.c.portal == portal) & table.c.gone_at.is_(None)
    return conn.scalar(select(func.count()).select_from(table).where(here)) or 0


_FORGET = delete(table).where(_OF_IDS)


def forget(conn: Connection, portal: str, task_ids: Iterable[int] | None = None) -> None:
    """Drop these rows, or all of the portal's: such tasks are not to be copied."""
    if task_ids is None:
        conn.execute(delete(binding).where(binding.c.portal == portal))
        conn.execute(delete(table).where(table.c.portal == portal))
        return
    for some in chunks(task_ids):
        for statement in (_UNBIND, _FORGET):
            conn.execute(statement, {"portal": portal, "ids": some})
