"""The tables, for SQLite and PostgreSQL alike. `migrations` builds them; a test holds the two together.

Every row belongs to a portal. `row_id` and `seq` are integer keys of the database (fast, and an order);
what the portal calls a record stays in columns of its own.
"""

from connector.store.schema.base import metadata
from connector.store.schema.flow import (
    definition,
    effect,
    inbox,
    journal,
    journal_head,
    link,
    outbox,
    process,
    signal,
    timer,
)
from connector.store.schema.portal import (
    category,
    crm_field,
    department,
    entity_type,
    item,
    person,
    stage,
    task,
    visit,
)
from connector.store.schema.running import lease, rotation, setting, watermark

__all__ = [
    "category",
    "crm_field",
    "definition",
    "department",
    "effect",
    "entity_type",
    "inbox",
    "item",
    "journal",
    "journal_head",
    "lease",
    "link",
    "metadata",
    "outbox",
    "person",
    "process",
    "rotation",
    "setting",
    "signal",
    "stage",
    "task",
    "timer",
    "visit",
    "watermark",
]
