"""What must be called to get the answers that the documentation shows of tasks, timelines and messages.

Keys that begin with "v3 " are calls of `/rest/api/`.
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.crm.types import DEAL
from tests.connector.sandbox.calls import ADMIN, BOSS, OTHER, REP
from tests.connector.sandbox.documented_calls import NOTHING, Do, do
from tests.connector.sandbox.documented_world import World


def _lined(world: World) -> dict[str, Any]:
    line = world.line
    return {"TASKID": world.task, "ITEMID": line}


_LISTED = ["ID", "TITLE", "DESCRIPTION", "STATUS", "subStatus", "DEADLINE", "CREATED_DATE", "RESPONSIBLE_ID"]
_LISTED += ["ACCOMPLICES", "AUDITORS", "TAGS", "COUNTERS", "PRIORITY", "MARK"]

SUCCESSES: dict[str, Do] = {
    "crm.timeline.item.unpin": Do(lambda w: {"id": w.comment, **w.owner}),
    "crm.timeline.comment.delete": Do(lambda w: {"id": w.comment}),
    "crm.timeline.comment.get": Do(lambda w: {"id": w.comment}),
    "crm.timeline.logmessage.add": Do(lambda w: {"fields": w.log_fields}),
    "crm.timeline.logmessage.get": Do(
        lambda w: {"id": w.call("crm.timeline.logmessage.add", fields=w.log_fields)["logMessage"]["id"]}
    ),
    "crm.timeline.note.get": Do(lambda w: w.note),
    "crm.timeline.note.save": Do(lambda w: {**w.note, "text": "Other"}),
    "crm.activity.add": Do(lambda w: {"fields": w.call_fields}),
    "crm.activity.get": Do(lambda w: {"id": w.activity}),
    "crm.activity.list": Do(lambda w: {"filter": {"ID": w.activity}, "select": ["ID", "COMMUNICATIONS"]}),
    "crm.activity.list 2": Do(lambda w: {"filter": {"ID": w.activity}, "select": ["ID", "FILES"]}),
    "crm.activity.update": Do(lambda w: {"id": w.activity, "fields": {"SUBJECT": "Other"}}),
    "crm.activity.todo.add": Do(lambda w: {**w.owner, "deadline": "2026-03-01T18:00:00"}),
    "crm.activity.todo.update": Do(lambda w: {**w.owner, "id": w.todo, "deadline": "2026-03-02T18:00:00"}),
    "crm.activity.todo.updateDeadline": Do(
        lambda w: {**w.owner, "id": w.todo, "value": "2026-03-02T18:00:00"}
    ),
    "crm.activity.todo.updateResponsibleUser": Do(lambda w: {**w.owner, "id": w.todo, "responsibleId": BOSS}),
    "task.checklistitem.add": Do(lambda w: {"TASKID": w.task, "FIELDS": {"TITLE": "x", "PARENT_ID": 0}}),
    "task.checklistitem.delete": Do(_lined),
    "task.checklistitem.getlist": Do(lambda w: {"TASKID": _lined(w)["TASKID"]}),
    "task.checklistitem.get": Do(_lined),
    "task.checklistitem.renew": Do(_lined),
    "task.checklistitem.update": Do(lambda w: {**_lined(w), "FIELDS": {"TITLE": "Other"}}),
    "task.elapseditem.add": Do(
        lambda w: {"TASKID": w.task, "ARFIELDS": {"SECONDS": 60, "COMMENT_TEXT": "x"}}
    ),
    "task.elapseditem.getlist": Do(
        lambda w: {
            "TASKID": w.call(
                "task.elapseditem.add", TASKID=w.task, ARFIELDS={"SECONDS": 60, "COMMENT_TEXT": "x"}
            )
            and w.task
        }
    ),
    "v3 tasks.task.result.add": Do(lambda w: {"fields": {"taskId": w.task, "text": "Task completed"}}),
    "v3 tasks.task.result.delete": Do(lambda w: {"id": w.result}),
    "v3 tasks.task.result.list": Do(lambda w: {"filter": [["taskId", w.result and w.task]]}),
    "tasks.task.result.list": Do(lambda w: {"taskId": w.result and w.task}),
    "tasks.task.start": Do(lambda w: {"taskId": w.task_in(2)}),
    "tasks.task.pause": Do(lambda w: {"taskId": w.task_in(3)}),
    "tasks.task.complete": Do(lambda w: {"taskId": w.task_in(3)}),
    "tasks.task.renew": Do(lambda w: {"taskId": w.task_in(5)}),
    "tasks.task.approve": Do(lambda w: {"taskId": w.task_in(4)}),
    "tasks.task.delegate": Do(lambda w: {"taskId": w.task_in(2), "userId": BOSS}),
    "tasks.task.mute": Do(lambda w: {"id": w.task_in(2)}),
    "tasks.task.unmute": Do(lambda w: {"id": w.task_in(2)}),
    "tasks.task.pin": Do(lambda w: {"id": w.task_in(2)}),
    "tasks.task.startwatch": Do(lambda w: {"taskId": w.task_in(2)}),
    "tasks.task.stopwatch": Do(lambda w: {"taskId": w.task_in(2)}),
    "tasks.task.add": do(fields={"TITLE": "task for test", "RESPONSIBLE_ID": ADMIN}),
    "tasks.task.update": Do(lambda w: {"taskId": w.task, "fields": {"TITLE": "Task Example 2"}}),
    "tasks.task.delete": Do(lambda w: {"taskId": w.task}),
    "tasks.task.list": Do(
        lambda w: {
            "filter": {"ID": w.task},
            "select": _LISTED,
            "params": {"WITH_TIMER_INFO": True, "WITH_RESULT_INFO": True, "WITH_PARSED_DESCRIPTION": True},
        }
    ),
    "tasks.task.favorite.add": Do(lambda w: {"taskId": w.task}),
    "tasks.task.counters.get": do(),
    "tasks.task.getFields": do(),
    "v3 tasks.task.add": do(
        fields={
            "title": "Task Title",
            "creatorId": ADMIN,
            "responsibleId": ADMIN,
            "deadline": "2026-03-01T18:00:00+03:00",
        }
    ),
    "v3 tasks.task.list": Do(
        lambda w: {
            "filter": [["id", w.task]],
            "select": ["id", "title", "responsibleId", "deadline", "status"],
        }
    ),
    "v3 tasks.task.update": Do(lambda w: {"id": w.task, "fields": {"title": "Other"}}),
    "v3 tasks.task.chat.message.send": Do(lambda w: {"fields": {"taskId": w.task, "text": "Hello"}}),
    "v3 tasks.task.field.get": do(name="id"),
    "task.item.userfield.add": do(PARAMS={"USER_TYPE_ID": "string", "FIELD_NAME": "NEW"}),
    "task.item.userfield.delete": Do(lambda w: {"ID": w.task_field}),
    "task.item.userfield.getlist": do(),
    "task.item.userfield.gettypes": do(),
    "task.item.userfield.update": Do(lambda w: {"ID": w.task_field, "DATA": {"SORT": 5}}),
    "im.notify": do(USER_ID=REP, MESSAGE="Hello"),
    "im.notify.personal.add": do(USER_ID=REP, MESSAGE="Hello"),
    "im.notify.system.add": do(USER_ID=REP, MESSAGE="Hello"),
}


def _hidden_owner(world: World) -> dict[str, Any]:
    world.portal.crm.rights.hide_item(OTHER, DEAL, world.deal.id)
    return {"fields": world.log_fields}


def _hidden_activity(world: World) -> dict[str, Any]:
    world.portal.crm.rights.hide_item(OTHER, 3, world.contact.id)
    return {"id": world.activity, "fields": world.call_fields}


_NO_TASK = do(taskId=NOTHING, userId=REP)
_NO_ID = do(taskId="x", id="x")
_NO_OWNER = do(
    ownerTypeId=DEAL, ownerId=NOTHING, id=1, deadline="2026-03-01", value="2026-03-01", responsibleId=1
)

REFUSALS: dict[str, Do] = {
    "crm.activity.list": Do(lambda w: {}, is_plain=True),
    "crm.timeline.item.unpin": Do(lambda w: {"id": NOTHING, **w.owner}),
    "crm.timeline.comment.delete": do(id=NOTHING),
    "crm.timeline.comment.get": do(id=NOTHING),
    "crm.timeline.logmessage.add": Do(_hidden_owner, by=OTHER),
    "crm.timeline.logmessage.get": do(id=1),
    "crm.timeline.note.get": Do(lambda w: {**w.owner, "itemType": 1, "itemId": NOTHING}),
    "crm.timeline.note.save": Do(lambda w: {**w.owner, "itemType": 1, "itemId": NOTHING, "text": "x"}),
    "crm.timeline.layout.blocks.set": do(),
    "crm.timeline.layout.blocks.get": do(),
    "crm.timeline.layout.blocks.delete": do(),
    "crm.activity.layout.blocks.delete": do(),
    "crm.activity.add": Do(_hidden_activity, by=OTHER),
    "crm.activity.get": Do(_hidden_activity, by=OTHER),
    "crm.activity.update": Do(_hidden_activity, by=OTHER),
    "crm.activity.todo.add": _NO_OWNER,
    "crm.activity.todo.update": _NO_OWNER,
    "crm.activity.todo.updateDeadline": _NO_OWNER,
    "crm.activity.todo.updateResponsibleUser": _NO_OWNER,
    "task.checklistitem.add": do(TASKID=NOTHING, FIELDS={"TITLE": "x"}),
    "task.checklistitem.delete": Do(_lined, by=REP),
    "task.checklistitem.getlist": do(TASKID=NOTHING),
    "task.checklistitem.get": Do(lambda w: {"TASKID": w.task}),
    "task.checklistitem.renew": Do(lambda w: {"TASKID": w.task}),
    "task.checklistitem.update": Do(lambda w: {**_lined(w), "FIELDS": {"TITLE": "x"}}, by=REP),
    "task.elapseditem.add": do(TASKID=NOTHING, ARFIELDS={"SECONDS": 60}),
    "task.elapseditem.getlist": do(TASKID=NOTHING),
    "v3 tasks.task.result.add": Do(lambda w: {"fields": {"taskId": w.task}}),
    "v3 tasks.task.result.delete": do(),
    "v3 tasks.task.result.list": do(filter=[]),
    "tasks.task.result.list": do(taskId="x"),
    "tasks.task.start": _NO_TASK,
    "tasks.task.pause": _NO_TASK,
    "tasks.task.complete": _NO_TASK,
    "tasks.task.renew": _NO_TASK,
    "tasks.task.approve": _NO_TASK,
    "tasks.task.delegate": _NO_TASK,
    "tasks.task.mute": _NO_ID,
    "tasks.task.unmute": _NO_ID,
    "tasks.task.pin": _NO_ID,
    "tasks.task.startwatch": _NO_ID,
    "tasks.task.stopwatch": _NO_ID,
    "tasks.task.add": do(fields={"RESPONSIBLE_ID": REP}),
    "tasks.task.update": Do(lambda w: {"taskId": w.task, "fields": {"PARENT_ID": w.task}}),
    "tasks.task.delete": _NO_TASK,
    "tasks.task.list": do(order={"COLOUR": "asc"}),
    "tasks.task.favorite.add": _NO_TASK,
    "tasks.task.counters.get": do(groupId=5),
    "tasks.task.getaccess": Do(lambda w: {"taskId": w.task, "users": 5}),
    "tasks.task.history.list": Do(lambda w: {"taskId": w.hidden_task}, by=REP),
    "v3 tasks.task.add": do(
        fields={"title": "x", "creatorId": ADMIN, "responsibleId": REP, "deadline": "soon"}
    ),
    "v3 tasks.task.list": do(pagination={"limit": "abc"}),
    "v3 tasks.task.update": Do(lambda w: {"id": w.task, "fields": {"creatorId": REP}}),
    "v3 tasks.task.chat.message.send": do(fields={"text": "x"}),
    "v3 tasks.task.field.get": do(),
    "v3 tasks.task.field.list": do(select=["unknownField"]),
    "task.item.userfield.add": do(PARAMS={"FIELD_NAME": "NEW"}),
    "task.item.userfield.delete": do(ID=0),
    "task.item.userfield.get": do(ID=0),
    "task.item.userfield.update": do(ID=0, DATA={"SORT": 5}),
    "im.notify": do(MESSAGE="Hello"),
    "im.notify.personal.add": do(MESSAGE="Hello"),
    "im.notify.system.add": do(MESSAGE="Hello"),
}
