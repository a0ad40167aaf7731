"""A list method, and the commands that ask for one page of it after another, by keyset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.bitrix24.call import PAGE_SIZE, Call, Ref


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
