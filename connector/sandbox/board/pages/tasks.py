"""What a person has to do, and a task by itself; what is done to tasks, wherever they are shown."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.board.acting import Refused
from connector.sandbox.board.form import read_moment
from connector.sandbox.board.persons import employees, person
from connector.sandbox.board.posting import rest, sent, settle
from connector.sandbox.board.tasks import task_view
from connector.sandbox.board.visitor import actor, portal, words
from connector.sandbox.board.workload import tasks_of_person
from connector.sandbox.tasks_rules import WAYS, may_read
from connector.sandbox.tasks_state import TaskBook

blueprint = Blueprint("tasks", __name__)


@blueprint.get("/tasks")
def mine() -> str:
    """The tasks of whoever is named, oneself at first; the portal decides which of them can be seen."""
    owner_id = request.args.get("of", actor(), type=int)
    with portal().lock:
        owner = person(portal(), owner_id)
        if owner is None or owner_id not in portal().people.users:
            abort(404)
        groups = tasks_of_person(portal(), owner_id, actor(), words())
        people = employees(portal())
    return render_template("tasks.html", groups=groups, owner=owner, people=people)


@blueprint.get("/task/<int:task_id>")
def show(task_id: int) -> str:
    with portal().lock:
        task = portal().part(TaskBook).find(task_id)
        if task is None:
            abort(404)
        if not may_read(portal(), task, actor()):
            abort(403)
        view = task_view(portal(), task, actor())
        people = employees(portal())
    return render_template("task.html", task=view, people=people)


@blueprint.post("/task/<int:task_id>/<any(complete,start,pause,defer,renew,approve,disapprove):action>")
def act_on(task_id: int, action: str) -> AnyResponse:
    """One of the actions that change a task's status."""
    assert action in WAYS
    return settle(lambda: rest(f"tasks.task.{action}", {"taskId": task_id}) and None)


@blueprint.post("/task/<int:task_id>/deadline")
def postpone(task_id: int) -> AnyResponse:
    def run() -> None:
        due = read_moment(request.form.get("due", ""), words().zone)
        if due is None:
            raise Refused(words()("Say until when."))
        rest("tasks.task.update", {"taskId": task_id, "fields": {"DEADLINE": due}})

    return settle(run)


@blueprint.post("/task/<int:task_id>/delegate")
def delegate(task_id: int) -> AnyResponse:
    return settle(
        lambda: (
            rest("tasks.task.delegate", {"taskId": task_id, "userId": request.form.get("to", "")}) and None
        )
    )


@blueprint.post("/task/<int:task_id>/delete")
def delete(task_id: int) -> AnyResponse:
    return settle(lambda: rest("tasks.task.delete", {"taskId": task_id}) and None)


@blueprint.post("/task/<int:task_id>/line/<int:line_id>")
def tick(task_id: int, line_id: int) -> AnyResponse:
    """Tick a line of a checklist, or take the tick away."""
    word = "complete" if request.form.get("tick") else "renew"

    def run() -> None:
        is_done = rest(f"task.checklistitem.{word}", {"TASKID": task_id, "ITEMID": line_id})
        if not is_done:
            raise Refused(words()("The portal did not let you tick this line."))

    return settle(run)


@blueprint.post("/task/<int:task_id>/lines")
def add_line(task_id: int) -> AnyResponse:
    def run() -> None:
        fields: dict[str, object] = {"TITLE": sent().get("title", "")}
        if request.form.get("list", "").isdecimal():
            fields["PARENT_ID"] = int(request.form["list"])
        rest("task.checklistitem.add", {"TASKID": task_id, "FIELDS": fields})

    return settle(run)


@blueprint.post("/task/<int:task_id>/result")
def write_result(task_id: int) -> AnyResponse:
    """Results are written over v3; v2 can only list them."""

    def run() -> None:
        fields = {"taskId": task_id, "text": sent().get("text", "").strip()}
        rest("tasks.task.result.add", {"fields": fields}, api="v3")

    return settle(run)


@blueprint.post("/task/<int:task_id>/comment")
def comment(task_id: int) -> AnyResponse:
    def run() -> None:
        fields = {"POST_MESSAGE": sent().get("text", "").strip()}
        rest("task.commentitem.add", {"TASKID": task_id, "FIELDS": fields})

    return settle(run)
