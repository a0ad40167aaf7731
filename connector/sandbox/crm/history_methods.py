"""crm.stagehistory.list (api-reference/crm/crm-stage-history-list.md): when items came into stages, not
who moved them.

Keys are in upper case for every type; leads have STATUS_ID and no pipeline.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import islice
from operator import attrgetter
from typing import Any

from connector.sandbox.crm.history import Entry
from connector.sandbox.crm.item_methods import check_intranet
from connector.sandbox.crm.types import LEAD
from connector.sandbox.filters import BadFilter, Column, compile_filter, sort_rows
from connector.sandbox.kernel import PAGE_SIZE, Call, Page, RestError, as_int, method, page_of

_COLUMNS = {
    "ID": Column(attrgetter("id"), "int"),
    "TYPE_ID": Column(attrgetter("type_id"), "int"),
    "OWNER_ID": Column(attrgetter("owner_id"), "int"),
    "CREATED_TIME": Column(attrgetter("at"), "datetime"),
    "CATEGORY_ID": Column(attrgetter("category_id"), "int"),
    "STAGE_SEMANTIC_ID": Column(attrgetter("semantics")),
    "STAGE_ID": Column(attrgetter("stage_id")),
}
_LEAD_NAMES = {"STAGE_ID": "STATUS_ID", "STAGE_SEMANTIC_ID": "STATUS_SEMANTIC_ID"}


@method("crm.stagehistory.list", scope="crm", cost="list")
def list_history(call: Call) -> Page:
    check_intranet(call)
    crm = call.portal.crm
    entity_type_id = call.require_int("entityTypeId")
    entity_type = crm.types.get(entity_type_id)
    if entity_type is None or not entity_type.has_stages:
        name = entity_type.symbol if entity_type else str(entity_type_id)
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", f"{name} entity is not supported")
    names = _LEAD_NAMES if entity_type_id == LEAD else {}
    columns = {names.get(name, name): column for name, column in _COLUMNS.items()}
    if entity_type_id == LEAD:
        del columns["CATEGORY_ID"]
    conditions = call.mapping("filter")
    order = call.mapping("order")
    try:
        test = compile_filter(conditions, columns, zone=call.portal.zone, refuse_unknown=True, has_logic=True)
        entries = crm.history.of(entity_type_id)
        places = range(_first_unseen(entries, conditions), len(entries))
        shown = (entries[each] for each in places if _is_listed(call, entries[each]))
        passing = (each for each in shown if test(each) and _may_see(call, each))
        if order and list(order.items()) != [("ID", "ASC")]:
            passing = (each for each in sort_rows(passing, order, columns, refuse_unknown=True))
    except BadFilter as error:
        raise RestError("INVALID_ARG_VALUE", str(error)) from None
    is_uncounted = (as_int(call.get("start")) or 0) < 0
    rows = list(islice(passing, PAGE_SIZE)) if is_uncounted else list(passing)
    return page_of(call, rows, write=_writer(call, columns), wrap="items")


def _first_unseen(entries: list[Entry], conditions: dict[str, Any]) -> int:
    """Where a keyset sweep goes on; rows lie in the order of their ids."""
    last = as_int(conditions.get(">ID"))
    return 0 if last is None else bisect_right(entries, last, key=attrgetter("id"))


def _is_listed(call: Call, entry: Entry) -> bool:
    faults = call.portal.faults
    return not faults.history_lag_seconds or entry.at + faults.lag_of(entry.id) <= call.portal.now()


def _may_see(call: Call, entry: Entry) -> bool:
    crm = call.portal.crm
    if crm.rights.sees_all(call.user_id):
        return True
    record = crm.find(entry.entity_type_id, entry.owner_id)
    return record is not None and crm.may_read(call.user_id, record)


def _writer(call: Call, columns: dict[str, Column]) -> Callable[[Entry], dict[str, Any]]:
    select = set(call.names("select")) - {"*"} or set(columns)

    def write(entry: Entry) -> dict[str, Any]:
        row = {name: column.read(entry) for name, column in columns.items() if name in select}
        if "CREATED_TIME" in row:
            row["CREATED_TIME"] = call.portal.write_time(entry.at)
        return row

    return write
