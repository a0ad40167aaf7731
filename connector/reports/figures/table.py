"""What a table of figures is: columns that programs know by name and people by title, and rows of cells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

#: `share` is a number from 0 to 1, `hours` a number of hours, `instant` is aware.
Kind = Literal["text", "integer", "amount", "share", "hours", "date", "instant"]
Cell = str | int | float | Decimal | date | datetime | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: its name for programs, the same in every language, and its title for people."""

    name: str
    title: str
    kind: Kind
    #: What it means; "" where the title says it all.
    about: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a section."""

    name: str
    title: str
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    #: What it shows, in a sentence or two.
    about: str = ""
