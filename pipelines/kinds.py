"""Kinds of values in expressions and texts, and the names that are in scope with the kind of each.

The standard names are those that a connector gives for every item; the rest comes from the definition: its
fields, steps, stages and the links that it makes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pipelines.actions import Create
from pipelines.definition import Definition, FieldSpec
from pipelines.findings import nearest


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is: null, bool, number, text, date, instant, span, list, record, or any (not known)."""

    name: str
    #: The words that a text may be, when they are known.
    options: frozenset[str] | None = None
    element: Kind | None = None
    keys: Mapping[str, Kind] = field(default_factory=dict)

    def __str__(self) -> str:
        return {"instant": "a date and time", "span": "a duration", "any": "any value"}.get(
            self.name, f"a {self.name}"
        )


ANY, NULL, BOOL, NUMBER = Kind("any"), Kind("null"), Kind("bool"), Kind("number")
TEXT, DATE, INSTANT, SPAN = Kind("text"), Kind("date"), Kind("instant"), Kind("span")
_PARTY = {"id": NUMBER, "name": TEXT, "phone": TEXT, "email": TEXT}
PARTY = Kind("record", keys=_PARTY)
STATUSES = frozenset({"open", "won", "lost", "archived"})
#: What every item has, whatever its entity; also what `require`, `form`, `set` and `copy` may name.
STANDARD: Mapping[str, Kind] = {
    "id": NUMBER,
    "title": TEXT,
    "amount": NUMBER,
    "currency": TEXT,
    "stage": TEXT,
    "created": INSTANT,
    "changed": INSTANT,
    "owner": NUMBER,
    "creator": NUMBER,
    "company": PARTY,
    "contact": PARTY,
    "contacts": Kind("list", element=PARTY),
    "source": TEXT,
    "is_returning": BOOL,
    "last_won_at": INSTANT,
}
#: Standard names that a person can fill on the card.
WRITABLE = frozenset({"title", "amount", "currency", "owner", "company", "contact", "contacts", "source"})
_OWNER = {
    "id": NUMBER,
    "name": TEXT,
    "is_admin": BOOL,
    "is_active": BOOL,
    "head": NUMBER,
    "divisions": Kind("list", element=TEXT),
}
#: The customer that a schedule looks at, there called `item`; when the pipeline last had an item for them.
_CUSTOMER = {**STANDARD, **_PARTY, "last_item_at": INSTANT}
_OF_FIELDS = {
    "text": TEXT,
    "number": NUMBER,
    "money": NUMBER,
    "bool": BOOL,
    "date": DATE,
    "datetime": INSTANT,
    "user": NUMBER,
    "users": Kind("list", element=NUMBER),
}


def kind_of_field(spec: FieldSpec) -> Kind:
    """What a value of a field is; the options of a choice are its words."""
    choice = Kind("text", options=frozenset(spec.options) or None)
    return {"choice": choice, "choices": Kind("list", element=choice)}.get(
        spec.type, _OF_FIELDS.get(spec.type, ANY)
    )


class UnknownName(LookupError):
    """A path leads nowhere; `suggestion` is the nearest one that does not, or ""."""

    def __init__(self, path: Iterable[str], suggestion: str, known: Iterable[str]) -> None:
        self.suggestion = suggestion
        super().__init__(f'nothing is called "{".".join(path)}"; there is: {", ".join(known)}')


class Vocabulary:
    """The names in scope of a definition."""

    def __init__(self, definition: Definition) -> None:
        fields = {name: kind_of_field(spec) for name, spec in definition.fields.items()}
        stages = frozenset(stage.id for stage in definition.stages)
        item = Kind("record", keys={**STANDARD, "stage": Kind("text", options=stages)})
        linked = Kind("record", keys={**STANDARD, "status": Kind("text", options=STATUSES)})
        self.fields = fields
        self.links = frozenset(links_of(definition))
        self._names = {
            "item": item,
            "fields": Kind("record", keys=fields),
            "owner": Kind("record", keys=_OWNER),
            "now": INSTANT,
            "process": _process(definition, stages),
            "link": Kind("record", keys=dict.fromkeys(sorted(self.links), linked)),
        }

    def for_schedule(self) -> Vocabulary:
        """The names in the condition of a schedule: `item` is the customer, there is nothing else yet."""
        other = object.__new__(Vocabulary)
        other.fields, other.links = {}, frozenset()
        other._names = {"item": Kind("record", keys=_CUSTOMER), "now": INSTANT}
        return other

    def kind_of(self, path: tuple[str, ...]) -> Kind:
        """What a path leads to; UnknownName when it leads nowhere."""
        kind = Kind("record", keys=self._names)
        for number, key in enumerate(path):
            if kind.name == "any":
                return ANY
            if key not in kind.keys:
                raise self._unknown(path, number, kind)
            kind = kind.keys[key]
        return kind

    def kind_of_target(self, name: str) -> Kind | None:
        """What `set`, `form` and `require` mean by a name: a field first, then a standard one."""
        return self.fields.get(name) or (STANDARD[name] if name in WRITABLE else None)

    @property
    def targets(self) -> list[str]:
        """The names that `set`, `form` and `require` know."""
        return list(dict.fromkeys([*self.fields, *sorted(WRITABLE)]))

    def _unknown(self, path: tuple[str, ...], number: int, kind: Kind) -> UnknownName:
        before, known = path[:number], sorted(kind.keys)
        found = nearest(path[number], known)
        if not found and number == 0:  # `amount` for `item.amount`
            homes = (home for home in ("item", "fields") if path[0] in self._names.get(home, ANY).keys)
            found = ".".join((next(homes, ""), path[0])).lstrip(".") if path[0] in self._bare else ""
        suggestion = ".".join((*before, found)) if found else ""
        shown = [".".join((*before, key)) for key in known] or ["nothing there"]
        return UnknownName(path[: number + 1], suggestion, shown)

    @property
    def _bare(self) -> frozenset[str]:
        return frozenset(key for home in ("item", "fields") for key in self._names.get(home, ANY).keys)


def _process(definition: Definition, stages: frozenset[str]) -> Kind:
    steps = [step for stage in definition.stages for step in stage.steps]
    outcomes = {
        step.id: Kind("text", options=frozenset(each.id for each in step.all_outcomes)) for step in steps
    }
    return Kind(
        "record",
        keys={
            "visits": NUMBER,
            "visits_of": Kind("record", keys=dict.fromkeys(sorted(stages), NUMBER)),
            "outcome": Kind("record", keys=outcomes),
            "open": Kind("record", keys={step.id: BOOL for step in steps}),
            "stage": Kind("text", options=stages),
            "status": Kind("text", options=STATUSES),
        },
    )


def links_of(definition: Definition) -> Iterator[str]:
    """Names of linked items: `as` of what it creates, its follow-ons, and the parent."""
    yield "parent"
    yield from (follow_on.id for follow_on in definition.follow_ons)
    for element in definition.parts:
        if isinstance(element, Create) and element.link:
            yield element.link
