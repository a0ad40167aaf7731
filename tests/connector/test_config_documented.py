"""docs/config.md knows every key of the models, with its default, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from connector.config import Config
from pipelines.elements import Element

PAGE = Path(__file__).parents[2] / "docs" / "config.md"
#: Defaults that depend on their surroundings are told in words.
IN_WORDS = {
    ("[portals.NAME]", "limits"): "see below",
    ("[portals.NAME]", "polling"): "see below",
    ("[portals.NAME]", "mirror"): "see below",
    ("[portals.NAME]", "calendar"): "see below",
    ("[portals.NAME.calendar]", "time_zone"): "the portal's",
    ("[[portals.NAME.reports]]", "sections"): "all four",
    ("[portals.NAME.calendar]", "weekdays"): "Monday to Friday",
}


def tables(model: type[Element], path: str = "") -> Iterator[tuple[str, type[Element]]]:
    for key, field in keys_of(model).items():
        yield from tables_in(field.annotation, f"{path}.{key}".lstrip("."))


def tables_in(annotation: Any, path: str) -> Iterator[tuple[str, type[Element]]]:
    if isinstance(annotation, type) and issubclass(annotation, Element):
        yield f"[{path}]", annotation
        yield from tables(annotation, path)
    elif get_origin(annotation) is Mapping:
        yield from tables_in(get_args(annotation)[1], f"{path}.NAME")
    elif get_origin(annotation) is tuple:
        yield from ((f"[{found}]", model) for found, model in tables_in(get_args(annotation)[0], path))
    else:
        for part in get_args(annotation):
            yield from tables_in(part, path)


def keys_of(model: type[Element]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def documented() -> dict[str, dict[str, str]]:
    """Heading → key → default, as the page says."""
    found: dict[str, dict[str, str]] = {}
    for section in re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        heading = re.match(r"`(\[+[^`]+\]+)`\n", section)
        if heading:
            rows = re.findall(r"^\| `([a-z_]+)` \| (.*?) \|", section, flags=re.MULTILINE)
            found[heading[1]] = dict(rows)
    return found


def default_of(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if default is None or default in ((), {}):
        return "none"
    if isinstance(default, timedelta):
        return f'`"{span(default)}"`'
    if isinstance(default, tuple):
        (default,) = default
    if isinstance(default, bool):
        return f"`{default}`".lower()  # as TOML writes it
    return f'`"{default}"`' if isinstance(default, str) else f"`{default}`"


def span(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    units = ((86_400, "day"), (3_600, "hour"))
    for size, unit in units:
        if seconds % size == 0:
            return f"{seconds // size} {unit}{'' if seconds == size else 's'}"
    return f"{seconds // 60} minutes" if seconds % 60 == 0 and seconds > 60 else f"{seconds} seconds"


def test_every_key_is_documented_with_its_default_and_no_other_key_is():
    page = documented()
    for heading, model in tables(Config):
        expected = {
            key: IN_WORDS.get((heading, key)) or default_of(field) for key, field in keys_of(model).items()
        }
        assert page.get(heading) == expected, heading


def test_no_table_is_documented_that_does_not_exist():
    known = {heading for heading, _ in tables(Config)}
    with_keys = {heading for heading, rows in documented().items() if rows}
    assert with_keys <= known


def test_the_walk_reaches_the_deepest_tables():
    found = dict(tables(Config))
    assert "[portals.NAME.pipelines.NAME.fields.NAME]" in found
    assert "[[portals.NAME.absences]]" in found
    assert found["[[portals.NAME.absences]]"].model_fields["first_day"].annotation is date
