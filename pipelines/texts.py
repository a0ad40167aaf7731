"""Texts of a definition: one text or one for each language, with `{path}` placeholders.

A placeholder is read once, when the file is loaded. A value is put in once and never read again as a
template; the caller says how a value is escaped for where the text goes (BBCode, HTML, CSV).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

LANGUAGES = ("en", "ru")
#: `{item.title}`; `{{` and `}}` are braces.
_PART = re.compile(r"\{\{|\}\}|\{(?P<path>[^{}]*)\}|[{}]")
_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Where a value goes: the path as written, without the braces."""

    path: str
    #: The names on the way.
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.path.split(".")))


@dataclass(frozen=True, slots=True)
class Text:
    """What people read, in one language or several; a missing language falls back to the other."""

    by_language: Mapping[str, str]

    def __str__(self) -> str:
        return self.in_language(LANGUAGES[0])

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.by_language.items())))

    @classmethod
    def of(cls, text: str) -> Text:
        """The same text whatever the language."""
        return cls({"": text})

    def in_language(self, language: str) -> str:
        """The text as written in `language`, or in the nearest one there is; placeholders untouched."""
        by_language = self.by_language
        if language in by_language:
            return by_language[language]
        return next((by_language[each] for each in ("", *LANGUAGES) if each in by_language), "")

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The paths of all languages, each once, in order."""
        parts = (part for text in self.by_language.values() for part in split(text))
        return tuple(dict.fromkeys(part.path for part in parts if isinstance(part, Placeholder)))

    def render(
        self,
        language: str,
        value_of: Callable[[str], str],
        escape: Callable[[str], str] = lambda value: value,
    ) -> str:
        """The text with every placeholder replaced by `escape(value_of(path))`, once."""
        return "".join(
            escape(value_of(part.path)) if isinstance(part, Placeholder) else part
            for part in split(self.in_language(language))
        )

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _read, serialization=core_schema.plain_serializer_function_ser_schema(_write)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        by_language = {language: {"type": "string"} for language in LANGUAGES}
        return {
            "title": "Text",
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": by_language,
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ],
        }


@lru_cache(maxsize=4096)
def split(text: str) -> tuple[str | Placeholder, ...]:
    """The text as plain pieces and placeholders; ValueError when a brace has no partner or holds no path."""
    parts: list[str | Placeholder] = []
    end = 0
    for found in _PART.finditer(text):
        parts.append(text[end : found.start()])
        end = found.end()
        if found[0] in ("{{", "}}"):
            parts.append(found[0][0])
        elif found["path"] is None:
            raise ValueError(
                f'a brace without its partner in "{text}": write {found[0] * 2} for the sign itself'
            )
        elif not _PATH.fullmatch(found["path"].strip()):
            raise ValueError(f'"{found[0]}" is not a path such as {{item.title}}')
        else:
            parts.append(Placeholder(found["path"].strip()))
    parts.append(text[end:])
    return tuple(part for part in parts if part != "")


def _read(value: object) -> Text:
    if isinstance(value, Text):
        return value
    texts = {"": value} if isinstance(value, str) else value
    if not isinstance(texts, dict) or not texts:
        raise PydanticCustomError("text", 'expected a text, or one for each language: { en = "…", ru = "…" }')
    _refuse_unknown_languages(texts)
    for text in texts.values():
        if not isinstance(text, str):
            raise PydanticCustomError("text", "expected a text")
        try:
            split(text)
        except ValueError as mistake:
            raise PydanticCustomError("text", "{mistake}", {"mistake": str(mistake)}) from None
    return Text(dict(texts))


def _refuse_unknown_languages(languages: Iterable[str]) -> None:
    for language in languages:
        if language not in ("", *LANGUAGES):
            raise PydanticCustomError(
                "text", 'unknown language "{language}": expected en or ru', {"language": language}
            )


def _write(text: Text) -> str | dict[str, str]:
    return text.by_language[""] if "" in text.by_language else dict(text.by_language)
