"""How alike two names are, whatever their case, order of words and endings; in English and Russian."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from typing import TypeVar

from pipelines.texts import Text

Ours = TypeVar("Ours")
Theirs = TypeVar("Theirs")

#: From here on two names are taken for the same thing.
ENOUGH = 0.78
#: Endings change ("сделка", "сделки"), stems do not: so many letters are compared.
_STEM = 5
_SEPARATORS = re.compile(r"[\W_]+")


def likeness(ours: Iterable[str], theirs: str) -> float:
    """How much `theirs` is like the likest of `ours`: 1 the same words, 0 nothing in common."""
    wanted = _words(theirs)
    return max((_of_words(_words(one), wanted) for one in ours), default=0.0)


def names_of(text: Text | None, identifier: str) -> tuple[str, ...]:
    """All that something of ours is called: its title in every language, and its id."""
    titles = text.by_language.values() if text is not None else ()
    return (*titles, identifier)


def pair_up(
    ours: Iterable[Ours], theirs: Iterable[Theirs], score: Callable[[Ours, Theirs], float]
) -> list[tuple[Ours, Theirs]]:
    """The likest pairs first, everything at most once, and nothing that is not alike enough."""
    mine, others = list(ours), list(theirs)
    scored = [
        (-score(one, other), place, other_place)
        for place, one in enumerate(mine)
        for other_place, other in enumerate(others)
    ]
    pairs: list[tuple[Ours, Theirs]] = []
    taken: set[int] = set()
    used: set[int] = set()
    for unlikeness, place, other_place in sorted(scored):
        if -unlikeness >= ENOUGH and place not in taken and other_place not in used:
            taken.add(place)
            used.add(other_place)
            pairs.append((mine[place], others[other_place]))
    return pairs


def _words(name: str) -> list[str]:
    return _SEPARATORS.sub(" ", name.casefold().replace("ё", "е")).split()


def _of_words(one: list[str], other: list[str]) -> float:
    if not one or not other:
        return 0.0
    letters = SequenceMatcher(None, " ".join(sorted(one)), " ".join(sorted(other)), autojunk=False).ratio()
    stems, others = {word[:_STEM] for word in one}, {word[:_STEM] for word in other}
    in_common = 2 * len(stems & others) / (len(stems) + len(others))
    # Same stems are nearly the same name; only the same letters are quite the same.
    return max(letters, 0.99 * in_common)
