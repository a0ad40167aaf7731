"""What the portal is made of: entity types, categories, stages, fields; read in three requests.

Options of fields are the CRM's lists and its directories (where a record came from, what a deal is about).
Types come from `crm.enum.ownertype`, which any user may ask and which lists smart processes too. Stages live
in directories named after the type and the category; their semantics are null, S or F there, and P, S or F
here, for every type. A smart process whose categories are switched off still has a hidden one: its number
stands in the directory that the field stageId names.

What the credential may not read is reported, not guessed and not fatal: `unread`.

Pages: api-reference/crm/data-types.md, api-reference/crm/status/crm-status-list.md,
api-reference/crm/universal/category/crm-category-list.md, api-reference/crm/universal/crm-item-fields.md.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.bitrix24.call import PAGE_SIZE, Call, Priority
from connector.bitrix24.client import Client
from connector.bitrix24.outcome import Answer, Outcome
from connector.bitrix24.reading import object_in, readable, rows_in
from connector.bitrix24.wire import as_bool, as_category, as_object, as_text, need_id, read
from connector.errors import FatalError
from connector.records import (
    COMPANY,
    CONTACT,
    DEAL,
    FIRST_SMART_PROCESS,
    LEAD,
    SMART_INVOICE,
    Category,
    EntityType,
    Field,
    Stage,
)

_TYPES, _FIELDS = "crm.enum.ownertype", "crm.item.fields"
_CATEGORIES, _STATUSES = "crm.category.list", "crm.status.list"
_SYSTEM_TYPES = frozenset({LEAD, DEAL, CONTACT, COMPANY, SMART_INVOICE})
_STAGE_FIELDS = frozenset({"stageId", "previousStageId"})
_NO_CATEGORIES = "ENTITY_TYPE_NOT_SUPPORTED"
_HIDDEN_CATEGORY = re.compile(r"_STAGE_(\d+)$")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The portal's own structure, in the portal's order."""

    types: tuple[EntityType, ...]
    categories: tuple[Category, ...]
    stages: tuple[Stage, ...]
    fields: tuple[Field, ...]
    #: What could not be read, and why: "crm.item.fields 1046" → "Access denied".
    unread: Mapping[str, str] = field(default_factory=dict)


def read_catalogue(
    client: Client, entity_type_ids: Collection[int] | None = None, *, priority: Priority = Priority.SWEEP
) -> Catalogue:
    """Types, categories, stages and fields of all types we know how to handle, or of these only.

    Three requests while there are at most 50 commands in each. RetriableError if any part cannot be read now.
    """
    unread: dict[str, str] = {}
    answer = client.ask(Call(_TYPES), priority=priority)
    types = [one for one in map(_type_from, rows_in(answer, _TYPES)) if _is_ours(one.id, entity_type_ids)]
    answers = client.ask_many(_type_commands(types), priority=priority)
    cards = {one.id: _described(answers[f"fields_{one.id}"], one, unread) for one in types}
    categories = [
        found
        for one in types
        for found in _categories(answers.get(f"categories_{one.id}"), one, cards[one.id], unread)
    ]
    boards = _boards(types, categories)
    rows = _read_directories(client, {**boards, **_directories_of(cards)}, unread, priority)
    return Catalogue(
        types=tuple(types),
        categories=tuple(categories),
        stages=tuple(_stages(boards, rows)),
        fields=tuple(
            _field_from(one.id, name, row, rows) for one in types for name, row in cards[one.id].items()
        ),
        unread=unread,
    )


def _is_ours(type_id: int, wanted: Collection[int] | None) -> bool:
    is_known = type_id in _SYSTEM_TYPES or type_id >= FIRST_SMART_PROCESS
    return is_known and (wanted is None or type_id in wanted)


def _has_stages(type_id: int) -> bool:
    return type_id not in (CONTACT, COMPANY)


def _type_commands(types: Iterable[EntityType]) -> dict[str, Call]:
    commands: dict[str, Call] = {}
    for one in types:
        commands[f"fields_{one.id}"] = Call(_FIELDS, {"entityTypeId": one.id})
        if _has_stages(one.id) and one.id != LEAD:
            commands[f"categories_{one.id}"] = Call(_CATEGORIES, {"entityTypeId": one.id})
    return commands


def _is_refused(answer: Answer, what: str, unread: dict[str, str]) -> bool:
    """Whether the portal will not tell; noted, and the rest goes on. Not being able *now* is no refusal."""
    if answer.outcome is not Outcome.REJECTED:
        return False
    unread[what] = answer.description or answer.error
    return True


# -- fields and categories -----------------------------------------------------------------------


def _described(answer: Answer, type_: EntityType, unread: dict[str, str]) -> Mapping[str, Mapping[str, Any]]:
    if _is_refused(answer, f"{_FIELDS} {type_.id}", unread):
        return {}
    with readable(f"fields of {type_.id}", _FIELDS):
        return {name: as_object(row) for name, row in object_in(answer, _FIELDS, "fields").items()}


def _categories(
    answer: Answer | None, type_: EntityType, rows: Mapping[str, Mapping[str, Any]], unread: dict[str, str]
) -> list[Category]:
    if answer is None:
        return []
    if answer.error == _NO_CATEGORIES:
        return _hidden_category(type_, rows)
    if _is_refused(answer, f"{_CATEGORIES} {type_.id}", unread):
        return []
    return [_category_from(type_.id, row) for row in rows_in(answer, _CATEGORIES, "categories")]


