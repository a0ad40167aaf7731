"""Retelling: what the engine wrote down in one language, said in another.

A line of the journal is read back by the template that it was written from (`phrases.JOURNAL`), and what
stands in its gaps by the texts of the definition and the built-in phrases. Nothing is kept twice for this,
and old lines are read like new ones. What cannot be read back, such as a person's own words, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING

from pipelines.elements import Element, elements_in
from pipelines.engine.phrases import JOURNAL, PHRASES
from pipelines.steps import StepBase
from pipelines.texts import LANGUAGES, Placeholder, Text, split

if TYPE_CHECKING:
    from pipelines.definition import Definition
    from pipelines.engine.model import Language

#: A template in pieces: words, and the names of its gaps (a gap is a tuple of one).
_Pieces = Sequence[str | tuple[str]]
#: Ids that stand where a file gives no title: built-in results, and how a process began.
_IDS: Mapping[str, Mapping[Language, str]] = {
    "done": {"en": "done", "ru": "выполнено"},
    "filled": {"en": "filled in", "ru": "заполнено"},
    "cancelled": {"en": "not needed", "ru": "не требуется"},
    "postponed": {"en": "put off", "ru": "отложено"},
    "unspecified": {"en": "no result named", "ru": "результат не указан"},
    "timeout": {"en": "not in time", "ru": "не дождались"},
    "approved": {"en": "approved", "ru": "согласовано"},
    "rejected": {"en": "not approved", "ru": "не согласовано"},
    "create": {"en": "a new item", "ru": "новый элемент"},
    "adopt": {"en": "joined where it stood", "ru": "принят на текущей стадии"},
    "manual": {"en": "by hand", "ru": "вручную"},
    "on_stage": {"en": "because of another item", "ru": "по другому элементу"},
    "follow_on": {"en": "a follow-on", "ru": "продолжение"},
}
_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_DOTTED = re.compile(r"\b(\d\d)\.(\d\d)\.(\d{4})\b")
#: Gaps that only hold numbers.
_NUMBERS = frozenset({"count", "number"})
#: So many letters beside its gaps make a template telling enough to be looked for inside a line.
_TELLING_LETTERS = 4


@dataclass(frozen=True, slots=True)
class _Template:
    """How a text was written, and how it is written in the other language."""

    read: re.Pattern[str]
    pieces: _Pieces


class Retelling:
    """Says lines of the journal in one language; `definition` is the version that they were decided by."""

    def __init__(self, language: Language, definition: Definition | None = None) -> None:
        self._language: Language = language
        self._same: dict[str, str] = {}
        self._templates: list[_Template] = []
        for text in _texts_of(definition):
            self._know({each: _pieces_of_text(text.in_language(each)) for each in LANGUAGES})
        for by_language in PHRASES.values():
            self._know({each: _pieces_of_phrase(said) for each, said in by_language.items()})
        # A gap at the beginning takes in anything: such templates are tried last.
        self._templates.sort(key=lambda each: each.read.pattern.startswith("("))
        self._same |= {name: said[language] for name, said in _IDS.items()}

    def line(self, kind: str, text: str) -> str:
        """A line of the engine; one of another kind, or one that was not written so, as it is."""
        found = _read(kind, text)
        if found is None:
            return text
        return self._fill(_pieces_of_phrase(JOURNAL[kind][self._language]), found)

    def gaps(self, kind: str, text: str) -> dict[str, str]:
        """What a line says in its gaps, by their names, such as `outcome`; none where it cannot be read."""
        return {name: self.value(said) for name, said in (_read(kind, text) or {}).items()}

    def value(self, text: str) -> str:
        """What stands in a gap: a title, a reason, a date, a list of such; anything else as it is."""
        if text in self._same:
            return self._same[text]
        for template in self._templates:
            found = template.read.fullmatch(text)
            if found is not None:
                return self._fill(template.pieces, found.groupdict())
        if ", " in text:
            return ", ".join(map(self.value, text.split(", ")))
        return self._dates(text)

    def _know(self, pieces: Mapping[str, _Pieces]) -> None:
        target = pieces[self._language]
        for language, written in pieces.items():
            if language == self._language or not written:
                continue
            if any(isinstance(piece, tuple) for piece in written):
                if _letters(written) >= _TELLING_LETTERS:
                    self._templates.append(_Template(_reader(written), target))
            else:
                self._same.setdefault(_plain(written), _plain(target))

    def _fill(self, pieces: _Pieces, values: Mapping[str, str]) -> str:
        return "".join(
            piece if isinstance(piece, str) else self.value(values.get(piece[0], "…")) for piece in pieces
        )

    def _dates(self, text: str) -> str:
        if self._language == "ru":
            return _ISO.sub(r"\3.\2.\1", text)
        return _DOTTED.sub(r"\3-\2-\1", text)


def _read(kind: str, text: str) -> dict[str, str] | None:
    """The gaps of a line of the engine, in whichever language it was written; None: it was not written so."""
    for template in JOURNAL.get(kind, {}).values():
        found = _reader(_pieces_of_phrase(template)).fullmatch(text)
        if found is not None:
            return found.groupdict()
    return None


def _texts_of(definition: Definition | None) -> Iterator[Text]:
    """The texts that are there in more than one language."""
    for element in elements_in(definition):
        for text in _texts_in(element):
            if len(text.by_language) > 1:
                yield text
        if isinstance(element, StepBase):
            yield from (outcome.title for outcome in element.built_in() if outcome.title is not None)


def _texts_in(element: Element) -> Iterator[Text]:
    for name in type(element).model_fields:
        value = getattr(element, name)
        if isinstance(value, Text):
            yield value
        elif isinstance(value, Mapping):
            yield from (each for each in value.values() if isinstance(each, Text))


def _pieces_of_phrase(template: str) -> _Pieces:
    pieces: list[str | tuple[str]] = []
    for words, gap, _, _ in Formatter().parse(template):
        if words:
            pieces.append(words)
        if gap:
            pieces.append((gap,))
    return pieces


def _pieces_of_text(template: str) -> _Pieces:
    return [(part.names[-1],) if isinstance(part, Placeholder) else part for part in split(template)]


def _reader(pieces: _Pieces) -> re.Pattern[str]:
    """A pattern that finds what stands in the gaps; of a gap that is there twice, the first."""
    seen: set[str] = set()
    parts = []
    for piece in pieces:
        if isinstance(piece, str):
            parts.append(re.escape(piece))
        else:
            [name] = piece
            what = r"\d+" if name in _NUMBERS else ".*?"
            parts.append(f"({what})" if name in seen else f"(?P<{name}>{what})")
            seen.add(name)
    return re.compile("".join(parts), re.DOTALL)


def _letters(pieces: _Pieces) -> int:
    return sum(char.isalpha() for piece in pieces if isinstance(piece, str) for char in piece)


def _plain(pieces: _Pieces) -> str:
    return "".join(piece for piece in pieces if isinstance(piece, str))
