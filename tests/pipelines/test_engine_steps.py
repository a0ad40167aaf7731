"""Steps of a stage: their order, their outcomes, and what each kind of step is finished by."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelines.engine import (
    Answered,
    ChildChanged,
    CloseTask,
    Comment,
    CreateTask,
    External,
    MoveStage,
    Pressed,
    SetFields,
    StartPipeline,
    TaskCompleted,
    UpdateTask,
)
from pipelines.loader import read_text
from tests.pipelines.crm import CRM, MONDAY

DAY = timedelta(days=1)


def pipeline(steps: str, *, head: str = "", stage: str = "") -> str:
    """A pipeline with one stage of work, another one, and a final one."""
    return f"""
id = "sale"
title = {{ en = "Sale", ru = "Продажа" }}
entity = "deal"
{head}
[fields]
a = {{ type = "text", title = "Alpha" }}
b = {{ type = "text", title = "Beta" }}
flag = {{ type = "bool", title = "Flag" }}
size = {{ type = "choice", title = "Size", options = {{ small = "Small", large = "Large" }} }}
at = {{ type = "datetime", title = "When" }}
[[entries]]
stage = "work"
[[stages]]
id = "work"
title = "Work"
{stage}
{steps}
[[stages]]
id = "later"
title = "Later"
[[stages.steps]]
id = "thank"
task = {{ title = "Thank" }}
[[stages]]
id = "won"
title = "Won"
status = "won"
[[follow_ons]]
id = "upsell"
pipeline = "sale"
copy = ["company"]
"""


def step(name: str, rest: str = 'task = { title = "Do it" }') -> str:
    return f'[[stages.steps]]\nid = "{name}"\n{rest}\n'


def started(steps: str, **rest: str) -> CRM:
    crm = CRM(pipeline(steps, **rest))
    crm.start()
    return crm


# --- order


def test_a_step_starts_when_the_one_before_it_is_finished() -> None:
    crm = started(step("call") + step("meet"))
    assert crm.open == ["call"]
    crm.complete("call")
    assert crm.open == ["meet"]


def test_branches_run_side_by_side_and_a_join_waits_for_all_of_them() -> None:
    steps = step("one") + step("two", 'after = []\ntask = { title = "B" }')
    crm = started(steps + step("both", 'after = ["one", "two"]\ntask = { title = "C" }'))
    assert crm.open == ["one", "two"]
    crm.complete("two")
    assert crm.open == ["one"]
    crm.complete("one")
    assert crm.open == ["both"]


def test_a_step_whose_condition_is_false_is_skipped_and_counts_as_finished() -> None:
    crm = started(step("call", 'when = "item.amount > 100"\ntask = { title = "Call" }') + step("meet"))
    assert crm.open == ["meet"]
    assert crm.state.results["call"].end == "skipped"
    assert [entry.text for entry in crm.said("null")] == ["item.amount is empty, so the condition is false"]


def test_a_step_that_spans_the_process_outlives_its_stage_and_ends_with_the_process() -> None:
    wide = 'scope = "process"\ntask = { title = "Show" }'
    crm = started(step("show", wide) + step("call"))
    assert crm.open == ["call", "show"]
    crm.move("later")
    assert crm.open == ["show", "thank"]
    crm.move("won")
    assert crm.state.phase == "finished"
    assert [close.run for close in crm.asked(CloseTask)][-1] == "v1/show/1"


def test_a_stage_ends_although_a_step_that_spans_the_process_is_open() -> None:
    wide = 'scope = "process"\ntask = { title = "Show" }'
    crm = started(step("show", wide) + step("call"), stage='next = "later"')
    crm.complete("call")
    assert crm.stage == "later"


def test_starting_at_a_step_skips_what_leads_to_it() -> None:
    crm = CRM(pipeline(step("call") + step("meet") + step("sign")))
    crm.start(stage="work", how="follow_on", step="meet")
    assert crm.open == ["meet"]


# --- outcomes of a task


def test_the_task_says_what_to_do_for_whom_by_when_and_with_which_results() -> None:
    task = """
