"""Who gets a task, an item, an approval; what happens when they are dismissed, away, or change."""

from __future__ import annotations

from datetime import timedelta

from pipelines.engine import (
    Answered,
    Assign,
    CloseTask,
    Comment,
    CreateTask,
    ItemChanged,
    Person,
    TaskCompleted,
    UpdateTask,
)
from pipelines.loader import read_text
from pipelines.routing import Member
from tests.pipelines.crm import CRM, MONDAY, PEOPLE

DAY = timedelta(days=1)


def sale(steps: str, rest: str = "", fields: str = "") -> str:
    return f"""
id = "sale"
title = "Sale"
entity = "deal"
[fields]
region = {{ type = "text" }}
lawyer = {{ type = "user" }}
{fields}
[[entries]]
stage = "work"
[[stages]]
id = "work"
{steps}
[[stages]]
id = "won"
status = "won"
{rest}
"""


def task(to: str = '"owner"', name: str = "call") -> str:
    return f'[[stages.steps]]\nid = "{name}"\ntask = {{ title = "Call", to = {to} }}\n'


def begun(text: str, **facts: object) -> CRM:
    crm = CRM(text)
    crm.facts |= facts
    crm.start()
    return crm


# --- whose task it is


def test_a_task_goes_to_whom_the_definition_says() -> None:
    wanted = {
        '"owner"': 7,
        '"head"': 3,
        '"creator"': 8,
        "{ user = 12 }": 12,
        '{ role = "lawyer" }': 20,
        '{ field = "lawyer" }': 21,
        "{ head_of = \"'hardware'\" }": 3,
    }
    for to, user in wanted.items():
        crm = CRM(sale(task(to)))
        crm.fields["lawyer"] = 21
        crm.facts |= {"creator": 8, "roles": {"lawyer": (20,)}, "divisions": {"hardware": 3}}
        crm.start()
        assert crm.task("call").to == user, to


def test_the_actor_is_who_gave_the_signal_and_for_the_connector_the_owner() -> None:
    crm = begun(sale(task() + task('"actor"', "note") + task('"actor"', "more")))
    crm.complete("call", by=8)
    assert crm.task("note").to == 8
    crm.complete("note", by=None)
    assert crm.task("more").to == 7


def test_a_condition_can_ask_which_divisions_the_owner_heads() -> None:
    step = task().replace("task =", 'when = "fields.region in owner.divisions"\ntask =')
    for division, heads, is_asked in (("south", 7, True), ("south", 3, False), ("north", 7, False)):
        crm = CRM(sale(step))
        crm.fields = {"region": division}
        crm.facts |= {"divisions": {"south": heads}}
        crm.start()
        assert bool(crm.tasks) is is_asked, (division, heads)


def test_a_role_goes_to_its_first_holder_who_is_here() -> None:
    crm = begun(sale(task('{ role = "lawyer" }')), roles={"lawyer": (9, 8, 3)}, absent=frozenset({8}))
    assert crm.task("call").to == 3


def test_a_dismissed_user_is_never_given_a_task_but_the_nearest_head_who_is_there() -> None:
    people = PEOPLE | {3: Person(3, "Boris", is_active=False, head=1)}
    crm = begun(sale(task("{ user = 9 }")), people=people)
    given = crm.task("call")
    assert (given.to, given.reason) == (1, "Gone is dismissed, to the head")
    assert crm.said("instead")[0].text == '"Call": Gone is dismissed, to the head'


def test_without_a_head_it_is_the_process_owner_and_then_the_administrator() -> None:
    people = {9: Person(9, "Gone", is_active=False)}
    assert begun(sale(task("{ user = 9 }")), people=people, process_owner=5).task("call").to == 5
    assert begun(sale(task("{ user = 9 }")), people=people, process_owner=9).task("call").to == 1


def test_a_task_for_nobody_waits_until_there_is_somebody() -> None:
    crm = begun(sale(task('{ field = "lawyer" }')), admin=None)
    assert (crm.open, crm.tasks) == (["call"], {})
    assert len(crm.said("nobody")) == 1
    crm.fill(lawyer=21)
    assert crm.task("call").to == 21


# --- owners


def test_when_the_owner_changes_their_open_tasks_go_along_and_others_stay() -> None:
    crm = begun(
        sale(
            task() + '[[stages.steps]]\nid = "law"\nafter = []\ntask = { title = "L", to = { user = 12 } }\n'
        )
    )
    crm.fill(owner=8)
    assert [(update.run, update.to) for update in crm.asked(UpdateTask)] == [("v1/call/1", 8)]
    assert crm.task("law").to == 12


def test_an_assigned_owner_counts_at_once_although_the_crm_still_shows_the_other() -> None:
    assign = '[[stages.steps]]\nid = "give"\ndo = [{ assign = { user = 8 } }]\n'
    crm = CRM(sale(assign + task()))
    crm.is_slow = True
    crm.start()
    assert crm.task("call").to == 8
    crm.tell(ItemChanged)
    assert crm.asked(UpdateTask) == []
    crm.work_off()
    assert (crm.item["owner"], crm.state.owner, crm.state.is_assigning) == (8, 8, False)


