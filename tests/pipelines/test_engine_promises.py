"""What the engine promises beyond single rules: versions, explanations, repeats, kept state, languages."""

from __future__ import annotations

import json
from dataclasses import replace
from string import Formatter

import pytest

import pipelines.engine as engine
from pipelines.engine import CreateTask, Decision, ItemChanged, MoveStage, Process, SetFields, decide
from pipelines.engine.draft import Draft
from pipelines.engine.phrases import JOURNAL, PHRASES
from pipelines.library import load_shipped
from pipelines.loader import load_text, read_text
from tests.pipelines.crm import CALENDAR, CRM, MONDAY

SALE = """
id = "sale"
title = "Sale"
entity = "deal"
[fields]
a = { type = "text", title = "Alpha" }
[[entries]]
stage = "work"
[[stages]]
id = "work"
[[stages.steps]]
id = "call"
task = { title = "Call" }
outcomes = [{ id = "yes", move = "later" }]
[[stages]]
id = "later"
[[stages.steps]]
id = "thank"
task = { title = "Thank" }
[[stages]]
id = "won"
status = "won"
[[transitions]]
name = "On"
from = "work"
to = "later"
require = ["a"]
"""


def test_every_command_says_which_rule_of_which_line_and_version_and_which_signal() -> None:
    crm = CRM(SALE)
    crm.start()
    why = crm.task("call").why
    assert (why.rule, why.file, why.line) == ("step call", "test.toml", 11)
    assert (why.signal, why.version) == ("s1", crm.definition.hash)
    crm.fields["a"] = "x"
    crm.complete("call", "yes")
    moved = crm.asked(MoveStage)[0].why
    assert (moved.rule, moved.line) == ("outcome call.yes", 14)


def test_a_refusal_says_why_too() -> None:
    crm = CRM(SALE)
    crm.start()
    crm.move("later")
    (refused,) = crm.said("refused")
    assert (refused.why.rule, refused.why.line) == ("transition On", 23)


def test_a_visit_keeps_its_version_and_a_new_visit_takes_the_newest() -> None:
    crm = CRM(SALE)
    crm.fields["a"] = "x"
    crm.start()
    first = crm.state.version
    crm.newest = load_text(SALE.replace('"Thank"', '"Thank you"'), "new.toml")
    crm.fill(title="Other")
    assert crm.state.version == first
    crm.move("later")
    assert crm.state.version == crm.newest.hash
    assert crm.task("thank").title == "Thank you"


def test_an_interrupted_visit_keeps_its_version_through_a_refused_move() -> None:
    crm = CRM(SALE)
    crm.start()
    first = crm.state.version
    crm.newest = load_text(SALE.replace('"Thank"', '"Thank you"'), "new.toml")
    crm.move("later")
    assert (crm.state.version, crm.stage, crm.open) == (first, "work", ["call"])


def test_a_step_that_the_newest_version_has_no_more_ends_without_harm() -> None:
    wide = SALE.replace('task = { title = "Call" }', 'scope = "process"\ntask = { title = "Call" }')
    crm = CRM(wide)
    crm.fields["a"] = "x"
    crm.start()
    crm.newest = load_text(SALE.replace('"call"', '"ring"'), "new.toml")
    crm.move("later")
    crm.complete("call", "yes")
    assert crm.state.outcomes["call"] == "yes"
    assert crm.open == ["thank"]


def test_a_stage_that_the_newest_version_has_no_more_is_outside() -> None:
    crm = CRM(SALE)
    crm.fields["a"] = "x"
    crm.start()
    crm.newest = read_text(SALE.replace('"later"', '"talk"'), "new.toml")
    crm.move("later")
    assert (crm.state.phase, crm.tasks) == ("outside", {})


def test_a_signal_that_was_handled_does_nothing() -> None:
    crm = CRM(SALE)
    crm.start()
    news = ItemChanged(key="once", at=crm.now)
    crm.fields["a"] = "x"
    once = decide(crm.definition, crm.state, news, crm.known(), crm.now)
    assert decide(crm.definition, once.process, news, crm.known(), crm.now) == Decision(once.process)


