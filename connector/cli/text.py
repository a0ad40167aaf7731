"""Text on its way to a terminal. What comes from a portal is written by anybody, and a terminal obeys it.

No control character, no markup and no credential goes through here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from connector.log import one_line, redact

if TYPE_CHECKING:
    from rich.console import Console

#: Where nobody looks at a width (a file, a pipe), lines are not broken.
_PIPE_WIDTH = 200


def plain(text: object) -> str:
    """One line that can be shown, whoever wrote it."""
    return one_line(redact(str(text)))


def plain_lines(text: object) -> str:
    """The same for several lines."""
    return "\n".join(one_line(line) for line in redact(str(text)).split("\n"))


def say(text: str = "") -> None:
    """A line of the answer."""
    click.echo(plain_lines(text))


def say_json(answer: Any) -> None:
    """The whole answer as JSON; instants are written as ISO 8601 in UTC, in other things their names."""
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=_as_json))


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def console(*, to_stderr: bool = False) -> Console:
    """A terminal that takes nothing in a text for markup, an emoji or a link."""
    from rich.console import Console

    stream = sys.stderr if to_stderr else sys.stdout
    made = Console(file=stream, markup=False, highlight=False, emoji=False)
    if not made.is_terminal:
        made.width = _PIPE_WIDTH
    return made


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """A table of plain cells; nothing at all when there are no rows."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE, title=Text(plain(title)) if title else None, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else plain(cell)) for cell in row))
    if table.row_count:
        console().print(table)


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago, in one unit: `3 minutes ago`; `never` for None."""
    if then is None:
        return "never"
    return f"{span(now - then)} ago"


def span(length: timedelta) -> str:
    """A length of time in its largest whole unit: `41 seconds`, `3 days`."""
    seconds = max(int(length.total_seconds()), 0)
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            return count(seconds // size, unit)
    return count(seconds, "second")


def count(number: int, noun: str) -> str:
    """`1 record`, `14,277 records`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
