"""tasks.task.list of v2: pages of 50, prefixes, and names that it does not know are ignored without a word.

REAL_STATUS is the stored status; STATUS is a computed one, in which an overdue pending task is -1 and so is
missing from `STATUS: 2`. XML_ID is compared as a whole (api-reference/tasks/tasks-task-list.md; the filter by
XML_ID stands in api-reference/tasks/deprecated/task-items-get-list.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connector.sandbox.filters import BadFilter, Column, Test, compile_filter, sort_rows
from connector.sandbox.kernel import Call, Page, RestError, method, page_of
from connector.sandbox.results import ResultBook
from connector.sandbox.tasks_rules import may_read
from connector.sandbox.tasks_state import Status, Task, TaskBook
from connector.sandbox.tasks_userfields import TaskUserFields
from connector.sandbox.tasks_written import View, listed, sub_status

_SUBFILTER = "::SUBFILTER-PARAMS"


def _stored(call: Call) -> dict[str, Column]:
    """What rows are filtered by."""
    now, custom = call.now, call.portal.part(TaskUserFields).custom()
    columns = {
        "ID": Column(lambda task: task.id, "int"),
        "PARENT_ID": Column(lambda task: task.parent_id or 0, "int"),
        "GROUP_ID": Column(lambda task: task.group_id, "int"),
        "CREATED_BY": Column(lambda task: task.created_by, "int"),
        "STATUS_CHANGED_BY": Column(lambda task: task.status_changed_by, "int"),
        "PRIORITY": Column(lambda task: task.priority, "int"),
        "RESPONSIBLE_ID": Column(lambda task: task.responsible_id, "int"),
        "TITLE": Column(lambda task: task.title),
        "TAG": Column(lambda task: task.tags),
        "REAL_STATUS": Column(lambda task: int(task.status), "int"),
        "STATUS": Column(lambda task: sub_status(task, now), "int"),
        "MARK": Column(lambda task: task.mark),
        "SITE_ID": Column(lambda task: "s1"),
        "ADD_IN_REPORT": Column(lambda task: "Y" if task.add_in_report else "N"),
        "DATE_START": Column(lambda task: task.started_at, "datetime"),
        "DEADLINE": Column(lambda task: task.deadline, "datetime"),
        "CREATED_DATE": Column(lambda task: task.created_at, "datetime"),
        "CLOSED_DATE": Column(lambda task: task.closed_at, "datetime"),
        "CHANGED_DATE": Column(lambda task: task.changed_at or task.created_at, "datetime"),
        "ACTIVITY_DATE": Column(lambda task: task.activity_at, "datetime"),
        "START_DATE_PLAN": Column(lambda task: task.start_plan, "datetime"),
        "END_DATE_PLAN": Column(lambda task: task.end_plan, "datetime"),
        "ACCOMPLICE": Column(lambda task: task.accomplices, "int"),
        "AUDITOR": Column(lambda task: task.auditors, "int"),
        "STAGE_ID": Column(lambda task: task.stage_id, "int"),
        "UF_CRM_TASK": Column(lambda task: task.crm),
        "XML_ID": Column(lambda task: task.xml_id),
        "GUID": Column(lambda task: task.guid),
    }
    columns.update((each.name, Column(_custom(each.name))) for each in custom)
    return columns


def _custom(name: str) -> Callable[[Task], Any]:
    def read(task: Task) -> Any:
        value = task.user_fields.get(name)
        return tuple(value) if isinstance(value, list) else value

    return read


#: What rows are sorted by; another name is refused.
_ORDER = {
    "ID": Column(lambda task: task.id),
    "TITLE": Column(lambda task: task.title),
    "TIME_SPENT_IN_LOGS": Column(lambda task: 0),
    "DATE_START": Column(lambda task: task.started_at),
    "CREATED_DATE": Column(lambda task: task.created_at),
    "CHANGED_DATE": Column(lambda task: task.changed_at or task.created_at),
    "CLOSED_DATE": Column(lambda task: task.closed_at),
    "ACTIVITY_DATE": Column(lambda task: task.activity_at),
    "START_DATE_PLAN": Column(lambda task: task.start_plan),
    "END_DATE_PLAN": Column(lambda task: task.end_plan),
    "DEADLINE": Column(lambda task: task.deadline),
    "REAL_STATUS": Column(lambda task: int(task.status)),
    "STATUS_COMPLETE": Column(lambda task: task.status == Status.COMPLETED),
    "PRIORITY": Column(lambda task: task.priority),
    "MARK": Column(lambda task: task.mark),
    "CREATED_BY": Column(lambda task: task.created_by),
    "RESPONSIBLE_ID": Column(lambda task: task.responsible_id),
    "GROUP_ID": Column(lambda task: task.group_id),
    "TIME_ESTIMATE": Column(lambda task: task.time_estimate),
    "ALLOW_CHANGE_DEADLINE": Column(lambda task: task.allow_change_deadline),
    "ALLOW_TIME_TRACKING": Column(lambda task: task.allow_time_tracking),
    "MATCH_WORK_TIME": Column(lambda task: task.match_work_time),
    "FAVORITE": Column(lambda task: len(task.favourite_of)),
    "SORTING": Column(lambda task: task.id),
    "IS_PINNED": Column(lambda task: len(task.pinned_by)),
    "IS_PINNED_IN_GROUP": Column(lambda task: 0),
}


@method("tasks.task.list", scope="task", cost="list")
def list_tasks(call: Call) -> Page:
    conditions = call.mapping("filter")
    matches = _test(call, conditions)
    found = (task for task in call.portal.part(TaskBook).candidates(conditions) if matches(task))
    rows = _ordered(call, _visible(call, found))
    view, select = View(call.portal, call.user_id), call.names("select")
    wanted = [add for name, add in _EXTRAS.items() if call.mapping("params").get(name)]

    def write(task: Task) -> dict[str, Any]:
        row = listed(task, view, select)
        for add in wanted:
            row |= add(call, task)
        return row

    return page_of(call, rows, write=write, wrap="tasks")


def _ordered(call: Call, rows: list[Task]) -> list[Task]:
    order = {name.upper(): direction for name, direction in call.mapping("order").items()}
    if any(name not in _ORDER for name in order):
        raise RestError("0", "Invalid sorting key (internal error)")
    return sort_rows(rows, order or {"ID": "desc"}, _ORDER)


def _visible(call: Call, tasks: Iterable[Task]) -> list[Task]:
    if call.is_admin:
        return list(tasks)
    return [task for task in tasks if may_read(call.portal, task, call.user_id)]


def _test(call: Call, conditions: Mapping[str, Any]) -> Test:
    """A filter whose value cannot be read finds nothing."""
    adapted = dict(conditions)
    if isinstance(title := adapted.pop("TITLE", None), str):
        adapted["%TITLE"] = title
    tags = adapted.get("TAG")
    every_tag = adapted.pop("TAG") if isinstance(tags, list) else []
    subfilter = adapted.pop(_SUBFILTER, None)
    only_favourites = isinstance(subfilter, Mapping) and subfilter.get("FAVORITE") == "Y"
    only_roots = adapted.pop("ONLY_ROOT_TASKS", None) == "Y"
    try:
        compiled = compile_filter(adapted, _stored(call), zone=call.portal.zone)
    except BadFilter:
        return lambda task: False

    def matches(task: Task) -> bool:
        return (
            compiled(task)
            and all(tag in task.tags for tag in every_tag)
            and not (only_favourites and call.user_id not in task.favourite_of)
            and not (only_roots and task.parent_id)
        )

    return matches


def _about_results(call: Call, task: Task) -> dict[str, str]:
    results = call.portal.part(ResultBook).of_task(task.id)
    is_open = any(not result.is_closed for result in results)
    return {
        "taskRequireResult": "Y" if task.requires_result else "N",
        "taskHasOpenResult": "Y" if is_open else "N",
        "taskHasResult": "Y" if results else "N",
    }


def _about_timer(call: Call, task: Task) -> dict[str, Any]:
    """No timer ever runs in the sandbox."""
    return {"timeElapsed": None, "timerIsRunningForCurrentUser": "N"}


def _parsed_description(call: Call, task: Task) -> dict[str, str]:
    return {"parsedDescription": task.description}


#: What `params` of a call can ask for besides the fields.
_EXTRAS: dict[str, Callable[[Call, Task], dict[str, Any]]] = {
    "WITH_RESULT_INFO": _about_results,
    "WITH_TIMER_INFO": _about_timer,
    "WITH_PARSED_DESCRIPTION": _parsed_description,
}
