"""The schema's comments beside the tables, for PostgreSQL's own tools. SQLite has no place for them."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.schema import SetColumnComment, SetTableComment

from connector.store.schema import metadata

_PRESENT = """
SELECT c.relname, a.attname, d.description
FROM pg_description d
JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass AND c.relkind = 'r'
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
WHERE pg_table_is_visible(c.oid)
"""


def put(conn: Connection) -> None:
    """Write those that differ."""
    if conn.dialect.name != "postgresql":
        return
    present = {(table, column): words for table, column, words in conn.execute(text(_PRESENT))}
    for table in metadata.tables.values():
        if table.comment and present.get((table.name, None)) != table.comment:
            conn.execute(SetTableComment(table))
        for column in table.columns:
            if column.comment and present.get((table.name, column.name)) != column.comment:
                conn.execute(SetColumnComment(column))