title = "Call the client"
hint = { en = "Confirm the budget" }
outcomes = [{ id = "yes", title = "Interested" }, { id = "no", title = "Not interested" }]
[stages.steps.task]
title = "Call {item.title}"
due = "1 working day"
description = "{owner.name}"
checklist = ["Price"]
priority = "high"
"""
    crm = started(step("call", task))
    made: CreateTask = crm.task("call")
    assert (made.title, made.description, made.hint) == ("Call Acme", "Anna", "Confirm the budget")
    assert (made.to, made.due, made.priority) == (7, MONDAY + DAY, "high")
    assert (made.checklist, made.kind, made.run) == (("Price",), "step", "v1/call/1")
    assert [(each.id, each.title) for each in made.outcomes] == [
        ("yes", "Interested"),
        ("no", "Not interested"),
    ]


def test_a_value_in_a_text_is_never_read_again_as_a_template() -> None:
    crm = CRM(pipeline(step("call", 'task = { title = "Call {item.title}" }')), title="{owner.name}")
    crm.start()
    assert crm.task("call").title == "Call {owner.name}"


def test_a_task_completed_without_a_result_is_done() -> None:
    crm = started(step("call"))
    crm.complete("call")
    assert crm.state.outcomes["call"] == "done"


def test_a_result_that_is_not_named_is_asked_for_once_and_then_the_process_goes_on() -> None:
    crm = started(
        step("call", 'task = { title = "Call" }\noutcomes = [{ id = "yes" }, { id = "no" }]') + step("x")
    )
    crm.complete("call")
    again = crm.task("call")
    assert (again.kind, again.run, again.title) == ("question", "v1/call/2", "Name the result: Call")
    assert [each.id for each in again.outcomes] == ["yes", "no"]
    crm.complete("call")
    assert crm.state.outcomes["call"] == "unspecified"
    assert crm.open == ["x"]


def test_a_result_named_at_the_second_asking_counts() -> None:
    crm = started(step("call", 'task = { title = "Call" }\noutcomes = [{ id = "no", move = "later" }]'))
    crm.complete("call")
    crm.complete("call", "no")
    assert crm.stage == "later"


def test_a_file_may_say_what_no_result_means() -> None:
    outcomes = 'outcomes = [{ id = "yes" }, { id = "unspecified", move = "later" }]'
    crm = started(step("call", f'task = {{ title = "Call" }}\n{outcomes}'))
    crm.complete("call")
    assert crm.stage == "later"


def test_done_as_redefined_by_the_file_needs_no_naming() -> None:
    outcomes = 'outcomes = [{ id = "done", move = "later" }, { id = "no" }]'
    crm = started(step("call", f'task = {{ title = "Call" }}\n{outcomes}'))
    crm.complete("call")
    assert crm.stage == "later"


def test_a_cancelled_task_ends_the_stage_early() -> None:
    crm = started(step("call") + step("meet"), stage='next = "later"')
    crm.cancel("call")
    assert crm.stage == "later"
    assert crm.state.left == {"call": "cancelled"}


def test_a_cancelled_task_that_spans_the_process_ends_only_itself() -> None:
    wide = 'scope = "process"\ntask = { title = "Show" }'
    crm = started(step("show", wide) + step("call"), stage='next = "later"')
    crm.cancel("show")
    assert crm.open == ["call"]


def test_a_file_may_say_what_cancelling_means() -> None:
    outcomes = 'outcomes = [{ id = "cancelled", go = "sign" }]'
    crm = started(step("call", f'task = {{ title = "Call" }}\n{outcomes}') + step("meet") + step("sign"))
    crm.cancel("call")
    assert crm.open == ["sign"]


def test_a_postponed_task_waits_with_the_new_date_and_is_the_same_task() -> None:
    crm = started(step("call", 'task = { title = "Call", due = "1 working day" }'))
    until = MONDAY + 9 * DAY
    decision = crm.postpone("call", until)
    assert decision.commands == ()
    assert (crm.open, crm.state.run_of("call").due) == (["call"], until)
    crm.complete("call")
    assert crm.state.outcomes["call"] == "done"


def test_a_task_put_off_without_a_date_gets_one_working_day() -> None:
    crm = started(step("call"))
    crm.now = MONDAY + 4 * DAY
    crm.postpone("call")
    assert crm.asked(UpdateTask)[0].due == MONDAY + 7 * DAY


def test_a_postponed_task_with_a_go_is_closed_and_the_earlier_step_runs_again() -> None:
    outcomes = 'outcomes = [{ id = "postponed", go = "prepare" }]'
    crm = started(step("prepare") + step("present", f'task = {{ title = "P" }}\n{outcomes}'))
    crm.complete("prepare")
    crm.postpone("present", MONDAY + DAY)
    assert crm.open == ["prepare"]
    assert [close.run for close in crm.asked(CloseTask)] == ["v1/present/1"]
    crm.complete("prepare")
    assert crm.run("present") == "v1/present/2"


def test_again_is_not_open_until_its_time_and_is_due_from_then() -> None:
    outcomes = 'outcomes = [{ id = "redial", again = "1 working day" }]'
    crm = started(step("call", f'task = {{ title = "Call", due = "2 hours" }}\n{outcomes}'))
    crm.complete("call", "redial")
    assert (crm.open, crm.tasks) == ([], {})
    crm.advance(DAY)
    assert crm.open == ["call"]
    assert crm.task("call").due == MONDAY + DAY + timedelta(hours=2)


def test_again_without_a_due_of_its_own_is_due_when_it_starts() -> None:
    crm = started(step("call", 'task = { title = "C" }\noutcomes = [{ id = "redial", again = "1 day" }]'))
    crm.complete("call", "redial")
    crm.advance(DAY)
    assert crm.task("call").due == MONDAY + DAY


def test_an_outcome_sets_fields_does_actions_and_moves() -> None:
    also = """set = { a = "'no interest'" }, do = [{ comment = "Sorry" }]"""
    outcome = f'outcomes = [{{ id = "no", move = "later", {also} }}]'
    crm = started(step("call", f'task = {{ title = "Call" }}\n{outcome}'))
    crm.complete("call", "no")
    assert crm.fields == {"a": "no interest"}
    assert [comment.text for comment in crm.asked(Comment)] == ["Sorry"]
    assert [(move.stage, move.because) for move in crm.asked(MoveStage)] == [("later", "outcome")]
    assert crm.open == ["thank"]


def test_a_value_that_a_field_has_already_is_not_written() -> None:
    outcome = """outcomes = [{ id = "done", set = { a = "'x'" } }]"""
    crm = CRM(pipeline(step("call", f'task = {{ title = "Call" }}\n{outcome}')))
    crm.fields["a"] = "x"
    crm.start()
    crm.complete("call")
    assert crm.asked(SetFields) == []


def test_end_cancels_the_other_branches_and_ends_the_stage() -> None:
    ends = 'task = { title = "A" }\noutcomes = [{ id = "enough", end = true }]'
    crm = started(
        step("one", ends) + step("two", 'after = []\ntask = { title = "B" }'), stage='next = "later"'
    )
    crm.complete("one", "enough")
    assert crm.stage == "later"
    assert crm.asked(CloseTask)[0].reason == 'The stage "Work" has ended'


def test_a_follow_on_outcome_makes_a_child_and_goes_on() -> None:
    follows = 'task = { title = "A" }\noutcomes = [{ id = "more", follow_on = "upsell" }]'
    crm = started(step("call", follows) + step("meet"))
    crm.complete("call", "more")
    (child,) = crm.asked(StartPipeline)
    assert (child.pipeline, child.follow_on, child.copy) == ("sale", "upsell", ("company",))
    assert crm.open == ["meet"]


# --- go


GO_BACK = 'task = { title = "T" }\noutcomes = [{ id = "back", go = "one" }]'


def test_go_back_runs_the_target_and_all_that_follows_again() -> None:
    crm = started(step("one") + step("two") + step("three", GO_BACK))
    for name in ("one", "two"):
        crm.complete(name)
    crm.complete("three", "back")
    assert crm.open == ["one"]
    crm.complete("one")
    assert crm.run("two") == "v1/two/2"


def test_go_back_cancels_what_is_live_after_its_target_and_leaves_other_branches_alone() -> None:
    side = 'after = []\ntask = { title = "T" }'
    after = 'after = ["one"]\ntask = { title = "T" }'
    crm = started(
        step("one") + step("two", after) + step("three", f'after = ["one"]\n{GO_BACK}') + step("side", side)
    )
    crm.complete("one")
    crm.complete("three", "back")
    assert crm.open == ["one", "side"]
    assert [close.run for close in crm.asked(CloseTask)] == ["v1/two/1"]


def test_a_forward_go_skips_only_the_steps_that_nothing_else_leads_to() -> None:
    jump = 'task = { title = "T" }\noutcomes = [{ id = "jump", go = "last" }]'
    steps = (
        step("one", jump) + step("two") + step("side", 'after = []\ntask = { title = "T" }') + step("last")
    )
    crm = started(steps)
    crm.complete("one", "jump")
    assert crm.open == ["last", "side"]
    assert crm.state.results["two"].end == "skipped"


def test_go_to_itself_runs_the_step_again_at_once() -> None:
    crm = started(step("one", 'task = { title = "T" }\noutcomes = [{ id = "back", go = "one" }]'))
    crm.complete("one", "back")
    assert crm.run("one") == "v1/one/2"


def test_a_pipeline_that_goes_round_by_itself_is_given_up_and_said() -> None:
    steps = step("one", """do = [{ set = { a = "'x'" } }]""") + step(
        "two", """do = [{ comment = "x" }]\noutcomes = [{ id = "done", go = "one" }]"""
    )
    crm = CRM(read_text(pipeline(steps)))  # `check` refuses such a file; a running engine still holds out
    decision = crm.start()
    assert decision.process is None
    assert [type(command).__name__ for command in decision.commands] == ["Notify"]
    assert "one, two" in decision.journal[0].text


# --- what an outcome requires


REQUIRES = """
task = { title = "Call" }
outcomes = [{ id = "yes", require = ["a", "b"], move = "later" }, { id = "no" }]
"""


def test_an_outcome_without_its_fields_renews_the_task_with_what_is_missing() -> None:
    crm = started(step("call", REQUIRES))
    crm.complete("call", "yes")
    renewed = crm.task("call")
    assert (renewed.kind, renewed.run) == ("missing", "v1/call/2")
    assert renewed.description.splitlines()[1:] == ["- Alpha", "- Beta"]
    assert crm.stage == "work"


def test_the_outcome_is_taken_when_its_fields_are_filled() -> None:
    crm = started(step("call", REQUIRES))
    crm.complete("call", "yes")
    crm.fill(a="x")
    assert crm.asked(UpdateTask)[-1].description.splitlines()[1:] == ["- Beta"]
    crm.fill(b="y")
    assert crm.stage == "later"
    assert crm.asked(CloseTask)[0].run == "v1/call/2"


def test_another_result_may_be_named_in_the_renewed_task() -> None:
    crm = started(step("call", REQUIRES) + step("meet"))
    crm.complete("call", "yes")
    crm.complete("call", "no")
    assert crm.open == ["meet"]


def test_false_and_zero_are_not_empty() -> None:
    crm = CRM(pipeline(step("sheet", 'form = ["flag", "amount"]') + step("meet")))
    crm.start()
    crm.fill(flag=False)
    crm.fill(amount=0.0)
    assert crm.open == ["meet"]


# --- form


def test_a_form_of_required_fields_is_finished_by_filling_them() -> None:
    crm = started(step("sheet", 'form = ["a", "b"]') + step("meet"))
    assert crm.task("sheet").description.splitlines() == ["Fields to fill on the card:", "- Alpha", "- Beta"]
    crm.fill(a="x")
    assert crm.open == ["sheet"]
    crm.fill(b="y")
    assert crm.open == ["meet"]
    assert crm.state.outcomes["sheet"] == "filled"


def test_a_form_that_is_filled_already_makes_no_task() -> None:
    crm = CRM(pipeline(step("sheet", 'form = ["a"]') + step("meet")))
    crm.fields["a"] = "x"
    crm.start()
    assert [task.run for task in crm.asked(CreateTask)] == ["v1/meet/1"]


def test_a_form_with_other_fields_waits_for_the_rep_to_continue() -> None:
    crm = started(step("sheet", 'form = { fields = ["a", "b"], require = ["a"] }') + step("meet"))
    crm.fill(a="x")
    assert crm.open == ["sheet"]
    crm.tell(Pressed, button="continue", by=7)
    assert crm.open == ["meet"]


def test_a_form_that_is_continued_without_its_fields_is_renewed() -> None:
    crm = started(step("sheet", 'form = { fields = ["a", "b"], require = ["a"] }') + step("meet"))
    crm.complete("sheet", "filled")
    assert crm.task("sheet").kind == "missing"
    crm.fill(a="x")
    assert crm.open == ["meet"]


# --- ask


ASK = 'ask = { question = "A quote?", field = "flag" }\noutcomes = [{ id = "no", go = "write" }]'


def test_a_question_has_one_outcome_for_each_answer_and_sets_its_field() -> None:
    crm = started(step("quote", ASK) + step("count") + step("write"))
    assert [each.id for each in crm.task("quote").outcomes] == ["yes", "no"]
    crm.complete("quote", "no")
    assert crm.fields == {"flag": False}
    assert crm.open == ["write"]


def test_a_question_is_answered_by_its_field_on_the_card() -> None:
    crm = started(step("quote", ASK) + step("count") + step("write"))
    crm.fill(flag=True)
    assert crm.open == ["count"]
    assert crm.asked(CloseTask)[0].reason == "Answered on the card: Yes"


def test_a_question_whose_field_has_a_value_is_still_asked_with_that_answer_offered() -> None:
    crm = CRM(pipeline(step("how_big", 'ask = { question = "Size?", field = "size" }') + step("meet")))
    crm.fields["size"] = "large"
    crm.start()
    assert crm.open == ["how_big"]
    assert crm.task("how_big").description == "On the card now: Large"
    crm.complete("how_big", "large")
    assert crm.open == ["meet"]


def test_a_question_completed_without_an_answer_is_put_again() -> None:
    crm = started(step("quote", ASK) + step("count") + step("write"))
    crm.complete("quote")
    crm.complete("quote")
    assert crm.run("quote") == "v1/quote/3"


def test_of_two_answers_the_earlier_wins_and_the_other_is_written_down() -> None:
    crm = started(step("quote", ASK) + step("count") + step("write"))
    run = crm.run("quote")
    crm.tell(Answered, run=run, value="yes", by=7)
    decision = crm.tell(Answered, run=run, value="no", by=7)
    assert crm.open == ["count"]
    assert [entry.kind for entry in decision.journal] == ["ignored"]


@pytest.mark.parametrize("value", ["postponed", "unspecified", "nothing", ""])
def test_a_button_can_only_say_what_a_rep_may_say(value: str) -> None:
    crm = started(step("call") + step("meet"))
    crm.tell(Answered, run=crm.run("call"), value=value, by=7)
    assert crm.open == ["call"]


# --- wait


def test_nobody_ends_a_wait_by_a_report() -> None:
    crm = started(step("hold", 'wait = { for = "signal:paid" }') + step("meet"))
    crm.tell(Answered, run="v1/hold/1", value="signalled", by=7)
    crm.tell(TaskCompleted, run="v1/hold/1", by=7)
    assert crm.open == ["hold"]


def test_a_signal_that_came_before_the_wait_counts() -> None:
    crm = started(step("call") + step("hold", 'wait = { for = "signal:paid" }') + step("meet"))
    crm.tell(External, name="paid")
    crm.complete("call")
    assert crm.open == ["meet"]


def test_a_signal_is_used_up_so_that_a_second_visit_needs_a_newer_one() -> None:
    crm = started(step("hold", 'wait = { for = "signal:paid" }') + step("meet"))
    crm.tell(External, name="paid")
    assert crm.open == ["meet"]
    crm.move("later")
    crm.move("work")
    assert crm.open == ["hold"]
    crm.tell(External, name="paid")
    assert crm.open == ["meet"]


def test_one_signal_satisfies_each_wait_step() -> None:
    wait = 'wait = { for = "signal:paid" }'
    crm = started(step("one", wait) + step("two", wait) + step("meet"))
    crm.tell(External, name="paid")
    assert crm.open == ["meet"]


def test_a_wait_for_a_step_hears_of_its_end_in_an_earlier_stage() -> None:
    later = step("show", 'scope = "process"\ntask = { title = "Show" }') + step("call")
    crm = CRM(
        pipeline(later).replace(
            'id = "thank"\ntask = { title = "Thank" }', 'id = "thank"\nwait = { for = "step:show" }'
        )
    )
    crm.start()
    crm.move("later")
    assert crm.open == ["show", "thank"]
    crm.complete("show")
    assert crm.open == []
    assert crm.state.outcomes["thank"] == "signalled"


def test_a_wait_for_a_field_needs_another_value_the_second_time() -> None:
    crm = started(step("hold", 'wait = { for = "field:a" }') + step("meet"))
    crm.fill(a="x")
    assert crm.open == ["meet"]
    crm.move("later")
    crm.move("work")
    assert crm.open == ["hold"]
    crm.fill(a="y")
    assert crm.open == ["meet"]


def test_a_wait_that_takes_too_long_times_out_and_the_journal_says_so() -> None:
    crm = started(step("hold", 'wait = { for = "signal:paid" }\nlimit = "2 days"') + step("meet"))
    crm.advance(2 * DAY)
    assert crm.open == ["meet"]
    assert crm.state.outcomes["hold"] == "timeout"
    assert len(crm.said("overdue")) == 1


def test_a_wait_for_time_follows_its_field() -> None:
    crm = started(step("hold", 'wait = { for = "time:at" }') + step("meet"))
    crm.fill(at=MONDAY + 2 * DAY)
    crm.fill(at=MONDAY + 4 * DAY)
    crm.advance(3 * DAY)
    assert crm.open == ["hold"]
    crm.advance(DAY)
    assert crm.open == ["meet"]


@pytest.mark.parametrize(("what", "is_over"), [("child:upsell", True), ("child:upsell:won", False)])
def test_a_wait_for_a_child_tells_a_lost_one_from_a_won_one(what: str, is_over: bool) -> None:
    crm = started(step("hold", f'wait = {{ for = "{what}" }}') + step("meet"))
    crm.tell(ChildChanged, link="upsell", stage="later", status="open")
    crm.tell(ChildChanged, link="upsell", stage="gone", status="lost")
    assert (crm.open == ["meet"]) is is_over
    crm.tell(ChildChanged, link="upsell", stage="won", status="won")
    assert crm.open == ["meet"]


def test_a_child_that_was_final_before_anybody_said_so_counts_once() -> None:
    crm = CRM(pipeline(step("hold", 'wait = { for = "child:upsell" }') + step("meet")))
    crm.facts["links"] = {"upsell": {"stage": "won", "status": "won"}}
    crm.start()
    assert crm.open == ["meet"]
    crm.move("later")
    crm.tell(ChildChanged, link="upsell", stage="won", status="won")
    crm.move("work")
    assert crm.open == ["hold"]


def test_a_stranger_cannot_fill_the_process_with_names_of_signals() -> None:
    crm = started(step("hold", 'wait = { for = "signal:paid" }'))
    for number in range(150):
        crm.tell(External, name=f"noise{number}")
    assert len(crm.state.heard) == 100
    assert len(crm.said("ignored")) == 50
    crm.tell(External, name="paid")
    assert crm.state.outcomes["hold"] == "signalled"


# --- do


def test_actions_are_done_at_once_and_the_next_step_starts() -> None:
    crm = started(
        step("log", """do = [{ comment = "Hello {owner.name}" }, { signal = "ping" }]""") + step("meet")
    )
    assert [comment.text for comment in crm.asked(Comment)] == ["Hello Anna"]
    assert crm.open == ["meet"]


def test_what_a_step_sets_is_known_to_the_next_one_at_once() -> None:
    crm = CRM(
        pipeline(
            step("mark", """do = [{ set = { a = "'x'" } }]""")
            + step("meet", """when = "fields.a == 'x'"\ntask = { title = "{fields.a}" }""")
        )
    )
    crm.is_slow = True
    crm.start()
    assert crm.task("meet").title == "x"
