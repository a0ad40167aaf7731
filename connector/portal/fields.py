"""Which fields of a card are which of a pipeline's, and which of their options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connector.portal.likeness import likeness, names_of, pair_up
from connector.records import Field
from pipelines.definition import Definition, FieldSpec

#: Types of `crm.item.fields` that can hold a value of ours (api-reference/crm/data-types.md).
_HOLDERS: Mapping[str, frozenset[str]] = {
    "text": frozenset({"string", "text", "url", "address"}),
    "number": frozenset({"integer", "double", "money"}),
    "money": frozenset({"money", "double", "integer"}),
    "bool": frozenset({"boolean", "char"}),
    "date": frozenset({"date", "datetime"}),
    "datetime": frozenset({"datetime"}),
    "choice": frozenset({"enumeration"}),
    "choices": frozenset({"enumeration"}),
    "user": frozenset({"employee", "user"}),
    "users": frozenset({"employee", "user"}),
    "contact": frozenset({"crm_contact", "crm"}),
    "company": frozenset({"crm_company", "crm"}),
    "item": frozenset({"crm", "crm_lead", "crm_deal", "crm_entity"}),
    "file": frozenset({"file"}),
}
_SEVERAL = frozenset({"choices", "users"})


@dataclass(frozen=True, slots=True)
class FieldMatch:
    """One of our fields, the CRM's field for it (None: none), and for a choice the CRM's options for ours."""

    name: str
    spec: FieldSpec
    crm: Field | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def missing_options(self) -> list[str]:
        """Our options that no option of the CRM's field is called like."""
        return [option for option in self.spec.options if option not in self.options]


def can_hold(spec: FieldSpec, theirs: Field) -> bool:
    """Whether the CRM's field can hold values of ours."""
    return theirs.type in _HOLDERS[spec.type]


def match_fields(definition: Definition, card: Iterable[Field]) -> list[FieldMatch]:
    """Every field of ours with the portal's own field for it, in the order of the file.

    Only fields that the portal's people have added: the standard ones have names of their own in pipelines.
    """
    candidates = [each for each in card if each.name.startswith("ufCrm") and not each.is_read_only]
    pairs = pair_up(definition.fields.items(), candidates, _score)
    found = {name: theirs for (name, _), theirs in pairs}
    return [
        FieldMatch(name, spec, crm, _match_options(spec, crm) if crm else {})
        for name, spec in definition.fields.items()
        for crm in (found.get(name),)
    ]


def _score(ours: tuple[str, FieldSpec], theirs: Field) -> float:
    name, spec = ours
    if not can_hold(spec, theirs):
        return 0.0
    wants_several = spec.type in _SEVERAL
    return likeness(names_of(spec.title, name), theirs.title) - 0.02 * (wants_several != theirs.is_multiple)


def _match_options(spec: FieldSpec, theirs: Field) -> dict[str, str]:
    pairs = pair_up(
        spec.options.items(),
        theirs.options.items(),
        lambda ours, option: likeness(names_of(ours[1], ours[0]), option[1]),
    )
    return {ours: option_id for (ours, _), (option_id, _) in pairs}
