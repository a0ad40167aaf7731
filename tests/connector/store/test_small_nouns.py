"""Watermarks, switches, rotation, effects: small, and each with one promise."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.records import ItemRef
from connector.store import effects, rotation, settings, watermarks
from connector.store.effects import Effect
from connector.store.settings import ALL_PORTALS, Pause
from tests.connector.store.samples import NOW, PORTAL

LATER = NOW + timedelta(minutes=1)
DEAL = ItemRef(2, 10)


def test_a_watermark_is_what_it_was_set_to_last(database):
    with database.write() as conn:
        assert watermarks.get(conn, PORTAL, "moves:2") is None
        watermarks.put(conn, PORTAL, "moves:2", {"after_id": 17}, NOW)
        watermarks.put(conn, PORTAL, "moves:2", {"after_id": 18}, LATER)
        watermarks.put(conn, "other", "moves:2", 1, NOW)
        assert watermarks.get(conn, PORTAL, "moves:2") == {"after_id": 18}
        assert watermarks.all_of(conn, PORTAL) == {"moves:2": ({"after_id": 18}, LATER)}


def test_a_switch_is_set_and_unset(database):
    with database.write() as conn:
        settings.put(conn, PORTAL, "mode", "shadow", NOW, "admin")
        settings.put(conn, PORTAL, "mode", "live", NOW, "admin")
        assert settings.get(conn, PORTAL, "mode") == "live"
        assert settings.remove(conn, PORTAL, "mode")
        assert not settings.remove(conn, PORTAL, "mode")
        assert settings.get(conn, PORTAL, "mode") is None


def test_pauses_say_who_why_and_since_when(database):
    with database.write() as conn:
        settings.put(conn, PORTAL, "pauser", 1, NOW, "x")
        settings.pause(conn, ALL_PORTALS, NOW, by="admin", reason="update")
        settings.pause(conn, PORTAL, LATER, by="anna", reason="audit", pipeline="sales:b2b")
        settings.pause(conn, "other", NOW, by="admin", reason="x")
        assert settings.pauses(conn, PORTAL) == [
            Pause(ALL_PORTALS, None, "update", "admin", NOW),
            Pause(PORTAL, "sales:b2b", "audit", "anna", LATER),
        ]
        assert not settings.resume(conn, PORTAL)
        assert settings.resume(conn, PORTAL, pipeline="sales:b2b")


def test_a_rotation_remembers_who_was_last(database):
    with database.write() as conn:
        rotation.turn(conn, PORTAL, "north", 7, NOW)
        rotation.turn(conn, PORTAL, "north", 8, NOW)
        rotation.turn(conn, PORTAL, "south", 7, NOW)
        rotation.turn(conn, "other", "south", 9, NOW)
        assert rotation.get(conn, PORTAL) == {"north": 8, "south": 7}


@pytest.mark.parametrize("value", ["C5:WON", None, {"value": 1}, ["a", 2]])
def test_an_effect_is_met_once_and_in_its_time(database, value):
    with database.write() as conn:
        effects.expect(conn, PORTAL, [Effect("c1", DEAL, "stage", value, NOW, LATER)])
        assert effects.meet(conn, PORTAL, DEAL, "stage", "other", NOW) is None
        assert effects.meet(conn, PORTAL, DEAL, "stage", value, LATER + timedelta(seconds=1)) is None
        assert effects.meet(conn, "other", DEAL, "stage", value, NOW) is None
        assert effects.meet(conn, PORTAL, DEAL, "stage", value, LATER) == "c1"
        assert effects.meet(conn, PORTAL, DEAL, "stage", value, LATER) is None
