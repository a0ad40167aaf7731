"""Tasks on records of the CRM: a copy of the portal's, with what they are bound to."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from connector.records import EntityType
from connector.store import catalogue, crm_tasks
from connector.store.schema import crm_task, crm_task_binding
from tests.connector.store.samples import NOW, PORTAL, task

LATER = NOW + timedelta(minutes=1)
DEAL_AND_OTHERS = ("D_10", "Tb1_29", "C_x", "X_5")


def _kept(number, **changes):
    """The task as it comes back: without what is known of our own alone."""
    return task(
        number, **{"changed_by": None, "status_changed_by": None, "marker": None, "checklist": None} | changes
    )


def test_a_task_comes_back_with_its_bindings_in_their_order(database):
    types = [EntityType(2, "Deal", "D"), EntityType(177, "Visit", "Tb1"), EntityType(3, "Contact", "C")]
    one = _kept(1, bindings=DEAL_AND_OTHERS, priority=2, group_id=7)
    with database.write() as conn:
        catalogue.replace_entity_types(conn, PORTAL, types)
        assert crm_tasks.upsert_many(conn, PORTAL, [one, task(2, bindings=())], NOW) == {1}
        assert crm_tasks.all_of(conn, PORTAL) == {1: one}
        bound = conn.execute(select(crm_task_binding).order_by(crm_task_binding.c.place))
        assert [(row.code, row.entity_type_id, row.item_id) for row in bound] == [
            ("D_10", 2, 10),
            ("Tb1_29", 177, 29),
            ("C_x", None, None),
            ("X_5", None, None),
        ]


def test_only_what_differs_is_written_and_told(database):
    first, second = _kept(1, title="Text\x00 that a database refuses"), _kept(2)
    with database.write() as conn:
        assert crm_tasks.upsert_many(conn, PORTAL, [first, second, _kept(3)], NOW) == {1, 2, 3}
        assert crm_tasks.upsert_many(conn, PORTAL, [first, second], LATER) == set()
        changes = [_kept(1, title="Another", bindings=("D_10", "D_11")), second]
        assert crm_tasks.upsert_many(conn, PORTAL, changes, LATER) == {1}
        seen = conn.execute(select(crm_task.c.id, crm_task.c.seen_at)).all()
        assert dict(map(tuple, seen)) == {1: LATER, 2: NOW, 3: NOW}
        assert crm_tasks.all_of(conn, PORTAL)[1] == changes[0]


def test_a_task_that_is_bound_no_more_leaves_nothing(database):
    with database.write() as conn:
        crm_tasks.upsert_many(conn, PORTAL, [_kept(1), _kept(2)], NOW)
        assert crm_tasks.upsert_many(conn, PORTAL, [task(1, bindings=())], LATER) == {1}
        assert crm_tasks.ids(conn, PORTAL) == {2}
        assert list(conn.scalars(select(crm_task_binding.c.task_id))) == [2]


def test_a_deleted_task_keeps_its_row_and_may_come_back(database):
    with database.write() as conn:
        crm_tasks.upsert_many(conn, PORTAL, [_kept(1), _kept(2)], NOW)
        assert crm_tasks.mark_gone(conn, PORTAL, [1, 9], LATER) == {1}
        assert crm_tasks.mark_gone(conn, PORTAL, [1], LATER) == set()
        assert crm_tasks.known_ids(conn, PORTAL, [1, 2, 9]) == {2}
        assert crm_tasks.count(conn, PORTAL) == 1
        assert crm_tasks.upsert_many(conn, PORTAL, [_kept(1)], LATER) == {1}
        assert crm_tasks.ids(conn, PORTAL, above=0, upto=1) == {1}


def test_what_is_not_to_be_copied_is_forgotten_and_other_portals_are_left_alone(database):
    with database.write() as conn:
        for portal in (PORTAL, "other"):
            crm_tasks.upsert_many(conn, portal, [_kept(1)], NOW)
        crm_tasks.forget(conn, PORTAL)
        assert crm_tasks.all_of(conn, PORTAL) == {}
        assert crm_tasks.all_of(conn, "other") == {1: _kept(1)}
