"""Views that every store has: the history of stages, tasks, people, and what the portal is made of."""

from __future__ import annotations

from connector.store.open_data.model import Column, View
from connector.store.open_data.speech import Speech
from connector.store.open_data.tasks import deletions, task_views
from connector.store.open_data.words import (
    ITEM_TYPE,
    PORTAL,
    category,
    item_type,
    of_type,
    person,
    stage,
    status,
)


def standing_views(say: Speech) -> list[View]:
    """All of them, in the order in which they are documented."""
    return [
        _stage_history(say),
        *task_views(say),
        _people(say),
        _departments(),
        _item_types(),
        _categories(),
        _stages(),
        _fields(),
        _field_options(),
        _schema_changes(),
        deletions(),
    ]


def _stage_history(say: Speech) -> View:
    next_at, next_seen = (f"lead(v.{name}) OVER in_order" for name in ("at", "seen_at"))
    # A stage that was deleted is still what it was called.
    former = (
        f"(SELECT {say.member('c.before', 'name')} FROM schema_change c WHERE c.portal = v.portal "
        "AND c.what = 'stage' AND c.entity_type_id = v.entity_type_id AND c.id = v.stage_id "
        "AND c.after IS NULL ORDER BY c.seq DESC LIMIT 1)"
    )
    name = f"coalesce({stage('v', 'name')}, {former})"
    kind = "CASE v.type_id WHEN 1 THEN 'created' WHEN 5 THEN 'category_changed' ELSE 'moved' END"
    return View(
        "stage_history",
        "Stays of records in stages: one row for each time a record came into a stage",
        (
            *of_type("v"),
            Column("item_id", "integer", "v.item_id", "The record's id"),
            Column("history_id", "text", "v.history_id", "The portal's id of the row; s:… if made up"),
            Column("how", "text", kind, "created, moved or category_changed"),
            Column("category_id", "integer", "v.category_id", "Id of the category"),
            Column("category", "text", category("v"), "Its name"),
            Column("stage_id", "text", "v.stage_id", "Id of the stage"),
            Column("stage", "text", name, "Its name; of a stage that is no more, its last one"),
            Column(
                "status",
                "text",
                status(f"coalesce(v.semantics, {stage('v', 'semantics')})"),
                "open, won or lost",
            ),
            Column("entered_at", "instant", "v.at", "When the record came into the stage"),
            Column("left_at", "instant", next_at, "When it left; null while it is there"),
            Column("seconds", "integer", say.seconds("v.at", next_at), "How long it stayed, in seconds"),
            Column("seen_at", "instant", say.later("v.seen_at", next_seen), "When the row last changed here"),
        ),
        "visit v WINDOW in_order AS (PARTITION BY v.portal, v.entity_type_id, v.item_id "
        "ORDER BY v.at, v.history_number)",
        ("portal", "entity_type_id", "item_id", "entered_at"),
        since="seen_at",
    )


def _people(say: Speech) -> View:
    department = (
        "(SELECT d.name FROM department d WHERE d.portal = p.portal "
        f"AND d.id = {say.first_id('p.department_ids')})"
    )
    return View(
        "people",
        "Employees, those who have left too",
        (
            Column("portal", "text", "p.portal", PORTAL),
            Column("id", "integer", "p.id", "The user's id in the portal"),
            Column("name", "text", "p.name", "First and last name"),
            Column("is_active", "yes_no", "p.is_active", "No: has left, or was dismissed"),
            Column("department_id", "integer", say.first_id("p.department_ids"), "The first department"),
            Column("department", "text", department, "Its name"),
            Column("department_ids", "json", "p.department_ids", "All departments, a JSON array of ids"),
            Column("time_zone", "text", "p.time_zone", "IANA name; null: the portal's"),
        ),
        "person p",
        ("portal", "id"),
    )


def _departments() -> View:
    return View(
        "departments",
        "Departments",
        (
            Column("portal", "text", "d.portal", PORTAL),
            Column("id", "integer", "d.id", "The department's id"),
            Column("name", "text", "d.name", "Name"),
            Column("parent_id", "integer", "d.parent_id", "The department above; null at the top"),
            Column("head_id", "integer", "d.head_id", "User who heads it"),
            Column("head", "text", person("d", "head_id"), "Name of that person"),
        ),
        "department d",
        ("portal", "id"),
    )


