"""Making the views what they should be. A view that is right is not touched: people may be reading it.

A view of ours carries a mark with the hash of its statement. What is called alike and carries none is of
somebody else, and stays; so does a view that others are built on and that cannot be changed under them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from hashlib import blake2b

from sqlalchemy import Connection, delete, insert, select, text
from sqlalchemy.exc import DBAPIError

from connector import log
from connector.store import postgresql
from connector.store.open_data.cards import USUAL_TYPES, MirroredField, card_view
from connector.store.open_data.model import View, literal, quoted
from connector.store.open_data.speech import speech_of
from connector.store.open_data.standing import standing_views
from connector.store.schema import mirrored_field, mirrored_type

logger = logging.getLogger(__name__)

_MARK = re.compile(r"\[funnelwright ([0-9a-f]{16})\]")


def publish(conn: Connection, portal: str, types: Mapping[int, Iterable[MirroredField]]) -> None:
    """These types of the portal are copied, with these columns of their own; the views follow."""
    wanted = {type_id: sorted(fields, key=_column) for type_id, fields in types.items()}
    if wanted != mirrored_fields(conn, portal):
        _keep(conn, portal, wanted)
    refresh(conn)


def _keep(conn: Connection, portal: str, types: Mapping[int, Iterable[MirroredField]]) -> None:
    for table in (mirrored_type, mirrored_field):
        conn.execute(delete(table).where(table.c.portal == portal))
    rows = [{"portal": portal, "entity_type_id": type_id} for type_id in types]
    columns = [
        {"portal": portal, "entity_type_id": type_id, **asdict(one)}
        for type_id, fields in types.items()
        for one in fields
    ]
    if rows:
        conn.execute(insert(mirrored_type), rows)
    if columns:
        conn.execute(insert(mirrored_field), columns)


def mirrored_fields(conn: Connection, portal: str) -> dict[int, list[MirroredField]]:
    """What `publish` was last told of the portal; columns by name."""
    types = conn.scalars(select(mirrored_type.c.entity_type_id).where(mirrored_type.c.portal == portal))
    found: dict[int, list[MirroredField]] = {type_id: [] for type_id in types}
    for row in conn.execute(select(mirrored_field).where(mirrored_field.c.portal == portal)):
        one = MirroredField(row.column, row.field, row.kind, row.is_multiple)
        found.setdefault(row.entity_type_id, []).append(one)
    # Not by the database, whose collation is its own affair.
    return {type_id: sorted(fields, key=_column) for type_id, fields in found.items()}


def _column(of: MirroredField) -> str:
    return of.column


def views(conn: Connection) -> list[View]:
    """All views that the store should have: the cards of each type, then the others."""
    say = speech_of(conn)
    fields: dict[int, dict[str, list[MirroredField]]] = {type_id: {} for type_id in USUAL_TYPES}
    portals = conn.scalars(select(mirrored_type.c.portal).distinct().order_by(mirrored_type.c.portal))
    for portal in list(portals):
        for type_id, columns in sorted(mirrored_fields(conn, portal).items()):
            fields.setdefault(type_id, {})[portal] = columns
    return [card_view(say, type_id, of) for type_id, of in fields.items()] + standing_views(say)


def refresh(conn: Connection) -> None:
    """Make, change and drop views until they are what they should be."""
    wanted = {view.name: view for view in views(conn)}
    if _present(conn) == {name: _hash(view) for name, view in wanted.items()}:
        return
    if conn.dialect.name == "postgresql":
        postgresql.lock_migrations(conn)
    present = _present(conn)
    for name in present.keys() - wanted.keys():
        _try(conn, name, [f"DROP VIEW {quoted(name)}"])
    strangers = _relations(conn) - present.keys()
    for name, view in wanted.items():
        if name in strangers:
            log.note(logger, "views", "left_out", level=logging.WARNING, view=name, reason="name is taken")
        elif present.get(name) != _hash(view):
            _make(conn, view, is_there=name in present)


def stale(conn: Connection) -> list[str]:
    """The views that are not what they should be: somebody's own are built on them, or have their names."""
    present = _present(conn)
    return [view.name for view in views(conn) if present.get(view.name) != _hash(view)]


def drop(conn: Connection) -> None:
    """Drop all views of ours: tables that a view looks at cannot be altered."""
    for name in _present(conn):
        _execute(conn, f"DROP VIEW {quoted(name)}")


def _hash(view: View) -> str:
    comments = [column.comment for column in view.columns]
    return blake2b(repr((view.select(), view.comment, comments)).encode(), digest_size=8).hexdigest()


def _make(conn: Connection, view: View, *, is_there: bool) -> None:
    name, mark = quoted(view.name), f"[funnelwright {_hash(view)}]"
    if conn.dialect.name != "postgresql":
        gone = [f"DROP VIEW {name}"] if is_there else []
        _try(conn, view.name, [*gone, f"CREATE VIEW {name} AS /* {mark} */\n{view.select()}"])
        return
    comments = [f"COMMENT ON VIEW {name} IS {literal(f'{view.comment} {mark}')}"] + [
        f"COMMENT ON COLUMN {name}.{quoted(column.name)} IS {literal(column.comment)}"
        for column in view.columns
    ]
    # Replaced rather than dropped, where the columns allow it: grants, and views built on it, stay.
    made = _try(
        conn, view.name, [f"CREATE OR REPLACE VIEW {name} AS\n{view.select()}", *comments], is_quiet=True
    )
    if not made:
        anew = [f"DROP VIEW IF EXISTS {name}", f"CREATE VIEW {name} AS\n{view.select()}", *comments]
        _try(conn, view.name, anew)


def _try(conn: Connection, name: str, statements: Iterable[str], *, is_quiet: bool = False) -> bool:
    try:
        with conn.begin_nested():
            for statement in statements:
                _execute(conn, statement)
    except DBAPIError as error:
        if not is_quiet:
            reason = str(error.orig).partition("\n")[0]
            log.note(logger, "views", "kept", level=logging.WARNING, view=name, reason=reason)
        return False
    return True


def _execute(conn: Connection, statement: str) -> None:
    # No parameters: the driver leaves percent signs alone.
    conn.exec_driver_sql(statement, execution_options={"no_parameters": True})


def _present(conn: Connection) -> dict[str, str]:
    """Views of ours that are there, with the hash of each."""
    question = (
        "SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class c "
        "WHERE c.relkind = 'v' AND pg_table_is_visible(c.oid)"
        if conn.dialect.name == "postgresql"
        else "SELECT name, sql FROM sqlite_master WHERE type = 'view'"
    )
    marks = {name: _MARK.search(words or "") for name, words in conn.execute(text(question))}
    return {name: mark[1] for name, mark in marks.items() if mark is not None}


def _relations(conn: Connection) -> set[str]:
    """Everything that has a name in the place where views are made."""
    question = (
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace"
        if conn.dialect.name == "postgresql"
        else "SELECT name FROM sqlite_master"
    )
    return set(conn.scalars(text(question)))
