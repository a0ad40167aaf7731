"""Values of cards: as people of the portal enter what a scenario says, and as a scenario names them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from connector.sandbox.crm.multifields import first_value
from connector.sandbox.crm.types import COMPANY, CONTACT, LEAD
from pipelines.world import NotHere, PlayError, plain, show

if TYPE_CHECKING:
    from connector.rehearsal.board import Board, BoardField
    from connector.sandbox.crm.records import Record
    from connector.sandbox.portal import SandboxPortal

#: Standard names of an item, and what they are called on a record.
_STANDARD: Mapping[str, str] = {
    "title": "TITLE",
    "amount": "OPPORTUNITY",
    "currency": "CURRENCY_ID",
    "owner": "ASSIGNED_BY_ID",
    "source": "SOURCE_ID",
}
#: What the CRM finds out by itself: it is put on the record, as nobody can enter it.
_FOUND_OUT: Mapping[str, str] = {"is_returning": "IS_RETURN_CUSTOMER"}
_LINKS: Mapping[str, int] = {"company": COMPANY, "contact": CONTACT, "contacts": CONTACT}
#: How a customer is reached.
_REACHED = ("phone", "email")
#: Known of a card from its beginning, and entered by nobody.
_BEGUN = (*_FOUND_OUT, "id", "stage", "creator", "created", "changed", "last_won_at", "fields")


class Cards:
    """Reads and fills the cards of one board.

    `are_written_to`: customers that a scenario gives no e-mail get one, or no letter could leave.
    """

    def __init__(
        self, portal: SandboxPortal, board: Board, zone: ZoneInfo, *, are_written_to: bool = False
    ) -> None:
        self._portal, self._board, self._zone = portal, board, zone
        self._are_written_to = are_written_to

    def begun(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What is entered when the card is made: without what people do not enter."""
        return self.entered({name: value for name, value in values.items() if self._is_entered(name)})

    def _is_entered(self, name: str) -> bool:
        return name in self._board.fields or name not in _BEGUN

    def entered(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What is entered into the fields of the portal; records that are linked are made first."""
        entered: dict[str, Any] = {}
        for name, value in values.items():
            field = self._board.fields.get(name)
            if field is not None:
                entered[field.name] = self._field(field, value)
            elif name in _STANDARD:
                entered[_STANDARD[name]] = "" if value is None else value
            elif name in _LINKS:
                entered |= self._links(name, value)
            else:
                raise NotHere(f"nobody can enter item.{name} on a card")
        return entered

    def found_out(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the CRM is to know of a new record without anybody entering it."""
        return {_FOUND_OUT[name]: value for name, value in values.items() if name in _FOUND_OUT}

    def read(self, record: Record) -> dict[str, Any]:
        """The values of a card by the names that a scenario uses."""
        schema = self._portal.crm.schema(record.entity_type_id)
        values = {
            name: _typed(field, schema.read(record, field.name)) for name, field in self._board.fields.items()
        }
        standard = {name: _number(record.get(theirs)) for name, theirs in _STANDARD.items()}
        contacts = [self._linked(CONTACT, each) for each in record.get("CONTACT_IDS") or ()]
        company = record.get("COMPANY_ID")
        return {
            **standard,
            "company": self._linked(COMPANY, company) if company else None,
            "contact": contacts[0] if contacts else self._person_of_lead(record),
            "contacts": contacts,
            **values,
        }

    # --- entering

    def _field(self, field: BoardField, value: Any) -> Any:
        value = plain(value, self._zone)
        if value is None:
            return [] if field.spec.type in ("choices", "users") else ""
        match field.spec.type:
            case "choice":
                return self._option(field, value)
            case "choices":
                return [self._option(field, each) for each in value]
            case "bool":
                return "1" if value else "0"
            case "date":
                return self._day(value)
            case "datetime":
                return value.isoformat() if isinstance(value, datetime) else value
            case "contact" | "company":
                return value["id"] if isinstance(value, Mapping) else value
            case _:
                return value

    def _option(self, field: BoardField, value: Any) -> int:
        if value not in field.options:
            raise PlayError(f"an option of the field: {show(list(field.options))}", show(value))
        return field.options[value]

    def _day(self, value: Any) -> str:
        """The day of an instant is the one in the portal's zone."""
        if isinstance(value, datetime):
            return value.astimezone(self._zone).date().isoformat()
        return str(value)

    def _links(self, name: str, value: Any) -> dict[str, Any]:
        """Links to companies and contacts, each `{ id, name }`; records that are not there are made.

        A contact without an id is whom a lead is about that nobody has made a contact of.
        """
        if name == "contact" and isinstance(value, Mapping) and "id" not in value and self._is_lead:
            return _named("NAME", value)
        entity_type_id = _LINKS[name]
        several = value if isinstance(value, list | tuple) else [value]
        ids = [self._record(entity_type_id, each) for each in several if each is not None]
        if entity_type_id == COMPANY:
            return {"COMPANY_ID": ids[0] if ids else ""}
        return {"CONTACT_IDS": ids}

    def _record(self, entity_type_id: int, value: Any) -> int:
        named: Mapping[str, Any] = value if isinstance(value, Mapping) else {"id": value}
        number = named.get("id")
        if not isinstance(number, int):
            raise NotHere(f"a link of the scenario has no id: {show(dict(named))}")
        unknown = sorted(set(named) - {"id", "name", *_REACHED})
        if unknown:
            raise NotHere(f"the mirror keeps no {unknown[0]} of companies and contacts")
        if self._portal.crm.find(entity_type_id, number) is None:
            made_up = {"email": _made_up_email(number)} if self._are_written_to else {}
            title = "TITLE" if entity_type_id == COMPANY else "NAME"
            fields = _named(title, {"name": f"{number}", **made_up, **named})
            self._portal.item(entity_type_id, number, **fields)
        return number

    def _linked(self, entity_type_id: int, number: int) -> dict[str, Any]:
        record = self._portal.crm.find(entity_type_id, number)
        known = _name_and_reach(record) if record else {"name": None}
        if known.get("email") == _made_up_email(number):
            del known["email"]
        return {"id": number, **known}

    def _person_of_lead(self, record: Record) -> dict[str, Any] | None:
        known = _name_and_reach(record) if self._is_lead else {}
        return known if any(known.values()) else None

    @property
    def _is_lead(self) -> bool:
        return self._board.entity_type_id == LEAD


def _named(title: str, named: Mapping[str, Any]) -> dict[str, Any]:
    """What a card of somebody so called holds, who is reached so."""
    fields: dict[str, Any] = {title: named.get("name", "")}
    for kind in _REACHED:
        if named.get(kind):
            fields[kind.upper()] = [{"VALUE": named[kind], "VALUE_TYPE": "WORK"}]
    return fields


def _name_and_reach(record: Record) -> dict[str, Any]:
    """Of a card: the name, and what it has of phone and e-mail."""
    name = record.get("TITLE" if record.entity_type_id == COMPANY else "NAME")
    reached = {kind: first_value(record.get("FM") or (), kind.upper()) for kind in _REACHED}
    return {"name": name, **{kind: value for kind, value in reached.items() if value}}


def _made_up_email(number: int) -> str:
    return f"customer{number}@customers.example"


def _typed(field: BoardField, value: Any) -> Any:
    by_id = {number: option for option, number in field.options.items()}
    match field.spec.type:
        case "choice":
            return by_id.get(value)
        case "choices":
            return [by_id.get(each) for each in value or ()]
        case "money":
            return None if value is None else float(str(value).partition("|")[0])
        case "users":
            return list(value or ())
        case "file":
            return int(value) if str(value).isdecimal() else value
        case _:
            return _number(value)


def _number(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value
    return float(value) if isinstance(value, Decimal) else value
