"""What the receiver needs of the application, and nothing more."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Protocol

from connector.config import PortalIdentity
from connector.records import Hint

#: The counter of all deliveries, set when one comes in: the outcomes add up to it.
RECEIVED = "received"


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


class ReceiverPort(Protocol):
    """The application as the receiver sees it; all of it is called from many threads at once."""

    def portal_identity(self, name: str) -> PortalIdentity | None:
        """Whom to believe under that name; None: no such portal, or it takes no events."""

    def submit(self, hint: Hint) -> None:
        """Return once the hint is on disk; StoreError if it cannot be put there."""

    def count_delivery(self, portal: str, outcome: str) -> None:
        """One more delivery came in (`RECEIVED`) or ended so (a value of `DeliveryOutcome`).

        `portal` is "" when nobody knows it.
        """

    def is_ready(self) -> bool:
        """Whether a hint could be put on disk now."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
