"""user.*, profile and department.get (api-reference/user/index.md, api-reference/departments/index.md).

Ids are text, ACTIVE is a boolean, three date formats live side by side; the scope decides which fields come
(`user_brief` has no contacts). Dismissed people are returned unless ACTIVE is asked for.
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.filters import Column, compile_filter, sort_rows
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, page_of
from connector.sandbox.people import Department, User

_CONTACTS = ("EMAIL", "PERSONAL_MOBILE", "WORK_PHONE", "PERSONAL_WWW", "PERSONAL_CITY")
_PAGING = frozenset({"filter", "sort", "order", "start", "select", "admin_mode", "image_resize"})

_USER_COLUMNS = {
    "ID": Column(lambda user: user.id, "int"),
    "NAME": Column(lambda user: user.name),
    "LAST_NAME": Column(lambda user: user.last_name),
    "EMAIL": Column(lambda user: user.email),
    "ACTIVE": Column(lambda user: user.is_active, "flag"),
    "WORK_POSITION": Column(lambda user: user.position),
    "UF_DEPARTMENT": Column(lambda user: user.department_ids, "int"),
    "USER_TYPE": Column(lambda user: user.user_type),
    "DATE_REGISTER": Column(lambda user: user.registered_at, "datetime"),
}


def write_user(call: Call, user: User) -> dict[str, Any]:
    """A row of user.get, as far as the credential's scope lets it."""
    active_at = call.now
    row: dict[str, Any] = {
        "ID": str(user.id),
        "XML_ID": "",
        "ACTIVE": user.is_active,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "SECOND_NAME": "",
        "EMAIL": user.email,
        "LAST_LOGIN": call.portal.write_time(active_at),
        "DATE_REGISTER": call.portal.write_time(user.registered_at),
        "TIME_ZONE": user.time_zone or "",
        "IS_ONLINE": "N",
        "TIMESTAMP_X": {},
        "LAST_ACTIVITY_DATE": active_at.astimezone(call.portal.zone).strftime("%Y-%m-%d %H:%M:%S"),
        "PERSONAL_GENDER": "",
        "PERSONAL_WWW": "",
        "PERSONAL_BIRTHDAY": "",
        "PERSONAL_MOBILE": "",
        "PERSONAL_CITY": "",
        "WORK_PHONE": user.phone,
        "WORK_POSITION": user.position,
        "UF_EMPLOYMENT_DATE": "",
        "UF_DEPARTMENT": list(user.department_ids),
        "UF_PHONE_INNER": "",
        "USER_TYPE": user.user_type,
    }
    scopes = call.credential.scopes
    if scopes is not None and not scopes & {"user", "user_basic"}:
        for name in _CONTACTS:
            del row[name]
    return row


def _check_scope(call: Call) -> None:
    scopes = call.credential.scopes
    if scopes is not None and not scopes & {"user", "user_basic", "user_brief"}:
        raise RestError("insufficient_scope", "" if call.in_batch else "Insufficient scope", 403)


@method("user.current")
def current(call: Call) -> Any:
    _check_scope(call)
    user = call.portal.people.get(call.user_id)
    assert user is not None, "a credential belongs to a user"
    return write_user(call, user)


@method("user.get", cost="list")
def list_users(call: Call) -> Page:
    """Filter keys may stand in FILTER or at the top; `sort` and `order` are scalars."""
    _check_scope(call)
    top = {name: value for name, value in call.params.items() if name.lower() not in _PAGING}
    test = compile_filter({**top, **call.mapping("filter")}, _USER_COLUMNS, zone=call.portal.zone)
    users = [user for user in call.portal.people.users.values() if test(user)]
    order = {str(call.get("sort") or "ID").upper(): str(call.get("order") or "ASC")}
    select = set(call.names("select")) - {"*"}

    def write(user: User) -> dict[str, Any]:
        row = write_user(call, user)
        return {name: value for name, value in row.items() if name in select | {"ID"}} if select else row

    return page_of(call, sort_rows(users, order, _USER_COLUMNS), write=write)


@method("user.search", cost="list")
def search_users(call: Call) -> Page:
    """FIND looks into names and position, every word of it; the other keys are substrings."""
    _check_scope(call)
    top = {name: value for name, value in call.params.items() if name.lower() not in _PAGING}
    wanted = {name.upper(): value for name, value in {**top, **call.mapping("filter")}.items()}
    words = str(wanted.pop("FIND", "")).lower().split()
    test = compile_filter(
        {name if name == "ID" else f"%{name}": value for name, value in wanted.items()},
        _USER_COLUMNS,
        zone=call.portal.zone,
    )
    found = [
        user
        for user in call.portal.people.users.values()
        if test(user) and all(word in f"{user.full_name} {user.position}".lower() for word in words)
    ]
    return page_of(call, found, write=lambda user: write_user(call, user))


@method("user.admin")
def is_admin(call: Call) -> Any:
    return call.is_admin


@method("profile")
def profile(call: Call) -> Any:
    """Who the credential is, without any scope (api-reference/common/users/profile.md)."""
    user = call.portal.people.get(call.user_id)
    assert user is not None, "a credential belongs to a user"
    offset = call.now.astimezone(call.portal.zone).utcoffset()
    return {
        "ID": str(user.id),
        "ADMIN": user.is_admin,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "PERSONAL_GENDER": "",
        "TIME_ZONE": user.time_zone or "",
        "TIME_ZONE_OFFSET": int(offset.total_seconds()) if offset else 0,
    }


_DEPARTMENT_COLUMNS = {
    "ID": Column(lambda each: each.id, "int"),
    "NAME": Column(lambda each: each.name),
    "PARENT": Column(lambda each: each.parent_id, "ref"),
    "UF_HEAD": Column(lambda each: each.head_id, "ref"),
    "SORT": Column(lambda each: each.sort, "int"),
}


@method("department.get", scope="department", cost="list")
def list_departments(call: Call) -> Page:
    """Filters stand at the top level; PARENT is absent for the root, UF_HEAD where there is no head."""
    conditions = {
        name.upper(): value for name, value in call.params.items() if name.upper() in _DEPARTMENT_COLUMNS
    }
    sort = call.get("sort")
    if as_int(sort) is None:
        conditions.pop("SORT", None)
    test = compile_filter(conditions, _DEPARTMENT_COLUMNS, zone=call.portal.zone)
    found = [each for each in call.portal.people.departments.values() if test(each)]
    order = {str(sort).upper() if as_int(sort) is None and sort else "ID": str(call.get("order") or "ASC")}
    return page_of(call, sort_rows(found, order, _DEPARTMENT_COLUMNS), write=_write_department)


def _write_department(department: Department) -> dict[str, Any]:
    row: dict[str, Any] = {"ID": str(department.id), "NAME": department.name, "SORT": department.sort}
    if department.parent_id is not None:
        row["PARENT"] = str(department.parent_id)
    if department.head_id is not None:
        row["UF_HEAD"] = str(department.head_id)
    return row


@method("department.fields", scope="department")
def describe_department(call: Call) -> Any:
    return {
        "ID": "ID",
        "NAME": "Department name",
        "SORT": "Sort order",
        "PARENT": "Parent department",
        "UF_HEAD": "Head of department",
    }
