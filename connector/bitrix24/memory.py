"""One heap for all threads that take answers in.

The C library of most Linux systems gives each thread a heap of its own, against contention that an
interpreter with one lock does not have. What a thread frees stays in its heap: twenty threads that each have
read one answer hold on to a hundred megabytes that nobody uses. Elsewhere nothing is done, and nothing lost.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_M_ARENA_MAX = -8  # malloc.h


@cache
def share_one_heap() -> bool:
    """Let the threads begun from now on share a heap; whether that could be arranged."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1))
    except (OSError, AttributeError):  # another C library
        return False
