"""Backtest: the routes of a definition asked again for the items of the last days, in the order they came.

Pure. Whose turn it was, who was away and how much everybody had come out of the replay itself: each item
counts for whom the routes gave it to, until it reached a final stage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.engine.preview import Routed, route_of
from pipelines.replay import watch

if TYPE_CHECKING:
    from pipelines.definition import Definition
    from pipelines.engine.model import Facts


@dataclass(frozen=True, slots=True)
class Newcomer:
    """An item that came, and what was known of it then."""

    item: str
    title: str
    created_at: datetime
    #: When it reached a final stage; None: it is still work.
    closed_at: datetime | None
    facts: Facts
    #: The values of the time are not known: today's stand for them.
    is_assumed: bool
    #: Who owns it in fact.
    owner: int | None


@dataclass(frozen=True, slots=True)
class Given:
    """Who would have got an item."""

    newcomer: Newcomer
    routed: Routed
    #: Values that it rests on and that are not known to be those of the time.
    assumed: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether that person owns it in fact."""
        return self.routed.user is not None and self.routed.user == self.newcomer.owner


def backtest(
    definition: Definition,
    newcomers: Sequence[Newcomer],
    absent_at: Callable[[datetime], AbstractSet[int]],
    *,
    load: Mapping[int, int] | None = None,
    closing: Iterable[tuple[datetime, int]] = (),
) -> list[Given]:
    """Who would have got each; `newcomers` by the instant they came.

    `load` is what people had before, `closing` when an item of that load was done, and whose it was.
    """
    had, turns = Counter(load or {}), dict[str, int]()
    done = sorted(closing)
    given: list[Given] = []
    for newcomer in newcomers:
        while done and done[0][0] <= newcomer.created_at:
            had[done.pop(0)[1]] -= 1
        asked: set[str] = set()
        facts = replace(
            watch(newcomer.facts, asked) if newcomer.is_assumed else newcomer.facts,
            load=dict(had),
            rotation=dict(turns),
            absent=frozenset(absent_at(newcomer.created_at)),
        )
        routed = route_of(definition, facts, newcomer.created_at, item=newcomer.item)
        given.append(Given(newcomer, routed, tuple(sorted(asked - {"owner"}))))
        if routed.team is not None and routed.user is not None:
            turns[routed.team] = routed.user
        if routed.user is not None:
            had[routed.user] += 1
            if newcomer.closed_at is not None:
                done = sorted([*done, (newcomer.closed_at, routed.user)])
    return given
