"""What the portal is made of is taken over whole, and what differed is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.errors import StoreError
from connector.records import Category, Department, EntityType, Field, Person, Stage
from connector.store import catalogue
from connector.store.catalogue import Replaced
from tests.connector.store.samples import PORTAL

ANNA = Person(7, "Анна", is_active=True, department_ids=(1, 5), time_zone="Asia/Almaty")
BORIS = Person(8, "Борис", is_active=True, department_ids=())
NEW = Stage(2, 5, "C5:NEW", "New", 10, "P")
WON = Stage(2, 5, "C5:WON", "Won", 20, "S")
REGION = Field(2, "ufCrm_1", "enumeration", "Region", True, False, True, {"44": "Север", "45": "Юг"})


def test_people_are_compared_with_those_we_knew(database):
    with database.write() as conn:
        assert catalogue.replace_people(conn, PORTAL, [ANNA, BORIS]) == Replaced(2, 0, 0)
        assert not catalogue.replace_people(conn, PORTAL, [BORIS, ANNA])
        dismissed = replace(ANNA, is_active=False)
        clara = Person(9, "Clara", True, (1,))
        assert catalogue.replace_people(conn, PORTAL, [dismissed, clara]) == Replaced(1, 1, 1)
        assert catalogue.get_people(conn, PORTAL) == {7: dismissed, 9: clara}
        assert catalogue.get_people(conn, "other") == {}


def test_the_rest_of_the_catalogue_comes_back_as_it_was(database):
    heads = {1: Department(1, "Sales", None, 7), 5: Department(5, "North", 1, None)}
    types = {2: EntityType(2, "Deal", "D"), 1046: EntityType(1046, "Tender", "T416")}
    funnels = {0: Category(2, 0, "General", True), 5: Category(2, 5, "Tenders", False)}
    with database.write() as conn:
        assert catalogue.replace_departments(conn, PORTAL, heads.values())
        assert catalogue.replace_entity_types(conn, PORTAL, types.values())
        assert catalogue.replace_categories(conn, PORTAL, 2, funnels.values())
        assert catalogue.replace_fields(conn, PORTAL, 2, [REGION])
        assert catalogue.get_departments(conn, PORTAL) == heads
        assert catalogue.get_entity_types(conn, PORTAL) == types
        assert catalogue.get_categories(conn, PORTAL, 2) == funnels
        assert catalogue.get_fields(conn, PORTAL, 2) == {"ufCrm_1": REGION}


def test_stages_are_in_the_order_of_the_board(database):
    lead = Stage(1, None, "NEW", "New", 10, "P")
    other = Stage(2, 0, "WON", "Won", 99, "S")
    with database.write() as conn:
        catalogue.replace_stages(conn, PORTAL, 2, [WON, other, NEW])
        catalogue.replace_stages(conn, PORTAL, 1, [lead])
        assert catalogue.get_stages(conn, PORTAL, 2) == [other, NEW, WON]
        assert catalogue.get_stages(conn, PORTAL, 2, 5) == [NEW, WON]
        assert catalogue.get_stages(conn, PORTAL, 1) == [lead]
        assert catalogue.replace_stages(conn, PORTAL, 2, [NEW]) == Replaced(0, 0, 2)
        assert catalogue.get_stages(conn, PORTAL, 1) == [lead]


def test_an_empty_reading_of_what_no_portal_lacks_deletes_nothing(database):
    with database.write() as conn:
        catalogue.replace_people(conn, PORTAL, [ANNA])
        with pytest.raises(StoreError, match="no people"):
            catalogue.replace_people(conn, PORTAL, iter(()))
        with pytest.raises(StoreError, match="no fields"):
            catalogue.replace_fields(conn, PORTAL, 2, [])
        assert catalogue.get_people(conn, PORTAL) == {7: ANNA}
        assert not catalogue.replace_categories(conn, PORTAL, 1, [])
