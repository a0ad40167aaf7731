"""The REST client of one portal (skeleton)."""

from __future__ import annotations

from collections.abc import Mapping

from requests.adapters import BaseAdapter

from connector.bitrix24.auth import Auth
from connector.bitrix24.call import Call, Priority
from connector.bitrix24.outcome import Answer
from connector.bitrix24.standing import Block
from connector.bitrix24.throttle import Throttle
from connector.clock import Clock


class Client:
    """Reads and writes of one portal; thread-safe."""

    def __init__(
        self,
        auth: Auth,
        *,
        clock: Clock,
        throttle: Throttle,
        adapter: BaseAdapter | None = None,
        call_cap_seconds: float = 60.0,
        body_cap_bytes: int = 16 * 1024 * 1024,
        user_agent: str = "Funnelwright",
    ) -> None:
        self.clock = clock

    def ask(self, call: Call, *, priority: Priority = Priority.SWEEP) -> Answer:
        """A read: retried for seconds, then a CRMError; returns DONE only."""
        raise NotImplementedError

    def ask_many(
        self, calls: Mapping[str, Call], *, halt: bool = False, priority: Priority = Priority.SWEEP
    ) -> dict[str, Answer]:
        """Reads in one request (more than 50: several); every command has its own outcome. Raises only if the request as a whole failed."""
        raise NotImplementedError

    def send(
        self, call: Call, *, idempotency_key: str | None = None, priority: Priority = Priority.REP
    ) -> Answer:
        """A write: repeated only if it certainly did not run; never raises for what the portal says or does not say."""
        raise NotImplementedError

    def send_many(
        self, calls: Mapping[str, Call], *, halt: bool = False, priority: Priority = Priority.REP
    ) -> dict[str, Answer]:
        """Writes in one batch (at most 50): every command has its own outcome; timed out = all UNKNOWN."""
        raise NotImplementedError

    @property
    def requests_sent(self) -> int:
        """HTTP requests since the client was made."""
        raise NotImplementedError

    def budget(self) -> float:
        """Share of the leaky bucket in use, 0 to 1."""
        raise NotImplementedError

    @property
    def block(self) -> Block | None:
        """Why nothing is sent now (overload, credential refused, renamed, unreachable); None: all is well."""
        raise NotImplementedError
