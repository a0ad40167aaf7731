"""The Idempotency-Key header of v3."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import Reply, ask

FIELDS = {"title": "Call", "creatorId": 1, "responsibleId": 5}


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


def add(portal: SandboxPortal, key: str, fields: dict[str, Any] | None = None, **how: Any) -> Reply:
    return ask(
        portal,
        "tasks.task.add",
        {"fields": fields or FIELDS},
        headers={"idempotency-key": key},
        **{"api": "v3", **how},
    )


def test_the_same_call_under_the_same_key_runs_once(portal: SandboxPortal) -> None:
    first, second = add(portal, "k1"), add(portal, "k1")
    assert first.result == second.result
    assert "Idempotent-Replayed" not in first.headers
    assert (second.headers["Idempotency-Key"], second.headers["Idempotent-Replayed"]) == ("k1", "true")
    assert add(portal, "k2").result["item"]["id"] == first.result["item"]["id"] + 1


def test_another_body_under_the_same_key_is_refused(portal: SandboxPortal) -> None:
    add(portal, "k1")
    assert add(portal, "k1", {**FIELDS, "title": "Other"}).refusal == (422, "IDEMPOTENCYKEYREUSEDEXCEPTION")


@pytest.mark.parametrize("key", ["", "x" * 256, "ключ"])
def test_keys_are_printable_and_not_too_long(portal: SandboxPortal, key: str) -> None:
    assert add(portal, key).refusal == (400, "INVALIDIDEMPOTENCYKEYEXCEPTION")


def test_a_failed_call_and_an_old_one_are_not_remembered(portal: SandboxPortal) -> None:
    assert add(portal, "k1", {"title": "nobody"}).status == 400
    first = add(portal, "k1").result["item"]["id"]
    portal.clock.sleep(24 * 3600 + 1)
    assert add(portal, "k1").result["item"]["id"] != first


def test_a_key_belongs_to_its_user_and_v2_knows_none(portal: SandboxPortal) -> None:
    first = add(portal, "k1").result["item"]["id"]
    assert add(portal, "k1", by=5).result["item"]["id"] != first
    v2 = {"TITLE": "Call", "RESPONSIBLE_ID": 5}
    made = {add(portal, "k2", v2, api="v2").result["task"]["id"] for _ in range(2)}
    assert len(made) == 2
