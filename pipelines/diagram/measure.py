"""How wide a text is, without a font at hand: widths of Arial and its like, a little on the safe side."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

#: Of the size of the font; what is not named here goes by its kind.
_WIDTHS: Mapping[str, float] = {
    **dict.fromkeys("ijl.,:;'|!`·", 0.28),
    **dict.fromkeys('frtI()[]{}-/\\ “”«»*"', 0.37),
    **dict.fromkeys("mwMW@%—…", 0.92),
    **dict.fromkeys("жмшщюфыъ", 0.80),
    **dict.fromkeys("ЖМШЩЮФЫ", 0.96),
    **dict.fromkeys("→←↑↓≤≥≠", 1.0),
}
_SAFETY = 1.04
_BOLD = 1.08


@lru_cache(maxsize=4096)
def _width(character: str) -> float:
    if character in _WIDTHS:
        return _WIDTHS[character]
    kind = unicodedata.category(character)
    if unicodedata.east_asian_width(character) in "WF":
        return 1.1
    if kind == "Mn":
        return 0.0
    return {"Lu": 0.72, "Ll": 0.56, "Nd": 0.56}.get(kind, 0.7)


def width_of(text: str, size: float, *, is_bold: bool = False) -> float:
    """The width of a line in a font of that size, in the unit of the size."""
    return sum(map(_width, text)) * size * _SAFETY * (_BOLD if is_bold else 1)


@lru_cache(maxsize=4096)
def wrap(text: str, width: float, size: float, *, is_bold: bool = False, most: int = 3) -> tuple[str, ...]:
    """The text in lines that fit, at most so many; what does not fit ends in "…"."""
    lines: list[str] = []
    rest = text.split()
    while rest and len(lines) < most:
        line, rest = _fill(rest, width, size, is_bold)
        lines.append(line)
    if rest:
        lines[-1] = _shorten(f"{lines[-1]} {rest[0]}", width, size, is_bold)
    return tuple(lines) or ("",)


def _fill(words: list[str], width: float, size: float, is_bold: bool) -> tuple[str, list[str]]:
    line = words[0]
    if width_of(line, size, is_bold=is_bold) > width:  # a word that is longer than a line is torn
        fits = len(line)
        while fits > 1 and width_of(line[:fits], size, is_bold=is_bold) > width:
            fits -= 1
        return line[:fits], [line[fits:], *words[1:]] if fits < len(line) else words[1:]
    number = 1
    while number < len(words):
        longer = f"{line} {words[number]}"
        if width_of(longer, size, is_bold=is_bold) > width:
            break
        line, number = longer, number + 1
    return line, words[number:]


def _shorten(text: str, width: float, size: float, is_bold: bool) -> str:
    while text and width_of(f"{text}…", size, is_bold=is_bold) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"
