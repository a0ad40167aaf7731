"""What a rep is shown before a move is what becomes of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.engine.possible import PossibleMove, possible_moves
from pipelines.library import load_shipped
from tests.pipelines.crm import CRM

GATES = """
id = "sale"
title = "Sale"
entity = "deal"
[fields]
budget = { type = "money", title = "Budget" }
[[stages]]
id = "new"
title = "New"
[[stages.steps]]
id = "call"
task = { title = "Call" }
[[stages]]
id = "work"
[[stages]]
id = "marked"
[[stages]]
id = "won"
status = "won"
lock = true
[[stages]]
id = "lost"
status = "lost"
require_on_enter = ["budget"]
[[transitions]]
name = "To work"
from = "new"
to = "work"
when = "item.amount > 0"
reason = "There is no amount yet"
otherwise = "hold"
[[transitions]]
name = "Mark"
from = "new"
to = "marked"
require = ["budget"]
otherwise = "flag"
"""


def moves(crm: CRM) -> dict[str, PossibleMove]:
    found = possible_moves(crm.definition, crm.state, crm.known(), crm.now)
    return {move.stage: move for move in found}


def test_each_stage_says_what_a_move_would_come_to() -> None:
    crm = CRM(GATES)
    crm.start()
    assert moves(crm) == {
        "work": PossibleMove("work", "hold", "To work", "There is no amount yet"),
        "marked": PossibleMove("marked", "flag", "Mark", "not filled in: Budget", ("budget",)),
        "won": PossibleMove("won"),
        "lost": PossibleMove("lost", "revert", "lost", "not filled in: Budget", ("budget",)),
    }
    assert [name for name, move in moves(crm).items() if move.is_allowed] == ["marked", "won"]


def test_a_locked_stage_lets_nobody_out() -> None:
    crm = CRM(GATES)
    crm.start()
    crm.move("won")
    assert {move.by for move in moves(crm).values()} == {"lock"}


def test_a_deleted_item_goes_nowhere() -> None:
    crm = CRM(GATES)
    crm.start()
    gone = crm.state.but(phase="gone")
    assert possible_moves(crm.definition, gone, crm.known(), crm.now) == ()


def test_asking_changes_nothing() -> None:
    crm = CRM(GATES)
    crm.start()
    before = crm.state.to_json()
    moves(crm)
    assert crm.state.to_json() == before


@pytest.mark.parametrize("name", ["contract_approval", "incoming_leads", "simple_sale", "corporate_sale"])
@given(st.lists(st.integers(0, 20), min_size=1, max_size=8), st.booleans())
@settings(max_examples=8, deadline=None)
def test_what_is_foretold_is_what_becomes_of_the_move(name: str, picks: list[int], is_filled: bool) -> None:
    crm = CRM(load_shipped(name), company={"id": 3, "name": "Acme"})
    crm.start()
    if is_filled:
        crm.fill(
            amount=500, **{field: "x" for field, spec in crm.definition.fields.items() if spec.type == "text"}
        )
    for pick in picks:
        crm.is_slow = True  # a connector that is as slow as people are quick
        foretold = list(moves(crm).values())
        move = foretold[pick % len(foretold)]
        crm.move(move.stage)
        assert (crm.stage == move.stage) == move.is_allowed
        assert crm.state.refused_by == ("" if move.is_allowed else move.by) or crm.state.intent is not None
        crm.is_slow = False
        crm.work_off()
