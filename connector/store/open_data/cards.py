"""A view for each type of record: what every card has, and a typed column for each field that is asked for.

A column is named by what pipelines call the field, so that it is the same whatever ufCrm number a portal gave
it. Where the portals of one store mean different things by one name, the column is JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from connector.records import COMPANY, CONTACT, DEAL, LEAD, SMART_INVOICE
from connector.store.open_data import words
from connector.store.open_data.model import Column, View, literal
from connector.store.open_data.speech import Speech, Sqlite

#: What a field of a card is to people who use SQL.
FieldKind = Literal[
    "text", "integer", "number", "money", "yes_no", "date", "instant", "choice", "person", "json"
]
_PlainKind = Literal["text", "integer", "number", "yes_no", "date", "instant", "json"]

#: Types that have a view whether or not anything of them was ever copied.
USUAL_TYPES = (DEAL, LEAD, CONTACT, COMPANY)
_VIEWS = {DEAL: "deals", LEAD: "leads", CONTACT: "contacts", COMPANY: "companies", SMART_INVOICE: "invoices"}


@dataclass(frozen=True, slots=True)
class MirroredField:
    """A field of a type that has a column of its own."""

    column: str
    #: Its REST name in the portal.
    field: str
    kind: FieldKind
    is_multiple: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """One column with the field behind it in each portal."""

    name: str
    kind: FieldKind
    is_multiple: bool
    fields: Mapping[str, str]

    def by_portal(self, what: Mapping[str, str]) -> str:
        """The expression of the row's portal."""
        cases = " ".join(f"WHEN {literal(portal)} THEN {sql}" for portal, sql in sorted(what.items()))
        return f"CASE i.portal {cases} END"


def view_name(type_id: int) -> str:
    """The view of a type: deals, smart_1046. Never the portal's own name for it, which people change."""
    return _VIEWS.get(type_id, f"smart_{type_id}")


def standard_columns(type_id: int) -> frozenset[str]:
    """The columns that the view of a type has whatever is asked for."""
    return frozenset(column.name for column in _standard(Sqlite(), type_id))


def free_name(name: str, taken: Collection[str]) -> str:
    """`name`, or what a column is called whose name another has: field_amount."""
    while name in taken:
        name = f"field_{name}"
    return name


def card_view(say: Speech, type_id: int, fields: Mapping[str, Iterable[MirroredField]]) -> View:
    """The view of a type; `fields` by portal."""
    asked = list(_united(fields))
    columns = [*_standard(say, type_id)]
    for column in (column for one in asked for column in _columns(say, one)):
        # A label may be called as a field of that very name is.
        name = free_name(column.name, {each.name for each in columns})
        columns.append(replace(column, name=name))
    return View(
        view_name(type_id),
        f"{_title(type_id)} that are there, as last read",
        tuple(columns),
        _source(say, type_id, asked),
        ("portal", "id"),
        since="seen_at",
    )


def _title(type_id: int) -> str:
    return _VIEWS[type_id].capitalize() if type_id in _VIEWS else f"Items of the smart process {type_id}"


def _united(fields: Mapping[str, Iterable[MirroredField]]) -> Iterator[_Asked]:
    by_column: dict[str, dict[str, MirroredField]] = {}
    for portal, mirrored in fields.items():
        for one in mirrored:
            by_column.setdefault(one.column, {})[portal] = one
    for name, of_portal in sorted(by_column.items()):
        kinds = {(one.kind, one.is_multiple) for one in of_portal.values()}
        kind, is_multiple = kinds.pop() if len(kinds) == 1 else ("json", False)
        yield _Asked(name, kind, is_multiple, {portal: one.field for portal, one in of_portal.items()})


def _source(say: Speech, type_id: int, asked: Sequence[_Asked]) -> str:
    cards = say.cards if asked else "item i"
    return f"{cards} WHERE i.entity_type_id = {type_id} AND i.gone_at IS NULL"


def _raw(say: Speech, one: _Asked) -> str:
    """The field as the portal sent it, of whichever portal the row is."""
    if one.is_multiple:
        return one.by_portal({portal: say.several(field) for portal, field in one.fields.items()})
    if one.kind == "json":
        return one.by_portal({portal: say.whole(field) for portal, field in one.fields.items()})
    is_yes_no = one.kind == "yes_no"
    return one.by_portal(
        {portal: say.first(field, is_yes_no=is_yes_no) for portal, field in one.fields.items()}
    )


def _once(value: str, use: Callable[[str], str]) -> str:
    """`use` of a value that is worked out once, however often it is looked at (LIMIT keeps it apart)."""
    return f"(SELECT {use('v.value')} FROM (SELECT {value} AS value LIMIT 1) v)"


# -- columns of fields ---------------------------------------------------------------------------


def _columns(say: Speech, one: _Asked) -> Iterator[Column]:
    what = ", ".join(f"{field} of {portal}" for portal, field in sorted(one.fields.items()))
    name, raw, comment = one.name, _raw(say, one), f"Field {what}"
    if one.is_multiple:
        yield Column(name, "json", raw, f"{comment}; a JSON array")
        if one.kind in ("choice", "person"):
            yield _labels(say, one, raw)
    elif one.kind == "money":
        yield Column(name, "number", _once(_once(raw, say.before_bar), say.number), comment)
        yield Column(
            f"{name}_currency", "text", _once(raw, say.after_bar), "Its currency; null: the portal's"
        )
    elif one.kind == "choice":
        yield Column(name, "text", say.text(raw), f"{comment}; id of the option")
        yield Column(f"{name}_label", "text", _label(one, say.text(raw)), "Label of the option")
    elif one.kind == "person":
        yield Column(name, "integer", _once(raw, say.integer), f"{comment}; id of the user")
        yield Column(f"{name}_name", "text", _name(_once(raw, say.integer)), "Name of the user")
    else:
        yield Column(name, one.kind, _typed(say, one.kind, raw), comment)


