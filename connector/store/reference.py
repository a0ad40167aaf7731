"""What docs/mirror.md says of views and tables, made of their own comments.

    python -m connector.store.reference docs/mirror.md

writes the parts between the page's markers anew and leaves the rest alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, Table
from sqlalchemy.types import TypeEngine

from connector.records import SMART_INVOICE
from connector.store import schema
from connector.store.columns import ForeignJson, Instant, Json, Money
from connector.store.open_data.cards import USUAL_TYPES, card_view
from connector.store.open_data.model import View
from connector.store.open_data.speech import Sqlite
from connector.store.open_data.standing import standing_views

_PART = re.compile(r"(<!-- made of the schema: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
#: Stands for every smart process.
_SMART = 128
#: The copy of the portal, and what is known of the copy; the program's own tables are no mirror.
TABLES = (
    schema.item,
    schema.visit,
    schema.task,
    schema.crm_task,
    schema.crm_task_binding,
    schema.person,
    schema.department,
    schema.entity_type,
    schema.category,
    schema.stage,
    schema.crm_field,
    schema.crm_option,
    schema.schema_change,
    schema.mirrored_type,
    schema.mirrored_field,
)
_KINDS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (Instant, "instant"),
    (Json, "json"),
    (ForeignJson, "json"),
    (Money, "amount"),
    (Boolean, "yes_no"),
    (BigInteger, "integer"),
    (Integer, "integer"),
)


def render(page: str) -> str:
    """The page with its made parts as the schema has them now."""
    made = {"cards": _cards, "views": _views, "tables": _tables}
    return _PART.sub(lambda part: "\n".join((part[1], *made[part[2]](), "", part[3])), page)


def _cards() -> Iterator[str]:
    """All types of cards in one table: what they have in common is nearly everything."""
    views = [card_view(Sqlite(), type_id, {}) for type_id in (*USUAL_TYPES, SMART_INVOICE, _SMART)]
    names = [view.name.replace(str(_SMART), "N") for view in views]
    columns = list({column.name: column for view in views for column in reversed(view.columns)}.values())
    order = _order(views)
    yield from _head("column", "kind", "in", "meaning")
    for column in sorted(columns, key=lambda one: order.index(one.name)):
        having = [
            name
            for name, view in zip(names, views, strict=True)
            if column.name in {each.name for each in view.columns}
        ]
        where = "all" if len(having) == len(views) else ", ".join(having)
        yield _row(f"`{column.name}`", column.kind, where, column.comment)


def _order(views: Iterable[View]) -> list[str]:
    """The columns of all views, each where its view has it."""
    order: list[str] = []
    for view in views:
        place = 0
        for column in view.columns:
            if column.name not in order:
                order.insert(place, column.name)
            place = order.index(column.name) + 1
    return order


def _views() -> Iterator[str]:
    yield "\n\n".join("\n".join(_view(view)) for view in standing_views(Sqlite()))


def _view(view: View) -> Iterator[str]:
    yield f"### `{view.name}`\n\n{view.comment}.\n"
    yield from _head("column", "kind", "meaning")
    for column in view.columns:
        yield _row(f"`{column.name}`", column.kind, column.comment)


def _tables() -> Iterator[str]:
    yield "\n\n".join("\n".join(_table(table)) for table in TABLES)


def _table(table: Table) -> Iterator[str]:
    yield f"### `{table.name}`\n\n{table.comment}\n"
    yield from _head("column", "kind", "meaning")
    for column in table.columns:
        null = "" if column.nullable else ", not null"
        key = ", key" if column.primary_key else null
        yield _row(f"`{column.name}`", f"{_kind(column.type)}{key}", (column.comment or "").rstrip("."))


def _kind(type_: TypeEngine[Any]) -> str:
    return next((kind for of, kind in _KINDS if isinstance(type_, of)), "text")


def _head(*names: str) -> Iterable[str]:
    return (_row(*names), "|" + "---|" * len(names))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write the page that is named."""
    page = Path(sys.argv[1])
    page.write_text(render(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
