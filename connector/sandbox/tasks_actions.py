"""The status actions of v2, and what a user marks for himself: tasks.task.start … delegate, favourites, pins.

A refusal has one text for every reason (no such task, no right, wrong status) and a code that depends on the
method (api-reference/tasks/status/*.md, api-reference/tasks/user-actions/*.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.sandbox import tasks_changes
from connector.sandbox.kernel import Call, RestError, as_int, method
from connector.sandbox.tasks_changes import NotAllowed
from connector.sandbox.tasks_fields import BadTask
from connector.sandbox.tasks_methods import not_allowed, refused, task_of, view_of
from connector.sandbox.tasks_state import Task
from connector.sandbox.tasks_written import written

#: The code of a refusal, by action.
_REFUSALS = {
    "start": "0",
    "complete": "0",
    "pause": "1048582",
    "defer": "1048582",
    "renew": "1048582",
    "approve": "1048582",
    "disapprove": "1048582",
}


def _serve(action: str, code: str) -> Callable[[Call], Any]:
    def run(call: Call) -> Any:
        task = task_of(call)
        try:
            if task is None:
                raise NotAllowed
            tasks_changes.act(call.portal, task, action, call.user_id)
        except NotAllowed:
            raise not_allowed(code) from None
        return {"task": written(task, view_of(call))}

    return method(f"tasks.task.{action}", scope="task", cost="write")(run)


for _action, _code in _REFUSALS.items():
    _serve(_action, _code)


@method("tasks.task.delegate", scope="task", cost="write")
def delegate_task(call: Call) -> Any:
    task, to = task_of(call), as_int(call.require("userId"))
    try:
        if task is None:
            raise NotAllowed
        tasks_changes.delegate(call.portal, task, to or 0, call.user_id)
    except NotAllowed:
        raise not_allowed("0") from None
    except BadTask as bad:
        raise refused(bad) from None
    return {"task": written(task, view_of(call))}


@method("tasks.task.favorite.add", scope="task", cost="write")
def add_favourite(call: Call) -> Any:
    _seen(call, "1", "Task not found or not accessible").favourite_of.add(call.user_id)
    return True


@method("tasks.task.favorite.remove", scope="task", cost="write")
def remove_favourite(call: Call) -> Any:
    _seen(call, "1", "Task not found or not accessible").favourite_of.discard(call.user_id)
    return True


#: What a user marks for himself: the method's last word, the set that it touches, and whether it adds.
_MARKS = (
    ("pin", "pinned_by", True),
    ("unpin", "pinned_by", False),
    ("mute", "muted_by", True),
    ("unmute", "muted_by", False),
)


def _serve_mark(word: str, attribute: str, is_added: bool) -> Callable[[Call], Any]:
    def run(call: Call) -> Any:
        task = _seen(call, "1048584", "a:0:{}", name="id")
        marked: set[int] = getattr(task, attribute)
        (marked.add if is_added else marked.discard)(call.user_id)
        return {"task": written(task, view_of(call))}

    return method(f"tasks.task.{word}", scope="task", cost="write")(run)


for _word, _attribute, _is_added in _MARKS:
    _serve_mark(_word, _attribute, _is_added)


@method("tasks.task.startwatch", scope="task", cost="write")
def start_watching(call: Call) -> Any:
    return _watch(call, True)


@method("tasks.task.stopwatch", scope="task", cost="write")
def stop_watching(call: Call) -> Any:
    return _watch(call, False)


def _watch(call: Call, is_watching: bool) -> Any:
    task = _seen(call, "1048584", "a:0:{}")
    tasks_changes.watch(call.portal, task, call.user_id, is_watching)
    return {"task": written(task, view_of(call))}


def _seen(call: Call, code: str, text: str, name: str = "taskId") -> Task:
    task = task_of(call, name)
    if task is None:
        raise RestError(code, text)
    return task
