"""What could not be understood of a file, so that nobody complains about what only seems to be missing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipelines.findings import KeyPath

#: Tables that decide where an item goes, by the key that they stand under.
_OF_FLOW = frozenset({"stages", "next", "steps", "outcomes", "transitions", "entries", "follow_ons", "start"})


#: What ids begin with that stand in for those that cannot be read.
UNNAMED = "unnamed_"


@dataclass(frozen=True, slots=True)
class Gaps:
    """What could not be understood."""

    #: Names of what was left out: whoever uses one is right as far as anybody knows.
    lost: frozenset[str] = frozenset()
    #: True when something has no id that can be read: any name that is not known may be its.
    is_nameless: bool = False
    #: Tables in which something was left out.
    places: frozenset[KeyPath] = frozenset()

    def with_lost(self, *names: str) -> Gaps:
        """The same, and these names."""
        return replace(self, lost=self.lost.union(names))

    @property
    def is_in_flow(self) -> bool:
        """True when it cannot be told where items go."""
        return any(not path or _home(path) in _OF_FLOW for path in self.places)


def _home(path: KeyPath) -> str:
    """The key that a table stands under, itself or in a list."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


NO_GAPS = Gaps()