def test_a_person_who_gives_the_item_away_meanwhile_is_followed() -> None:
    assign = '[[stages.steps]]\nid = "give"\ndo = [{ assign = { user = 8 } }]\n'
    crm = CRM(sale(assign + task()))
    crm.is_slow = True
    crm.start()
    crm.fill(owner=3)
    assert crm.task("call").to == 3


# --- routes


ROUTES = """
[[routes]]
name = "Siberia"
when = "fields.region == 'Siberia'"
to = { user = 8 }
[[routes]]
to = { team = "it_sales" }
"""


def test_the_first_route_that_holds_owns_a_new_item_and_its_reason_is_kept() -> None:
    crm = CRM(sale(task(), ROUTES))
    crm.fields["region"] = "Siberia"
    crm.start()
    (given,) = crm.asked(Assign)
    assert (given.user, given.reason, given.team, given.why.rule) == (8, "route 1", None, "route 1")
    assert crm.task("call").to == 8


def test_a_team_takes_turns_and_says_who_was_skipped() -> None:
    team = tuple(map(Member, (3, 12, 13, 8)))
    crm = begun(
        sale(task(), ROUTES), teams={"it_sales": team}, rotation={"it_sales": 3}, absent=frozenset({12, 13})
    )
    (given,) = crm.asked(Assign)
    assert (given.user, given.team) == (8, "it_sales")
    assert given.reason == "route 2, it_sales, round robin, 2 skipped: absent"


def test_different_reasons_for_skipping_are_counted_apart() -> None:
    team = (Member(3), Member(12), Member(9), Member(8))
    crm = begun(sale(task(), ROUTES), teams={"it_sales": team}, absent=frozenset({3, 12}))
    assert crm.asked(Assign)[0].reason.endswith("3 skipped: 2 absent, 1 dismissed")


def test_a_route_with_nobody_free_passes_to_the_next_and_at_last_to_the_process_owner() -> None:
    crm = begun(sale(task(), ROUTES), teams={"it_sales": (Member(9),)}, process_owner=5)
    (given,) = crm.asked(Assign)
    assert given.user == 5
    assert (
        given.reason == "route 2, it_sales, round robin, 1 skipped: dismissed: nobody is free, no route holds"
    )


def test_a_route_may_keep_the_owner_that_the_item_came_with() -> None:
    crm = begun(sale(task(), '[[routes]]\nto = "owner"\nkeep = true\n'))
    assert crm.asked(Assign) == []
    assert crm.said("assigned")[0].text == "Owner Anna: route 1, keeps the owner it came with"


def test_routes_may_wait_until_a_step_asks_for_them() -> None:
    route = '[[stages.steps]]\nid = "route"\ndo = [{ assign = "routes" }]\n'
    crm = begun(
        sale(task() + route, ROUTES + '[start]\non_create = true\nroute = "later"\n'), process_owner=5
    )
    assert crm.asked(Assign) == []
    crm.complete("call")
    assert crm.asked(Assign)[0].user == 5


def test_the_head_of_a_division_or_else_the_creator() -> None:
    rest = '[[routes]]\nto = { head_of = "fields.region", else = "creator" }\n'
    crm = CRM(sale(task(), rest))
    crm.facts |= {"creator": 8, "divisions": {"south": 3}}
    crm.start()
    assert crm.asked(Assign)[0].user == 8
    other = CRM(sale(task(), rest))
    other.fields["region"] = "south"
    other.facts |= {"creator": 8, "divisions": {"south": 3}}
    other.start()
    assert other.asked(Assign)[0].user == 3


# --- approvals


def approval(rest: str) -> str:
    step = f'[[stages.steps]]\nid = "agree"\napprove = {{ question = "Agree?", {rest} }}\n'
    return sale(task(name="draft") + step + task(name="sign"))


def asked(text: str, **facts: object) -> CRM:
    crm = begun(text, **facts)
    crm.complete("draft")
    return crm


def vote(crm: CRM, user: int, outcome: str, note: str = "") -> None:
    (run,) = [run for run in crm.tasks if run.startswith("v1/agree") and run.rpartition("/")[2] == str(user)]
    crm.tasks.pop(run)
    crm.tell(TaskCompleted, run=run, outcome=outcome, by=user, note=note)


TWO = "by = [{ user = 3 }, { user = 8 }]"


def test_all_are_asked_at_once_and_all_must_approve() -> None:
    crm = asked(approval(TWO))
    assert [(run, made.to, made.kind) for run, made in crm.tasks.items()] == [
        ("v1/agree/1/3", 3, "approval"),
        ("v1/agree/1/8", 8, "approval"),
    ]
    vote(crm, 8, "approved")
    assert crm.open == ["agree"]
    vote(crm, 3, "approved")
    assert crm.open == ["sign"]


