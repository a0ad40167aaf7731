"""Whole lists: by keyset, 50 chained pages in one request, and never a short list for a whole one.

Each page asks for ids above the last of the page before it, which inside a batch is a reference to it
(`$result[p1][items][49][id]`): nothing is lost or doubled while records come and go, and nothing is counted
(`start=-1`, settings/performance/huge-data.md). A page under 50 rows is the last; the reference of the one
after it leads nowhere, and `halt` stops the portal there. A batch begins with one page and doubles while
pages are full, so a poll that finds 60 rows costs 3 commands; who expects a long list says so.

What ends a list early is an error that says how far it got: a refused or missing page, ids that do not ascend
(a filter the portal has ignored), rows of an unknown shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.bitrix24.call import BATCH_SIZE, PAGE_SIZE, Call, Priority, Ref
from connector.bitrix24.client import Client
from connector.bitrix24.outcome import Answer, error_of
from connector.bitrix24.wire import Unreadable, need_id, rows_of
from connector.errors import FatalError, RetriableError

#: `expected` of a listing that may be of any length: begins with a full batch at once.
FULL_LISTING = BATCH_SIZE * PAGE_SIZE
Page = list[dict[str, Any]]


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

    def page(self, above: int | Ref) -> Call:
        """The command for the page of ids above this one."""
        order = {"order": {self.id_name: "ASC"}} if self.order is None else self.order
        selected = {"select": list(self.select)} if self.select else {}
        narrowed = {self.filter_name: {**self.filter, f">{self.id_name}": above}}
        return Call(self.method, {**self.params, **selected, **narrowed, **order, "start": -1})

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


def list_all(
    client: Client,
    call: ListCall,
    *,
    after_id: int = 0,
    expected: int = 0,
    priority: Priority = Priority.SWEEP,
) -> Iterator[Page]:
    """Pages of up to 50 rows, ids above `after_id` ascending, to the end.

    `expected` rows decide how long the first request is. `CutOffError` (go on from its `after_id`) when the
    portal cannot go on, any other CRMError when it will not.
    """
    pages = min(max(-(-(expected + 1) // PAGE_SIZE), 1), BATCH_SIZE)
    while True:
        answers = _ask(client, call, after_id, pages, priority)
        for key in answers:
            rows = _rows(call, answers[key], after_id)
            if rows:
                after_id = need_id(rows[-1][call.row_id])
                yield rows
            if len(rows) < PAGE_SIZE:
                return
        pages = min(pages * 2, BATCH_SIZE)


def _ask(client: Client, call: ListCall, after_id: int, pages: int, priority: Priority) -> dict[str, Answer]:
    commands = {"p0": call.page(after_id)}
    for number in range(1, pages):
        commands[f"p{number}"] = call.page(call.last_of(f"p{number - 1}"))
    try:
        if pages == 1:
            return {"p0": client.ask(commands["p0"], priority=priority)}
        return client.ask_many(commands, halt=True, priority=priority)
    except RetriableError as error:
        raise CutOffError(error, call.method, after_id) from None


def _rows(call: ListCall, answer: Answer, after_id: int) -> Page:
    """The rows of one page, checked: the right shape, at most 50, every id above the one before."""
    if error := error_of(answer, call.method):
        raise CutOffError(error, call.method, after_id) if isinstance(error, RetriableError) else error
    try:
        rows = rows_of(answer.result, call.rows_at)
        ids = [need_id(row.get(call.row_id)) for row in rows]
    except Unreadable as error:
        raise FatalError(f"unreadable page after id {after_id}: {error}", method=call.method) from None
    if any(one >= other for one, other in zip([after_id, *ids], ids, strict=False)):
        raise FatalError(
            f"the page after id {after_id} does not ascend: the portal ignores the filter or the order",
            method=call.method,
        )
    return rows
