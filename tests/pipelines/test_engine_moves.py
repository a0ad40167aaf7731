"""The end of a stage, the moves of people and of the process, and what the gates make of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelines.engine import (
    Assign,
    CloseTask,
    Comment,
    CreateTask,
    Gone,
    ItemChanged,
    Moved,
    MoveStage,
    Notify,
    Pressed,
    StartPipeline,
    TaskCompleted,
)
from pipelines.loader import read_text
from tests.pipelines.crm import CRM

HEAD = """
id = "sale"
title = { en = "Sale", ru = "Продажа" }
entity = "deal"
"""
FIELDS = """
[fields]
reason = { type = "text", title = { en = "Reason", ru = "Причина" } }
budget = { type = "money", title = "Budget" }
"""
TASK = '[[stages.steps]]\nid = "{0}"\ntask = {{ title = "{0}" }}\n'


def stage(name: str, *, rest: str = "", step: str | None = None) -> str:
    steps = TASK.format(step) if step else ""
    return f'[[stages]]\nid = "{name}"\ntitle = "{name.title()}"\n{rest}\n{steps}\n'


def sale(
    *, head: str = "", entries: str = "", new: str = "", work: str = "", lost: str = "", rest: str = ""
) -> str:
    stages = [
        stage("new", rest=new, step="call"),
        stage("work", rest=work, step="meet"),
        stage("lost", rest=f'status = "lost"\n{lost}'),
        stage("won", rest='status = "won"'),
    ]
    return HEAD + head + FIELDS + (entries or '[[entries]]\nstage = "new"\n') + "".join(stages) + rest


def transition(rest: str, source: str = "new", to: str = "work", name: str = "Go on") -> str:
    return f'[[transitions]]\nname = "{name}"\nfrom = "{source}"\nto = "{to}"\n{rest}\n'


def begun(text: str, **item: object) -> CRM:
    crm = CRM(text, **item)
    crm.start()
    return crm


# --- the end of a stage


def test_a_stage_moves_on_by_itself_when_its_steps_are_done() -> None:
    crm = begun(sale(new='next = "work"'))
    crm.complete("call")
    assert (crm.stage, crm.open) == ("work", ["meet"])
    assert [(move.stage, move.visit, move.because) for move in crm.asked(MoveStage)] == [
        ("work", "v1", "next")
    ]


def test_the_first_case_that_holds_says_where_to() -> None:
    crm = begun(sale(new='next = [{ when = "fields.budget > 5", to = "won" }, { to = "work" }]'))
    crm.fill(budget=9.0)
    crm.complete("call")
    assert crm.stage == "won"


def test_without_a_next_stage_the_process_waits_for_the_rep() -> None:
    crm = begun(sale())
    crm.complete("call")
    assert crm.state.is_ended
    assert crm.asked(MoveStage) == []
    crm.move("work")
    assert crm.open == ["meet"]


def test_the_rep_chooses_the_next_stage_in_a_task() -> None:
    crm = begun(sale(new='next = { choose = ["work", "won"] }'))
    crm.complete("call")
    question = crm.task(":choice")
    assert [(each.id, each.title) for each in question.outcomes] == [("work", "Work"), ("won", "Won")]
    crm.complete(":choice", "work")
    assert crm.stage == "work"
    assert crm.asked(MoveStage)[0].because == "choice"


def test_the_rep_may_choose_by_a_button_and_the_task_is_closed() -> None:
    crm = begun(sale(new='next = { choose = ["work", "won"] }'))
    crm.complete("call")
    crm.tell(Pressed, button="work", by=7)
    assert crm.stage == "work"
    assert [close.run for close in crm.asked(CloseTask)] == ["v1/:choice/1"]


def test_a_choice_that_the_rep_deletes_is_not_made_again() -> None:
    crm = begun(sale(new='next = { choose = ["work", "won"] }'))
    crm.complete("call")
    crm.cancel(":choice")
    crm.fill(budget=1.0)
    assert crm.tasks == {}


def test_a_next_move_held_by_a_gate_keeps_one_list_and_moves_when_the_gate_holds() -> None:
    crm = begun(sale(new='next = "work"', rest=transition('require = ["reason", "budget"]')))
    crm.complete("call")
    assert crm.stage == "new"
    assert crm.task(":missing").description.splitlines()[1:] == ["- Reason", "- Budget"]
    crm.fill(reason="x")
    assert crm.task(":missing").description.splitlines()[1:] == ["- Budget"]
    assert (crm.state.refused, crm.state.refused_by) == (("budget",), "Go on")
    crm.fill(budget=1.0)
    assert crm.stage == "work"


def test_a_list_that_the_rep_ticks_off_without_filling_is_made_again() -> None:
    crm = begun(sale(new='next = "work"', rest=transition('require = ["reason"]')))
    crm.complete("call")
    crm.complete(":missing")
    assert crm.run(":missing") == "v1/:missing/2"


def test_a_list_that_the_rep_deletes_is_not_made_again_but_the_gate_stays() -> None:
    crm = begun(sale(new='next = "work"', rest=transition('require = ["reason"]')))
    crm.complete("call")
    crm.cancel(":missing")
    crm.fill(budget=1.0)
    assert (crm.tasks, crm.stage) == ({}, "new")
    crm.fill(reason="x")
    assert crm.stage == "work"


def test_a_move_that_leads_nowhere_is_none() -> None:
    text = sale(new='next = "work"').replace('next = "work"', 'next = "new"')
    crm = CRM(read_text(text, "test.toml"))  # `check` refuses such a file
    crm.start()
    crm.complete("call")
    assert (crm.stage, crm.asked(MoveStage), crm.said("ignored")) == ("new", [], [])


def test_a_move_is_sent_once_and_nothing_is_switched_before_it_is_heard_of() -> None:
    crm = CRM(sale(new='next = "work"'))
    crm.is_slow = True
    crm.start()
    crm.complete("call")
    crm.fill(budget=1.0)
    crm.tell(ItemChanged)
    assert len(crm.asked(MoveStage)) == 1
    assert crm.stage == "new"
    crm.work_off()
    assert crm.stage == "work"


def test_a_rep_who_moves_the_card_meanwhile_wins() -> None:
    crm = CRM(sale(new='next = "work"'))
    crm.is_slow = True
    crm.start()
    crm.complete("call")
    crm.move("won")
    crm.work_off()
    assert crm.stage == "won"


# --- moves of people


def test_leaving_a_stage_cancels_its_steps_and_closes_their_tasks_with_the_reason() -> None:
    crm = begun(sale())
    crm.move("work")
    assert crm.open == ["meet"]
    assert [(each.run, each.reason) for each in crm.asked(CloseTask)] == [
        ("v1/call/1", 'The item left the stage "New"')
    ]
    assert crm.state.left == {"call": "cancelled"}


def test_coming_back_is_a_new_visit_with_steps_of_its_own() -> None:
    crm = begun(sale())
    crm.complete("call")
    crm.move("work")
    crm.move("new")
    assert crm.run("call") == "v3/call/1"
    assert crm.state.visits == {"new": 2, "work": 1}


def test_a_visit_that_was_told_already_is_nothing_new() -> None:
    crm = begun(sale())
    crm.move("work")
    decision = crm.tell(Moved, visit="v2", stage="work", by=7)
    assert (decision.commands, decision.journal) == ((), ())


def test_a_card_in_a_stage_that_the_pipeline_does_not_have_is_left_alone() -> None:
    crm = begun(sale())
    crm.move(None)
    assert (crm.state.phase, crm.tasks) == ("outside", {})
    crm.move("work")
    assert (crm.state.phase, crm.open) == ("running", ["meet"])


def test_a_final_stage_whose_steps_have_ended_finishes_the_process() -> None:
    crm = begun(sale(rest=""))
    crm.move("won")
    assert (crm.state.phase, crm.state.status) == ("finished", "won")


def test_the_process_goes_on_when_a_card_leaves_a_final_stage_that_is_not_locked() -> None:
    crm = begun(sale())
    crm.move("lost")
    crm.move("work")
    assert (crm.state.phase, crm.state.status, crm.open) == ("running", "open", ["meet"])


# --- gates


def test_a_refused_move_goes_back_keyed_on_the_refused_visit_and_the_rep_is_told_what_is_missing() -> None:
    crm = begun(sale(rest=transition('require = ["reason"]')))
    crm.move("work", by=8)
    (back,) = crm.asked(MoveStage)
    assert (back.stage, back.visit, back.because) == ("new", "v2", "revert")
    (told,) = crm.asked(Notify)
    assert (told.user, told.text) == (8, '"Acme" cannot go to the stage "Work" yet. Not filled in: Reason.')
    assert crm.task(":missing").description.splitlines() == [
        'The stage "Work" needs these fields of the card:',
        "- Reason",
    ]
    assert (crm.state.refused, crm.state.refused_by) == (("reason",), "Go on")


def test_the_titles_are_those_of_the_card_and_the_language_that_of_the_portal() -> None:
    crm = CRM(sale(rest=transition('require = ["reason"]')))
    crm.facts |= {"field_titles": {"reason": "Почему"}, "language": "ru"}
    crm.start()
    crm.move("work")
    assert crm.asked(Notify)[0].text.endswith("Не заполнено: Почему.")


def test_a_refused_move_starts_and_cancels_nothing() -> None:
    crm = CRM(sale(new='limit = "1 day"', rest=transition('require = ["reason"]')))
    crm.is_slow = True
    crm.start()
    before = crm.state
    crm.move("work")
    assert crm.open == ["call"]
    assert (crm.state.visit, crm.state.stage, crm.state.timers) == (before.visit, "new", before.timers)
    crm.complete("call")
    crm.work_off()
    assert (crm.item["stage"], crm.stage, crm.state.visit) == ("new", "new", "v1")
    assert crm.state.results["call"].outcome == "done"


def test_the_list_is_closed_when_the_fields_are_filled_and_the_rep_moves_again() -> None:
    crm = begun(sale(rest=transition('require = ["reason"]')))
    crm.move("work")
    crm.fill(reason="x")
    assert list(crm.tasks) == ["v1/call/1"]
    assert crm.stage == "new"
    crm.move("work")
    assert crm.stage == "work"


def test_trying_again_without_filling_keeps_one_list() -> None:
    crm = begun(sale(rest=transition('require = ["reason"]')))
    crm.move("work")
    crm.move("work")
    assert len([task for task in crm.asked(CreateTask) if task.kind == "missing"]) == 1
    assert len(crm.asked(Notify)) == 2


def test_a_condition_that_does_not_hold_is_refused_with_its_reason() -> None:
    refused = 'when = "item.amount > 0"\nreason = { en = "There is no amount yet", ru = "Нет суммы" }'
    crm = begun(sale(rest=transition(refused)))
    crm.move("work")
    assert crm.asked(Notify)[0].text == '"Acme" cannot go to the stage "Work": There is no amount yet.'
    assert len(crm.said("null")) == 1
    crm.fill(amount=5.0)
    crm.move("work")
    assert crm.stage == "work"


def test_a_held_card_stays_and_its_steps_start_when_the_gate_holds() -> None:
    crm = begun(sale(rest=transition('require = ["reason"]\notherwise = "hold"')))
    crm.move("work")
    assert (crm.item["stage"], crm.open, crm.asked(MoveStage)) == ("work", ["call"], [])
    crm.fill(reason="x")
    assert (crm.stage, crm.state.visit, crm.open) == ("work", "v2", ["meet"])


def test_a_held_card_that_moves_back_goes_on_where_it_was() -> None:
    crm = begun(sale(rest=transition('require = ["reason"]\notherwise = "hold"')))
    crm.move("work")
    crm.move("new")
    assert (crm.state.visit, crm.state.refusal, list(crm.tasks)) == ("v1", None, ["v1/call/1"])
    crm.fill(reason="x")
    assert crm.stage == "new"


def test_a_held_card_in_a_finished_process_wakes_it() -> None:
    crm = begun(sale(rest=transition('require = ["reason"]\notherwise = "hold"', source="lost")))
    crm.move("lost")
    crm.move("work")
    assert crm.state.phase == "finished"
    crm.fill(reason="x")
    assert (crm.state.phase, crm.open) == ("running", ["meet"])


def test_a_flagged_move_goes_on_and_is_marked() -> None:
    crm = begun(sale(rest=transition('require = ["reason"]\notherwise = "flag"')))
    crm.move("work")
    assert crm.open == ["meet"]
    assert crm.asked(Comment)[0].text == 'Went to the stage "Work" although: not filled in: Reason.'


def test_what_a_stage_requires_holds_for_every_way_in() -> None:
    crm = begun(sale(work='require_on_enter = ["reason"]'))
    crm.move("work")
    assert (crm.item["stage"], crm.state.refused_by) == ("new", "work")
    crm.fill(reason="x")
    crm.move("work")
    assert crm.stage == "work"


def test_a_strict_pipeline_allows_only_the_listed_moves() -> None:
    ends = transition("", source="work", to="won", name="Win") + transition("", to="lost", name="Lose")
    crm = begun(sale(head="strict = true\n", rest=transition("") + ends))
    crm.move("won")
    assert (crm.item["stage"], crm.state.refused_by) == ("new", "strict")
    crm.move("work")
    assert crm.stage == "work"


def test_a_locked_stage_takes_the_card_back_unless_its_condition_holds() -> None:
    crm = begun(sale(lost='lock = true\nunless = "owner.is_admin"'))
    crm.move("lost")
    crm.move("work")
    assert (crm.item["stage"], crm.state.refused_by) == ("lost", "lock")
    crm.fill(owner=1)
    crm.move("work")
    assert crm.stage == "work"


def test_a_locked_stage_takes_the_card_back_from_another_category_too() -> None:
    crm = begun(sale(lost="lock = true"))
    crm.move("lost")
    crm.move(None)
    assert (crm.item["stage"], crm.state.phase) == ("lost", "finished")


def test_the_actions_of_a_transition_are_done_when_the_move_is_allowed() -> None:
    crm = begun(sale(rest=transition('require = ["reason"]\ndo = [{ comment = "Off we go" }]')))
    crm.move("work")
    assert crm.asked(Comment) == []
    crm.fill(reason="x")
    crm.move("work")
    assert [comment.text for comment in crm.asked(Comment)] == ["Off we go"]


def test_a_move_of_the_process_never_breaks_its_own_gate() -> None:
    """Even if the field is emptied while the move is on its way, it is not taken back."""
    crm = CRM(sale(new='next = "work"', rest=transition('require = ["reason"]')))
    crm.is_slow = True
    crm.start()
    crm.fill(reason="x")
    crm.complete("call")
    crm.fill(reason=None)
    crm.work_off()
    assert crm.stage == "work"


def test_after_a_refused_move_the_process_sends_its_own_again_for_the_new_visit() -> None:
    crm = CRM(sale(new='next = "work"', rest=transition('require = ["reason"]', to="won")))
    crm.is_slow = True
    crm.start()
    crm.complete("call")
    crm.move("won")
    crm.work_off()
    assert [(each.stage, each.visit) for each in crm.asked(MoveStage)] == [
        ("work", "v1"),
        ("new", "v2"),
        ("work", "v3"),
    ]
    assert crm.stage == "work"


def test_the_hardest_of_several_transitions_decides_and_all_missing_fields_are_told() -> None:
    gates = transition('require = ["reason"]\notherwise = "flag"', name="Soft") + transition(
        'require = ["budget"]\notherwise = "revert"', source="*", name="Hard"
    )
    crm = begun(sale(rest=gates))
    crm.move("work")
    assert (crm.state.refused, crm.state.refused_by) == (("reason", "budget"), "Hard")


# --- joining


def test_a_new_item_goes_to_the_stage_of_the_first_entry_that_holds() -> None:
    entries = '[[entries]]\nwhen = "item.is_returning"\nstage = "work"\n[[entries]]\nstage = "new"\n'
    crm = begun(sale(entries=entries), is_returning=True)
    assert [(move.stage, move.because) for move in crm.asked(MoveStage)] == [("work", "entry")]
    assert (crm.stage, crm.open) == ("work", ["meet"])


def test_an_entry_waits_for_what_its_stage_requires() -> None:
    crm = begun(sale(new='require_on_enter = ["reason"]'))
    assert (crm.stage, crm.open) == ("", [])
    assert crm.task(":missing").description.splitlines()[1:] == ["- Reason"]
    crm.fill(reason="x")
    assert (crm.stage, crm.state.visit, crm.open) == ("new", "v1", ["call"])


def test_an_entry_elsewhere_waits_with_the_move_for_what_its_stage_requires() -> None:
    crm = begun(sale(entries='[[entries]]\nstage = "work"\n', work='require_on_enter = ["reason"]'))
    assert crm.asked(MoveStage) == []
    crm.fill(reason="x")
    assert crm.open == ["meet"]


@pytest.mark.parametrize("how", ["adopt", "manual"])
def test_an_item_that_is_there_joins_where_it_stands_and_keeps_its_owner(how: str) -> None:
    crm = CRM(sale(rest="[[routes]]\nto = { user = 8 }\n"), stage="work")
    crm.start(how=how, stage="work")
    assert (crm.stage, crm.open, crm.asked(Assign)) == ("work", ["meet"], [])


def test_an_entry_may_name_the_step_to_begin_with() -> None:
    text = sale(entries='[[entries]]\nstage = "new"\nstep = "second"\n', new="")
    text = text.replace(TASK.format("call"), TASK.format("call") + TASK.format("second"))
    assert begun(text).open == ["second"]


def test_a_follow_on_is_made_by_the_stage_that_names_it_or_by_its_button() -> None:
    ons = """
[[follow_ons]]
id = "again"
pipeline = "sale"
stage = "work"
on = ["lost"]
[[follow_ons]]
id = "upsell"
pipeline = "sale"
"""
    crm = begun(sale(rest=ons))
    crm.tell(Pressed, button="upsell", by=7)
    crm.tell(Pressed, button="upsell", by=7)
    crm.move("lost")
    made = crm.asked(StartPipeline)
    assert [each.follow_on for each in made] == ["upsell", "upsell", "again"]
    assert made[0].key == made[1].key


# --- deleted and back


def test_a_deleted_item_closes_its_tasks_and_its_clocks_stand_still() -> None:
    crm = begun(sale(new='limit = "2 days"'))
    crm.item = {"owner": None, "stage": None}
    decision = crm.tell(Gone)
    assert [type(command) for command in decision.commands] == [CloseTask]
    crm.item = {"title": "Acme", "owner": 7, "stage": "new"}
    assert (crm.state.phase, crm.tasks, crm.state.timers) == ("gone", {}, {})
    assert crm.tell(TaskCompleted, run="v1/call/1").commands == ()
    crm.restore()
    assert crm.run("call") == "v1/call/2"
    crm.advance(timedelta(days=2))
    assert len(crm.said("overdue")) == 1
