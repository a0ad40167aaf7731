"""Who may read and write which CRM records. Everybody may everything, until a test takes rights away."""

from __future__ import annotations

from dataclasses import dataclass, field

from connector.sandbox.crm.records import Record
from connector.sandbox.people import People


@dataclass(slots=True)
class Rights:
    """What has been taken away, per user; administrators keep all rights."""

    people: People
    hidden_categories: set[tuple[int, int, int]] = field(default_factory=set)
    hidden_items: set[tuple[int, int, int]] = field(default_factory=set)
    #: Users who see the records assigned to them and no others.
    own_only: set[int] = field(default_factory=set)
    read_only: set[int] = field(default_factory=set)
    #: Users who may edit records but not move them to another stage.
    no_moves: set[int] = field(default_factory=set)

    def hide_category(self, user_id: int, entity_type_id: int, category_id: int) -> None:
        self.hidden_categories.add((user_id, entity_type_id, category_id))

    def hide_item(self, user_id: int, entity_type_id: int, item_id: int) -> None:
        self.hidden_items.add((user_id, entity_type_id, item_id))

    def is_admin(self, user_id: int) -> bool:
        user = self.people.get(user_id)
        return user is not None and user.is_admin

    def sees_all(self, user_id: int) -> bool:
        """Whether no record is hidden from a user, so that a list need not ask for each."""
        is_limited = (
            user_id in self.own_only
            or any(each[0] == user_id for each in self.hidden_categories)
            or any(each[0] == user_id for each in self.hidden_items)
        )
        return not is_limited or self.is_admin(user_id)

    def may_read_category(self, user_id: int, entity_type_id: int, category_id: int) -> bool:
        return (user_id, entity_type_id, category_id) not in self.hidden_categories or self.is_admin(user_id)

    def may_read(self, user_id: int, record: Record) -> bool:
        if self.is_admin(user_id):
            return True
        if (user_id, record.entity_type_id, record.id) in self.hidden_items:
            return False
        if user_id in self.own_only and record.get("ASSIGNED_BY_ID") != user_id:
            return False
        return self.may_read_category(user_id, record.entity_type_id, record.category_id)

    def may_write(self, user_id: int, record: Record) -> bool:
        return self.may_read(user_id, record) and (user_id not in self.read_only or self.is_admin(user_id))
