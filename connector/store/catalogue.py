"""What the portal is made of: people, departments, entity types, categories, stages, fields.

Each `replace_…` takes the whole list as read and says what differed; an empty list is refused where a portal
cannot be without (people, entity types), because it means that the reading failed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from connector.records import Category, Department, EntityType, Field, Person, Stage


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a new reading changed: how many rows were new, different, no longer there."""

    added: int
    changed: int
    removed: int

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def replace_people(conn: Connection, portal: str, people: Iterable[Person]) -> Replaced:
    raise NotImplementedError


def get_people(conn: Connection, portal: str) -> dict[int, Person]:
    raise NotImplementedError


def replace_departments(conn: Connection, portal: str, departments: Iterable[Department]) -> Replaced:
    raise NotImplementedError


def get_departments(conn: Connection, portal: str) -> dict[int, Department]:
    raise NotImplementedError


def replace_entity_types(conn: Connection, portal: str, entity_types: Iterable[EntityType]) -> Replaced:
    raise NotImplementedError


def get_entity_types(conn: Connection, portal: str) -> dict[int, EntityType]:
    raise NotImplementedError


def replace_categories(
    conn: Connection, portal: str, entity_type_id: int, categories: Iterable[Category]
) -> Replaced:
    raise NotImplementedError


def get_categories(conn: Connection, portal: str, entity_type_id: int) -> dict[int, Category]:
    raise NotImplementedError


def replace_stages(conn: Connection, portal: str, entity_type_id: int, stages: Iterable[Stage]) -> Replaced:
    """All stages of all categories of the entity type."""
    raise NotImplementedError


def get_stages(
    conn: Connection, portal: str, entity_type_id: int, category_id: int | None = None
) -> list[Stage]:
    """Stages in the order of the board; `category_id` None: of all categories."""
    raise NotImplementedError


def replace_fields(conn: Connection, portal: str, entity_type_id: int, fields: Iterable[Field]) -> Replaced:
    raise NotImplementedError


def get_fields(conn: Connection, portal: str, entity_type_id: int) -> dict[str, Field]:
    raise NotImplementedError
