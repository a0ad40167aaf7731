"""From TOML text to a `Definition`, or to every mistake in it with its file, line and key path.

Two sieves: the shape (TOML, known keys, values that fit), then, on a text whose shape is right, the names and
the flow (`checks`). Each tells all it finds at once. A definition that comes out of `load_*` has no errors.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipelines.checks import check
from pipelines.definition import Definition
from pipelines.elements import Table, UnknownKey
from pipelines.findings import DefinitionError, Finding, KeyPath, nearest, show_path
from pipelines.lines import index_lines, line_of, locate

MAX_BYTES = 1_000_000


def load_definition(path: Path | str) -> Definition:
    """The definition in a file; DefinitionError when it has errors (warnings are for `check`)."""
    path = Path(path)
    return load_text(read_file(path), str(path))


def load_text(text: str, file: str = "<text>") -> Definition:
    """The definition in a TOML text; `file` is what findings and journal entries call it."""
    definition = read_text(text, file)
    errors = [finding for finding in check(definition) if finding.is_error]
    if errors:
        raise DefinitionError(errors)
    return definition


def read_file(path: Path) -> str:
    """The text of a file; DefinitionError when it cannot be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _broken(str(path), f"the file is larger than {MAX_BYTES:,} bytes")
        return path.read_text("utf-8-sig")
    except OSError as mistake:
        raise _broken(str(path), f"cannot be read: {mistake.strerror}") from None
    except UnicodeDecodeError as mistake:
        raise _broken(str(path), f"is not UTF-8 (byte {mistake.start})") from None


def read_text(text: str, file: str = "<text>") -> Definition:
    """The definition by its shape alone: names may still lead nowhere. DefinitionError when it has none."""
    table = _read_toml(text, file)
    unknown: list[UnknownKey] = []
    try:
        definition = Definition.model_validate(table, context={"unknown": unknown})
    except ValidationError as mistakes:
        raise DefinitionError([*_unknown(unknown, file), *_translated(mistakes, table, text, file)]) from None
    if unknown:
        raise DefinitionError(_unknown(unknown, file))
    definition._file, definition._text = file, text
    return definition


def _read_toml(text: str, file: str) -> Table:
    try:
        return locate(tomllib.loads(text), text)
    except tomllib.TOMLDecodeError as mistake:
        found = re.search(r"\(at line (\d+)", str(mistake))
        line = int(found[1]) if found else text.count("\n") + 1
        message = re.sub(r" \(at .*\)$", "", str(mistake))
        raise _broken(file, f"not TOML: {message}", line) from None


def _broken(file: str, message: str, line: int = 0) -> DefinitionError:
    return DefinitionError([Finding("error", file, line, "", message)])


def _unknown(keys: Iterable[UnknownKey], file: str) -> list[Finding]:
    return [
        Finding("error", file, key.line, show_path(key.path), key.message, key.suggestion) for key in keys
    ]


def _translated(mistakes: ValidationError, table: Table, text: str, file: str) -> list[Finding]:
    """Pydantic's errors as findings, one for each place."""
    lines = index_lines(text)
    errors = [(_path_in(table, error), error) for error in mistakes.errors(include_url=False)]
    findings: dict[KeyPath, Finding] = {}
    for path, error in errors:
        if error["type"] == "too_short" and any(other[: len(path)] == path != other for other, _ in errors):
            continue  # its elements are there, only wrong
        message, suggestion = _say(error, path)
        if path not in findings:
            findings[path] = Finding(
                "error", file, line_of(lines, path) or 1, show_path(path), message, suggestion
            )
    return list(findings.values())


def _path_in(table: Table, error: ErrorDetails) -> KeyPath:
    """The key path in the text: without the tags that pydantic puts between, with the key that is missing."""
    path: KeyPath = ()
    value: Any = table
    for part in error["loc"]:
        if isinstance(value, Mapping) and part in value:
            value = value[str(part)]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            continue
        path = (*path, part)
    if error["type"] == "missing":
        path = (*path, error["loc"][-1])
    return path


_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "mapping_type": "a table",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "date_type": "a day such as 2026-01-31",
    "datetime_type": "an instant such as 2026-01-31T09:00:00+03:00",
    "timezone_aware": "an instant with its zone, such as 2026-01-31T09:00:00+03:00",
}


#: Tables that one key decides on; the message ends with the keys there are.
_KINDS = frozenset({"action", "step", "play"})


def _say(error: ErrorDetails, path: KeyPath) -> tuple[str, str]:
    """What was expected and what was found, and the nearest known word."""
    kind, found, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return f'"{path[-1]}" is missing', ""
    if kind == "too_short":
        return "expected at least one", ""
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        expected = ", ".join(known) or str(context.get("expected"))
        return f"expected one of: {expected}; found {_show(found)}", nearest(str(found), known)
    if kind in _KINDS and isinstance(found, Mapping):
        known = error["msg"].partition(": ")[2].split(", ")
        return error["msg"], next(filter(None, (nearest(str(key), known) for key in found)), "")
    if kind == "string_pattern_mismatch":
        return f"{_show(found)} has the wrong form: {_pattern(str(context.get('pattern')))}", ""
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, found {_show(found)}", ""
    return error["msg"].removeprefix("Value error, "), ""


def _pattern(pattern: str) -> str:
    if pattern.startswith("^[a-z]"):
        return "an id is small Latin letters, digits and _, and begins with a letter"
    return f"expected {pattern}"


def _show(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    return str(value).lower() if isinstance(value, bool) else repr(value)[:60]
