"""Whole lists: by keyset, 50 chained pages in one request, and never a short list for a whole one.

Each page asks for ids above the last of the page before it, which inside a batch is a reference to it
(`$result[p1][items][49][id]`): nothing is lost or doubled while records come and go, and nothing is counted
(`start=-1`, settings/performance/huge-data.md). A page under 50 rows is the last; the reference of the one
after it leads nowhere, and `halt` stops the portal there. A batch begins with one page and doubles while
pages are full, so a poll that finds 60 rows costs 3 commands; who expects a long list says so.

A list of thousands can be read with several requests in flight (`windows`), still in order, as many as help
and as the portal allows (`pace`).

What ends a list early is an error that says how far it got: a refused or missing page, ids that do not ascend
(a filter the portal has ignored), rows of an unknown shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from operator import gt, lt
from typing import Any

from connector.bitrix24.call import BATCH_SIZE, PAGE_SIZE, Call, Priority
from connector.bitrix24.client import Client
from connector.bitrix24.list_call import ListCall
from connector.bitrix24.outcome import Answer, error_of
from connector.bitrix24.pace import Pace
from connector.bitrix24.throttle import RUN_TIME_USED_UP
from connector.bitrix24.transport import at_once
from connector.bitrix24.windows import Page, Part, Turn, in_windows
from connector.bitrix24.wire import Unreadable, need_id, rows_of
from connector.errors import FatalError, RetriableError

#: `expected` of a listing that may be of any length: begins with a full batch at once.
FULL_LISTING = BATCH_SIZE * PAGE_SIZE
#: `overlap` of a listing that may be of any length: at most the bucket of the cheaper plans (limits.md).
SIDE_BY_SIDE = 48
#: Two ends of a list that need so differently many ids for a row say little about its middle.
_UNEVEN = 2.0


class CutOffError(RetriableError):
    """The list could not be read to its end; what came before `after_id` is whole."""

    def __init__(self, cause: RetriableError, method: str, after_id: int) -> None:
        super().__init__(
            f"the list broke off after id {after_id}: {cause}", method=method, retry_after=cause.retry_after
        )
        self.code = cause.code
        self.after_id = after_id
        self._cause = cause

    @property
    def is_out_of_run_time(self) -> bool:
        """Whether all there is to do is to wait, for `retry_after` seconds."""
        return self.code == RUN_TIME_USED_UP

    def at(self, after_id: int) -> CutOffError:
        """The same, seen by a reader who has got only so far."""
        return CutOffError(self._cause, self.method, after_id)


def list_all(
    client: Client,
    call: ListCall,
    *,
    after_id: int = 0,
    upto: int | None = None,
    expected: int = 0,
    overlap: int = 1,
    priority: Priority = Priority.SWEEP,
) -> Iterator[Page]:
    """Pages of up to 50 rows, ids above `after_id` ascending, to the end, or to the id `upto`.

    `expected` rows decide how long the first request is, and between two ids how many there are; a full
    listing, or one that has an end, may have up to `overlap` requests in flight. `CutOffError` (go on from
    its `after_id`) when the portal cannot go on, any other CRMError when it will not.
    """
    reader = _Reader(client, call, priority)
    if upto is not None:
        return reader.between(after_id, upto, expected, overlap)
    if overlap > 1 and expected >= FULL_LISTING and call.order is None:
        return reader.overlapping(after_id, overlap)
    return reader.growing(after_id, min(max(-(-(expected + 1) // PAGE_SIZE), 1), BATCH_SIZE))


def list_many(
    client: Client, calls: Mapping[str, ListCall], *, priority: Priority = Priority.SWEEP
) -> dict[str, Iterator[Page]]:
    """The pages of several lists, from their beginning to their end; the first of each in one request.

    What is wrong with one of the lists is raised by its own iterator.
    """
    answers = client.ask_many({key: call.page(0) for key, call in calls.items()}, priority=priority)
    return {key: _Reader(client, call, priority).from_first(answers[key]) for key, call in calls.items()}


class _Reader:
    """Reads one list, or parts of it."""

    def __init__(self, client: Client, call: ListCall, priority: Priority) -> None:
        self._client = client
        self._call = call
        self._priority = priority

    def growing(self, after_id: int, pages: int) -> Iterator[Page]:
        """Request by request, the first of so many pages, each of the next twice as long."""
        while True:
            rows: Page = []
            for rows in self._pages(self._ask(after_id, pages), after_id):
                if rows:
                    after_id = self._last_id(rows)
                    yield rows
            if len(rows) < PAGE_SIZE:
                return
            pages = min(pages * 2, BATCH_SIZE)

    def from_first(self, answer: Answer) -> Iterator[Page]:
        """The list of which this answers the first page."""
        rows = self._ascending(answer, 0)
        if rows:
            yield rows
        if len(rows) == PAGE_SIZE:
            yield from self.growing(self._last_id(rows), 1)

    def between(self, above: int, upto: int, rows: int, overlap: int) -> Iterator[Page]:
        """The ids in (above, upto], which are about so many."""
        return self._in_windows(
            above,
            upto,
            is_end=False,
            pace=Pace(self._client.throttle, self._call.method, self._priority, overlap),
            ids_per_row=(upto - above) / max(rows, 1),
            sample=max(rows, PAGE_SIZE),
            most=overlap,
            ranges=overlap,
        )

    def overlapping(self, after_id: int, overlap: int) -> Iterator[Page]:
        """Both ends tell how dense the ids are; then windows of ids, side by side.

        The last window has no end: what is added while it is read comes with it.
        """
        pace = Pace(self._client.throttle, self._call.method, self._priority, overlap)
        first, newest_ids = self._ends(after_id, pace)
        if first:
            yield first
        if len(first) < PAGE_SIZE:
            return
        after_id = self._last_id(first)
        is_sorted = all(map(gt, newest_ids, newest_ids[1:]))
        ends = [_ids_per_row(ids) for ids in (self._ids(first), newest_ids)]
        is_even = max(ends) < min(ends) * _UNEVEN
        if not is_even:
            pace.be_cautious()
        rows = first
        for rows in self._in_windows(
            after_id,
            newest_ids[0] if is_sorted and newest_ids else 0,
            is_end=True,
            pace=pace,
            ids_per_row=sum(ends) / len(ends) if is_even else max(ends),
            sample=len(first) + len(newest_ids),
            most=overlap,
        ):
            if rows:
                after_id = self._last_id(rows)
                yield rows
        if len(rows) == PAGE_SIZE:
            yield from self.growing(after_id, 1)

    def _in_windows(self, above: int, upto: int, *, is_end: bool, **settings: Any) -> Iterator[Page]:
        """As `in_windows`; an error says how far the reader has got. `is_end`: nothing limits the last."""
        read = partial(self._window, highest=upto if is_end else None)
        try:
            for rows in in_windows(read, above=above, upto=upto, **settings):
                above = self._last_id(rows) if rows else above
                yield rows
        except CutOffError as error:
            raise error.at(above) from None

    def _ends(self, after_id: int, pace: Pace) -> tuple[Page, list[int]]:
        """The first page, and the newest ids, newest first."""
        clock = self._client.clock
        asked_at = clock.monotonic()
        answers = self._ask(after_id, 1, highest=self._call.highest())
        pace.learn(clock.monotonic() - asked_at, len(answers))
        first = self._ascending(answers["p0"], after_id)
        return first, self._ids(self._rows(answers["highest"], after_id), after_id)

    def _window(self, above: int, upto: int, pages: int, turn: Turn, *, highest: int | None) -> Part:
        """One request's worth of the ids in (above, upto], above the highest one without an end."""
        is_last = upto == highest
        answers = self._ask(above, pages, None if is_last else upto, before_body=turn)
        found = list(self._pages(answers, above))
        is_whole = len(found[-1]) < PAGE_SIZE
        # An empty page after full ones says that this was the end.
        pages_found = [rows for rows in found if rows or is_last]
        return Part(pages_found, upto if is_whole else self._last_id(found[-1]))

    def _last_id(self, rows: Page) -> int:
        return need_id(rows[-1][self._call.row_id])

    def _pages(self, answers: Mapping[str, Answer], after_id: int) -> Iterator[Page]:
        """The pages of one request: at least one, all but the last full; a short one ends the list."""
        for answer in answers.values():
            rows = self._ascending(answer, after_id)
            after_id = self._last_id(rows) if rows else after_id
            yield rows
            if len(rows) < PAGE_SIZE:
                return

    def _ask(
        self,
        after_id: int,
        pages: int,
        upto: int | None = None,
        highest: Call | None = None,
        before_body: Turn = at_once,
    ) -> dict[str, Answer]:
        call, priority = self._call, self._priority
        commands = {"p0": call.page(after_id, upto)}
        for number in range(1, pages):
            commands[f"p{number}"] = call.page(call.last_of(f"p{number - 1}"), upto)
        if highest is not None:
            commands["highest"] = highest
        try:
            if len(commands) == 1:
                return {"p0": self._client.ask(commands["p0"], priority=priority)}
            return self._client.ask_many(commands, halt=True, priority=priority, before_body=before_body)
        except RetriableError as error:
            raise CutOffError(error, call.method, after_id) from None

    def _ascending(self, answer: Answer, after_id: int) -> Page:
        """The rows of one page, every id above the one before."""
        rows = self._rows(answer, after_id)
        ids = self._ids(rows, after_id)
        if not all(map(lt, [after_id, *ids], ids)):
            raise FatalError(
                f"the page after id {after_id} does not ascend: the portal ignores the filter or the order",
                method=self._call.method,
            )
        return rows

    def _rows(self, answer: Answer, after_id: int) -> Page:
        method = self._call.method
        if error := error_of(answer, method):
            raise CutOffError(error, method, after_id) if isinstance(error, RetriableError) else error
        try:
            return rows_of(answer.result, self._call.rows_at)
        except Unreadable as unreadable:
            raise self._unreadable(after_id, unreadable) from None

    def _ids(self, rows: Page, after_id: int = 0) -> list[int]:
        name = self._call.row_id
        found: list[Any] = [row.get(name) for row in rows]
        if {*map(type, found)} == {int} and all(found):  # nearly always, and there are hundreds of thousands
            return found
        try:
            return list(map(need_id, found))
        except Unreadable as error:
            raise self._unreadable(after_id, error) from None

    def _unreadable(self, after_id: int, error: Unreadable) -> FatalError:
        return FatalError(f"unreadable page after id {after_id}: {error}", method=self._call.method)


def _ids_per_row(ids: Sequence[int]) -> float:
    """How many ids a row takes, by some rows next to each other, in either order; 1 if they do not say."""
    return abs(ids[-1] - ids[0]) / (len(ids) - 1) if len(ids) > 1 else 1.0
