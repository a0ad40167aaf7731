"""Who gets a report: the users behind what config.toml names. Who has left the company gets none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connector.config import ReportConfig
from connector.config.reports import ADMIN, HEAD, HEADS, OWNER
from connector.flow.portal import Portal
from connector.records import Department
from connector.reports.figures.asking import departments_below, find_department
from connector.store import Connection, catalogue


def recipients_of(conn: Connection, portal: Portal, report: ReportConfig) -> tuple[int, ...]:
    """Each once, in the order of config.toml; UnknownName if there is no such department (any more)."""
    people = catalogue.get_people(conn, portal.name)
    named = dict.fromkeys(user for each in report.to for user in _users(conn, portal, report, each))
    # One that the portal does not list is tried: it will say what is wrong with them.
    return tuple(user for user in named if user not in people or people[user].is_active)


def _users(conn: Connection, portal: Portal, report: ReportConfig, name: int | str) -> Iterator[int]:
    if isinstance(name, int):
        yield name
    elif name in portal.config.roles:
        yield from portal.config.roles[name]
    elif name == ADMIN:
        yield portal.config.admin
    elif name == OWNER:
        yield from (portal.config.pipelines[each].owner for each in report.pipelines)
    elif report.department is not None and name in (HEAD, HEADS):
        departments = catalogue.get_departments(conn, portal.name)
        top = find_department(departments, report.department)
        yield from _head(departments, top)
        if name == HEADS:
            heads = (departments[each].head_id for each in sorted(departments_below(departments, top)))
            yield from (head for head in heads if head is not None)


def _head(departments: Mapping[int, Department], number: int) -> Iterator[int]:
    """Who heads the department, or else the nearest above it that has a head."""
    seen: set[int] = set()
    at: int | None = number
    while at is not None and at in departments and at not in seen:
        head = departments[at].head_id
        if head is not None:
            yield head
            return
        seen.add(at)
        at = departments[at].parent_id
