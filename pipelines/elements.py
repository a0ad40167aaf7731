"""The ground that the models of the language stand on: frozen, no unknown keys, each knows its line.

`lines.locate` turns what tomllib read into `Table`s, which know where they stand in the text; a model made
from one keeps that place, so a check or a journal entry can say file, line and key path. Unknown keys are
gathered with the nearest known one instead of stopping at the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Any, ClassVar, Protocol, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from pipelines.findings import KeyPath, nearest, show_path

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class LineIndex(Protocol):
    """Lines of a text, counted from 1, by key path; `lines.Lines` is one."""

    def line_of(self, path: KeyPath) -> int: ...


class Place:
    """Where a table stands in its file. Its line is looked up when somebody asks: most are never asked."""

    def __init__(self, path: KeyPath = (), lines: LineIndex | None = None) -> None:
        self.path = path
        #: Known keys for which another word is written: what was probably meant by it.
        self.written: dict[str, str] = {}
        self._lines = lines

    @property
    def is_written(self) -> bool:
        """False for what stands in no text."""
        return self._lines is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place) and (self.path, self.is_written) == (other.path, other.is_written)

    def __hash__(self) -> int:
        return hash(self.path)

    @cached_property
    def line(self) -> int:
        """The line of the table itself; 0 when it stands in no text."""
        if self._lines is None:
            return 0
        return self._lines.line_of(self.path) if self.path else 1

    def line_of(self, key: str) -> int:
        """The line of one of its keys, or of the table when it has no such key."""
        key = self.written.get(key, key)
        return (self._lines.line_of((*self.path, key)) if self._lines else 0) or self.line


NOWHERE = Place()


class Table(dict[str, Any]):
    """A TOML table that knows its place."""

    __slots__ = ("place",)

    def __init__(self, values: Any = (), place: Place = NOWHERE) -> None:
        super().__init__(values)
        self.place = place


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """A key that the language does not have, found while a model was made."""

    path: KeyPath
    line: int
    message: str
    suggestion: str

    @property
    def meant(self) -> KeyPath:
        """The path with the known key instead; the same path when none is near."""
        return (*self.path[:-1], self.suggestion or self.path[-1])


class Element(BaseModel):
    """Anything that an admin writes as a table."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        arbitrary_types_allowed=False,
    )
    _place: Place = PrivateAttr(default_factory=lambda: NOWHERE)
    #: What a table of this kind is called in a message.
    noun: ClassVar[str] = "table"

    @property
    def line(self) -> int:
        """The line where this stands, 0 when it was not read from a text."""
        return self._standing.line

    @property
    def path(self) -> str:
        """The key path as people read it."""
        return show_path(self._standing.path)

    def line_of(self, key: str) -> int:
        """The line of one key of this, or of this when the key is not written."""
        return self._standing.line_of(key)

    def is_guessed(self, key: str) -> bool:
        """True when this key (which may go on inside it) is not written, but was read for an unknown one."""
        return key.partition(".")[0] in self._standing.written

    def path_of(self, key: str) -> str:
        """The key path of one key of this (which may go on inside it), as it is written."""
        first, dot, rest = key.partition(".")
        shown = self._standing.written.get(first, first) + dot + rest
        return ".".join(part for part in (self.path, shown) if part)

    @property
    def is_written(self) -> bool:
        """True when this stands in the text as a table of its own, and is no short form or default."""
        return self._standing.is_written

    @property
    def key_path(self) -> KeyPath:
        """Where this stands, from the top of the file."""
        return self._standing.path

    @property
    def _standing(self) -> Place:
        """`_place` without the detour that pydantic makes to a private attribute; it is asked for often."""
        place: Place = (self.__pydantic_private__ or {})["_place"]
        return place

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values; what was worked out from the old ones is not taken along."""
        copied = super().model_copy(update=update, deep=deep)
        for name in set(copied.__dict__) - set(type(self).model_fields):
            del copied.__dict__[name]
        return copied

    @classmethod
    def known_keys(cls) -> list[str]:
        """The keys as an admin writes them."""
        return list(_keys_of(cls))

    @classmethod
    def explain_unknown(cls, key: str, table: Table) -> str:
        """What an unknown key was probably about, where this kind of table can tell; or ""."""
        return ""

    @model_validator(mode="wrap")
    @classmethod
    def _keep_place(cls, value: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        if not isinstance(value, Table):
            return handler(value)
        unknown = info.context.get("unknown") if isinstance(info.context, dict) else None
        known = _keys_of(cls)
        is_known = all(key in known for key in value)
        element = handler(value if is_known or unknown is None else _without_unknown(cls, value, unknown))
        if not element.is_written:
            (element.__pydantic_private__ or {})["_place"] = value.place
        return element


@cache
def _keys_of(cls: type[Element]) -> Mapping[str, str]:
    """The keys of a table as written, with the names of the model's fields."""
    return {spec.alias or name: name for name, spec in cls.model_fields.items()}


