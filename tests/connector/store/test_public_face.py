"""What the room shows at its door."""

from __future__ import annotations

from connector import store


def test_the_door_shows_three_names():
    assert sorted(store.__all__) == ["Connection", "Database", "InboxWriter"]
