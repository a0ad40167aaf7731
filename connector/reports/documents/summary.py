"""The few numbers that a head of sales looks at first: sums of columns that stand in the tables below."""

from __future__ import annotations

from typing import NamedTuple

from connector.reports.documents.document import Part
from connector.reports.figures.sections import Section


class Key(NamedTuple):
    """One number; `name` as in `wording.WORDS`."""

    name: str
    number: int
    is_alarming: bool = False


#: Section, table and column; whether anything there is one too many.
_KEYS: tuple[tuple[str, Section, str, str, bool], ...] = (
    ("open", "funnel", "stages", "now", False),
    ("came", "funnel", "weeks", "came", False),
    ("won", "funnel", "weeks", "won", False),
    ("lost", "funnel", "weeks", "lost", False),
    ("over", "delays", "stages", "over", True),
    ("stalled", "delays", "stages", "stalled", True),
)


def keys_of(part: Part) -> list[Key]:
    """The numbers of a pipeline, as far as their sections are in the document."""
    found = []
    for name, section, of_table, column, is_bad in _KEYS:
        table = part.find(section, of_table)
        if table is not None:
            place = next(at for at, heading in enumerate(table.headings) if heading.name == column)
            cells = (row[place] for row in table.rows)
            number = sum(cell for cell in cells if isinstance(cell, int))
            found.append(Key(name, number, is_bad and number > 0))
    return found
