"""What a view of the open data is: columns with a kind, a piece of SQL and a comment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: What a column holds, on both databases. `amount` is exact on PostgreSQL and a float on SQLite; `instant` is
#: UTC (on SQLite text that sorts as time does); `json` is text.
ColumnKind = Literal["text", "integer", "number", "amount", "yes_no", "date", "instant", "json"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a view."""

    name: str
    kind: ColumnKind
    sql: str
    comment: str


@dataclass(frozen=True, slots=True)
class View:
    """One view. `order`: the columns by which it is read; `since`: when a row last changed here."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    source: str
    order: tuple[str, ...]
    #: None: small, and always taken whole.
    since: str | None = None

    def select(self) -> str:
        """The statement behind the view."""
        columns = ",\n       ".join(f"{column.sql} AS {quoted(column.name)}" for column in self.columns)
        return f"SELECT {columns}\nFROM {self.source}"


def quoted(name: str) -> str:
    """An identifier, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string of SQL. The percent sign is not doubled: these statements are never given parameters."""
    return "'" + text.replace("'", "''") + "'"
