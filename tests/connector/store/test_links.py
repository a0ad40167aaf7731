"""Links: what was made for an item, under which name, and by which pipeline."""

from __future__ import annotations

from dataclasses import replace

from connector.records import COMPANY, DEAL, LEAD, ItemRef
from connector.store import links
from connector.store.links import Link
from tests.connector.store.samples import NOW, PORTAL

PARENT, CHILD = ItemRef(DEAL, 10), ItemRef(1046, 7)
CONTRACT = Link(
    parent=PARENT, pipeline="sale", name="contract", child=CHILD, child_pipeline="contracts", command_key="k1"
)


def test_a_command_makes_one_link_however_often_it_is_told(database):
    with database.write() as conn:
        assert links.add(conn, PORTAL, CONTRACT, NOW)
        assert not links.add(conn, PORTAL, replace(CONTRACT, child=ItemRef(1046, 8)), NOW)
        assert links.children(conn, PORTAL, PARENT) == [CONTRACT]


def test_a_link_is_found_from_both_ends(database):
    with database.write() as conn:
        links.add(conn, PORTAL, CONTRACT, NOW)
        assert links.children(conn, PORTAL, PARENT) == links.parents(conn, PORTAL, CHILD) == [CONTRACT]
        assert links.children(conn, PORTAL, CHILD) == links.parents(conn, PORTAL, PARENT) == []
        assert links.children(conn, "other", PARENT) == []
        assert links.with_parents(conn, PORTAL, [PARENT, CHILD, ItemRef(DEAL, 7)]) == {CHILD}


def test_what_two_pipelines_call_their_own_is_kept_apart(database):
    company = Link(
        parent=PARENT,
        pipeline="leads",
        name="",
        child=ItemRef(COMPANY, 3),
        child_pipeline=None,
        command_key="k2",
    )
    with database.write() as conn:
        links.add(conn, PORTAL, CONTRACT, NOW)
        links.add(conn, PORTAL, company, NOW)
        assert links.children(conn, PORTAL, PARENT, pipeline="leads") == [company]
        assert links.children(conn, PORTAL, PARENT, pipeline="sale", name="contract") == [CONTRACT]
        assert links.children(conn, PORTAL, PARENT, pipeline="sale", name="invoice") == []


def test_the_newest_of_a_name_comes_last(database):
    again = replace(CONTRACT, child=ItemRef(1046, 6), command_key="k0")
    with database.write() as conn:
        links.add(conn, PORTAL, CONTRACT, NOW)
        links.add(conn, PORTAL, again, NOW)
        found = links.children(conn, PORTAL, PARENT, name="contract")
    assert [link.child.id for link in found] == [7, 6]
    assert ItemRef(LEAD, 10) not in {link.parent for link in found}