def _without_unknown(cls: type[Element], table: Table, unknown: list[UnknownKey]) -> dict[str, Any]:
    """The table with keys that exist: the nearest for an unknown one, so that what it holds is looked at."""
    known = cls.known_keys()
    kept = {key: value for key, value in table.items() if key in known}
    for key in table:
        if key not in known:
            line = table.place.line_of(key)
            explained = cls.explain_unknown(key, table)
            noun = f"{'an' if cls.noun[0] in 'aeiou' else 'a'} {cls.noun}"
            message = explained or f'unknown key "{key}" in {noun}; it has: {", ".join(known)}'
            suggestion = "" if explained else nearest(key, known)
            unknown.append(UnknownKey((*table.place.path, key), line, message, suggestion))
            if suggestion and suggestion not in kept:
                kept[suggestion] = table[key]
                table.place.written[suggestion] = key
    return kept


def as_written(path: KeyPath, unknown: Iterable[UnknownKey]) -> KeyPath:
    """A key path as it stands in the text, where a known key was read for an unknown one."""
    for key in unknown:
        if key.suggestion and path[: len(key.meant)] == key.meant:
            path = (*key.path, *path[len(key.path) :])
    return path


#: What holds no tables.
_PLAIN = frozenset({str, int, float, bool, type(None)})


def elements_in(part: Any) -> Iterator[Element]:
    """Every table of a definition (or of a part), each before what is in it, in the order of the models."""
    found: list[Element] = []
    _gather(part, found)
    return iter(found)


def _gather(part: Any, found: list[Element]) -> None:
    if type(part) in _PLAIN:
        return
    if isinstance(part, Element):
        found.append(part)
        for name in _keys_of(type(part)).values():
            _gather(getattr(part, name), found)
    elif isinstance(part, tuple):
        for each in part:
            _gather(each, found)
    elif isinstance(part, dict | Mapping):
        for each in part.values():
            _gather(each, found)


def by_key(kinds: Mapping[str, type[Element]]) -> Callable[[Any], str | None]:
    """A discriminator of tables by the one key that decides; tags look like no key, so paths stay clear."""

    def tag(value: Any) -> str | None:
        if isinstance(value, dict):
            return next((f"kind:{key}" for key in kinds if key in value), None)
        return next((f"kind:{key}" for key, kind in kinds.items() if isinstance(value, kind)), None)

    return tag


def by_word(*words: str) -> Callable[[Any], str]:
    """A discriminator of some plain words from everything else; no words: of all texts."""

    def tag(value: Any) -> str:
        is_word = value in words if words else not isinstance(value, dict | Element)
        return "kind:word" if is_word else "kind:other"

    return tag


def as_tuple(value: object) -> object:
    """One value or a list of them, as a list."""
    return value if isinstance(value, list | tuple) else (value,)


#: One name or a list of names.
Names = Annotated[tuple[str, ...], BeforeValidator(as_tuple, json_schema_input_type=str | tuple[str, ...])]
