"""What happens to a record when it is made, changed or deleted: defaults, checks, stages, history, events.

The order of the documentation (api-reference/crm/universal/crm-item-add.md, crm-item-update.md):
mandatory fields, fields that the stage needs, values, defaults, save; nothing changed, nothing saved. A
move to another pipeline is not an update: deals then raise ONCRMDEALMOVETOCATEGORY and nothing else
(api-reference/crm/deals/events/index.md).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from connector.sandbox.crm import history
from connector.sandbox.crm.checks import check_name, check_required, check_touched, not_valid
from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.records import Record
from connector.sandbox.crm.stages import Status
from connector.sandbox.crm.types import COMPANY, CONTACT, DEAL, LEAD, EntityType
from connector.sandbox.kernel import RestError

#: Typed values by upper-case name; None clears a field.
Changes = dict[str, Any]

_DEFAULT_DAYS_TO_CLOSE = 7


def add_record(
    crm: Crm, entity_type: EntityType, values: Changes, by: int, *, number: int | None = None
) -> Record:
    """Make a record as user `by`; RestError when a required field is missing or a value is not valid.

    `number` gives it that id, which must be free; else it is the next one.
    """
    now = crm.portal.now().replace(microsecond=0)
    values = {"OPENED": True, **values}
    values = {name: value for name, value in values.items() if value is not None}
    category_id, status = _place(crm, entity_type, values)
    if status is not None:
        values["STAGE_ID"] = status.status_id
        values["STAGE_SEMANTIC_ID"] = status.letter
    if entity_type.has_categories:
        values["CATEGORY_ID"] = category_id
    check_required(crm, entity_type, values, values.get("STAGE_ID", ""))
    shelf = crm.shelf(entity_type.id)
    record = Record(entity_type.id, number or shelf.last_id + 1, values)
    if record.id in shelf.records:
        raise ValueError(f"there is a record {entity_type.id}:{record.id} already")
    _fill_defaults(crm, entity_type, record, by, now)
    shelf.put(record)
    _link_companies(crm, record, ())
    if status is not None:
        _write_history(crm, record, history.CREATED, now)
    _raise(crm, entity_type, "ADD", record, by)
    return record


def _place(crm: Crm, entity_type: EntityType, values: Changes) -> tuple[int, Status | None]:
    """The pipeline and the stage of a new record."""
    category_id = int(values.get("CATEGORY_ID", crm.stages.default_category_id(entity_type.id)))
    if entity_type.has_categories and crm.stages.category(entity_type.id, category_id) is None:
        raise not_valid(crm, entity_type, "CATEGORY_ID")
    if not entity_type.has_stages:
        return category_id, None
    wanted = values.get("STAGE_ID")
    if wanted is None:
        return category_id, crm.stages.first(entity_type, category_id)
    status = crm.stages.find(entity_type, category_id, str(wanted))
    if status is None:
        raise not_valid(crm, entity_type, "STAGE_ID")
    return category_id, status


def _fill_defaults(crm: Crm, entity_type: EntityType, record: Record, by: int, now: datetime) -> None:
    values, fields = record.values, crm.schema(entity_type.id).fields
    values.update(
        CREATED_TIME=now,
        UPDATED_TIME=now,
        CREATED_BY=by,
        UPDATED_BY=by,
        LAST_ACTIVITY_TIME=now,
        LAST_ACTIVITY_BY=by,
    )
    values.setdefault("ASSIGNED_BY_ID", by)
    if "TITLE" in fields:
        values.setdefault("TITLE", f"{entity_type.name} #{record.id}")
    if "OPPORTUNITY" in fields:
        values.setdefault("OPPORTUNITY", Decimal(0))
        values.setdefault("CURRENCY_ID", crm.currency)
    if "BEGINDATE" in fields:
        today = now.astimezone(crm.portal.zone).date()
        values.setdefault("BEGINDATE", today)
        values.setdefault("CLOSEDATE", today + timedelta(days=_DEFAULT_DAYS_TO_CLOSE))
    for name in ("SOURCE_ID", "TYPE_ID"):
        directory = crm.stages.by_entity.get(fields[name].status_type) if name in fields else None
        if directory:
            values.setdefault(name, directory[0].status_id)
    if entity_type.has_stages:
        values.update(MOVED_TIME=now, MOVED_BY=by)
        _note_closing(entity_type, values, now)


def update_record(crm: Crm, record: Record, changes: Changes, by: int) -> bool:
    """Change a record as user `by`; False when nothing was different, and then nothing is saved or told.

    RestError when a value is not valid or a field that is required is missing.
    """
    entity_type = crm.entity_type(record.entity_type_id)
    changes = _effective(record, changes)
    new_category = changes.pop("CATEGORY_ID", None)
    status = _next_stage(crm, entity_type, record, new_category, changes.pop("STAGE_ID", None))
    if not changes and status is None:
        return False
    if status is not None and by in crm.rights.no_moves:
        raise RestError("-", "Insufficient permissions to change the stage")
    merged = {**record.values, **changes}
    if status is not None and new_category is None:
        check_required(crm, entity_type, merged, status.status_id)
    else:
        check_touched(crm, entity_type, changes)
    if "NAME" in changes or "LAST_NAME" in changes:
        check_name(crm, entity_type, merged)
    now = crm.portal.now().replace(microsecond=0)
    companies_before = record.values.get("COMPANY_IDS", ())
    _apply(record, changes)
    record.values.update(UPDATED_TIME=now, UPDATED_BY=by)
    _link_companies(crm, record, companies_before)
    if status is not None:
        _move(crm, entity_type, record, status, new_category, by, now)
    if new_category is not None and entity_type.id == DEAL:
        where = {"ID": record.id, "CATEGORY_ID": record.category_id, "STAGE_ID": record.stage_id}
        crm.portal.events.raise_event("ONCRMDEALMOVETOCATEGORY", {"FIELDS": where}, by)
    else:
        _raise(crm, entity_type, "UPDATE", record, by)
    return True


def _effective(record: Record, changes: Changes) -> Changes:
    """What would be different; a title is never emptied."""
    different = {name: value for name, value in changes.items() if record.values.get(name) != value}
    if different.get("TITLE", "kept") is None:
        del different["TITLE"]
    return different


def _next_stage(
    crm: Crm, entity_type: EntityType, record: Record, new_category: int | None, wanted: str | None
) -> Status | None:
    """The stage to move to, or None to stay.

    A stage of another pipeline than the one moved to becomes the first stage of its semantic group there.
    """
    stages = crm.stages
    if new_category is None:
        if wanted is None:
            return None
        status = stages.find(entity_type, record.category_id, wanted)
        if status is None:
            raise not_valid(crm, entity_type, "STAGE_ID")
        return status
    if stages.category(entity_type.id, new_category) is None:
        raise not_valid(crm, entity_type, "CATEGORY_ID")
    status = stages.find(entity_type, new_category, wanted) if wanted else None
    if status is None:
        other = stages.find_anywhere(entity_type, wanted or record.stage_id)
        status = stages.first(entity_type, new_category, other.letter if other else "P")
    return status


def _move(
    crm: Crm,
    entity_type: EntityType,
    record: Record,
    status: Status,
    new_category: int | None,
    by: int,
    now: datetime,
) -> None:
    values = record.values
    if new_category is not None:
        crm.shelf(entity_type.id).recategorise(record, new_category)
        values["CATEGORY_ID"] = new_category
    if entity_type.is_dynamic:
        values["PREVIOUS_STAGE_ID"] = record.stage_id
    values.update(STAGE_ID=status.status_id, STAGE_SEMANTIC_ID=status.letter, MOVED_TIME=now, MOVED_BY=by)
    _note_closing(entity_type, values, now)
    moved = history.FINISHED if status.semantics else history.MOVED
    _write_history(crm, record, history.RECATEGORISED if new_category is not None else moved, now)


def _note_closing(entity_type: EntityType, values: Changes, now: datetime) -> None:
    if entity_type.id == LEAD:
        if values["STAGE_SEMANTIC_ID"] == "P":
            values.pop("DATE_CLOSED", None)
        else:
            values["DATE_CLOSED"] = now


def _apply(record: Record, changes: Changes) -> None:
    for name, value in changes.items():
        if value is None:
            record.values.pop(name, None)
        else:
            record.values[name] = value


def delete_record(crm: Crm, record: Record, by: int) -> None:
    """Delete a record with its history and rows; its id stays unused."""
    entity_type = crm.entity_type(record.entity_type_id)
    crm.shelf(record.entity_type_id).take(record)
    crm.history.forget(record.entity_type_id, record.id)
    crm.product_rows.pop((record.entity_type_id, record.id), None)
    _raise(crm, entity_type, "DELETE", record, by)


def restore_record(crm: Crm, record: Record, by: int) -> None:
    """Put a deleted record back under its id; its history starts anew with the stage that it is in."""
    crm.shelf(record.entity_type_id).put(record)
    now = crm.portal.now().replace(microsecond=0)
    record.values.update(UPDATED_TIME=now, UPDATED_BY=by)
    entity_type = crm.entity_type(record.entity_type_id)
    if entity_type.has_stages:
        _write_history(crm, record, history.CREATED, now)
    _raise(crm, entity_type, "UPDATE", record, by)


def set_product_rows(crm: Crm, record: Record, rows: list[dict[str, Any]], by: int) -> None:
    """Replace the product rows; their total becomes the amount unless that is entered by hand."""
    crm.product_rows[record.entity_type_id, record.id] = rows
    if not record.get("IS_MANUAL_OPPORTUNITY"):
        update_record(crm, record, {"OPPORTUNITY": rows_total(rows)}, by)


def rows_total(rows: list[dict[str, Any]]) -> Decimal:
    total = sum((Decimal(str(row["price"])) * Decimal(str(row["quantity"])) for row in rows), Decimal(0))
    return round(total, 2)


def _link_companies(crm: Crm, contact: Record, before: tuple[int, ...]) -> None:
    """A contact's companies know it too."""
    if contact.entity_type_id != CONTACT:
        return
    after = contact.values.get("COMPANY_IDS", ())
    for company_id in {*before, *after}:
        company = crm.find(COMPANY, company_id)
        if company is not None:
            others = tuple(each for each in company.values.get("CONTACT_IDS", ()) if each != contact.id)
            company.values["CONTACT_IDS"] = (*others, contact.id) if company_id in after else others


def _write_history(crm: Crm, record: Record, type_id: int, at: datetime) -> None:
    crm.history.write(
        type_id,
        record.entity_type_id,
        record.id,
        at,
        record.category_id,
        record.stage_id,
        record.values["STAGE_SEMANTIC_ID"],
    )


def _raise(crm: Crm, entity_type: EntityType, what: str, record: Record, by: int) -> None:
    events = crm.portal.events
    if not entity_type.is_dynamic:
        events.raise_event(entity_type.event_stem + what, {"FIELDS": {"ID": record.id}}, by)
        return
    fields = {"FIELDS": {"ID": record.id, "ENTITY_TYPE_ID": entity_type.id}}
    events.raise_event(entity_type.event_stem + what, fields, by)
    events.raise_event(f"{entity_type.event_stem}{what}_{entity_type.id}", fields, by)
