"""How fast one portal may be asked: places in its leaky bucket, run time of methods, its standing.

The portal counts requests per source address: +1 each, minus Y a second, refusal over X (2/s and 50, on
Enterprise 5/s and 250; a whole batch is one request). Defaults lie a bit inside, as the network reorders.
A place is taken *before* sending, so threads line up instead of colliding. Less urgent work may fill only a
part of the bucket, and of a method's run time, and whoever is more urgent goes first: what waits takes no
place, however much of it waits, so a rep always finds one. After a refusal the bucket counts as full and
requests go one at a time until one is answered: somebody else is spending the same budget.

Own code instead of a library (the design names pyrate-limiter): a virtual scheduling bucket is the few lines
of `_try`; the library keeps its own time, and priorities, a refusal that fills the bucket and the
injected clock would each need a way around it. Revisit when several processes share one portal: then the
bucket must live in the database.

Page: limits.md.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

from connector import log
from connector.bitrix24.call import Priority
from connector.bitrix24.operating import OperatingLedger
from connector.bitrix24.outcome import Answer, Outcome, Trouble
from connector.bitrix24.standing import Standing
from connector.clock import Clock

logger = logging.getLogger(__name__)


class Plan(NamedTuple):
    """Requests a second, and how many at once."""

    rate: float
    burst: int


OTHER_PLANS = Plan(1.9, 45)
ENTERPRISE = Plan(4.75, 225)

#: What part of the bucket, and of the run time of a method, each priority may use.
SHARES = {Priority.REP: 1.0, Priority.SWEEP: 0.9, Priority.BACKFILL: 0.75}
#: The portal's code for a method whose run time is used up, and ours for not asking it then.
RUN_TIME_USED_UP = "OPERATION_TIME_LIMIT"
_GROWTH, _LONGEST_PENALTY_SECONDS = 1.5, 60.0
_NOISE_SECONDS = 1e-6  # of adding up fractions


class Throttle:
    """The budget of one portal; thread-safe, and only the injected clock waits.

    `operating_limit_seconds`: the run time of a method that the portal allows in ten minutes (documented
    example 480, on-premise default 420); methods are parked at `operating_share` of it.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        rate: float = OTHER_PLANS.rate,
        burst: int = OTHER_PLANS.burst,
        operating_limit_seconds: float = 420.0,
        operating_share: float = 0.9,
    ) -> None:
        self.standing = Standing(clock)
        self._clock = clock
        self._rate, self._burst = rate, burst
        self._ledger = OperatingLedger(operating_limit_seconds)
        self._operating_share = operating_share
        self._lines: dict[Priority, list[object]] = {priority: [] for priority in Priority}
        self._lock = threading.Lock()
        self._one_at_a_time = threading.Lock()
        self._empty_at = 0.0  # when the bucket will have drained, monotonic
        self._refusals = 0  # in a row
        #: Requests that the portal refused for coming too fast, in all.
        self.requests_refused = 0
        #: How long a place in the bucket is taken by a request that finds it full.
        self.place_seconds = 1 / rate

    def parked(self, account: str, priority: Priority = Priority.REP) -> Answer | None:
        """The NOT_RUN answer to a command whose run time is used up; None if it may be sent."""
        wait = self.wait_seconds(account, priority)
        if wait <= 0:
            return None
        return Answer(
            Outcome.NOT_RUN,
            error=RUN_TIME_USED_UP,
            description=f"run time used up, {wait:.0f} s until some of it expires (not sent)",
            trouble=Trouble.OPERATING,
            retry_after=wait,
        )

    @contextmanager
    def slot(self, priority: Priority) -> Iterator[bool]:
        """A place in the bucket, waited for; hold it while the request is under way.

        True: the portal has just refused somebody, and this is the only request under way.
        """
        while True:
            refusals = self._line_up(priority)
            with self._one_at_a_time if refusals else nullcontext():
                if self._refusals <= refusals:  # else somebody was refused while we waited: line up again
                    yield refusals > 0
                    return

    @contextmanager
    def under_way(self, accounts: Mapping[str, int]) -> Iterator[None]:
        """So many commands of these methods are being run: their run time counts as used meanwhile."""
        self._ledger.begin(accounts)
        try:
            yield
        finally:
            self._ledger.end(accounts)

    def learn(self, account: str, answer: Answer) -> None:
        """Take the limits out of the answer to a whole request."""
        self.standing.learn(answer)
        if answer.trouble is not Trouble.BUSY and answer.http_status is not None:
            with self._lock:
                self._refusals = 0
        self.learn_command(account, answer)

    def learn_command(self, account: str, answer: Answer) -> None:
        """Take the limits out of the answer to one command of a batch."""
        was_free = self.wait_seconds(account) == 0
        self._ledger.learn(account, answer, self._clock.monotonic())
        if was_free and (wait := self.wait_seconds(account)):
            log.note(logger, "throttle", "parked", method=account, seconds=round(wait))
        if answer.trouble is Trouble.BUSY:
            with self._lock:
                self._fill()
                self.requests_refused += 1
            log.note(logger, "throttle", "refused", method=account, in_a_row=self._refusals)

    def wait_seconds(self, account: str, priority: Priority = Priority.REP) -> float:
        """How long this method is parked; 0: it is not."""
        return self._ledger.wait_seconds(account, self._run_share(priority), self._clock.monotonic())

    def share_used(self) -> float:
        """Share of the bucket in use; over 1 after a refusal."""
        with self._lock:
            return self._level(self._clock.monotonic()) / self._burst

    def run_time_used(self) -> Mapping[str, float]:
        """What share of its run time each method has used, as far as the portal has told."""
        return self._ledger.shares_used(self._clock.monotonic())

    def parked_methods(self, priority: Priority = Priority.REP) -> Mapping[str, float]:
        """Methods that may not be called now, and for how many seconds."""
        return self._ledger.parked(self._run_share(priority), self._clock.monotonic())

    def places(self, priority: Priority, within_seconds: float = 0.0) -> int:
        """How many more requests could be sent within that time, beside those that wait in line already."""
        with self._lock:
            waiting = sum(len(line) for other, line in self._lines.items() if other <= priority)
            free = self._burst * SHARES[priority] - self._level(self._clock.monotonic())
            return max(int(free + within_seconds * self._rate - waiting), 0)

    def commands_left(self, account: str, priority: Priority) -> int | None:
        """How many more commands of this method its run time allows now; None: no limit is known."""
        return self._ledger.commands_left(account, self._run_share(priority), self._clock.monotonic())

    def seconds_each(self, account: str) -> float | None:
        """What one command of this method takes inside the portal; None: it has not told."""
        return self._ledger.seconds_each(account)

    def _run_share(self, priority: Priority) -> float:
        return self._operating_share * SHARES[priority]

    def _level(self, now: float) -> float:
        return max(self._empty_at - now, 0.0) * self._rate

    def _line_up(self, priority: Priority) -> int:
        """Wait for a place and take it; after how many refusals in a row it was."""
        ticket = object()
        with self._lock:
            self._lines[priority].append(ticket)
        try:
            while True:
                refusals, wait = self._try(priority, ticket)
                if not wait:
                    return refusals
                self._clock.sleep(wait)
        finally:
            with self._lock:
                self._lines[priority].remove(ticket)

    def _try(self, priority: Priority, ticket: object) -> tuple[int, float]:
        """Take a place if there is one for this ticket (0), else the seconds until there may be."""
        with self._lock:
            now = self._clock.monotonic()
            ahead = self._lines[priority].index(ticket)
            ahead += sum(len(line) for other, line in self._lines.items() if other < priority)
            over = self._level(now) + 1 + ahead - self._burst * SHARES[priority]
            wait = max(over, 0.0) / self._rate
            if wait > _NOISE_SECONDS:
                return self._refusals, wait
            self._empty_at = max(self._empty_at, now) + 1 / self._rate
            return self._refusals, 0.0

    def _fill(self) -> None:
        """The portal's own bucket is full: ours is too, and more so with every refusal in a row."""
        pause = (1 / self._rate + 1) * _GROWTH**self._refusals
        full = (self._burst - 1) / self._rate + min(pause, _LONGEST_PENALTY_SECONDS)
        self._empty_at = max(self._empty_at, self._clock.monotonic() + full)
        self._refusals += 1