def _hidden_category(type_: EntityType, rows: Mapping[str, Mapping[str, Any]]) -> list[Category]:
    directory = str(rows.get("stageId", {}).get("statusType") or "")
    found = _HIDDEN_CATEGORY.search(directory)
    return [Category(type_.id, int(found[1]), type_.name, True)] if found else []


def _type_from(row: Mapping[str, Any]) -> EntityType:
    with readable("an entity type", _TYPES):
        return EntityType(
            id=read(row, "ID", need_id),
            name=read(row, "NAME", as_text) or "",
            short_code=read(row, "SYMBOL_CODE_SHORT", as_text) or "",
        )


def _category_from(type_id: int, row: Mapping[str, Any]) -> Category:
    with readable(f"a category of {type_id}", _CATEGORIES):
        return Category(
            entity_type_id=type_id,
            id=read(row, "id", as_category) or 0,
            name=read(row, "name", as_text) or "",
            is_default=read(row, "isDefault", as_bool),
        )


def _field_from(
    type_id: int, name: str, row: Mapping[str, Any], directories: Mapping[str, list[dict[str, Any]]]
) -> Field:
    with readable(f"field {name} of {type_id}", _FIELDS):
        options = row.get("items")
        directory = directories.get(_directory_of(name, row), [])
        return Field(
            entity_type_id=type_id,
            name=name,
            type=read(row, "type", as_text) or "",
            title=read(row, "title", as_text) or name,
            is_required=read(row, "isRequired", as_bool),
            is_read_only=read(row, "isReadOnly", as_bool),
            is_multiple=read(row, "isMultiple", as_bool),
            options={str(one["ID"]): str(one["VALUE"]) for one in options}
            if isinstance(options, list)
            else {str(one["STATUS_ID"]): str(one["NAME"]) for one in directory},
        )


def _directory_of(name: str, row: Mapping[str, Any]) -> str:
    """The directory that a field takes its options from; a stage has a directory for each category."""
    is_stage = name in _STAGE_FIELDS
    return "" if is_stage or row.get("type") != "crm_status" else str(row.get("statusType") or "")


def _directories_of(cards: Mapping[int, Mapping[str, Mapping[str, Any]]]) -> dict[str, None]:
    names = (_directory_of(name, row) for card in cards.values() for name, row in card.items())
    return dict.fromkeys(name for name in names if name)


# -- stages and other directories ----------------------------------------------------------------


def _boards(types: Sequence[EntityType], categories: Iterable[Category]) -> dict[str, tuple[int, int | None]]:
    """Stage directories: name → type and category (api-reference/crm/data-types.md)."""
    found: dict[str, tuple[int, int | None]] = {}
    if any(one.id == LEAD for one in types):
        found["STATUS"] = (LEAD, None)
    for category in categories:
        found[_directory(category)] = (category.entity_type_id, category.id)
    return found


def _directory(category: Category) -> str:
    if category.entity_type_id == DEAL:
        return f"DEAL_STAGE_{category.id}" if category.id else "DEAL_STAGE"
    if category.entity_type_id == SMART_INVOICE:
        return f"SMART_INVOICE_STAGE_{category.id}"
    return f"DYNAMIC_{category.entity_type_id}_STAGE_{category.id}"


def _read_directories(
    client: Client, names: Collection[str], unread: dict[str, str], priority: Priority
) -> dict[str, list[dict[str, Any]]]:
    """All rows of these directories: one request, and more only where a directory holds over 50."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    waiting = dict.fromkeys(names, 0)
    while waiting:
        commands = {name: _status_call(name, start) for name, start in waiting.items()}
        answers = client.ask_many(commands, priority=priority)
        waiting = {}
        for name, answer in answers.items():
            if _is_refused(answer, f"{_STATUSES} {name}", unread):
                continue
            rows = rows_in(answer, _STATUSES)
            found[name] += rows
            if len(rows) == PAGE_SIZE and answer.next is not None:
                waiting[name] = answer.next
    return found


def _stages(
    boards: Mapping[str, tuple[int, int | None]], rows: Mapping[str, list[dict[str, Any]]]
) -> Iterator[Stage]:
    """Board by board, each in its order."""
    for name, board in boards.items():
        yield from sorted((_stage_from(*board, row) for row in rows[name]), key=lambda one: one.sort)


def _status_call(directory: str, start: int) -> Call:
    params = {"filter": {"ENTITY_ID": directory}, "order": {"SORT": "ASC"}, "start": start}
    return Call(_STATUSES, params)


def _stage_from(type_id: int, category_id: int | None, row: Mapping[str, Any]) -> Stage:
    with readable(f"a stage of {type_id}", _STATUSES):
        semantics = read(row, "SEMANTICS", as_text) or "P"
        stage_id = read(row, "STATUS_ID", as_text)
        if stage_id is None or semantics not in ("P", "S", "F"):
            raise FatalError(f"stage {stage_id!r} has semantics {semantics!r}", method=_STATUSES)
        return Stage(
            entity_type_id=type_id,
            category_id=category_id,
            id=stage_id,
            name=read(row, "NAME", as_text) or stage_id,
            sort=int(read(row, "SORT", as_text) or 0),
            semantics=semantics,
        )
