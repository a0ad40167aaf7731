"""What the portal is made of: entity types, categories, stages, fields (skeleton)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from connector.bitrix24.client import Client
from connector.records import Category, EntityType, Field, Stage


@dataclass(frozen=True, slots=True)
class Catalogue:
    types: tuple[EntityType, ...]
    categories: tuple[Category, ...]
    stages: tuple[Stage, ...]
    fields: tuple[Field, ...]
    #: What could not be read, and why: "crm.item.fields 1046" → "Access denied".
    unread: Mapping[str, str] = field(default_factory=dict)


def read_catalogue(client: Client, entity_type_ids: Collection[int] | None = None) -> Catalogue:
    """Types, categories, stages and fields in three requests; only of these types, if given."""
    raise NotImplementedError
