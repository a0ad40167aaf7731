"""Where everything stands in a TOML text: key path → line.

tomllib decides what is valid and tells no positions of values; this index is made from a text that tomllib
has taken, so it only needs to find its way: headers, dotted keys, inline tables, arrays, long strings.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pipelines.elements import Place, Table
from pipelines.findings import KeyPath

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]*")
_STRINGS = (
    re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}', re.DOTALL),
    re.compile(r"'''(?:[^']|'(?!''))*'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def index_lines(text: str) -> dict[KeyPath, int]:
    """The line, counted from 1, of every key and every element of an array in a valid TOML text."""
    return _Index(text).read()


def line_of(lines: Mapping[KeyPath, int], path: KeyPath) -> int:
    """The line of a key path, or of the nearest thing above it that is written; 0 if there is none."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 0)


class Lines:
    """The lines of one text, found when the first of them is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    def line_of(self, path: KeyPath) -> int:
        """The line of a key path, or of the nearest thing above it that is written; 0 if there is none."""
        return line_of(self._lines, path)

    @cached_property
    def _lines(self) -> dict[KeyPath, int]:
        return index_lines(self._text)


def locate(raw: Mapping[str, Any], text: str) -> Table:
    """What tomllib read from `text`, with every table as one that knows its place."""
    return _table(raw, (), Lines(text))


def _table(raw: Mapping[str, Any], path: KeyPath, lines: Lines) -> Table:
    table = Table(raw, Place(path, lines))
    for key, value in raw.items():
        if isinstance(value, dict):
            table[key] = _table(value, (*path, key), lines)
        elif isinstance(value, list):
            table[key] = _array(value, (*path, key), lines)
    return table


def _array(raw: list[Any], path: KeyPath, lines: Lines) -> list[Any]:
    return [
        _table(each, (*path, number), lines)
        if isinstance(each, dict)
        else _array(each, (*path, number), lines)
        if isinstance(each, list)
        else each
        for number, each in enumerate(raw)
    ]


class _Index:
    """Goes through a text once, from the top."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._lines: dict[KeyPath, int] = {}
        #: Arrays of tables: how many tables each has so far.
        self._counts: dict[KeyPath, int] = {}

    def read(self) -> dict[KeyPath, int]:
        home: KeyPath = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            home = self._header() if self._peek("[") else self._pair(home)
            self._skip(_BLANK)
        return self._lines

    def _header(self) -> KeyPath:
        line = self._line()
        is_array = self._peek("[[")
        self._at += 2 if is_array else 1
        parts = self._key()
        self._at += 2 if is_array else 1
        path = self._resolve(parts[:-1])
        path = (*path, parts[-1])
        if is_array:
            number = self._counts.get(path, 0)
            self._counts[path] = number + 1
            self._lines.setdefault(path, line)
            path = (*path, number)
        else:
            path = self._resolve((parts[-1],), path[:-1])
        self._lines.setdefault(path, line)
        return path

    def _resolve(self, parts: tuple[str, ...], path: KeyPath = ()) -> KeyPath:
        """The path that names in a header mean: in an array of tables, its last table."""
        for part in parts:
            path = (*path, part)
            self._lines.setdefault(path, self._line())
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path

    def _pair(self, home: KeyPath) -> KeyPath:
        line = self._line()
        path = home
        for part in self._key():
            path = (*path, part)
            self._lines.setdefault(path, line)
        self._at += 1  # =
        self._value(path)
        return home

    def _key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while not parts or self._peek("."):
            self._at += bool(parts)
            self._skip(_BLANK)
            parts.append(self._key_part())
            self._skip(_BLANK)
        return tuple(parts)

    def _key_part(self) -> str:
        if self._peek("'"):
            return self._string()[1:-1]
        if self._peek('"'):
            return _ESCAPE.sub(_unescape, self._string()[1:-1])
        return self._skip(_BARE_KEY)

    def _value(self, path: KeyPath) -> None:
        self._skip(_BLANK)
        self._lines.setdefault(path, self._line())
        if self._peek("["):
            self._array(path)
        elif self._peek("{"):
            self._inline_table(path)
        elif self._peek('"') or self._peek("'"):
            self._string()
        else:
            self._skip(_SCALAR)

    def _array(self, path: KeyPath) -> None:
        self._at += 1
        number = 0
        while not self._closes("]"):
            self._value((*path, number))
            number += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        while not self._closes("}"):
            self._pair(path)

    def _closes(self, bracket: str) -> bool:
        """Step over blanks and a comma; True when the bracket follows, which is stepped over too."""
        self._skip(_BLANK)
        if self._peek(","):
            self._at += 1
            self._skip(_BLANK)
        closed = self._peek(bracket)
        self._at += closed
        return closed

    def _string(self) -> str:
        for shape in _STRINGS:
            if found := shape.match(self._text, self._at):
                self._at = found.end()
                return found[0]
        raise ValueError(f"line {self._line()}: no string where one should be")

    def _peek(self, sign: str) -> bool:
        return self._text.startswith(sign, self._at)

    def _skip(self, shape: re.Pattern[str]) -> str:
        found = shape.match(self._text, self._at)
        if found is None:
            raise ValueError(f"line {self._line()}: the text is not what tomllib takes")
        self._at = found.end()
        return found[0]

    def _line(self) -> int:
        return bisect_right(self._starts, self._at)


def _unescape(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "uU":
        return chr(int(code[1:], 16))
    return _ESCAPED.get(code, code)
