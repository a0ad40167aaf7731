"""What a record was like at an earlier instant, as far as the store knows, and since when it knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connector.flow.past import as_it_was
from connector.flow.signals import CHANGED, RESTORED
from connector.records import Item, StageMove
from connector.store.processes import StoredProcess
from connector.store.views import RecentSignal


@dataclass(frozen=True, slots=True)
class Past:
    """One record through time."""

    item: Item
    #: Its way through the stages, oldest first.
    moves: Sequence[StageMove]
    #: When a change was read, and what had been there before; newest first.
    formers: Sequence[tuple[datetime, Mapping[str, Any]]] = ()
    #: From when on every change was kept; None: none ever was.
    known_since: datetime | None = None

    def at(self, at: datetime) -> Item:
        """The record then: the stage of its history, and the values that were known, else today's."""
        was = as_it_was(self.item, [former for changed_at, former in self.formers if changed_at > at])
        stay = next((move for move in reversed(self.moves) if move.at <= at), None)
        if stay is None:
            return was
        return replace(was, category_id=stay.category_id, stage_id=stay.stage_id, semantics=stay.semantics)

    def is_known_at(self, at: datetime) -> bool:
        """Whether the values of then are known: it has not changed since, or every change was kept."""
        is_unchanged = self.item.updated_at is not None and self.item.updated_at <= at
        return is_unchanged or (self.known_since is not None and self.known_since <= at)


def past_of(
    item: Item,
    moves: Sequence[StageMove],
    signals: Sequence[RecentSignal],
    processes: Sequence[StoredProcess],
) -> Past:
    """The past of a record from its history, the signals that are kept, and who hears of it."""
    changes = [each for each in signals if each.kind in (CHANGED, RESTORED)]
    formers = [(each.at, each.payload["before"]) for each in reversed(changes) if "before" in each.payload]
    return Past(item, moves, formers, _known_since(signals, changes, processes))


def _known_since(
    signals: Sequence[RecentSignal], changes: Sequence[RecentSignal], processes: Sequence[StoredProcess]
) -> datetime | None:
    """Changes are kept while a process hears of them, as long as signals are kept."""
    if not signals or not processes:
        return None
    began_at = min(each.started_at for each in processes)
    untold = [each.at for each in changes if "before" not in each.payload]
    oldest_at = min(each.handled_at or each.at for each in signals)
    return max([began_at, oldest_at, *untold])
