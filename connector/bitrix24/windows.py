"""Several requests of one list in flight, its pages still in the order of their ids.

The commands of a batch run one after another inside the portal, so what makes a long list quick is more than
one batch at a time. The ids still to be read are cut into windows that should hold one batch's worth of rows
each, judged by how many ids the last window needed for a row; windows are read side by side and handed out
in order, so a reader can stop, keep the last id, and go on there. A window that held more than a batch is
read on before the next is handed out. At most `overlap` + 1 windows are in memory, whatever the ids are like.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

#: Rows a window should hold: a full batch less one page, which absorbs an uneven spread of ids.
ROWS = 2_450
_GROWTH = 4.0

Page = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """The pages of one window, and the id up to which they are complete."""

    pages: Sequence[Page]
    upto: int


@dataclass(frozen=True, slots=True)
class _Window:
    """The ids in (above, upto]; being read, or not begun."""

    above: int
    upto: int
    part: Future[Part] | None = None


def in_windows(
    read: Callable[[int, int], Part], *, above: int, upto: int, ids_per_row: float, overlap: int
) -> Iterator[Page]:
    """The pages of the ids in (`above`, `upto`], in order; `read` is called by several threads.

    What `read` raises is raised when its window's turn comes; windows not begun by then are not read.
    """
    width = max(ids_per_row, 1.0) * ROWS
    pool = ThreadPoolExecutor(overlap, thread_name_prefix="listing")
    try:
        line = deque([_Window(above, upto)] if above < upto else [])
        while line:
            line = _begin(line, lambda low, high: pool.submit(read, low, high), int(width), overlap)
            window = line.popleft()
            assert window.part is not None  # the first in line has always begun
            part = window.part.result()
            yield from part.pages
            if part.upto < window.upto:
                line.appendleft(_Window(part.upto, window.upto))
            width = _next_width(width, part.upto - window.above, sum(map(len, part.pages)))
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(
    line: deque[_Window], submit: Callable[[int, int], Future[Part]], width: int, overlap: int
) -> deque[_Window]:
    """The line with windows cut off and begun until `overlap` are under way, and in any case its first."""
    under_way = sum(window.part is not None for window in line)
    begun: deque[_Window] = deque()
    for window in line:
        above, upto = window.above, window.upto
        while window.part is None and above < upto and (under_way < overlap or not begun):
            cut = min(above + width, upto)
            begun.append(_Window(above, cut, submit(above, cut)))
            above, under_way = cut, under_way + 1
        if above < upto:
            begun.append(_Window(above, upto, window.part))
    return begun


def _next_width(width: float, ids: int, rows: int) -> float:
    """How many ids should hold a window's rows, by the last window; at most four times as many, or few."""
    wanted = ids / max(rows, 1) * ROWS
    return max(min(wanted, width * _GROWTH), width / _GROWTH, 1.0)
