"""Which columns the open data have: one for each field that a pipeline is bound to or that config.toml names.

A bound field is called what pipelines call it; any other what the REST API calls it, in small letters. Two
pipelines of a type that call different fields alike get their own name in front; so does, with `field_`, what
is called as a column that every card has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from connector.flow.portal import Portal
from connector.records import Field
from connector.store import Connection, catalogue, open_data
from connector.store.open_data import FieldKind, MirroredField

#: Types of `crm.item.fields` (api-reference/crm/data-types.md); every other is text.
_KINDS: Mapping[str, FieldKind] = {
    "integer": "integer",
    "double": "number",
    "money": "money",
    "boolean": "yes_no",
    "char": "yes_no",
    "date": "date",
    "datetime": "instant",
    "enumeration": "choice",
    "crm_status": "choice",
    "employee": "person",
    "user": "person",
    **dict.fromkeys(
        ("crm_contact", "crm_company", "crm_deal", "crm_lead", "crm_quote", "crm_category"), "integer"
    ),
    "file": "json",
    "crm_multifield": "json",
}


def show_fields(conn: Connection, portal: Portal) -> None:
    """Let the views have a column for each copied field, of the type that the card says it has now.

    A field that the portal does not have any more keeps its column, so that no report breaks before its owner
    has been told.
    """
    known = open_data.mirrored_fields(conn, portal.name)
    shown = {}
    for type_id in portal.entity_type_ids:
        former = {one.field: one for one in known.get(type_id, [])}
        card = catalogue.get_fields(conn, portal.name, type_id)
        shown[type_id] = [
            _shown(column, field, card.get(field), former.get(field))
            for column, field in sorted(_columns(portal, type_id).items())
        ]
    open_data.publish(conn, portal.name, shown)


def _shown(column: str, field: str, card: Field | None, former: MirroredField | None) -> MirroredField:
    if card is not None:
        return MirroredField(column, field, _KINDS.get(card.type, "text"), card.is_multiple)
    if former is not None:
        return MirroredField(column, field, former.kind, former.is_multiple)
    return MirroredField(column, field, "text")


def _columns(portal: Portal, type_id: int) -> dict[str, str]:
    """Column -> REST name."""
    bound: dict[str, dict[str, str]] = {}
    for binding in portal.bindings_of(type_id):
        for field, name in binding.crm_fields.items():
            bound.setdefault(name, {})[binding.pipeline] = field
    columns = dict(_named(bound))
    asked = set(portal.config.mirror.fields_of(type_id)) - set(columns.values())
    columns = {_small(field): field for field in sorted(asked)} | columns
    standard = open_data.standard_columns(type_id)
    return {open_data.free_name(name, standard): field for name, field in columns.items()}


def _named(bound: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for name, by_pipeline in bound.items():
        fields = set(by_pipeline.values())
        if len(fields) == 1:
            yield name, fields.pop()
        else:
            yield from ((f"{pipeline}_{name}", field) for pipeline, field in by_pipeline.items())


def _small(field: str) -> str:
    """ufCrm_17 -> uf_crm_17, isReturnCustomer -> is_return_customer."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", field).lower()
