"""What the receiver needs of the application, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connector.records import Hint


@dataclass(frozen=True, slots=True)
class PortalIdentity:
    """What an event of a portal must carry to be believed."""

    name: str
    #: UTF-8 bytes of the application tokens, one for each outgoing webhook. Never printed.
    tokens: tuple[bytes, ...]
    member_id: str
    #: Lower case; more than one while the portal is being renamed.
    domains: frozenset[str]

    def __repr__(self) -> str:
        return f"PortalIdentity({self.name!r}, {len(self.tokens)} tokens)"


class ReceiverPort(Protocol):
    """The application as the receiver sees it; all of it is called from many threads at once."""

    def portal_identity(self, name: str) -> PortalIdentity | None:
        """Whom to believe under that name; None if there is no such portal."""

    def submit(self, hint: Hint) -> None:
        """Return once the hint is on disk; StoreError if it cannot be put there."""

    def count_delivery(self, portal: str, outcome: str) -> None:
        """One more delivery ended so; `portal` is "" when it is not known."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
