"""Answers that were computed already: shown while they are true, and while newer ones are being made.

A page, its charts and its files ask the same within a second or two: they get one answer, computed once. When
the store has changed since, a newer answer is computed beside the request. If it is there in a moment, as in
a store of usual size, it is shown; else the last one is, which knows of when it is, and the next request gets
the newer one. Of what takes longer than a moment nobody waits for a newer answer, and it is renewed once a
minute at the most. An answer that is too old to be shown is never shown: who asks waits for a new one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from connector.clock import Clock

T = TypeVar("T")
logger = logging.getLogger(__name__)

#: Time passes and tasks fall due in a store that stands still, too.
_FRESH = timedelta(seconds=30)
#: How old an answer is, at the least, when it is computed anew although that takes long.
RENEWED = timedelta(minutes=1)
#: How old an answer may be that is shown while a newer one is computed.
_SHOWN = timedelta(hours=4)
#: How long a request waits for the newer one.
PATIENCE_SECONDS = 0.1
_KEPT = 256


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    answer: T
    version: Hashable
    at: datetime
    #: It took longer to compute than a request waits.
    took_long: bool


class Answers(Generic[T]):
    """Safe to be used by many threads. *version*: differs as soon as an answer may have changed."""

    def __init__(
        self, version: Callable[[], Hashable], clock: Clock, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._version, self._clock, self._patience_seconds = version, clock, patience_seconds
        self._kept: OrderedDict[Hashable, _Kept[T]] = OrderedDict()
        self._turns: dict[Hashable, threading.Lock] = {}
        self._renewals: dict[Hashable, Future[T]] = {}
        # Held while a renewal is begun, which may have failed by the time that its end is asked for.
        self._lock = threading.RLock()
        self._is_slow = False
        # One: what is computed takes Python's lock from those who are being answered.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="figures")

    def get(self, question: Hashable, compute: Callable[[], T]) -> T:
        """The answer to the question, as new as there is time for; *compute* may run in another thread."""
        kept = self._find(question)
        if kept is None:
            return self._first(question, compute)
        if self._is_new_enough(kept):
            return kept.answer
        renewal = self._renew(question, compute)
        wait([renewal], 0 if kept.took_long else self._patience_seconds)
        return renewal.result() if renewal.done() else kept.answer

    def _first(self, question: Hashable, compute: Callable[[], T]) -> T:
        """An answer where none is kept: computed here, unless that is being done already."""
        with self._turn_of(question):
            # Who waited finds what the one before has computed.
            found = self._find(question)
            if found is not None:
                return found.answer
            with self._lock:
                renewal = self._renewals.get(question)
            # One that has not begun would have to wait for others.
            if renewal is not None and not renewal.cancel():
                return renewal.result()
            return self._compute(question, compute)

    def begin(self, usual: Mapping[Hashable, Callable[[], T]]) -> None:
        """Compute the answers that somebody is going to ask for first, before anybody does."""
        for question, compute in usual.items():
            if self._find(question) is None:
                self._renew(question, compute)

    def prepare(self, likely: Mapping[Hashable, Callable[[], T]]) -> None:
        """Compute the answers that are likely to be asked for next, while nobody waits for them.

        Those that are there are left. Nothing is done where answers take so little time that nobody minds
        waiting, nor while anything else is being computed: what has been asked for comes first.
        """
        if self._is_slow and not self._renewals:
            self.begin(likely)

    def close(self) -> None:
        """Wait for what is being computed; what has not begun is left."""
        self._worker.shutdown(cancel_futures=True)

    def _is_new_enough(self, kept: _Kept[T]) -> bool:
        if kept.took_long:
            return self._age(kept) < RENEWED
        return kept.version == self._version() and self._age(kept) < _FRESH

    def _find(self, question: Hashable) -> _Kept[T] | None:
        with self._lock:
            kept = self._kept.get(question)
            return kept if kept and self._age(kept) < _SHOWN else None

    def _age(self, kept: _Kept[T]) -> timedelta:
        return self._clock.now() - kept.at

    def _turn_of(self, question: Hashable) -> threading.Lock:
        with self._lock:
            return self._turns.setdefault(question, threading.Lock())

    def _renew(self, question: Hashable, compute: Callable[[], T]) -> Future[T]:
        with self._lock:
            renewal = self._renewals.get(question)
            if renewal is None:
                renewal = self._renewals[question] = self._worker.submit(self._compute, question, compute)
                renewal.add_done_callback(lambda done: self._end(question, done))
            return renewal

    def _end(self, question: Hashable, renewal: Future[T]) -> None:
        with self._lock:
            self._renewals.pop(question, None)
        if not renewal.cancelled() and renewal.exception() is not None:
            # Whoever asks next is told what is wrong: nothing is left to be shown instead.
            logger.warning("figures could not be renewed", exc_info=renewal.exception())
            with self._lock:
                self._kept.pop(question, None)

    def _compute(self, question: Hashable, compute: Callable[[], T]) -> T:
        # Asked before it is computed: what is committed meanwhile makes the answer an old one.
        version, at = self._version(), self._clock.now()
        begins = time.monotonic()
        answer = compute()
        self._is_slow = took_long = time.monotonic() - begins > self._patience_seconds
        with self._lock:
            self._kept[question] = _Kept(answer, version, at, took_long)
            self._kept.move_to_end(question)
            while len(self._kept) > _KEPT:
                oldest, _ = self._kept.popitem(last=False)
                self._turns.pop(oldest, None)
        return answer