def test_an_item_that_never_joined_has_no_process() -> None:
    crm = CRM(SALE)
    assert crm.tell(ItemChanged) == Decision(None)


def test_joining_twice_is_joining_once() -> None:
    crm = CRM(SALE)
    crm.start()
    before = crm.state
    crm.start()
    assert crm.state == before


def test_the_state_is_small_plain_json() -> None:
    crm = CRM(load_shipped("simple_sale"))
    crm.start()
    text = crm.state.to_json()
    assert len(text) < 2_000
    assert Process.from_json(text) == crm.state


def test_a_state_that_was_stored_with_other_spelling_is_read() -> None:
    """Names in another order and an instant written otherwise, as the first processes were stored."""
    crm = CRM(SALE)
    crm.start()
    loose = json.dumps(json.loads(crm.state.to_json()), sort_keys=True, indent=1)
    loose = loose.replace("T09:00:00+03:00", "T06:00:00+00:00")
    assert "T06:00:00+00:00" in loose
    assert Process.from_json(loose) == crm.state


def test_a_state_that_is_none_is_refused_and_the_place_is_named() -> None:
    crm = CRM(SALE)
    crm.start()
    broken = crm.state.to_json().replace('"state":"open"', '"state":"ajar"')
    with pytest.raises(ValueError, match=r"'ajar' - at `\$\.runs\[0\]\.state`"):
        Process.from_json(broken)


def test_a_draft_has_the_fields_of_a_process_in_their_order() -> None:
    assert Draft.__struct_fields__ == Process.__struct_fields__


def test_values_of_fields_survive_the_way_through_json() -> None:
    text = SALE.replace('type = "text"', 'type = "datetime"').replace('move = "later"', 'set = { a = "now" }')
    crm = CRM(load_text(text, "test.toml"))
    crm.is_slow = True
    crm.start()
    crm.complete("call", "yes")
    assert crm.asked(SetFields)[0].values == {"a": MONDAY}
    assert crm.state.written["a"].typed_value == MONDAY


def test_what_somebody_else_writes_meanwhile_counts() -> None:
    text = SALE.replace('move = "later"', "set = { a = \"'ours'\" }")
    crm = CRM(text)
    crm.is_slow = True
    crm.start()
    crm.complete("call", "yes")
    crm.fill(a="theirs")
    assert crm.state.written == {}


def test_reps_read_the_language_of_the_portal() -> None:
    text = SALE.replace('title = "Call"', 'title = { en = "Call", ru = "Звонок" }')
    crm = CRM(text)
    crm.facts["language"] = "ru"
    crm.start()
    crm.complete("call")
    assert crm.task("call").title == "Укажите результат: Звонок"


@pytest.mark.parametrize("table", [PHRASES, JOURNAL])
def test_every_phrase_has_both_languages_with_the_same_places_for_values(table: dict) -> None:
    for name, said in table.items():
        assert set(said) == {"en", "ru"}, name
        places = [{place for _, place, _, _ in Formatter().parse(text) if place} for text in said.values()]
        assert places[0] == places[1], name


def test_a_calendar_without_a_working_day_does_not_stop_the_engine() -> None:
    text = SALE.replace('title = "Call"', 'title = "Call", due = "1 working day"')
    crm = CRM(text)
    facts = replace(crm.known(), calendar=replace(CALENDAR, weekdays=frozenset()))
    signal = engine.Started(key="s", at=crm.now, visit="v1", stage=None, how="create")
    decision = decide(crm.definition, None, signal, facts, crm.now)
    assert isinstance(decision.commands[0], CreateTask)
    assert [entry.kind for entry in decision.journal if entry.kind == "mistake"] == ["mistake"]


def test_the_public_names_are_these() -> None:
    assert {name for name in engine.__all__ if name[0].islower()} == {"decide", "due_timers"}
    assert all(hasattr(engine, name) for name in engine.__all__)
