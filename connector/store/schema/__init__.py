"""The tables, for SQLite and PostgreSQL alike. `migrations` builds them; a test holds the two together.

Every row belongs to a portal, but for users of the dashboard. `row_id` and `seq` are integer keys of the
database (fast, and an order); what the portal calls a record stays in columns of its own.
"""

from connector.store.schema.base import metadata
from connector.store.schema.catalogue import (
    category,
    crm_field,
    crm_option,
    department,
    entity_type,
    mirrored_field,
    mirrored_type,
    person,
    schema_change,
    stage,
)
from connector.store.schema.crm_tasks import crm_task, crm_task_binding
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
from connector.store.schema.portal import item, task, visit
from connector.store.schema.running import lease, rotation, setting, watermark
from connector.store.schema.users import guess, session, user

__all__ = [
    "category",
    "crm_field",
    "crm_option",
    "crm_task",
    "crm_task_binding",
    "definition",
    "department",
    "effect",
    "entity_type",
    "guess",
    "inbox",
    "item",
    "journal",
    "journal_head",
    "lease",
    "link",
    "metadata",
    "mirrored_field",
    "mirrored_type",
    "outbox",
    "person",
    "process",
    "rotation",
    "schema_change",
    "session",
    "setting",
    "signal",
    "stage",
    "task",
    "timer",
    "user",
    "visit",
    "watermark",
]
