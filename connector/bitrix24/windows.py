"""Several requests of one list in flight, its pages still in the order of their ids.

The commands of a batch run one after another inside the portal, so what makes a long list quick is more than
one batch at a time. The ids still to be read are cut into windows that should hold one request's worth of
rows each, judged by how many ids the last window needed for a row; windows are read side by side and handed
out in order, so a reader can stop, keep the last id, and go on there. A window that held more than a request
can bring is read on before the next is handed out; a sparse one makes the next ones wider. The last one has
no end, so what is added meanwhile is read with it.

How many are under way is asked anew each time one ends. At most `HELD` of them take their answers in before
their turn comes; the answers of the others wait with the portal. So what is in memory does not depend on how
long the list is, nor on how many requests are under way.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from connector.bitrix24.call import PAGE_SIZE

#: Windows that may take their answers in at a time: the one that is handed out, and what comes after it.
HELD = 2
#: Windows that a list is cut into at least, unless they would be shorter than `SHORTEST` rows.
RANGES = 8
SHORTEST = 500
#: Above every id: the end of a window that has none.
END = 2**63
_GROWTH = 4.0

Page = list[dict[str, Any]]
#: Called before an answer is taken in; may wait.
Turn = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Part:
    """The pages of one window, and the id up to which they are complete."""

    pages: Sequence[Page]
    upto: int


class Reader(Protocol):
    """Reads the ids in (above, upto], at most so many pages of them; called by several threads."""

    def __call__(self, above: int, upto: int, pages: int, turn: Turn) -> Part: ...


class Pacer(Protocol):
    """Says how many windows may be under way."""

    def pages(self) -> int:
        """Pages of the next one."""

    def allows(self, under_way: int, beginning: int) -> bool:
        """Whether one more may begin."""

    def went_on(self) -> None:
        """One of them has been read."""


@dataclass(frozen=True, slots=True)
class _Window:
    """The ids in (above, upto]; being read, or not begun."""

    above: int
    upto: int
    part: Future[Part] | None = None


class _Turns:
    """Lets windows take their answers in, a few at a time, in the order in which they are handed out."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: list[int] = []
        self._is_over = False

    def of(self, above: int) -> Turn:
        """The turn of the window that begins there."""

        def wait() -> None:
            with self._changed:
                self._changed.wait_for(lambda: above in self._line[:HELD] or self._is_over)

        return wait

    def line_up(self, windows: Sequence[_Window]) -> None:
        """These are under way, first things first."""
        with self._changed:
            self._line = [window.above for window in windows if window.part is not None]
            self._changed.notify_all()

    def end(self) -> None:
        """Nobody waits any longer."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()


def in_windows(
    read: Reader, *, above: int, highest: int, ids_per_row: float, pace: Pacer, most: int
) -> Iterator[Page]:
    """The pages of the ids over `above`, in order; `highest` is the highest id that is known of.

    What `read` raises is raised when its window's turn comes; windows not begun by then are not read.
    """
    rows = _rows_of_a_window((highest - above) / max(ids_per_row, 1.0), pace.pages())
    width = max(ids_per_row, 1.0) * rows
    turns = _Turns()
    pool = ThreadPoolExecutor(most, thread_name_prefix="listing")

    def begin(low: int, high: int, pages: int) -> Future[Part]:
        return pool.submit(read, low, high, pages, turns.of(low))

    try:
        line = deque([_Window(above, END)] if above < highest else [])
        while line:
            pages = pace.pages()
            fitting = width * min(1.0, max(pages - 1, 1) * PAGE_SIZE / rows)
            line = _begin(line, lambda low, high: begin(low, high, pages), int(fitting), highest, pace)  # noqa: B023
            turns.line_up(line)
            window = line.popleft()
            assert window.part is not None  # the first in line has always begun
            part = window.part.result()
            pace.went_on()
            yield from part.pages
            if part.upto < window.upto:
                line.appendleft(_Window(part.upto, window.upto))
            found = sum(map(len, part.pages))
            width = _next_width(width, min(part.upto, highest) - window.above, found, rows)
            del window, part  # not to be kept until the next has come
    finally:
        turns.end()
        pool.shutdown(cancel_futures=True)


def _rows_of_a_window(left: float, pages: int) -> int:
    """A full request less one page, which absorbs an uneven spread of ids; less of a list that is short.

    Half a page less again: a last page that is just full takes another one to show that it is the last.
    """
    full = max(pages - 1, 1) * PAGE_SIZE
    return min(max(math.ceil(left / RANGES / PAGE_SIZE) * PAGE_SIZE, SHORTEST), full) - PAGE_SIZE // 2


def _begin(
    line: deque[_Window],
    submit: Callable[[int, int], Future[Part]],
    width: int,
    highest: int,
    pace: Pacer,
) -> deque[_Window]:
    """The line with windows cut off and begun while the pace allows it, and in any case its first."""
    under_way = sum(window.part is not None for window in line)
    beginning = 0
    begun: deque[_Window] = deque()
    for window in line:
        above, upto = window.above, window.upto
        while window.part is None and above < upto and (not begun or pace.allows(under_way, beginning)):
            cut = min(above + max(width, 1), upto)
            cut = END if cut >= highest and upto == END else cut
            begun.append(_Window(above, cut, submit(above, cut)))
            above, under_way, beginning = cut, under_way + 1, beginning + 1
        if above < upto:
            begun.append(_Window(above, upto, window.part))
    return begun


def _next_width(width: float, ids: int, found: int, rows: int) -> float:
    """How many ids should hold a window's rows, by the last window; at most four times as many, or few."""
    if ids <= 0:
        return width
    wanted = ids / max(found, 1) * rows
    return max(min(wanted, width * _GROWTH), width / _GROWTH, 1.0)
