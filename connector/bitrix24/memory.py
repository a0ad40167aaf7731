"""What the interpreter is told before long lists are taken in: one heap for all threads, and few searches for
rubbish.

The C library of most Linux systems gives each thread a heap of its own, against contention that an
interpreter with one lock does not have. What a thread frees stays in its heap: twenty threads that each have
read one answer hold on to a hundred megabytes that nobody uses. Elsewhere nothing is done, and nothing lost.

An answer of 2,500 rows is some ten thousand objects that hang together in no circle. Searched for circles
after every 700 of them, as the interpreter does by itself, they take a fifth longer to read.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import cache

_M_ARENA_MAX = -8  # malloc.h
#: Some answers' worth of objects.
_OBJECTS = 50_000


def expect_long_lists() -> None:
    """Arrange both, for the whole process; threads begun from now on share a heap."""
    _share_one_heap()
    first, *others = gc.get_threshold()
    if 0 < first < _OBJECTS:
        gc.set_threshold(_OBJECTS, *others)


@cache
def _share_one_heap() -> bool:
    """Whether that could be arranged."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1))
    except (OSError, AttributeError):  # another C library
        return False
