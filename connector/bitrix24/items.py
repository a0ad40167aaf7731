"""CRM items: leads, deals, contacts, companies, smart invoices, smart processes, through `crm.item.*`.

Owns how items are listed, read by id, looked for by marker, and the calls that write them.
Absence from a list proves nothing (rights hide rows); only a `crm.item.get` that says NOT_FOUND does. The
portal de-duplicates nothing and may ignore a filter, so a probe believes only rows whose own marker is ours.

Pages: api-reference/crm/universal/{crm-item-list,crm-item-get,crm-item-add,crm-item-update}.md.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from connector import log
from connector.bitrix24.call import PAGE_SIZE, Call, Priority, Ref
from connector.bitrix24.client import Client
from connector.bitrix24.item_rows import (
    ORIGINATOR,
    is_template,
    item_from,
    marked,
    marker_fields,
    selected_fields,
)
from connector.bitrix24.list_call import ListCall
from connector.bitrix24.listing import list_all, list_many
from connector.bitrix24.outcome import Answer, Trouble, error_of
from connector.bitrix24.reading import object_in, rows_in
from connector.errors import FatalError
from connector.records import COMPANY, CONTACT, DEAL, LEAD, Item, ItemRef

logger = logging.getLogger(__name__)

# -- reads ---------------------------------------------------------------------------------------


def list_items(
    client: Client,
    entity_type_id: int,
    *,
    extra_fields: Sequence[str] = (),
    after_id: int = 0,
    upto: int | None = None,
    category_id: int | None = None,
    filter: Mapping[str, Any] | None = None,
    expected: int = 0,
    overlap: int = 1,
    priority: Priority = Priority.SWEEP,
) -> Iterator[list[Item]]:
    """Pages of items in id order, above `after_id`; `filter` in the portal's own terms.

    Templates of recurring deals are left out, and rows that cannot be read, which are logged. `expected`,
    `overlap` and `CutOffError`: see `list_all`.
    """
    select = selected_fields(entity_type_id, extra_fields)
    call = _list_call(entity_type_id, select, filter, category_id)
    pages = list_all(
        client, call, after_id=after_id, upto=upto, expected=expected, overlap=overlap, priority=priority
    )
    for page in pages:
        yield _items_of(page, entity_type_id, extra_fields)


def list_changed_items(
    client: Client,
    since: Mapping[int, datetime],
    *,
    extra_fields: Mapping[int, Sequence[str]],
    priority: Priority = Priority.SWEEP,
) -> dict[int, Iterator[list[Item]]]:
    """Pages of the items of each type that were saved at that instant or later; one request where few were.

    What is wrong with one type is raised by its own iterator.
    """
    calls = {
        str(type_id): _list_call(
            type_id, selected_fields(type_id, extra_fields.get(type_id, ())), {">=updatedTime": at}
        )
        for type_id, at in since.items()
    }

    def typed(type_id: int, pages: Iterator[list[dict[str, Any]]]) -> Iterator[list[Item]]:
        for page in pages:
            yield _items_of(page, type_id, extra_fields.get(type_id, ()))

    listed = list_many(client, calls, priority=priority) if calls else {}
    return {int(key): typed(int(key), pages) for key, pages in listed.items()}


def _items_of(
    page: Iterable[Mapping[str, Any]], entity_type_id: int, extra_fields: Sequence[str]
) -> list[Item]:
    items = [_readable(row, entity_type_id, extra_fields) for row in page if not is_template(row)]
    return [item for item in items if item is not None]


def read_items(
    client: Client,
    refs: Iterable[ItemRef],
    *,
    extra_fields: Mapping[int, Sequence[str]] | None = None,
    priority: Priority = Priority.SWEEP,
) -> dict[ItemRef, Item | None]:
    """These items as they stand; `extra_fields` by entity type. One request for up to 2,500.

    None: a get says there is none (or it is the template of a recurring deal, which is no deal). What can be
    neither read nor proven gone is left out, and logged: a whole type too, when the portal refuses it or has
    it no more. RetriableError if the portal cannot answer now.
    """
    bound = extra_fields or {}
    wanted = list(dict.fromkeys(refs))
    commands = by_ids(wanted, bound)
    answers = client.ask_many(commands, priority=priority)
    found: dict[ItemRef, Item | None] = {}
    refused: set[int] = set()
    for key, answer in answers.items():
        found |= items_by_ref(answer, commands[key], bound)
        refused |= {_type_of(commands[key])} if _is_refused(answer) else set()
    missing = [ref for ref in wanted if ref not in found and ref.entity_type_id not in refused]
    return found | _read_singly(client, missing, bound, priority)


def by_ids(refs: Iterable[ItemRef], extra_fields: Mapping[int, Sequence[str]]) -> dict[str, Call]:
    """Commands that list these items, 50 ids in each; read the answers with `items_by_ref`."""
    by_type: dict[int, list[int]] = defaultdict(list)
    for ref in refs:
        by_type[ref.entity_type_id].append(ref.id)
    commands: dict[str, Call] = {}
    for type_id, ids in by_type.items():
        select = selected_fields(type_id, extra_fields.get(type_id, ()))
        for start in range(0, len(ids), PAGE_SIZE):
            part = ids[start : start + PAGE_SIZE]
            commands[f"items_{type_id}_{start}"] = Call(
                "crm.item.list",
                {
                    "entityTypeId": type_id,
                    "select": select,
                    "filter": {"@id": part},
                    "order": {"id": "ASC"},
                    "start": -1,
                },
            )
    return commands


def items_by_ref(
    answer: Answer, command: Call, extra_fields: Mapping[int, Sequence[str]]
) -> dict[ItemRef, Item | None]:
    """What a command of `by_ids` found; None for a template; what cannot be read is left out, and logged.

    Nothing of a type that is refused; any other trouble is raised.
    """
    type_id = _type_of(command)
    if _is_refused(answer):
        facts = {"entity_type": type_id, "code": answer.error, "reason": answer.description}
        log.note(logger, "read_items", "refused", level=logging.ERROR, **facts)
        return {}
    asked = frozenset(command.params["filter"]["@id"])
    found: dict[ItemRef, Item | None] = {}
    for row in rows_in(answer, command.method, "items"):
        item = _readable(row, type_id, extra_fields.get(type_id, ()))
        if item is not None and item.ref.id in asked:
            found[item.ref] = None if is_template(row) else item
    return found


def _type_of(command: Call) -> int:
    return int(command.params["entityTypeId"])


def _is_refused(answer: Answer) -> bool:
    """Whether the portal says no to a whole type: a right is missing, or the type was deleted."""
    return answer.trouble in (Trouble.REFUSED, Trouble.SCOPE)


def _readable(row: Mapping[str, Any], entity_type_id: int, extra_fields: Sequence[str]) -> Item | None:
    """One odd row must not hold up the others: it is logged, and the next change of the item asks again."""
    try:
        return item_from(row, entity_type_id, extra_fields)
    except FatalError as error:
        log.note(logger, "read_items", "unreadable", level=logging.ERROR, error=error)
        return None


def _read_singly(
    client: Client, refs: Sequence[ItemRef], extra_fields: Mapping[int, Sequence[str]], priority: Priority
) -> dict[ItemRef, Item | None]:
    """The proof for items that a list did not show."""
    found: dict[ItemRef, Item | None] = {}
    commands = {
        f"get_{ref.entity_type_id}_{ref.id}": Call(
            "crm.item.get", {"entityTypeId": ref.entity_type_id, "id": ref.id}
        )
        for ref in refs
    }
    answers = client.ask_many(commands, priority=priority) if commands else {}
    for ref, answer in zip(refs, answers.values(), strict=True):
        if answer.is_gone:
            found[ref] = None
        elif answer.is_done:
            row = object_in(answer, "crm.item.get", "item")
            item = _readable(row, ref.entity_type_id, extra_fields.get(ref.entity_type_id, ()))
            if item is not None:
                found[ref] = None if is_template(row) else item
        elif _is_refused(answer):
            log.note(logger, "read_items", "unproven", level=logging.WARNING, item=ref, code=answer.error)
        elif error := error_of(answer, "crm.item.get"):
            raise error
    return found


def _list_call(
    entity_type_id: int,
    select: Sequence[str],
    filter: Mapping[str, Any] | None,
    category_id: int | None = None,
) -> ListCall:
    category = {} if category_id is None else {"=categoryId": category_id}
    return ListCall(
        "crm.item.list",
        params={"entityTypeId": entity_type_id},
        filter={**(filter or {}), **category},
        select=select,
    )


# -- answers -------------------------------------------------------------------------------------


def item_of(answer: Answer, entity_type_id: int, extra_fields: Sequence[str] = ()) -> Item:
    """The item out of the answer to get, add or update; raises what the answer says if it is not DONE.

    After a write, compare: unknown names, wrong dates and read-only fields are dropped without an error.
    """
    return item_from(object_in(answer, "crm.item", "item"), entity_type_id, extra_fields)


# -- writes --------------------------------------------------------------------------------------


def add_item(entity_type_id: int, fields: Mapping[str, Any], *, marker: str) -> Call:
    """Create an item that carries `marker`; `fields` by REST name."""
    spelled = {**_spelled(fields), **marked(entity_type_id, marker)}
    return Call("crm.item.add", {"entityTypeId": entity_type_id, "fields": spelled})


def update_item(ref: ItemRef, fields: Mapping[str, Any], *, found: Ref | None = None) -> Call:
    """Set these fields, by REST name; a move into another category needs categoryId beside stageId.

    `found`: its id, as another command of the batch has found it (`found_by`). Where that found nothing the
    portal puts in an empty value (settings/how-to-call-rest-api/batch.md), and there is no such item.
    """
    number = ref.id if found is None else found
    return Call(
        "crm.item.update",
        {"entityTypeId": ref.entity_type_id, "id": number, "fields": _spelled(fields)},
    )


def find_in_stage(ref: ItemRef, stage_id: str) -> Call:
    """Look for the item as long as it stands in that stage.

    In one batch with what is to be done then, nothing comes in between but the moment between two commands.
    """
    return Call(
        "crm.item.list",
        {
            "entityTypeId": ref.entity_type_id,
            "select": ["id"],
            "filter": {"=id": ref.id, "=stageId": stage_id},
            "order": {"id": "ASC"},
            "start": -1,
        },
    )


def found_by(name: str) -> Ref:
    """The id that the listing of that name in the same batch has found."""
    return Ref(name, ("items", 0, "id"))


def has_found(answer: Answer) -> bool:
    """Whether such a listing found anything."""
    return bool(rows_in(answer, "crm.item.list", "items"))


def get_item(ref: ItemRef) -> Call:
    """Read one item, all of its fields; the answer is read with `item_of`."""
    return Call("crm.item.get", {"entityTypeId": ref.entity_type_id, "id": ref.id})


def find_by_marker(entity_type_id: int, marker: str, extra_fields: Sequence[str] = ()) -> Call:
    """Look for items that carry `marker`; the answer is read with `items_with_marker`."""
    return Call(
        "crm.item.list",
        {
            "entityTypeId": entity_type_id,
            "select": selected_fields(entity_type_id, extra_fields),
            "filter": {f"={name}": value for name, value in marked(entity_type_id, marker).items()},
            "order": {"id": "ASC"},
            "start": -1,
        },
    )


def items_with_marker(
    answer: Answer, entity_type_id: int, marker: str, extra_fields: Sequence[str] = ()
) -> list[Item]:
    """Those rows whose own marker equals ours, lowest id first: an ignored filter finds everything."""
    wanted = marked(entity_type_id, marker).items()
    rows = rows_in(answer, "crm.item.list", "items")
    ours = [row for row in rows if all(row.get(name) == value for name, value in wanted)]
    items = [item_from(row, entity_type_id, extra_fields) for row in ours]
    return sorted(items, key=lambda item: item.ref.id)


def has_marker(item: Item, marker: str) -> bool:
    """Whether an item that was read carries this marker."""
    wanted = marked(item.ref.entity_type_id, marker)
    return all(item.fields.get(name) == value for name, value in wanted.items())


def marker_of(item: Item) -> str | None:
    """The marker of an item of ours; None if somebody else made it."""
    *origin, name = marker_fields(item.ref.entity_type_id)
    value = item.fields.get(name)
    return str(value) if value and (not origin or item.fields.get(origin[0]) == ORIGINATOR) else None


def card_address(domain: str, ref: ItemRef) -> str:
    """Where people open the card of an item in a browser (the paths of the cloud)."""
    kind = _CARDS.get(ref.entity_type_id) or f"type/{ref.entity_type_id}"
    return f"https://{domain}/crm/{kind}/details/{ref.id}/"


#: Cards with an address of their own; those of other types stand under /crm/type/.
_CARDS: Mapping[int, str] = {LEAD: "lead", DEAL: "deal", CONTACT: "contact", COMPANY: "company"}


def _spelled(value: Any) -> Any:
    """Booleans of cards are Y and N: any other spelling, a 1 too, counts as N."""
    match value:
        case bool():
            return "Y" if value else "N"
        case Mapping():
            return {name: _spelled(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_spelled(inner) for inner in value]
    return value
