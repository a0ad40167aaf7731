"""Answers that were computed already: kept while nothing was committed to the store, and for seconds.

A page, its charts and its files ask the same within a second or two. They get the same answer, computed once,
whoever comes first; who comes meanwhile waits for it. What the store does not know, that time passes and a
task falls due, is why an answer does not live long in a store that stands still either.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

_FRESH_SECONDS = 30.0
_KEPT = 64


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    answer: T
    version: Hashable
    at: float


class Answers(Generic[T]):
    """Safe to be used by many threads. *version*: differs as soon as an answer may have changed."""

    def __init__(
        self,
        version: Callable[[], Hashable],
        *,
        fresh_seconds: float = _FRESH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._version, self._fresh_seconds, self._clock = version, fresh_seconds, clock
        self._kept: OrderedDict[Hashable, _Kept[T]] = OrderedDict()
        self._computing: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, question: Hashable, compute: Callable[[], T]) -> T:
        """The answer to the question: as it was computed lately, or computed now."""
        with self._turn_of(question):
            # Asked before it is computed: what is committed meanwhile makes the answer an old one.
            version = self._version()
            kept = self._find(question, version)
            if kept is None:
                kept = _Kept(compute(), version, self._clock())
                self._keep(question, kept)
            return kept.answer

    def _turn_of(self, question: Hashable) -> threading.Lock:
        with self._lock:
            return self._computing.setdefault(question, threading.Lock())

    def _find(self, question: Hashable, version: Hashable) -> _Kept[T] | None:
        with self._lock:
            kept = self._kept.get(question)
            is_good = kept and kept.version == version and self._clock() - kept.at < self._fresh_seconds
            return kept if is_good else None

    def _keep(self, question: Hashable, kept: _Kept[T]) -> None:
        with self._lock:
            self._kept[question] = kept
            self._kept.move_to_end(question)
            while len(self._kept) > _KEPT:
                oldest, _ = self._kept.popitem(last=False)
                self._computing.pop(oldest, None)
