"""What people find and leave in timelines and under the bell, as sentences for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from connector.sandbox.activities import Activity, ActivityBook
from connector.sandbox.crm_people import Ref
from connector.sandbox.messages import Mailbox, Notification
from connector.sandbox.tasks_people import item_of
from connector.sandbox.timeline import Comment, Timeline, type_name

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal


class TimelinePeople:
    """The sentences about timelines and notifications; part of `SandboxPortal`."""

    def comments_of(self, ref: Ref) -> list[str]:
        """The texts of an item's comments, oldest first."""
        portal, (entity_type_id, item_id) = _portal(self), item_of(ref)
        rows = portal.part(Timeline).comments_of(type_name(portal, entity_type_id), item_id)
        return [row.text for row in rows]

    def comment(self, ref: Ref, text: str, by: int) -> int:
        """Somebody comments on an item; the id of the comment."""
        portal, (entity_type_id, item_id) = _portal(self), item_of(ref)
        with portal.lock:
            number, name = portal.next_id("timeline"), type_name(portal, entity_type_id)
            row = Comment(number, name, item_id, text, by, portal.now())
            portal.part(Timeline).comments[number] = row
            portal.events.raise_event("ONCRMTIMELINECOMMENTADD", {"ID": number}, by=by)
            return number

    def activities_of(self, ref: Ref) -> list[Activity]:
        """The activities bound to an item, oldest first; mirrors of tasks among them."""
        rows = _portal(self).part(ActivityBook).activities.values()
        return [row for row in rows if item_of(ref) in row.bindings]

    def notifications_of(self, user_id: int) -> list[Notification]:
        """What the person found under the bell, oldest first."""
        return _portal(self).part(Mailbox).of(user_id)

    def sent_mails(self) -> list[Activity]:
        """The e-mails that the CRM sent, oldest first."""
        return list(_portal(self).part(ActivityBook).sent_mails)


def _portal(people: TimelinePeople) -> SandboxPortal:
    return cast("SandboxPortal", people)
