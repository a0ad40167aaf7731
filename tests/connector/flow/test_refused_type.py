"""A type of record that the portal shows no more, as it or our right to it is gone, holds up no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.bitrix24.call import Call
from connector.records import DEAL, Hint, ItemRef
from connector.store import inbox
from tests.connector.flow.family import CONTRACT, Family


@pytest.fixture
def family(tmp_path: Path, sqlite_url: str) -> Iterator[Family]:
    """Contracts have their own pipeline, and an admin has deleted their type in the portal."""
    opened = Family(tmp_path, sqlite_url)
    (contracts,) = an_admin(opened, "crm.type.list", filter={"entityTypeId": CONTRACT})["types"]
    an_admin(opened, "crm.type.delete", id=contracts["id"])
    yield opened
    opened.app.close()


def an_admin(family: Family, method: str, **params: Any) -> Any:
    answer = family.portal.client.send(Call(method, params))
    assert answer.is_done, answer
    return answer.result


def test_moves_of_the_other_types_are_polled(family: Family) -> None:
    deal = family.sandbox.deal(stage="C2:NEW", TITLE="Acme", ASSIGNED_BY_ID=5)
    family.clock.advance(60)
    family.app.reconcile_moves("main")
    family.app.work("main")
    assert family.process_stage(ItemRef(DEAL, deal.id)) == "fresh"


def test_hints_at_the_others_are_followed_and_its_own_are_given_up_in_the_end(family: Family) -> None:
    family.app.submit(Hint("main", "item", CONTRACT, 77, "ONCRMDYNAMICITEMUPDATE", family.clock.now(), ""))
    assert family.process_stage(family.tender()) == "fresh"
    for _ in range(6):
        family.wait(300)
    with family.app.database.read() as conn:
        counts = inbox.counts(conn, "main")
    assert (counts["new"], counts["dead"]) == (0, 1)
