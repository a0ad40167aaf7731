"""What a page of figures is asked: pipeline, period, whose items, from where. The address says it all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from werkzeug.datastructures import MultiDict

from connector.flow.bindings import Binding
from connector.flow.portal import Portal
from connector.records import Department
from connector.reports.figures.asking import sources
from connector.reports.figures.periods import period_of
from connector.store import Connection, catalogue, figures
from connector.store.figures import Period, Scope
from webhooks.dashboard import current
from webhooks.dashboard.words import N_, _

#: Periods that are chosen by name, and how many days back they begin; "all": with the first card that came.
PERIODS: Final[Mapping[str, str]] = {
    "7": N_("Last 7 days"),
    "30": N_("Last 30 days"),
    "90": N_("Last 90 days"),
    "365": N_("Last 12 months"),
    "all": N_("All the time"),
}
_USUAL: Final = "90"


class WrongFilter(Exception):
    """What stands in the address makes no sense; `said` tells the viewer why."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self._text, self._values = text, values

    @property
    def said(self) -> str:
        """In the viewer's language: figures are computed where nobody looks, too."""
        return _(self._text, **self._values)


@dataclass(frozen=True, slots=True)
class Filters:
    """As they stand in the address; "" where nothing is chosen."""

    pipeline: str
    days: str
    since: str
    until: str
    owner: str
    department: str
    source: str

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Name and value of those that are set, as they stand in an address."""
        for name in ("pipeline", "days", "since", "until", "owner", "department", "source"):
            value: str = getattr(self, name)
            if value:
                yield name, value

    @property
    def is_narrowed(self) -> bool:
        """Whether somebody's items, or those from somewhere, are left out."""
        return bool(self.owner or self.department or self.source)


def read_filters(asked: MultiDict[str, str], portal: Portal) -> Filters:
    """The filters of an address; dates count where no period is named, as a period by name else."""
    values = {
        name: asked.get(name, "").strip()
        for name in ("pipeline", "days", "since", "until", "owner", "department", "source")
    }
    if values["days"] in PERIODS or not (values["since"] or values["until"]):
        values["days"] = values["days"] if values["days"] in PERIODS else _USUAL
        values["since"] = values["until"] = ""
    else:
        values["days"] = ""
    if not values["pipeline"] and portal.bindings:
        values["pipeline"] = next(iter(portal.bindings))
    return Filters(**values)


def binding_of(filters: Filters, portal: Portal) -> Binding:
    """The pipeline that is asked about."""
    found = portal.bindings.get(filters.pipeline)
    if found is None:
        raise WrongFilter(N_("No pipeline is called “%(name)s” here."), name=filters.pipeline)
    return found


def period_asked(conn: Connection, filters: Filters, portal: Portal, binding: Binding) -> Period:
    """Whole days, the last one today or the one that is asked for."""
    now = portal.clock.now()
    today = now.astimezone(portal.calendar.zone).date()
    try:
        last = date.fromisoformat(filters.until) if filters.until else today
        if filters.days == "all":
            scope = Scope(portal.name, binding.entity_type_id, binding.category_id)
            begins = figures.first_arrival(conn, scope)
            first = begins.astimezone(portal.calendar.zone).date() if begins else today
        elif filters.days:
            first = last - timedelta(days=int(filters.days))
        else:
            first = date.fromisoformat(filters.since) if filters.since else last - timedelta(days=int(_USUAL))
    except (ValueError, OverflowError):
        raise WrongFilter(N_("A day is written as 2026-03-31.")) from None
    try:
        return period_of(first, last, portal.calendar.zone, now)
    except (ValueError, OverflowError):
        raise WrongFilter(N_("The period ends before it begins, or has not begun yet.")) from None


# --- what there is to choose from ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of the form: value and what people read."""

    pipelines: Sequence[tuple[str, str]]
    owners: Sequence[tuple[str, str]]
    departments: Sequence[tuple[str, str]]
    sources: Sequence[tuple[str, str]]


def choices_of(conn: Connection, portal: Portal, filters: Filters) -> Choices:
    """Who works here, their departments as a tree, and the sources of the pipeline's records."""
    language = current.language()
    people = catalogue.get_people(conn, portal.name)
    binding = portal.bindings.get(filters.pipeline)
    labels = sources(conn, portal.name, binding.entity_type_id) if binding else {}
    return Choices(
        [(name, each.definition.title.in_language(language)) for name, each in portal.bindings.items()],
        [
            (str(each.id), each.name)
            for each in sorted(people.values(), key=lambda each: (each.name.casefold(), each.id))
            if each.is_active or str(each.id) == filters.owner
        ],
        list(_tree(catalogue.get_departments(conn, portal.name))),
        sorted(labels.items(), key=lambda each: each[1].casefold()),
    )


def _tree(
    departments: Mapping[int, Department], parent: int | None = None, depth: int = 0
) -> Iterator[tuple[str, str]]:
    """Departments below each other; those whose superior is unknown stand at the top."""
    for number, each in sorted(departments.items(), key=lambda pair: (pair[1].name.casefold(), pair[0])):
        above = each.parent_id if each.parent_id in departments else None
        if above == parent and depth < len(departments):
            yield str(number), "\u2003" * depth + each.name
            yield from _tree(departments, number, depth + 1)
