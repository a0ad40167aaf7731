"""Reads on behind a mistake, so that one mistake does not hide the next.

Where the shape of a table is wrong, the mistake is told, and something stands in for what was written: the
nearest known word, an empty text, an expression that gives null, or nothing. What comes out is no definition
to run, but one to go on checking; `Gaps` says what could not be understood.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipelines.definition import Definition
from pipelines.elements import Table, UnknownKey
from pipelines.findings import KeyPath, nearest
from pipelines.gaps import UNNAMED, Gaps
from pipelines.mistakes import KINDS, say
from pipelines.steps import DIRECTIVES, StepBase

#: Mending one thing may show the next; a file that needs more rounds than this is told as far as it got.
ROUNDS = 20
#: What stands for a key that is missing, by its name.
_FOR_MISSING: dict[str, Any] = {
    **dict.fromkeys(("title", "question", "text", "subject", "body", "name"), ""),
    "after": "1 day",
    "every": "1 week",
    "entity": "deal",
    "type": "item",
}
#: What stands for a value that is wrong, by the kind of the mistake.
_FOR_WRONG: dict[str, Any] = {
    "expression": "null",
    "text": "",
    "duration": "1 day",
    "moment": "1 day",
    "recipient": "owner",
    "wait": {"for": "time:1 day"},
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with the shape, at a key path of the text as it is written."""

    path: KeyPath
    message: str
    suggestion: str


