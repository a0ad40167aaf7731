"""Views of tasks, the connector's and everybody's on records of the CRM, each once; of what is no more."""

from __future__ import annotations

from connector.store.open_data.model import Column, View
from connector.store.open_data.speech import Speech
from connector.store.open_data.words import PORTAL, item_type, of_type, person

#: What both tables have.
_SHARED = (
    *("title", "status", "priority", "responsible_id", "created_by", "group_id", "deadline"),
    *("created_at", "changed_at", "closed_at", "seen_at"),
)
_STATUS = "pending, in_progress, awaiting_control, completed, deferred, declined"
#: The connector's tasks stand in crm_task too, once the portal has shown them to be bound.
_NOT_OURS = "NOT EXISTS (SELECT 1 FROM task o WHERE o.portal = c.portal AND o.id = c.id)"


def task_views(say: Speech) -> list[View]:
    """Tasks, and the records that they are for."""
    return [_tasks(say), _task_items()]


def _tasks(say: Speech) -> View:
    pipeline = "(SELECT p.pipeline FROM process p WHERE p.id = t.process_id)"
    is_overdue = f"(t.status <> 'completed' AND t.deadline IS NOT NULL AND t.deadline < {say.now})"
    return View(
        "tasks",
        "Tasks for records of the CRM that are still there, open and done, whoever made them",
        (
            *of_type("t"),
            Column(
                "item_id", "integer", "t.item_id", "The record that the task is for; of several the first"
            ),
            Column("id", "integer", "t.id", "The task's id in the portal"),
            Column("is_ours", "yes_no", "t.is_ours", "The connector made it"),
            Column("pipeline", "text", pipeline, "Name of the pipeline in config.toml; null: not ours"),
            Column("kind", "text", "t.kind", "step, missing, question, approval or action; null: not ours"),
            Column("title", "text", "t.title", "Title"),
            Column("status", "text", "t.status", _STATUS),
            Column("priority", "integer", "t.priority", "0 low, 1 usual, 2 high; null: not told"),
            Column("responsible_id", "integer", "t.responsible_id", "Who is to do it"),
            Column("responsible", "text", person("t", "responsible_id"), "Name of that person"),
            Column("deadline", "instant", "t.deadline", "When it is due"),
            Column("is_overdue", "yes_no", is_overdue, "Not completed, and the deadline is past now"),
            Column("created_at", "instant", "t.created_at", "When it was made"),
            Column("created_by", "integer", "t.created_by", "User who made it"),
            Column("creator", "text", person("t", "created_by"), "Name of that person"),
            Column("group_id", "integer", "t.group_id", "Project that it belongs to; null: none"),
            Column("changed_at", "instant", "t.changed_at", "When it was last changed"),
            Column("closed_at", "instant", "t.closed_at", "When it was completed; null while it is open"),
            Column("seen_at", "instant", "t.seen_at", "When this content was first read"),
        ),
        f"({_ours()}\n    UNION ALL {_others()}) t",
        ("portal", "id"),
        since="seen_at",
    )


def _ours() -> str:
    shared = ", ".join(f"o.{name}" for name in _SHARED)
    return (
        "SELECT o.portal, o.id, o.entity_type_id, o.item_id, TRUE AS is_ours, o.process_id, o.kind, "
        f"{shared} FROM task o WHERE o.gone_at IS NULL"
    )


def _others() -> str:
    shared = ", ".join(f"c.{name}" for name in _SHARED)
    return (
        f"SELECT c.portal, c.id, b.entity_type_id, b.item_id, FALSE, NULL, NULL, {shared} FROM crm_task c "
        "LEFT JOIN crm_task_binding b ON b.portal = c.portal AND b.task_id = c.id AND b.place = 0 "
        f"WHERE c.gone_at IS NULL AND {_NOT_OURS}"
    )


def _task_items() -> View:
    bound = (
        "SELECT b.portal, b.task_id, b.entity_type_id, b.item_id FROM crm_task_binding b "
        "JOIN crm_task c ON c.portal = b.portal AND c.id = b.task_id "
        "WHERE c.gone_at IS NULL AND b.item_id IS NOT NULL"
    )
    ours = "SELECT o.portal, o.id, o.entity_type_id, o.item_id FROM task o WHERE o.gone_at IS NULL"
    return View(
        "task_items",
        "All records that tasks are for: a task may be bound to a deal, its contact and its company",
        (
            Column("portal", "text", "t.portal", PORTAL),
            Column("task_id", "integer", "t.task_id", "The task, see tasks"),
            *of_type("t")[1:],
            Column("item_id", "integer", "t.item_id", "The record's id"),
        ),
        f"({bound}\n    UNION {ours}) t",
        ("portal", "task_id", "entity_type_id", "item_id"),
    )


def deletions() -> View:
    """Records and tasks that were deleted."""
    items = (
        f"SELECT portal, {item_type('entity_type_id')} AS item_type, entity_type_id, id, title, gone_at "
        "FROM item WHERE gone_at IS NOT NULL"
    )
    ours = "SELECT portal, 'task', NULL, id, title, gone_at FROM task WHERE gone_at IS NOT NULL"
    others = (
        "SELECT c.portal, 'task', NULL, c.id, c.title, c.gone_at FROM crm_task c "
        f"WHERE c.gone_at IS NOT NULL AND {_NOT_OURS}"
    )
    return View(
        "deletions",
        "Records and tasks that are no more; the other views leave them out",
        (
            Column("portal", "text", "g.portal", PORTAL),
            Column("item_type", "text", "g.item_type", "As elsewhere; or task"),
            Column("entity_type_id", "integer", "g.entity_type_id", "The CRM's number; null for tasks"),
            Column("id", "integer", "g.id", "The record's id"),
            Column("title", "text", "g.title", "Its last title"),
            Column("gone_at", "instant", "g.gone_at", "When it was found deleted"),
        ),
        f"({items} UNION ALL {ours} UNION ALL {others}) g",
        ("portal", "item_type", "id"),
        since="gone_at",
    )
