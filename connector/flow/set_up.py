"""The portal's set-up: its people, departments, types, categories, stages and fields, copied every hour.

What differs from the last time is kept and told. Nothing is stopped by guess: a stage that is gone stops
what needs it when it is needed, with its name, and what does not need it goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from connector import log
from connector.bitrix24.people import list_departments, list_people
from connector.bitrix24.schema import Catalogue, read_catalogue
from connector.config.uses import uses_of
from connector.flow.open_columns import show_fields
from connector.flow.portal import Portal
from connector.store import Connection, catalogue, schema_changes, watermarks
from connector.store.schema_changes import SchemaChange

logger = logging.getLogger(__name__)


#: A copy that is no older than this is not made again at a start: the first copy, or the last run, made it.
FRESH = timedelta(minutes=5)
#: Watermark: when it was last copied.
COPIED = "catalogue"


def refresh_catalogue(portal: Portal) -> None:
    """Copy it, unless that has just been done; what the views show follows the configuration in any case."""
    with portal.database.read() as conn:
        copied_at = watermarks.get(conn, portal.name, COPIED)
    if copied_at and portal.clock.now() - datetime.fromisoformat(copied_at) < FRESH:
        with portal.database.write() as conn:
            show_fields(conn, portal)
    else:
        copy_catalogue(portal)


def copy_catalogue(portal: Portal) -> None:
    """People, departments, entity types, categories, stages and fields as they stand."""
    read = read_catalogue(portal.client)
    people = [person for page in list_people(portal.client) for person in page]
    departments = list_departments(portal.client)
    with portal.database.write() as conn:
        catalogue.replace_people(conn, portal.name, people)
        catalogue.replace_departments(conn, portal.name, departments)
        changes = [*catalogue.replace_entity_types(conn, portal.name, read.types).changes]
        for entity_type in read.types:
            changes += _keep_type(conn, portal, entity_type.id, read)
        now = portal.clock.now()
        schema_changes.add_many(conn, portal.name, changes, now)
        show_fields(conn, portal)
        watermarks.put(conn, portal.name, COPIED, now.isoformat(), now)
    _tell(portal, changes)


def _keep_type(conn: Connection, portal: Portal, type_id: int, read: Catalogue) -> list[SchemaChange]:
    """Categories, stages and fields of one type; where the portal refused to tell, what is known stays."""
    categories = [each for each in read.categories if each.entity_type_id == type_id]
    stages = [each for each in read.stages if each.entity_type_id == type_id]
    fields = [each for each in read.fields if each.entity_type_id == type_id]
    changes: list[SchemaChange] = []
    if categories or not read.unread:
        changes += catalogue.replace_categories(conn, portal.name, type_id, categories).changes
    if stages or not read.unread:
        changes += catalogue.replace_stages(conn, portal.name, type_id, stages).changes
    if fields or not read.unread:
        changes += catalogue.replace_fields(conn, portal.name, type_id, fields).changes
    return changes


def _tell(portal: Portal, changes: Iterable[SchemaChange]) -> None:
    for change in changes:
        uses = uses_of(portal.config, change.what, change.entity_type_id, change.id)
        level = logging.WARNING if uses and change.after is None else logging.INFO
        facts = {"what": change.what, "entity_type": change.entity_type_id, "id": change.id}
        log.note(
            logger, "set_up", change.status, level=level, portal=portal.name, used_by=", ".join(uses), **facts
        )