@dataclass
class Mending:
    """One text on its way to something that can be checked; `table` is changed."""

    table: Table
    mistakes: list[Mistake] = field(default_factory=list)
    _unknown: dict[KeyPath, UnknownKey] = field(default_factory=dict)
    _lost: set[str] = field(default_factory=set)
    _is_nameless: bool = False
    _places: set[KeyPath] = field(default_factory=set)
    #: What a stand-in was tried for: where it was, and what was wrong.
    _tried: set[tuple[KeyPath, str]] = field(default_factory=set)

    def read(self) -> Definition | None:
        """The definition, mended where it must be; None when too little of it is left."""
        for _ in range(ROUNDS):
            unknown: list[UnknownKey] = []
            try:
                return Definition.model_validate(self.table, context={"unknown": unknown})
            except ValidationError as error:
                errors = error.errors(include_url=False)
            finally:
                self._unknown |= {each.path: each for each in unknown}
            spots = _innermost([_spot_of(self.table, error, self.unknown) for error in errors])
            self._tell(spots)
            if not self._mend(spots):
                break
        return None

    @property
    def unknown(self) -> Sequence[UnknownKey]:
        """Keys that the language does not have."""
        return list(self._unknown.values())

    @property
    def gaps(self) -> Gaps:
        doubtful = {key.path[:-1] for key in self.unknown if not key.suggestion}
        return Gaps(frozenset(self._lost), self._is_nameless, frozenset(self._places | doubtful))

    def _tell(self, spots: Iterable[_Spot]) -> None:
        """What is new: what is wrong with a whole because of something in it is not, nor is a wrong guess."""
        for spot in spots:
            is_told = any(each.path[: len(spot.path)] == spot.path for each in self.mistakes)
            if not is_told and spot.path not in self._unknown:
                self.mistakes.append(Mistake(spot.path, *say(spot.error)))

    def _mend(self, spots: Iterable[_Spot]) -> bool:
        """Put something in the place of each, or leave it out; False when that would be the whole file."""
        left_out: dict[KeyPath, _Spot] = {}
        for spot in {each.path: each for each in spots}.values():
            attempt = (spot.path, spot.kind)
            if attempt in self._tried or not self._stand_in(spot):
                left_out[spot.path] = spot
            self._tried.add(attempt)
        # From the end, so that the numbers of what is left stay true.
        in_turn = sorted(left_out.values(), key=lambda each: each.key if each.is_in_list else 0)
        return all([self._leave_out(spot) for spot in reversed(in_turn)])

    def _stand_in(self, spot: _Spot) -> bool:
        """Whether there was something to put in the place of what is wrong or missing."""
        value = _stand_in_for(spot)
        if value is None:
            return False
        if spot.kind == "missing":
            spot.value[spot.error["loc"][-1]] = value
            self._is_nameless |= spot.path[-1] == "id"
            self._places.add(spot.path[:-1])
        elif spot.holder is None:
            return False
        else:
            if spot.kind == "step" and not say(spot.error)[1]:
                self._lost.update(_names_in({"id": spot.value.get("id")}))
                self._places.add(spot.path)
            if spot.key in ("id", "type"):
                self._is_nameless |= spot.key == "id"
                self._lost.add(str(spot.value))
                self._places.add(spot.home)
            spot.holder[spot.key] = value
        return True

    def _leave_out(self, spot: _Spot) -> bool:
        if spot.holder is None:
            return False
        self._lost.update(_names_in(spot.value))
        if spot.home[-1:] == ("fields",):
            self._lost.add(str(spot.key))
        if spot.home[-1:] == ("options",):  # nobody knows any more which words the field has
            self._lost.add(str(spot.home[-2]))
        self._places.add(spot.home)
        if spot.is_in_list:
            spot.holder.pop(spot.key)
        else:
            spot.holder.pop(spot.key, None)
        return True


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where an error of pydantic is in the text: the value, and what holds it (nothing holds the whole)."""

    error: ErrorDetails
    path: KeyPath
    value: Any
    holder: Any
    key: Any
    #: The nearest table around the value.
    home: KeyPath

    @property
    def kind(self) -> str:
        return self.error["type"]

    @property
    def is_in_list(self) -> bool:
        return isinstance(self.holder, list)


def _innermost(spots: Sequence[_Spot]) -> list[_Spot]:
    """Without a whole that is wrong because of something in it: a list of which no element is right."""
    paths = [spot.path for spot in spots]
    return [
        spot
        for spot in spots
        if not any(path[: len(spot.path)] == spot.path and path != spot.path for path in paths)
    ]


def _spot_of(table: Table, error: ErrorDetails, unknown: Sequence[UnknownKey]) -> _Spot:
    """Without the tags that pydantic puts between, with the key that is missing, by the keys as written."""
    written = {key.meant: key.path[-1] for key in unknown}
    path: KeyPath = ()
    home: KeyPath = ()
    value: Any = table
    holder: Any = None
    last: Any = None
    for part in error["loc"]:
        key = written.get((*path, part), part)
        is_there = key in value if isinstance(value, Mapping) else _is_index(value, key)
        if not is_there:
            continue
        holder, last = value, key
        home = path if isinstance(value, Mapping) else home
        value = value[key]
        path = value.place.path if isinstance(value, Table) else (*path, key)
    if error["type"] == "missing":
        path = (*path, written.get((*path, error["loc"][-1]), error["loc"][-1]))
    return _Spot(error, path, value, holder, last, home)


def _is_index(value: Any, key: Any) -> bool:
    return isinstance(value, list) and isinstance(key, int) and key < len(value)


def _stand_in_for(spot: _Spot) -> Any:
    """What may stand in for a value that is wrong, or missing; None when there is nothing."""
    if spot.kind == "missing":
        name = spot.error["loc"][-1]
        return _unnamed(spot) if name == "id" else _FOR_MISSING.get(str(name))
    if spot.kind == "literal_error" and spot.key == "type":
        return _FOR_MISSING["type"]
    if spot.kind == "literal_error":
        return say(spot.error)[1] or None
    if spot.kind == "string_pattern_mismatch" and spot.key == "id":
        return _unnamed(spot)
    if spot.kind in KINDS and isinstance(spot.value, Table):
        return _with_kind(spot)
    if spot.home[:1] == ("transitions",) and spot.key in ("from", "to"):
        return "*"
    if spot.kind == "directives":
        first = next(name for name in DIRECTIVES if name in spot.value)
        kept = {key: each for key, each in spot.value.items() if key not in DIRECTIVES or key == first}
        return Table(kept, spot.value.place)
    return _FOR_WRONG.get(spot.kind)


def _unnamed(spot: _Spot) -> str:
    return UNNAMED + "_".join(str(part) for part in spot.path if isinstance(part, int))


def _with_kind(spot: _Spot) -> Table | None:
    """A table of which no key decides, with the one that was probably meant."""
    meant = say(spot.error)[1]
    key = next((key for key in spot.value if meant and nearest(key, [meant])), None)
    if key is not None:
        renamed = {meant if each == key else each: value for each, value in spot.value.items()}
        return Table(renamed, spot.value.place)
    if spot.kind != "step":
        return None
    of_any_step = {each: value for each, value in spot.value.items() if each in StepBase.known_keys()}
    return Table({**of_any_step, "task": {"title": ""}}, spot.value.place)


def _names_in(value: Any) -> Iterator[str]:
    """What others may call the tables in a value by."""
    if isinstance(value, Mapping):
        yield from (value[key] for key in ("id", "as") if isinstance(value.get(key), str))
        for each in value.values():
            yield from _names_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _names_in(each)
