"""What the receiver needs of the application, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from connector.records import Hint


class DeliveryOutcome(Enum):
    """How a delivery ended; the values name counters."""

    #: The hint is on disk.
    ACCEPTED = "accepted"
    #: Genuine, but of an event that changes nothing here.
    IGNORED = "ignored"
    #: Wrong or missing token, another account, another address, a portal that is not known.
    REFUSED = "refused"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"
    STORE_DOWN = "store_down"
    #: A mistake of ours.
    FAILED = "failed"


@dataclass(frozen=True, slots=True, repr=False)
class PortalIdentity:
    """What an event of a portal must carry to be believed."""

    name: str
    #: The application tokens, UTF-8, one for each outgoing webhook; never printed.
    tokens: tuple[bytes, ...]
    member_id: str
    #: The portal's host, lower case; two while it is being renamed.
    domains: frozenset[str]

    def __post_init__(self) -> None:
        # A missing token arrives as an empty one: an empty secret would let everybody in.
        if not all(self.tokens) or not self.member_id or not all(self.domains):
            raise ValueError(f"portal {self.name}: a token, member id or domain is empty")

    def __repr__(self) -> str:
        return f"PortalIdentity({self.name!r}, {len(self.tokens)} tokens)"


class ReceiverPort(Protocol):
    """The application as the receiver sees it; all of it is called from many threads at once."""

    def portal_identity(self, name: str) -> PortalIdentity | None:
        """Whom to believe under that name; None: no such portal, or it takes no events."""

    def submit(self, hint: Hint) -> None:
        """Return once the hint is on disk; StoreError if it cannot be put there."""

    def count_delivery(self, portal: str, outcome: DeliveryOutcome) -> None:
        """One more delivery ended so; `portal` is "" when nobody knows it."""

    def is_ready(self) -> bool:
        """Whether a hint could be put on disk now."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
