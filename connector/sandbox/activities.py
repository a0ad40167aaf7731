"""CRM activities as the portal keeps them: calls, meetings, to-dos, and the mirrors of tasks.

REST methods are in `activities_methods`, `activities_list` and `activities_todo`; how a mirror follows its
task is in `activities_mirror`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

MEETING, CALL, TASK, EMAIL, PROVIDER = 1, 2, 3, 4, 6
TODO_PROVIDER, TASK_PROVIDER = "CRM_TODO", "CRM_TASKS_TASK"
#: What an activity without a deadline has instead of one.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)

#: (entityTypeId, id) of a CRM item.
Binding = tuple[int, int]


@dataclass(slots=True)
class Activity:
    id: int
    type_id: int
    subject: str
    bindings: tuple[Binding, ...]
    responsible_id: int
    author_id: int
    created_at: datetime
    updated_at: datetime
    editor_id: int
    provider_id: str = ""
    provider_type_id: str = ""
    associated_id: int = 0
    description: str = ""
    description_type: int = 1
    start_at: datetime | None = None
    end_at: datetime | None = None
    deadline: datetime | None = None
    is_completed: bool = False
    priority: int = 2
    direction: int = 0
    notify_type: int = 0
    location: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    provider_params: dict[str, Any] = field(default_factory=dict)
    communications: tuple[dict[str, Any], ...] = ()
    originator_id: str | None = None
    origin_id: str | None = None
    origin_version: str | None = None

    @property
    def owner(self) -> Binding:
        return self.bindings[0]


@dataclass(slots=True)
class ActivityBook:
    """All activities of the portal."""

    activities: dict[int, Activity] = field(default_factory=dict)
    #: The activity that mirrors a task, by the task's id.
    mirrors: dict[int, int] = field(default_factory=dict)
    #: The e-mails that went out, as activities.
    sent_mails: list[Activity] = field(default_factory=list)

    def find(self, activity_id: int) -> Activity | None:
        return self.activities.get(activity_id)

    def mirror_of(self, task_id: int) -> Activity | None:
        return self.activities.get(self.mirrors.get(task_id, 0))


def put(portal: SandboxPortal, activity: Activity) -> Activity:
    """Keep a new activity and tell the subscribers."""
    book = portal.part(ActivityBook)
    book.activities[activity.id] = activity
    if activity.provider_id == TASK_PROVIDER:
        book.mirrors[activity.associated_id] = activity.id
    tell(portal, "ADD", activity.id, activity.author_id)
    return activity


def edit(portal: SandboxPortal, activity: Activity, changes: dict[str, Any], by: int) -> bool:
    """Write what differs, as that user; False, and no event, when nothing does."""
    different = {name: value for name, value in changes.items() if getattr(activity, name) != value}
    if not different:
        return False
    for name, value in different.items():
        setattr(activity, name, value)
    activity.updated_at, activity.editor_id = portal.now(), by
    tell(portal, "UPDATE", activity.id, by)
    return True


def remove(portal: SandboxPortal, activity: Activity, by: int) -> None:
    book = portal.part(ActivityBook)
    del book.activities[activity.id]
    book.mirrors.pop(activity.associated_id, None) if activity.provider_id == TASK_PROVIDER else None
    tell(portal, "DELETE", activity.id, by)


def tell(portal: SandboxPortal, what: str, activity_id: int, by: int) -> None:
    portal.events.raise_event(f"ONCRMACTIVITY{what}", {"FIELDS": {"ID": activity_id}}, by=by)
