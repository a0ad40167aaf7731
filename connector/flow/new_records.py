"""Records to be made: what an action, a follow-on or a start asks for, frozen in the portal's own terms.

Owns which type, category and stage a new record gets, and what it takes over from the record that it is made
for: its title, owner and customer, unless the pipeline says otherwise. Whether it exists already is asked
when it is about to be sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from connector.flow.bindings import STANDARD_FIELDS, Binding
from connector.flow.field_values import as_json, write_value
from connector.flow.portal import Portal
from connector.records import COMPANY, CONTACT, LEAD, SMART_INVOICE, ItemRef
from pipelines.definition import FieldSpec

CREATE_ITEM, LINK_ITEM = "create_item", "link_item"
Started = Literal["create", "on_stage", "follow_on"]

#: What a customer's card calls the standard values.
_CUSTOMER_FIELDS: Mapping[int, Mapping[str, str]] = {
    CONTACT: {
        "title": "name",
        "name": "name",
        "last_name": "lastName",
        "owner": "assignedById",
        "company": "companyId",
        "source": "sourceId",
    },
    COMPANY: {
        "title": "title",
        "name": "title",
        "owner": "assignedById",
        "contacts": "contactIds",
        "currency": "currencyId",
    },
}
#: Phones and e-mails by their name in a pipeline: api-reference/crm/universal/object-fields.md, `fm`.
_COMMUNICATIONS: Mapping[str, str] = {"phone": "PHONE", "email": "EMAIL"}
#: What a record takes over of the item that it is made for.
INHERITED = ("title", "owner", "company", "contacts")
_KINDS: Mapping[str, int] = {"company": COMPANY, "contact": CONTACT, "invoice": SMART_INVOICE}


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be made: a type of record, where on its board, and for which pipeline."""

    entity_type_id: int
    category_id: int | None = None
    binding: Binding | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A record that somebody wants: for whom, called what, with which values."""

    parent: ItemRef
    #: The pipeline that the parent is in; "" for a customer.
    parent_pipeline: str
    #: What the parent's pipeline calls it; "" when it does not say.
    name: str
    how: Started
    values: Mapping[str, Any]
    #: Values that fill what `values` leaves open.
    inherited: Mapping[str, Any] = field(default_factory=dict)
    #: The two cards are to say that they belong together.
    is_shown: bool = True


class NotBound(LookupError):
    """A pipeline or record type that config.toml of this portal does not have."""


def target_of(portal: Portal, kind: str, pipeline: str | None, record_type: str | None) -> Target:
    """What `create` means in this portal; NotBound says what config.toml lacks."""
    if pipeline is not None:
        return board_of(portal, pipeline, None)
    if record_type is not None:
        found = portal.config.record_types.get(record_type)
        if found is None:
            raise NotBound(f"config.toml has no record_types.{record_type}")
        return Target(found.entity_type, found.category)
    if kind not in _KINDS:
        raise NotBound(f"an {kind} needs a pipeline or a type")
    return Target(_KINDS[kind])


def board_of(portal: Portal, pipeline: str, stage: str | None) -> Target:
    """The board of a pipeline, by the id of its definition or its name in config.toml."""
    binding = portal.binding_named(pipeline)
    if binding is None:
        raise NotBound(f"the pipeline {pipeline!r} is not bound in config.toml")
    if stage is not None and binding.stage_id(stage) is None:
        raise NotBound(f"the stage {stage!r} of {pipeline} is bound to none of the portal")
    return Target(binding.entity_type_id, binding.category_id, binding, stage)


def payload_of(target: Target, wish: Wish) -> dict[str, Any]:
    """The payload of the command that makes the record; its key is the record's marker."""
    binding = target.binding
    values = {**wish.inherited, **wish.values}
    fields, communications = _written(target, values)
    if target.category_id is not None and target.entity_type_id != LEAD:
        fields["categoryId"] = target.category_id
    if binding is not None and target.stage is not None:
        fields["stageId"] = binding.stage_id(target.stage)
    fields |= _link_to(wish.parent, target.entity_type_id)
    if communications:
        fields["fm"] = [
            {"typeId": kind, "valueType": "WORK", "value": value} for kind, value in communications
        ]
    return {
        "entity_type_id": target.entity_type_id,
        "fields": as_json(fields),
        "communications": [list(each) for each in communications],
        "pipeline": binding.pipeline if binding else None,
        "stage": target.stage,
        "how": wish.how,
        "parent_pipeline": wish.parent_pipeline,
        "link": wish.name,
        "title": str(values.get("title") or ""),
        "is_shown": wish.is_shown and target.entity_type_id not in _KINDS.values(),
    }


def _written(target: Target, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """REST names and values; what is empty is left out, and what the type of record has no place for."""
    fields: dict[str, Any] = {}
    communications: list[tuple[str, str]] = []
    for name, raw in values.items():
        value = _id_of(raw)
        if name == "contact" and value is not None:
            name, value = "contacts", [value]
        if value is None or value == "" or value == []:
            continue
        if name in _COMMUNICATIONS and target.binding is None:
            communications.append((_COMMUNICATIONS[name], str(value)))
        else:
            fields |= _field(target, name, value)
    return fields, communications


def _field(target: Target, name: str, value: Any) -> dict[str, Any]:
    binding = target.binding
    if binding is not None and name in binding.definition.fields:
        bound = binding.config.fields.get(name)
        return {bound.field: write_value(binding.definition.fields[name], bound, value)} if bound else {}
    standard = _CUSTOMER_FIELDS.get(target.entity_type_id, STANDARD_FIELDS)
    if name in standard:
        return {standard[name]: value}
    # Pipelines know the fields of customers, invoices and record types by their names in REST.
    return {} if name in STANDARD_FIELDS else {name: value}


def _id_of(value: Any) -> Any:
    """A customer is written by its id."""
    if isinstance(value, Mapping):
        return value.get("id")
    if isinstance(value, list | tuple):
        return [_id_of(each) for each in value]
    return value


def _link_to(parent: ItemRef, child_type_id: int) -> dict[str, int]:
    """The field of a new record that names its parent; the customer's cards have theirs in the parent.

    api-reference/crm/universal/object-fields.md: leadId of deals, contacts and companies, parentId<type> of
    everything that a relation was set up for. The portal drops a name that it does not know.
    """
    if parent.entity_type_id in (COMPANY, CONTACT):
        return {}
    if parent.entity_type_id == LEAD and child_type_id < SMART_INVOICE:
        return {"leadId": parent.id}
    return {} if child_type_id in (COMPANY, CONTACT) else {f"parentId{parent.entity_type_id}": parent.id}


def customer_of(ref: ItemRef, title: str, owner: int | None) -> dict[str, Any]:
    """What a record takes over that is made for a customer rather than for an item."""
    values: dict[str, Any] = {"title": title, "owner": owner}
    if ref.entity_type_id == COMPANY:
        return values | {"company": ref.id}
    return values | {"contacts": [ref.id]}


def shared_values(source: Binding, target: Binding, values: Mapping[str, Any]) -> dict[str, Any]:
    """What an item hands on to one of another pipeline: the card's own values, and fields alike in both."""
    alike = _alike(source.definition.fields, target.definition.fields)
    return {name: values.get(name) for name in (*INHERITED, "amount", "currency", "source", *alike)}


def _alike(one: Mapping[str, FieldSpec], other: Mapping[str, FieldSpec]) -> Iterable[str]:
    for name, spec in one.items():
        found = other.get(name)
        if found is not None and found.type == spec.type and set(found.options) >= set(spec.options):
            yield name
