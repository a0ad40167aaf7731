"""How fast one portal may be asked (skeleton; see the docstrings)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from connector.bitrix24.call import Priority
from connector.bitrix24.outcome import Answer
from connector.bitrix24.standing import Standing
from connector.clock import Clock

OTHER_PLANS = (1.9, 45)
ENTERPRISE = (4.75, 225)


class Throttle:
    """The budget of one portal: places in the leaky bucket, time per method, and the portal's standing."""

    def __init__(
        self,
        clock: Clock,
        *,
        rate: float = OTHER_PLANS[0],
        burst: int = OTHER_PLANS[1],
        operating_limit_seconds: float = 420.0,
        operating_share: float = 0.9,
    ) -> None:
        self.standing = Standing(clock)

    def refusal(self, methods: Iterable[str]) -> Answer | None:
        """The NOT_RUN answer to a request that must not be sent now; None if it may."""
        raise NotImplementedError

    @contextmanager
    def slot(self, priority: Priority) -> Iterator[None]:
        """A place in the bucket, reserved before sending; waits for it."""
        raise NotImplementedError
        yield

    def learn(self, method: str, answer: Answer) -> None:
        """Take the limits out of an answer."""
        raise NotImplementedError

    def share_used(self) -> float:
        """Share of the bucket in use, 0 to 1."""
        raise NotImplementedError

    def parked_methods(self) -> Mapping[str, float]:
        """Methods that may not be called now, and for how many seconds."""
        raise NotImplementedError
