"""Users and departments of the portal: who there is, who is whose superior."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(slots=True)
class User:
    """An account of the portal; a dismissed employee is one that is not active."""

    id: int
    name: str
    last_name: str
    email: str = ""
    position: str = ""
    department_ids: tuple[int, ...] = ()
    is_active: bool = True
    is_admin: bool = False
    #: An IANA name; None: the portal's own zone.
    time_zone: str | None = None
    phone: str = ""
    user_type: str = "employee"
    registered_at: datetime = datetime(2020, 1, 1, tzinfo=UTC)

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.last_name}".strip()


@dataclass(slots=True)
class Department:
    id: int
    name: str
    parent_id: int | None = None
    head_id: int | None = None
    sort: int = 500


@dataclass(slots=True)
class People:
    """The company's structure."""

    users: dict[int, User] = field(default_factory=dict)
    departments: dict[int, Department] = field(default_factory=dict)

    def get(self, user_id: int) -> User | None:
        return self.users.get(user_id)

    def hire(self, user: User) -> User:
        self.users[user.id] = user
        return user

    def found(self, department: Department) -> Department:
        self.departments[department.id] = department
        return department

    def dismiss(self, user_id: int) -> None:
        """The account stays, switched off: REST still returns it, its webhooks die."""
        self.users[user_id].is_active = False

    @property
    def admin_id(self) -> int:
        return min(user.id for user in self.users.values() if user.is_admin and user.is_active)

    def superiors(self, user_id: int) -> list[int]:
        """The heads above a user, nearest first; a head is not his own superior."""
        user = self.users.get(user_id)
        heads: list[int] = []
        for department_id in user.department_ids if user else ():
            seen: set[int] = set()
            department = self.departments.get(department_id)
            while department is not None and department.id not in seen:
                seen.add(department.id)
                if department.head_id not in (None, user_id, *heads):
                    heads.append(int(department.head_id or 0))
                department = self.departments.get(department.parent_id or 0)
        return heads

    def is_superior(self, boss_id: int, user_id: int) -> bool:
        return boss_id in self.superiors(user_id)
