"""config.toml of a rehearsal: the board as it is bound, and the people as the scenario has them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from connector.rehearsal.product import PORTAL
from connector.rehearsal.surroundings import config_of

if TYPE_CHECKING:
    from connector.rehearsal.board import Board
    from connector.rehearsal.people import Staff
    from connector.rehearsal.surroundings import Surroundings
    from connector.sandbox.portal import SandboxPortal
    from pipelines.calendar import CalendarSpec
    from pipelines.definition import Definition
    from pipelines.script import Scenario

#: Who is away without a day is away on all of them.
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


def configuration(
    portal: SandboxPortal,
    definition: Definition,
    scenario: Scenario,
    board: Board,
    staff: Staff,
    around: Surroundings,
) -> dict[str, str]:
    """config.toml and the pipelines beside it, by file name."""
    neighbours = around.neighbours.values()
    tables = [
        _table("store", {"url": "sqlite:///store.db"}),
        _portal(portal, scenario, staff),
        # A scenario makes in a minute the moves that a card makes in weeks: they are no quarrel.
        _table("limits", {"moves_per_item": 1_000}, at=_PLACE),
        *_pipeline(definition, board, staff),
        *(table for each in neighbours for table in _pipeline(each.definition, each.board, staff)),
        *(_table(name, values, at=_PLACE) for name, values in config_of(around).items()),
        *_people(scenario),
        _calendar(scenario.calendar),
    ]
    others = {f"{each.definition.id}.toml": each.definition.text for each in neighbours}
    return {"config.toml": "\n".join(tables), f"{definition.id}.toml": definition.text} | others


_PLACE = f"portals.{PORTAL}."


def _portal(portal: SandboxPortal, scenario: Scenario, staff: Staff) -> str:
    values = {
        "webhook": "file:webhook",
        "application_tokens": ["file:token"],
        "member_id": portal.member_id,
        "domain": portal.domain,
        "plan": "enterprise",
        "time_zone": str(portal.zone),
        "technical_user": staff.technical_user,
        "admin": staff.admin,
    }
    return _table(f"portals.{PORTAL}", values)


def _pipeline(definition: Definition, board: Board, staff: Staff) -> Iterator[str]:
    where: dict[str, Any] = {} if board.category_id is None else {"category": board.category_id}
    if definition.entity == "smart_process":
        where["entity_type"] = board.entity_type_id
    values = {"definition": f"{definition.id}.toml", "mode": "live", "owner": staff.admin, **where}
    place = f"{_PLACE}pipelines.{definition.id}"
    yield _table(place, values)
    yield _table(f"{place}.stages", board.stages)
    for name, field in board.fields.items():
        options = {option: str(number) for option, number in field.options.items()}
        yield _table(f"{place}.fields.{name}", {"field": field.rest_name, "options": options})


def _people(scenario: Scenario) -> Iterator[str]:
    roles = {name: list(users) for name, users in scenario.roles.items() if users}
    yield _table("roles", roles, at=_PLACE)
    for name, team in scenario.teams.items():
        if team.members:
            capacity = {} if team.capacity is None else {"capacity": team.capacity}
            weights = {str(user): weight for user, weight in team.weights.items()}
            values = {"members": list(team.members), "weights": weights, **capacity}
            yield _table(f"teams.{name}", values, at=_PLACE)
    for name, head in scenario.divisions.items():
        yield _table(f"divisions.{name}", {"head": head}, at=_PLACE)
    for user, absence in scenario.absent.items():
        values = {"user": user, "from": absence.first or _FIRST_DAY, "to": absence.last or _LAST_DAY}
        yield _table("absences", values, at=_PLACE, is_list=True)


def _calendar(spec: CalendarSpec | None) -> str:
    if spec is None:
        return ""
    return _table("calendar", spec.model_dump(mode="json", by_alias=True, exclude_unset=True), at=_PLACE)


def _table(name: str, values: Mapping[str, Any], *, at: str = "", is_list: bool = False) -> str:
    head = f"[[{at}{name}]]" if is_list else f"[{at}{name}]"
    return "\n".join([head, *(f"{_text(key)} = {_value(value)}" for key, value in values.items()), ""])


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _value(value: Any) -> str:
    """A value as TOML writes it; texts and numbers are those of JSON."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_text(str(key))} = {_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