def _typed(say: Speech, kind: _PlainKind, raw: str) -> str:
    if kind == "json":
        return raw
    readers: Mapping[_PlainKind, Callable[[str], str]] = {
        "text": say.text,
        "integer": say.integer,
        "number": say.number,
        "yes_no": say.yes_no,
        "date": say.date,
        "instant": say.instant,
    }
    return _once(raw, readers[kind])


def _labels(say: Speech, one: _Asked, raw: str) -> Column:
    if one.kind == "person":
        of = f"person p ON p.portal = i.portal AND p.id = {say.integer('e.value')}"
        return Column(f"{one.name}_name", "text", say.joined("p.name", raw, of), "Names of the users")
    of = f"crm_option o ON {_is_option(one, 'CAST(e.value AS TEXT)')}"
    return Column(f"{one.name}_label", "text", say.joined("o.label", raw, of), "Labels of the options")


def _label(one: _Asked, option: str) -> str:
    return f"(SELECT o.label FROM crm_option o WHERE {_is_option(one, option)})"


def _is_option(one: _Asked, option: str) -> str:
    field = one.by_portal({portal: literal(field) for portal, field in one.fields.items()})
    return (
        "o.portal = i.portal AND o.entity_type_id = i.entity_type_id "
        f"AND o.field = {field} AND o.id = {option}"
    )


def _name(user: str) -> str:
    return f"(SELECT p.name FROM person p WHERE p.portal = i.portal AND p.id = {user})"


# -- columns of every card -----------------------------------------------------------------------


def _standard(say: Speech, type_id: int) -> Iterator[Column]:
    yield Column("portal", "text", "i.portal", words.PORTAL)
    yield Column("id", "integer", "i.id", "The record's id in the portal")
    yield Column("title", "text", "i.title", "Name" if type_id == CONTACT else "Title")
    if type_id not in (CONTACT, COMPANY):
        yield from _place(type_id)
        yield Column("amount", "amount", say.amount("i.amount"), "Amount, in units of the currency")
    if type_id != CONTACT:
        yield Column("currency", "text", "i.currency", "ISO 4217 code")
    yield Column("owner_id", "integer", "i.owner_id", "Responsible user")
    yield Column("owner", "text", words.person("i", "owner_id"), "Name of that person")
    yield from _customer(say, type_id)
    if type_id in (LEAD, CONTACT, COMPANY):
        yield Column("phone", "text", say.member("i.fields", "phone"), "The first phone number on the card")
        yield Column("email", "text", say.member("i.fields", "email"), "The first e-mail address on the card")
    if type_id != COMPANY:
        yield Column("source_id", "text", "i.source_id", "Where it came from")
        yield Column("source", "text", _source_label(), "Label of the source")
    yield from _instants(type_id)
    yield Column("fields", "json", "i.fields", "JSON object of all other copied fields, by REST name")
    yield Column("seen_at", "instant", "i.seen_at", "When the connector first read this content")


def _place(type_id: int) -> Iterator[Column]:
    if type_id != LEAD:
        yield Column("category_id", "integer", "i.category_id", "Id of the category; 0: the general one")
        yield Column("category", "text", words.category("i"), "Its name")
    semantics = f"coalesce(i.semantics, {words.stage('i', 'semantics')})"
    yield Column("stage_id", "text", "i.stage_id", "Id of the stage")
    yield Column("stage", "text", words.stage("i", "name"), "Its name; null if the stage is no more")
    yield Column("status", "text", words.status(semantics), "open, won or lost")


def _customer(say: Speech, type_id: int) -> Iterator[Column]:
    main = say.first_id("i.contact_ids")
    if type_id != COMPANY:
        yield Column("company_id", "integer", "i.company_id", "The company")
        yield Column("company", "text", _title_of(COMPANY, "i.company_id"), "Its title")
    if type_id != CONTACT:
        yield Column("contact_id", "integer", main, "The main contact")
        yield Column("contact", "text", _title_of(CONTACT, main), "Name of the main contact")
        yield Column("contact_ids", "json", "i.contact_ids", "All contacts, a JSON array of ids")


def _title_of(type_id: int, number: str) -> str:
    return (
        "(SELECT o.title FROM item o WHERE o.portal = i.portal "
        f"AND o.entity_type_id = {type_id} AND o.id = {number})"
    )


def _source_label() -> str:
    return (
        "(SELECT o.label FROM crm_option o WHERE o.portal = i.portal "
        "AND o.entity_type_id = i.entity_type_id AND o.field = 'sourceId' AND o.id = i.source_id)"
    )


def _instants(type_id: int) -> Iterator[Column]:
    yield Column("created_at", "instant", "i.created_at", "When it was made")
    yield Column("created_by", "integer", "i.created_by", "User who made it")
    yield Column("updated_at", "instant", "i.updated_at", "When it was last saved")
    yield Column("updated_by", "integer", "i.updated_by", "User who last saved it")
    if type_id not in (CONTACT, COMPANY):
        yield Column("moved_at", "instant", "i.moved_at", "When it last changed its stage")
        yield Column("moved_by", "integer", "i.moved_by", "User who moved it")
