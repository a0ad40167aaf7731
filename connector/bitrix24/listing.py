"""Whole lists: by keyset, 50 chained pages in one request, and never a short list for a whole one.

Each page asks for ids above the last of the page before it, which inside a batch is a reference to it
(`$result[p1][items][49][id]`): nothing is lost or doubled while records come and go, and nothing is counted
(`start=-1`, settings/performance/huge-data.md). A page under 50 rows is the last; the reference of the one
after it leads nowhere, and `halt` stops the portal there. A batch begins with one page and doubles while
pages are full, so a poll that finds 60 rows costs 3 commands; who expects a long list says so.

A list of thousands can be read with several requests in flight (`windows`), still in order.

What ends a list early is an error that says how far it got: a refused or missing page, ids that do not ascend
(a filter the portal has ignored), rows of an unknown shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from connector.bitrix24.call import BATCH_SIZE, PAGE_SIZE, Call, Priority, Ref
from connector.bitrix24.client import Client
from connector.bitrix24.outcome import Answer, error_of
from connector.bitrix24.windows import Page, Part, in_windows
from connector.bitrix24.wire import Unreadable, need_id, rows_of
from connector.errors import FatalError, RetriableError

#: `expected` of a listing that may be of any length: begins with a full batch at once.
FULL_LISTING = BATCH_SIZE * PAGE_SIZE
#: Pages that show how dense the ids are, before several requests go out at a time.
_OVERTURE = 4


@dataclass(frozen=True, slots=True)
class ListCall:
    """A list method that can be read by keyset, and how it spells things.

    The id has one name in filter and order and may have another in the rows (`tasks.task.list`: `ID`, `id`).
    """

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    filter: Mapping[str, Any] = field(default_factory=dict)
    select: Sequence[str] = ()
    #: Where the rows are in the result; "": it is the rows.
    rows_at: str = "items"
    id_name: str = "id"
    row_id: str = "id"
    filter_name: str = "filter"
    #: Parameters that make it ascend by id; None: `order: {<id_name>: ASC}`.
    order: Mapping[str, Any] | None = None

    def page(self, above: int | Ref, upto: int | None = None) -> Call:
        """The command for the page of ids above this one (and not above that one)."""
        order = {"order": {self.id_name: "ASC"}} if self.order is None else self.order
        limit = {} if upto is None else {f"<={self.id_name}": upto}
        return self._listed({**self.filter, f">{self.id_name}": above, **limit}, self.select, order)

    def highest(self) -> Call:
        """The command for the highest ids; for methods that take their order in the usual way."""
        return self._listed(self.filter, [self.id_name], {"order": {self.id_name: "DESC"}})

    def _listed(self, filter: Mapping[str, Any], select: Sequence[str], order: Mapping[str, Any]) -> Call:
        selected = {"select": list(select)} if select else {}
        return Call(self.method, {**self.params, **selected, self.filter_name: filter, **order, "start": -1})

    def last_of(self, key: str) -> Ref:
        """The id of the last row of the full page `key`, for the commands after it."""
        path = (self.rows_at,) if self.rows_at else ()
        return Ref(key, (*path, PAGE_SIZE - 1, self.row_id))


class CutOffError(RetriableError):
    """The list could not be read to its end; what came before `after_id` is whole."""

    def __init__(self, cause: RetriableError, method: str, after_id: int) -> None:
        super().__init__(
            f"the list broke off after id {after_id}: {cause}", method=method, retry_after=cause.retry_after
        )
        self.code = cause.code
        self.after_id = after_id
        self._cause = cause

    def at(self, after_id: int) -> CutOffError:
        """The same, seen by a reader who has got only so far."""
        return CutOffError(self._cause, self.method, after_id)


def list_all(
    client: Client,
    call: ListCall,
    *,
    after_id: int = 0,
    expected: int = 0,
    overlap: int = 1,
    priority: Priority = Priority.SWEEP,
) -> Iterator[Page]:
    """Pages of up to 50 rows, ids above `after_id` ascending, to the end.

    `expected` rows decide how long the first request is; a full listing may have `overlap` requests in
    flight. `CutOffError` (go on from its `after_id`) when the portal cannot go on, any other CRMError when it
    will not.
    """
    reader = _Reader(client, call, priority)
    if overlap > 1 and expected >= FULL_LISTING and call.order is None:
        return reader.overlapping(after_id, overlap)
    return reader.growing(after_id, min(max(-(-(expected + 1) // PAGE_SIZE), 1), BATCH_SIZE))


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
            for rows in self._batch(after_id, pages):
                after_id = self._last_id(rows, after_id)
                if rows:
                    yield rows
            if len(rows) < PAGE_SIZE:
                return
            pages = min(pages * 2, BATCH_SIZE)

    def overlapping(self, after_id: int, overlap: int) -> Iterator[Page]:
        """A few pages tell how dense the ids are; then windows of ids side by side; then what was added."""
        try:
            overture, highest = self._overture(after_id)
            for rows in overture:
                after_id = self._last_id(rows, after_id)
                yield rows
            if len(overture) < _OVERTURE or len(overture[-1]) < PAGE_SIZE:
                return
            first_id = need_id(overture[0][0][self._call.row_id])
            ids_per_row = (after_id - first_id) / (_OVERTURE * PAGE_SIZE)
            windows = in_windows(
                self._window, above=after_id, upto=highest, ids_per_row=ids_per_row, overlap=overlap
            )
            for rows in windows:
                after_id = self._last_id(rows, after_id)
                yield rows
        except CutOffError as error:
            raise error.at(after_id) from None
        yield from self.growing(after_id, 1)

    def _overture(self, after_id: int) -> tuple[list[Page], int]:
        """The first pages, and the id that is the highest now (0 if these pages are the whole list)."""
        answers = self._ask(after_id, _OVERTURE, highest=self._call.highest())
        newest = answers.pop("highest")
        pages = list(self._pages(answers, after_id))
        if len(pages) < _OVERTURE or len(pages[-1]) < PAGE_SIZE:
            return [rows for rows in pages if rows], 0
        return pages, max((need_id(row[self._call.row_id]) for row in self._rows(newest)), default=0)

    def _window(self, above: int, upto: int) -> Part:
        """One request's worth of the ids in (above, upto]."""
        pages = list(self._batch(above, BATCH_SIZE, upto))
        is_whole = len(pages[-1]) < PAGE_SIZE
        return Part([rows for rows in pages if rows], upto if is_whole else self._last_id(pages[-1], above))

    def _last_id(self, rows: Page, after_id: int) -> int:
        return need_id(rows[-1][self._call.row_id]) if rows else after_id

    def _batch(self, after_id: int, pages: int, upto: int | None = None) -> Iterator[Page]:
        return self._pages(self._ask(after_id, pages, upto), after_id)

    def _pages(self, answers: Mapping[str, Answer], after_id: int) -> Iterator[Page]:
        """The pages of one request: at least one, all but the last full; a short one ends the list."""
        for answer in answers.values():
            rows = self._ascending(answer, after_id)
            after_id = self._last_id(rows, after_id)
            yield rows
            if len(rows) < PAGE_SIZE:
                return

    def _ask(
        self, after_id: int, pages: int, upto: int | None = None, highest: Call | None = None
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
            return self._client.ask_many(commands, halt=True, priority=priority)
        except RetriableError as error:
            raise CutOffError(error, call.method, after_id) from None

    def _ascending(self, answer: Answer, after_id: int) -> Page:
        """The rows of one page, every id above the one before."""
        rows = self._rows(answer, after_id)
        ids = [need_id(row[self._call.row_id]) for row in rows]
        if any(one >= other for one, other in pairwise([after_id, *ids])):
            raise FatalError(
                f"the page after id {after_id} does not ascend: the portal ignores the filter or the order",
                method=self._call.method,
            )
        return rows

    def _rows(self, answer: Answer, after_id: int = 0) -> Page:
        """The rows of one page, each with its id."""
        method = self._call.method
        if error := error_of(answer, method):
            raise CutOffError(error, method, after_id) if isinstance(error, RetriableError) else error
        try:
            rows = rows_of(answer.result, self._call.rows_at)
            for row in rows:
                need_id(row.get(self._call.row_id))
        except Unreadable as error:
            raise FatalError(f"unreadable page after id {after_id}: {error}", method=method) from None
        return rows
