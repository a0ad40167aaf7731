"""The chain of an item: what happened, what was decided on it and by which rule, and what became of that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector.store.commands import QueuedCommand
from connector.store.journal import Line
from connector.store.views import RecentSignal

#: Lines of the journal that stand for a command.
_COMMAND_KINDS = frozenset({"command", "would"})


@dataclass(frozen=True, slots=True)
class Consequence:
    """One line of the journal; for a command, also what became of it."""

    line: Line
    command: QueuedCommand | None = None

    @property
    def is_command(self) -> bool:
        return self.line.kind in _COMMAND_KINDS


@dataclass(frozen=True, slots=True)
class Happening:
    """One signal with all that followed from it; `signal` None: it is not kept any more."""

    key: str
    at: datetime
    signal: RecentSignal | None
    consequences: list[Consequence] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the store has about an item."""

    lines: Sequence[Line]
    signals: Sequence[RecentSignal]
    commands: Iterable[QueuedCommand]


def chain_of(sources: Sources) -> list[Happening]:
    """Signals in the order in which they came; those that nothing followed from only while they wait."""
    by_key = {signal.key: signal for signal in sources.signals}
    commands = {command.key: command for command in sources.commands}
    happenings: dict[str, Happening] = {}
    for line in sources.lines:
        key = line.signal_key or ""
        signal = by_key.get(key)
        happening = happenings.setdefault(key, Happening(key, signal.at if signal else line.at, signal))
        happening.consequences.append(Consequence(line, commands.get(line.command_key or "")))
    for signal in sources.signals:
        if signal.key not in happenings and signal.handled_at is None:
            happenings[signal.key] = Happening(signal.key, signal.at, signal)
    return list(happenings.values())
