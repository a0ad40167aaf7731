"""The models: what is resolved once, so that nobody asks twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pipelines.definition import Choose, Definition
from pipelines.durations import Duration, Unit
from pipelines.expressions import Expression
from pipelines.library import FOLDER, load_shipped, shipped_names
from pipelines.loader import load_text, read_text
from pipelines.recipients import ToHeadOf, ToPerson, ToRole, ToTeam, ToUser
from pipelines.steps import ApproveStep, AskStep, FormStep, StepBase, TaskStep, WaitStep
from pipelines.waiting import (
    ChildSignal,
    ExternalSignal,
    FieldSignal,
    StageSignal,
    StepSignal,
    TimeSignal,
)
from tests.pipelines.conftest import HEAD, STAGES


def step(body: str, before: str = "") -> StepBase:
    stages = f'[[stages]]\nid = "s"\n{before}\n[[stages.steps]]\nid = "x"\n{body}\n'
    found = read_text(HEAD + stages, "t.toml").step("s", "x")
    assert found is not None
    return found


def outcomes(found: StepBase) -> dict[str, str]:
    return {each.id: each.directive for each in found.all_outcomes}


def test_a_task_has_its_built_in_outcomes() -> None:
    found = step('task = { title = "T" }')
    assert outcomes(found) == {"done": "", "cancelled": "end", "postponed": "", "unspecified": ""}
    assert isinstance(found, TaskStep)
    assert not found.has_choices


def test_a_file_may_redefine_a_built_in_outcome_by_naming_it() -> None:
    found = step(
        'task = { title = "T" }\noutcomes = ['
        '{ id = "yes" }, { id = "cancelled", move = "s" }, { id = "done", go = "x" }]'
    )
    assert outcomes(found) == {
        "yes": "",
        "cancelled": "move",
        "done": "go",
        "postponed": "",
        "unspecified": "",
    }
    assert [each.id for each in found.choices] == ["yes", "done"]


def test_a_question_has_one_outcome_for_each_answer_in_the_order_of_the_field() -> None:
    assert outcomes(step('ask = { question = "?", field = "ready" }')) == {"yes": "", "no": ""}
    found = step('ask = { question = "?", field = "division" }\noutcomes = [{ id = "services", end = true }]')
    assert isinstance(found, AskStep)
    assert [each.id for each in found.choices] == ["hardware", "services"]
    assert [each.directive for each in found.choices] == ["", "end"]
    assert [str(each.title) for each in found.choices] == ["Hardware", "Services"]
    free = step('ask = { question = "?" }\noutcomes = [{ id = "now" }, { id = "later", end = true }]')
    assert [each.id for each in free.choices] == ["now", "later"]


def test_a_wait_times_out_only_when_it_has_a_limit() -> None:
    assert outcomes(step('wait = { for = "signal:go" }')) == {"signalled": ""}
    assert outcomes(step('wait = { for = "signal:go" }\nlimit = "1 day"')) == {"signalled": "", "timeout": ""}


def test_a_rejection_leads_back_to_the_step_before() -> None:
    before = '[[stages.steps]]\nid = "plan"\ntask = { title = "P" }'
    rejected = step('approve = { by = ["head"] }', before).outcome("rejected")
    assert rejected is not None
    assert rejected.go == "plan"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("step:call", StepSignal(step="call")),
        ("field:budget", FieldSignal(field="budget")),
        ("child:contract", ChildSignal(link="contract")),
        ("child:contract:won", ChildSignal(link="contract", won=True)),
        ("stage:contract:signing", StageSignal(link="contract", stage="signing")),
        ("signal:paid", ExternalSignal(name="paid")),
        ("time:2 days", TimeSignal(at=Duration(2, Unit.DAY))),
        ("time:meeting_at", TimeSignal(at=Expression.parse("fields.meeting_at"))),
        (
            "time:fields.meeting_at - duration('1h')",
            TimeSignal(at=Expression.parse("fields.meeting_at - duration('1h')")),
        ),
    ],
)
def test_signals_are_read(text: str, expected: object) -> None:
    found = step(f'wait = {{ for = "{text}" }}')
    assert isinstance(found, WaitStep)
    assert found.wait.signal == expected


def test_a_list_of_fields_requires_all_of_them() -> None:
    found = step('form = ["budget", "ready"]')
    assert isinstance(found, FormStep)
    assert found.form.require == ("budget", "ready")
    some = step('form = { fields = ["budget", "ready"], require = ["ready"] }')
    assert isinstance(some, FormStep)
    assert some.form.require == ("ready",)


def test_everybody_who_can_be_meant_is_told_apart() -> None:
    text = (
        'approve = { by = ["head", { user = 3 }, { role = "lawyer", when = "item.amount > 1.0" },'
        ' { team = "it", by = "weighted" }, { head_of = "fields.division", else = "creator" }] }'
    )
    found = step(text)
    assert isinstance(found, ApproveStep)
    first, *others = found.approve.by
    assert first.who == ToPerson(name="head")
    assert [type(each.who) for each in others] == [ToUser, ToRole, ToTeam, ToHeadOf]
    assert others[1].when == Expression.parse("item.amount > 1.0")


def test_next_has_two_forms_for_the_engine() -> None:
    def next_of(text: str) -> Any:
        stage = read_text(f'{HEAD}[[stages]]\nid = "s"\n{text}', "t.toml").stage("s")
        assert stage is not None
        return stage.next

    assert [(case.to, case.when) for case in next_of('next = "s"')] == [("s", None)]
    cases = next_of('next = [{ when = "fields.ready", to = "s" }, { to = "t" }]')
    assert [case.to for case in cases] == ["s", "t"]
    assert isinstance(next_of('next = { choose = ["s"], to = "owner" }'), Choose)
    assert next_of("") is None


def test_a_bare_value_stands_for_itself_in_set() -> None:
    found = step("do = [{ set = { ready = true, budget = 5, meeting_at = 2026-01-31T09:00:00+03:00 } }]")
    action = found.do[0]  # type: ignore[attr-defined]
    assert action.set["ready"].evaluate({}) is True
    assert action.set["budget"].evaluate({}) == 5
    assert action.set["meeting_at"].evaluate({}).utcoffset() == timedelta()


def test_every_element_knows_where_it_stands(definition: Definition) -> None:
    lines = definition.text.splitlines()
    call = definition.step(None, "call")
    assert call is not None
    assert lines[call.line - 1] == "[[stages.steps]]"
    assert lines[call.line_of("task") - 1] == 'task = { title = "Call" }'
    assert (definition.file, call.path) == ("sale.toml", "stages[0].steps[0]")


def test_steps_and_stages_are_found_by_id(definition: Definition) -> None:
    assert definition.stage("first") is definition.stages[0]
    assert definition.step("first", "call") is definition.step(None, "call")
    assert definition.step("won", "call") is None
    assert definition.stage_of_step("call") is definition.stages[0]


def test_a_pipeline_without_start_begins_with_new_items_and_by_hand(definition: Definition) -> None:
    assert definition.start.on_create
    assert definition.start.manual
    assert not read_text(HEAD + "[start]\nmanual = true\n" + STAGES).start.on_create


def test_the_hash_is_that_of_the_meaning() -> None:
    plain = load_text(HEAD + STAGES)
    laid_out = load_text("# a comment\n" + HEAD.replace("Sale", "Sale") + STAGES.replace("= ", "=   "))
    with_scenario = load_text(HEAD + STAGES + '[[scenarios]]\nname = "x"\n')
    with_default = load_text("strict = false\n" + HEAD + STAGES)
    assert plain.hash == laid_out.hash == with_scenario.hash == with_default.hash
    assert len(plain.hash) == 64


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('title = "Call"', 'title = "Call them"'),
        ('status = "won"', 'status = "lost"'),
        ('id   = "call"', 'id   = "ring"'),
        ('next = "won"', 'limit = "2 days"'),
        ('task = { title = "Call" }', 'when = "fields.ready"\ntask = { title = "Call" }'),
        ('hardware = "Hardware"', 'hardware = "Iron"'),
    ],
)
def test_any_change_of_meaning_changes_the_hash(old: str, new: str) -> None:
    text = HEAD + STAGES
    assert old in text
    assert read_text(text.replace(old, new)).hash != read_text(text).hash


def test_the_hash_does_not_depend_on_the_run() -> None:
    for name in shipped_names():
        text = (FOLDER / f"{name}.toml").read_text("utf-8")
        assert load_shipped(name).hash == read_text(text, "elsewhere.toml").hash


def test_a_changed_copy_forgets_what_was_worked_out_before(definition: Definition) -> None:
    assert definition.stage("first")
    before = definition.hash
    changed = definition.model_copy(update={"stages": definition.stages[1:]})
    assert changed.hash != before
    assert changed.stage("first") is None


def test_models_are_frozen(definition: Definition) -> None:
    with pytest.raises(ValueError, match="frozen"):
        definition.strict = True  # type: ignore[misc]
