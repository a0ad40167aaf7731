"""Finding the rows of a list call: by the id and pipeline indexes first, by the rest of the filter second.

A page of a keyset sweep (`>id`, order id, start -1) looks at no more rows than it takes to fill it, so a
sweep of 100,000 records costs what its answers cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.records import Record, within
from connector.sandbox.filters import Column, Test, compile_filter, sort_rows, split_key
from connector.sandbox.kernel import PAGE_SIZE, as_int


@dataclass(frozen=True, slots=True)
class Query:
    """A list call, understood: what to look for and in which order."""

    entity_type_id: int
    user_id: int
    conditions: Mapping[str, Any]
    order: Mapping[str, Any]
    columns: Mapping[str, Column]
    #: How this family spells the two indexed fields.
    id_name: str
    category_name: str
    is_strict: bool


@dataclass(frozen=True, slots=True)
class Found:
    rows: list[Record]
    total: int | None
    next: int | None


@dataclass(slots=True)
class _Bounds:
    """What the filter says about ids and pipeline; the rest has to be asked of every row."""

    only: list[int] | None = None
    above: int | None = None
    below: int | None = None
    category_id: int | None = None


def find_page(crm: Crm, query: Query, start: int) -> Found:
    """The 50 rows from `start`; from the beginning and uncounted when `start` is negative.

    BadFilter when the filter or the order names what it may not.
    """
    bounds, rest = _take_bounds(query)
    test = _test(crm, query, rest)
    ids, places = _places(crm, query, bounds)
    records = crm.shelf(query.entity_type_id).records
    if test is None and _is_by_id(query):
        first = max(start, 0)
        rows = [records[ids[place]] for place in places[first : first + PAGE_SIZE]]
        return _found(rows, len(places), start)
    matching = (records[ids[place]] for place in places)
    passing: Iterable[Record] = matching if test is None else filter(test, matching)
    if not _is_by_id(query):
        passing = sort_rows(passing, query.order, query.columns, refuse_unknown=query.is_strict)
    if start < 0:
        return _found(list(islice(passing, PAGE_SIZE)), 0, start)
    everything = list(passing)
    return _found(everything[start : start + PAGE_SIZE], len(everything), start)


def _found(rows: list[Record], total: int, start: int) -> Found:
    if start < 0:
        return Found(rows, None, None)
    following = start + PAGE_SIZE
    return Found(rows, total, following if following < total else None)


def _take_bounds(query: Query) -> tuple[_Bounds, dict[str, Any]]:
    bounds, rest = _Bounds(), {}
    for key, wanted in query.conditions.items():
        if str(query.conditions.get("logic", "")).upper() == "OR" or not _narrow(bounds, query, key, wanted):
            rest[key] = wanted
    return bounds, rest


def _narrow(bounds: _Bounds, query: Query, key: str, wanted: Any) -> bool:
    """Take one condition into the bounds; False when the index cannot answer it."""
    operator, name = split_key(key)
    if name == query.category_name and operator == "=" and (number := as_int(wanted)) is not None:
        if bounds.category_id is not None or query.category_name not in query.columns:
            return False
        bounds.category_id = number
        return True
    if name != query.id_name:
        return False
    if operator in ("=", "@"):
        values = wanted if isinstance(wanted, list) else [wanted]
        numbers = [number for each in values if (number := as_int(each)) is not None]
        if bounds.only is not None or len(numbers) != len(values):
            return False
        bounds.only = sorted(set(numbers))
        return True
    number = as_int(wanted)
    if number is None or operator not in (">", ">=", "<", "<="):
        return False
    if operator.startswith(">"):
        above = number - 1 if operator == ">=" else number
        bounds.above = above if bounds.above is None else max(bounds.above, above)
    else:
        below = number + 1 if operator == "<=" else number
        bounds.below = below if bounds.below is None else min(bounds.below, below)
    return True


def _places(crm: Crm, query: Query, bounds: _Bounds) -> tuple[Sequence[int], range]:
    """Ids in order, and which of them lie within the bounds, in the order that is asked for."""
    shelf = crm.shelf(query.entity_type_id)
    ids = shelf.sorted_ids(bounds.category_id)
    if bounds.only is not None:
        ids = [
            number
            for number in bounds.only
            if (record := shelf.records.get(number)) is not None
            and (bounds.category_id is None or record.category_id == bounds.category_id)
        ]
    places = within(ids, bounds.above, bounds.below)
    is_descending = str(query.order.get(query.id_name, "")).upper() == "DESC"
    return ids, places[::-1] if is_descending else places


def _is_by_id(query: Query) -> bool:
    """Whether the order is that of the ids: no order, or the id first (nothing after it can matter)."""
    first = next(iter(query.order.items()), None)
    return first is None or (first[0] == query.id_name and str(first[1]).upper() in ("ASC", "DESC"))


def _test(crm: Crm, query: Query, rest: Mapping[str, Any]) -> Test | None:
    """What every candidate is asked, or None when all of them pass."""
    passes = None
    if rest:
        passes = compile_filter(
            rest,
            query.columns,
            zone=crm.portal.zone,
            refuse_unknown=query.is_strict,
            has_logic=query.is_strict,
        )
    if crm.rights.sees_all(query.user_id):
        return passes
    may_read, user_id = crm.rights.may_read, query.user_id
    return lambda record: (passes is None or passes(record)) and may_read(user_id, record)
