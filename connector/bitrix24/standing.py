"""Whether the portal talks to us at all (skeleton)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connector.bitrix24.outcome import Answer, Trouble
from connector.clock import Clock


@dataclass(frozen=True, slots=True)
class Block:
    """Why nothing is sent to the portal, since when, and when it is tried again."""

    trouble: Trouble
    reason: str
    since: datetime
    retry_at: datetime


class Standing:
    """The state of one portal as a whole; thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @property
    def block(self) -> Block | None:
        """None: the portal answers."""
        raise NotImplementedError

    def refusal(self) -> Answer | None:
        """The NOT_RUN answer while the portal is blocked; lets one probe through when its time has come."""
        raise NotImplementedError

    def learn(self, answer: Answer) -> None:
        """Take the standing out of an answer to a whole request."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forget the block: the admin has mended something."""
        raise NotImplementedError
