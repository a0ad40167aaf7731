"""The fields of a card as inputs, and what a person changed in them.

Each input carries the value that the page was drawn with; only what differs from it is written. So a form
that lay open for an hour overwrites nothing that others have changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from connector.sandbox.board.columns import full_name
from connector.sandbox.board.persons import employees
from connector.sandbox.board.words import Words
from connector.sandbox.crm.fields import Field
from connector.sandbox.crm.multifields import Multifield
from connector.sandbox.crm.records import Record
from connector.sandbox.crm.types import COMPANY, CONTACT, EntityType
from connector.sandbox.portal import SandboxPortal

CURRENCIES = ("USD", "EUR", "GBP", "RUB")
#: Fields that stand first, in this order; user fields follow, then the rest of what a person fills in.
_MAIN = (
    *("TITLE", "OPPORTUNITY", "CURRENCY_ID", "ASSIGNED_BY_ID", "NAME", "LAST_NAME", "COMPANY_TITLE", "POST"),
    *("COMPANY_ID", "CONTACT_ID", "CLOSEDATE", "SOURCE_ID", "COMMENTS"),
)
_MORE = (
    *("TYPE_ID", "BEGINDATE", "PROBABILITY", "SOURCE_DESCRIPTION", "STATUS_DESCRIPTION", "SECOND_NAME"),
    *("ADDITIONAL_INFO", "ADDRESS", "BIRTHDATE", "INDUSTRY", "EMPLOYEES", "REVENUE"),
)
_KINDS = {
    "double": "number",
    "integer": "number",
    "money": "money",
    "date": "date",
    "datetime": "datetime",
    "boolean": "flag",
    "enumeration": "choice",
    "crm_status": "choice",
    "crm_currency": "choice",
    "user": "choice",
    "employee": "choice",
    "crm_company": "client",
    "crm_contact": "client",
    "crm_entity": "item",
    "crm_lead": "item",
}

Options = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Input:
    """One field to be filled in; `value` is how a form writes it, "" when it is empty."""

    name: str
    title: str
    kind: str
    value: str = ""
    options: Options = ()
    is_multiple: bool = False
    currency: str = ""
    #: (entityTypeId, id) of the record that the value names.
    to: tuple[int, int] | None = None
    #: The type of record that can be named.
    client_type: int = 0

    @property
    def is_long(self) -> bool:
        return self.name == "comments" or len(self.value) > 60


@dataclass(frozen=True, slots=True)
class Inputs:
    """The fields of a card in three groups."""

    main: tuple[Input, ...]
    own: tuple[Input, ...]
    more: tuple[Input, ...]
    reached: tuple[Multifield, ...] = field(default=())

    def __iter__(self) -> Iterator[Input]:
        return iter((*self.main, *self.own, *self.more))


class InputMaker:
    """Makes the inputs of one type of record, for one reader."""

    def __init__(self, portal: SandboxPortal, words: Words, entity_type: EntityType) -> None:
        self._portal, self._words, self._type = portal, words, entity_type
        self._schema = portal.crm.schema(entity_type.id)
        self._people: Options = [(str(each.id), each.name) for each in employees(portal)]

    def inputs(self, record: Record | None) -> Inputs:
        """The inputs of a record, or empty ones for a new one."""
        fields = self._schema.fields
        own = [each for each in fields.values() if each.is_user_field]
        parents = [name for name in fields if name.startswith("PARENT_ID_")]
        return Inputs(
            tuple(self._inputs((fields[name] for name in _MAIN if name in fields), record)),
            tuple(self._inputs(own, record)),
            tuple(self._inputs((fields[name] for name in (*_MORE, *parents) if name in fields), record)),
            tuple(record.values.get("FM", ())) if record is not None else (),
        )

    def _inputs(self, fields: Iterable[Field], record: Record | None) -> Iterable[Input]:
        for each in fields:
            if each.item_name and not each.is_read_only and not each.is_dead:
                yield self._input(each, self._schema.read(record, each.name) if record is not None else None)

    def _input(self, each: Field, value: Any) -> Input:
        kind = _KINDS.get(each.type, "text")
        title = self._title(each)
        if each.is_multiple:
            chosen = ",".join(str(one) for one in value or ())
            return Input(each.item_name, title, "choices", chosen, self._options(each, value), True)
        if kind == "money":
            amount, _, currency = str(value or "").partition("|")
            currencies = _with(_CURRENCY_OPTIONS, currency)
            used = currency or self._portal.crm.currency
            return Input(each.item_name, title, kind, amount, currencies, currency=used)
        if kind == "client":
            return self._client(each, title, value)
        if kind == "item":
            to = (each.parent_type_id, int(value)) if value else None
            return Input(each.item_name, title, kind, str(value or ""), to=to)
        written = write_value(value, self._words.zone)
        if each.kind in ("flag", "bit"):
            written = "Y" if value else ""
        return Input(each.item_name, title, kind, written, self._options(each, value))

    def _client(self, each: Field, title: str, value: Any) -> Input:
        kind = COMPANY if each.type == "crm_company" else CONTACT
        record = self._portal.crm.find(kind, int(value)) if value else None
        name = client_name(record) if record is not None else str(value or "")
        to = (kind, int(value)) if value else None
        return Input(each.item_name, title, "client", name, to=to, client_type=kind)

    def _title(self, each: Field) -> str:
        """Titles that the portal has in English only are told in the reader's language."""
        return self._words(each.title) if not each.is_user_field else each.title

    def _options(self, each: Field, value: Any) -> Options:
        present = str(value) if value and not each.is_multiple else ""
        if each.options:
            return [(str(number), text) for number, text in each.options]
        if each.type in ("user", "employee"):
            return _with(self._people, present)
        if each.type == "crm_currency":
            return _with(_CURRENCY_OPTIONS, present)
        if each.status_type:
            statuses = self._portal.crm.stages.by_entity.get(each.status_type, ())
            return [(status.status_id, status.name) for status in statuses]
        return ()


_CURRENCY_OPTIONS: Options = tuple((each, each) for each in CURRENCIES)


def _with(options: Options, present: str) -> Options:
    """The options, and the present value among them, so that it is not lost."""
    if not present or any(value == present for value, _ in options):
        return options
    return [*options, (present, present)]


def client_name(record: Record) -> str:
    return full_name(record) if record.entity_type_id == CONTACT else str(record.values.get("TITLE", ""))


def write_value(value: Any, zone: tzinfo) -> str:
    """A typed value as an input writes it; an instant on the clock of that zone, to the minute."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)