def test_a_rejection_leads_back_to_the_step_before_with_the_reason() -> None:
    crm = asked(approval(TWO))
    vote(crm, 3, "rejected", note="Too cheap")
    assert crm.open == ["draft"]
    assert [close.run for close in crm.asked(CloseTask)] == ["v1/agree/1/8"]
    assert [comment.text for comment in crm.asked(Comment)] == ["Not approved: Too cheap"]


def test_of_any_the_first_answer_decides() -> None:
    crm = asked(approval(f'{TWO}, mode = "any"'))
    vote(crm, 8, "approved")
    assert crm.open == ["sign"]
    assert [close.run for close in crm.asked(CloseTask)] == ["v1/agree/1/3"]


def test_in_turn_the_next_one_is_asked_when_the_one_before_has_approved() -> None:
    crm = asked(approval(f'{TWO}, mode = "in_turn", due = "1 working day"'))
    assert list(crm.tasks) == ["v1/agree/1/3"]
    vote(crm, 3, "approved")
    assert [(run, made.due) for run, made in crm.tasks.items()] == [("v1/agree/1/8", MONDAY + DAY)]
    vote(crm, 8, "approved")
    assert crm.open == ["sign"]


def test_nobody_approves_their_own_request() -> None:
    crm = asked(approval("by = [{ user = 7 }]"))
    assert [made.to for made in crm.tasks.values()] == [3]
    assert crm.said("approver")[0].text == "Asked instead: nobody approves their own request, to the head"


def test_the_one_who_asked_cannot_answer_in_anothers_name() -> None:
    crm = asked(approval("by = [{ user = 3 }]"))
    crm.tell(Answered, run="v1/agree/1/3", value="approved", by=7)
    assert crm.open == ["agree"]
    crm.complete("agree", "approved", by=7)
    assert (crm.open, list(crm.tasks)) == (["agree"], ["v1/agree/1/3.2"])
    crm.complete("agree", "approved", by=3)
    assert crm.open == ["sign"]


def test_only_those_whose_condition_holds_are_asked_and_nobody_when_it_is_nobodys() -> None:
    crm = CRM(approval('by = [{ user = 3, when = "item.amount > 1000000" }]'))
    crm.start()
    crm.complete("draft")
    assert crm.open == ["sign"]
    assert crm.state.outcomes["agree"] == "approved"


def test_an_approver_who_is_away_is_stood_in_for() -> None:
    crm = asked(approval("by = [{ user = 8 }]"), absent=frozenset({8}))
    assert [made.to for made in crm.tasks.values()] == [3]


def test_an_approver_who_deletes_the_task_has_not_approved() -> None:
    crm = asked(approval("by = [{ user = 3 }]"))
    crm.cancel("agree", by=3)
    assert crm.state.outcomes["agree"] == "rejected"


def test_a_rejection_with_no_step_before_is_asked_again_and_never_passed() -> None:
    step = '[[stages.steps]]\nid = "agree"\napprove = { question = "Agree?", by = [{ user = 3 }] }\n'
    crm = CRM(read_text(sale(step + task(name="sign")), "test.toml"))  # `check` refuses such a file
    crm.start()
    vote(crm, 3, "rejected")
    assert (crm.open, list(crm.tasks)) == (["agree"], ["v1/agree/2/3"])


def test_an_answer_about_a_task_of_nobody_is_ignored() -> None:
    crm = asked(approval(TWO))
    for run in ("v1/agree/1/99", "v1/agree/1/x", "v1/agree/1/3/4", "", "v1/draft/1/junk"):
        crm.tell(Answered, run=run, value="approved", by=None)
    assert sorted(crm.tasks) == ["v1/agree/1/3", "v1/agree/1/8"]
    assert len(crm.said("ignored")) == 5


def test_an_answer_by_button_closes_the_approvers_task() -> None:
    crm = asked(approval(TWO))
    crm.tell(Answered, run="v1/agree/1", value="approved", by=8)
    assert [close.run for close in crm.asked(CloseTask)] == ["v1/agree/1/8"]
    assert list(crm.tasks) == ["v1/agree/1/3"]


def test_an_approval_that_nobody_can_be_found_for_waits() -> None:
    crm = asked(approval('by = [{ role = "lawyer" }]'), admin=None)
    assert (crm.open, crm.tasks) == (["agree"], {})
    crm.facts["roles"] = {"lawyer": (8,)}
    crm.tell(ItemChanged)
    assert [made.to for made in crm.tasks.values()] == [8]


def test_a_task_action_is_no_step_and_nothing_waits_for_it() -> None:
    action = '[[stages.steps]]\nid = "note"\ndo = [{ task = { title = "Remember", to = { user = 8 } } }]\n'
    crm = begun(sale(action + task()))
    (made, _) = crm.asked(CreateTask)
    assert (made.kind, made.to, made.title) == ("action", 8, "Remember")
    assert crm.open == ["call"]
