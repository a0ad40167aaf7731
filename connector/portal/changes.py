"""What changed in the portal's set-up lately, in words, and what of it config.toml names.

The hourly copy notices; here it is told, by `status` and `doctor`. Whether what is named is there *now* is a
question to the portal (`drift`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector.config import PortalConfig
from connector.config.uses import uses_of
from connector.portal.diagnosis import Note
from connector.records import type_name_of
from connector.store import Connection, schema_changes
from connector.store.schema_changes import SchemaChange

#: For how long a change is told.
TOLD = timedelta(days=30)
_NOUNS = {"entity_type": "type", "category": "category", "stage": "stage", "crm_field": "field"}
#: Where a thing stands in a list is nothing that anybody rests on.
_UNTOLD = frozenset({"sort"})


@dataclass(frozen=True, slots=True)
class Told:
    """The last change of one thing."""

    text: str
    noticed_at: datetime
    is_gone: bool
    #: The keys of config.toml that name it.
    used_by: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.text} (config.toml names it: {', '.join(self.used_by)})" if self.used_by else self.text


def recent_changes(conn: Connection, portal: str, config: PortalConfig, now: datetime) -> list[Told]:
    """The last change of each thing that changed lately, newest first."""
    last: dict[tuple[str, int, str], SchemaChange] = {}
    for change in schema_changes.since(conn, portal, now - TOLD):
        last.setdefault((change.what, change.entity_type_id, change.id), change)
    return [
        Told(
            text=in_words(change),
            noticed_at=change.noticed_at or now,
            is_gone=change.after is None,
            used_by=tuple(uses_of(config, change.what, change.entity_type_id, change.id)),
        )
        for change in last.values()
    ]


def about_changes(changes: Iterable[Told]) -> Iterator[Note]:
    """What changed of that which config.toml names; one line for all the rest."""
    others = 0
    for change in changes:
        if change.used_by:
            message = f"{change}, noticed at {change.noticed_at:%Y-%m-%d %H:%M} UTC"
            yield Note("warning", "set-up", message, "see whether the pipelines still mean it")
        else:
            others += 1
    number = "1 change" if others == 1 else f"{others} changes"
    yield Note("ok", "set-up", f"{number} in {TOLD.days} days of what config.toml does not name")


def in_words(change: SchemaChange) -> str:
    """`stage C1:NEW "New" of deal: name "New" -> "Fresh"`."""
    row = change.after or change.before or {}
    label = row.get("title") or row.get("name") or ""
    where = "" if change.what == "entity_type" else f" of {type_name_of(change.entity_type_id)}"
    what = f'{_NOUNS[change.what]} {change.id} "{label}"{where}'
    if change.before is None or change.after is None:
        return f"{what} {change.status}"
    return f"{what}: {', '.join(_differences(change.before, change.after)) or 'its place in the list'}"


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(after.keys() - _UNTOLD):
        was, now = before.get(name), after[name]
        if was == now:
            continue
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            yield from _options(was, now)
        else:
            yield f"{name} {_shown(was)} -> {_shown(now)}"


def _options(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for option in sorted(was.keys() | now.keys()):
        if option not in now:
            yield f'option {option} "{was[option]}" removed'
        elif option not in was:
            yield f'option {option} "{now[option]}" added'
        elif was[option] != now[option]:
            yield f'option {option} "{was[option]}" -> "{now[option]}"'


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f'"{value}"' if isinstance(value, str) else str(value)
