"""Employees and departments.

`user.get` leaves out bots, guests by e-mail and integrators; dismissed employees stay in, with ACTIVE false.
Which fields come depends on the scope (`user_brief` is enough). Its other dates are in three formats and are
not read.

Pages: api-reference/user/{user-get,user-current}.md, api-reference/departments/department-get.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connector.bitrix24.call import Call, Priority
from connector.bitrix24.client import Client
from connector.bitrix24.list_call import ListCall
from connector.bitrix24.listing import list_all
from connector.bitrix24.reading import object_in, readable, rows_in
from connector.bitrix24.wire import as_bool, as_id, as_ids, as_text, need_id, read
from connector.records import Department, Person

_PEOPLE = ListCall(
    "user.get",
    filter={"USER_TYPE": "employee"},
    select=("ID", "ACTIVE", "NAME", "LAST_NAME", "UF_DEPARTMENT", "TIME_ZONE"),
    rows_at="",
    id_name="ID",
    row_id="ID",
    filter_name="FILTER",
    order={"sort": "ID", "order": "ASC"},
)


def list_people(client: Client, *, priority: Priority = Priority.SWEEP) -> Iterator[list[Person]]:
    """Pages of employees, dismissed ones too (`is_active` False)."""
    for page in list_all(client, _PEOPLE, priority=priority):
        yield [_person_from(row) for row in page]


def list_departments(client: Client, *, priority: Priority = Priority.SWEEP) -> list[Department]:
    """All departments; this old method knows no keyset, so by offset."""
    departments: dict[int, Department] = {}
    start: int | None = 0
    while start is not None:
        params = {"sort": "ID", "order": "ASC", "START": start}
        answer = client.ask(Call("department.get", params), priority=priority)
        for row in rows_in(answer, "department.get"):
            department = _department_from(row)
            departments[department.id] = department
        start = answer.next if answer.next is not None and answer.next > start else None
    return list(departments.values())


def current_user(client: Client, *, priority: Priority = Priority.SWEEP) -> Person:
    """Whom the credential acts as."""
    answer = client.ask(Call("user.current"), priority=priority)
    return _person_from(object_in(answer, "user.current"))


def _person_from(row: Mapping[str, Any]) -> Person:
    with readable(f"user {row.get('ID')}", "user.get"):
        names = (read(row, "NAME", as_text), read(row, "LAST_NAME", as_text))
        return Person(
            id=read(row, "ID", need_id),
            name=" ".join(name for name in names if name),
            is_active=read(row, "ACTIVE", as_bool),
            department_ids=read(row, "UF_DEPARTMENT", as_ids),
            time_zone=read(row, "TIME_ZONE", as_text),
        )


def _department_from(row: Mapping[str, Any]) -> Department:
    with readable(f"department {row.get('ID')}", "department.get"):
        return Department(
            id=read(row, "ID", need_id),
            name=read(row, "NAME", as_text) or "",
            parent_id=read(row, "PARENT", as_id),
            head_id=read(row, "UF_HEAD", as_id),
        )