def _item_types() -> View:
    is_copied = "EXISTS (SELECT 1 FROM mirrored_type m WHERE m.portal = e.portal AND m.entity_type_id = e.id)"
    return View(
        "item_types",
        "Types of records that the portal has",
        (
            Column("portal", "text", "e.portal", PORTAL),
            Column("item_type", "text", item_type("e.id"), ITEM_TYPE),
            Column("entity_type_id", "integer", "e.id", "The same as the CRM's number"),
            Column("name", "text", "e.name", "What the portal calls it"),
            Column("is_copied", "yes_no", is_copied, "Its records are in the mirror"),
        ),
        "entity_type e",
        ("portal", "entity_type_id"),
    )


def _categories() -> View:
    return View(
        "categories",
        "What the CRM calls pipelines (funnels)",
        (
            *of_type("c"),
            Column("id", "integer", "c.id", "The category's id"),
            Column("name", "text", "c.name", "Name"),
            Column("is_default", "yes_no", "c.is_default", "Where new records go by themselves"),
        ),
        "category c",
        ("portal", "entity_type_id", "id"),
    )


def _stages() -> View:
    return View(
        "stages",
        "Stages of all boards",
        (
            *of_type("s"),
            Column("category_id", "integer", "s.category_id", "Id of the category; null for leads"),
            Column("category", "text", category("s"), "Its name"),
            Column("id", "text", "s.id", "The stage's id, such as C4:NEW"),
            Column("name", "text", "s.name", "What people read on the board"),
            Column("sort", "integer", "s.sort", "Its place on the board"),
            Column("status", "text", status("s.semantics"), "open, won or lost"),
        ),
        "stage s",
        ("portal", "entity_type_id", "id"),
    )


def _fields() -> View:
    column = (
        '(SELECT min(m."column") FROM mirrored_field m WHERE m.portal = f.portal '
        "AND m.entity_type_id = f.entity_type_id AND m.field = f.name)"
    )
    return View(
        "fields",
        "Fields of the cards, whether or not they are copied",
        (
            *of_type("f"),
            Column("name", "text", "f.name", "REST name"),
            Column("title", "text", "f.title", "What people read on the card"),
            Column("type", "text", "f.type", "The CRM's type"),
            Column("is_required", "yes_no", "f.is_required", "Must be filled in always"),
            Column("is_read_only", "yes_no", "f.is_read_only", "Cannot be written"),
            Column("is_multiple", "yes_no", "f.is_multiple", "Holds a list of values"),
            Column("view_column", "text", column, "The column that it has in the view of its type"),
        ),
        "crm_field f",
        ("portal", "entity_type_id", "name"),
    )


def _field_options() -> View:
    return View(
        "field_options",
        "Options of lists and directories",
        (
            *of_type("o"),
            Column("field", "text", "o.field", "REST name of the field"),
            Column("id", "text", "o.id", "The option's id"),
            Column("label", "text", "o.label", "What people read"),
        ),
        "crm_option o",
        ("portal", "entity_type_id", "field", "id"),
    )


def _schema_changes() -> View:
    change = "CASE WHEN s.before IS NULL THEN 'added' WHEN s.after IS NULL THEN 'removed' ELSE 'changed' END"
    return View(
        "schema_changes",
        "What changed in the portal's set-up, as the connector noticed it",
        (
            *of_type("s"),
            Column("seq", "integer", "s.seq", "Number of the change"),
            Column("noticed_at", "instant", "s.noticed_at", "When it was noticed"),
            Column("what", "text", "s.what", "entity_type, category, stage or crm_field"),
            Column("id", "text", "s.id", "Id or REST name of what changed"),
            Column("change", "text", change, "added, removed or changed"),
            Column("before", "json", "s.before", "JSON object: what was"),
            Column("after", "json", "s.after", "JSON object: what is"),
        ),
        "schema_change s",
        ("seq",),
        since="noticed_at",
    )
