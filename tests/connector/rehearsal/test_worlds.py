"""What people do in a portal and what is seen of it: every verb of a play, against a portal's own state."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connector.records import DEAL, ItemRef
from connector.rehearsal import SandboxWorld, sandbox_worlds
from connector.rehearsal.product import PORTAL
from connector.store import mirror
from pipelines.definition import Definition
from pipelines.loader import load_text
from pipelines.rehearsal import Rehearsal
from pipelines.scenarios import ScenarioResult, run_scenario
from pipelines.script import Look, Scenario
from tests.connector.rehearsal.conftest import MakeSandbox

SALE = """
id = "sale"
title = "Sale"
entity = "ENTITY"
[fields]
note = { type = "text", title = "Note" }
size = { type = "choice", title = "Size", options = { small = "Small", large = "Large" } }
parts = { type = "choices", title = "Parts", options = { a = "A", b = "B" } }
is_key = { type = "bool", title = "Key" }
meeting_at = { type = "datetime", title = "Meeting" }
decision_at = { type = "date", title = "Decision" }
budget = { type = "money", title = "Budget" }
helper = { type = "user", title = "Helper" }
[start]
on_create = true
manual = true
[[entries]]
stage = "work"
[[routes]]
when = "item.amount > 100"
to = { team = "big", by = "least_loaded" }
[[routes]]
to = "owner"
keep = true
[[stages]]
id = "work"
next = { choose = ["talk", "lost"] }
[[stages.escalations]]
after = "3 days"
do = [{ notify = "head", text = "Late: {item.title}" }]
[[stages.steps]]
id = "call"
task = { title = "Call", due = "1 day" }
outcomes = [
  { id = "yes" },
  { id = "redial", again = "1 working day" },
  { id = "agree", go = "agree" },
  { id = "paid", go = "paid" },
]
[[stages.steps]]
id = "how_big"
ask = { question = "Size?", field = "size" }
[[stages.steps]]
id = "agree"
approve = { by = [{ user = 3 }, { user = 8 }], question = "Agree?" }
[[stages.steps]]
id = "paid"
wait = { for = "signal:paid" }
[[stages]]
id = "talk"
[[stages.steps]]
id = "worth"
form = ["amount", "note"]
[[stages.steps]]
id = "more"
task = { title = "More" }
[[stages]]
id = "won"
status = "won"
lock = true
[[stages]]
id = "lost"
status = "lost"
[[transitions]]
name = "Lose"
from = "*"
to = "lost"
require = ["note"]
"""
FIRST = 'item = { title = "Acme", owner = 7 }\npeople = { 7 = { name = "Anna", head = 3 } }'


EARLIER = """
id = "earlier"
title = "Earlier"
entity = "deal"
[[stages]]
id = "first"
next = "done"
[[stages]]
id = "done"
status = "won"
"""
FOLLOW_ON = '[[follow_ons]]\nid = "again"\ntitle = "Again"\npipeline = "earlier"\n'


def definition_of(
    *lines: str, begin: str = FIRST, entity: str = "deal", change: tuple[str, str] = ("", "")
) -> Definition:
    play = "".join(f"  {line},\n" for line in lines)
    text = f'{SALE}[[scenarios]]\nname = "one"\n{begin}\nplay = [\n{play}]\n'
    return load_text(text.replace(*change, 1).replace("ENTITY", entity), "sale.toml")


def play(make: MakeSandbox, *lines: str, begin: str = FIRST, entity: str = "deal") -> ScenarioResult:
    """Play it through a portal; what it expects must hold for the engine on its own too."""
    definition = definition_of(*lines, begin=begin, entity=entity)
    (scenario,) = definition.scenarios
    offline = run_scenario(definition, scenario, lambda *what: Rehearsal(*what))
    assert [str(failure) for failure in offline.failures] == []
    return run_scenario(definition, scenario, make)


def play_beside(definition: Definition) -> ScenarioResult:
    """Play it in a portal that has the pipeline "earlier" too; offline it must pass as well."""
    (scenario,) = definition.scenarios
    others = {"earlier": load_text(EARLIER, "earlier.toml")}
    offline = run_scenario(definition, scenario, lambda *what: Rehearsal(*what, others))
    assert [str(failure) for failure in offline.failures] == []
    with sandbox_worlds(lambda definition: others) as make:
        return run_scenario(definition, scenario, make)


def world_after(make: MakeSandbox, *lines: str, begin: str = FIRST, entity: str = "deal") -> SandboxWorld:
    """The world when all lines were played."""
    definition = definition_of(*lines, begin=begin, entity=entity)
    (scenario,) = definition.scenarios
    world = make(definition, scenario)
    for verb in scenario.play:
        if not isinstance(verb, Look):
            world.play(verb)
    return world


PLAYS = """
{ outcome = "yes", of = "call" }
{ expect = { open = ["how_big"], tasks = [], done = ["call"] } }
{ answer = "large", of = "how_big" }
{ expect = { fields = { size = "large" }, open = ["agree"] } }
{ approve = "agree", by = 8 }
{ expect = { open = ["agree"] } }
{ reject = "agree", by = 3, note = "Too dear" }
{ expect = { open = ["how_big"] } }

{ outcome = "redial" }
{ expect = { tasks = [] } }
{ advance = "1 working day" }
{ expect = { tasks = ["call"] } }

{ complete = "call" }
{ expect = { tasks = ["call"] } }
{ complete = "call" }
{ expect = { open = ["how_big"] } }

{ cancel = "call" }
{ expect = { cancelled = ["call"], open = [] } }
{ answer = "talk" }
{ expect = { stage = "talk", open = ["worth"] } }
{ fill = { note = "x" } }
{ expect = { open = ["worth"] } }
{ fill = { amount = 5.0 } }
{ expect = { tasks = ["more"] } }

{ cancel = "call" }
{ press = "talk" }
{ expect = { stage = "talk" } }

{ delete = "call" }
{ expect = { cancelled = ["call"] } }

{ postpone = "call", until = "2 days" }
{ expect = { tasks = ["call"] } }
{ postpone = "call" }
{ expect = { tasks = ["call"] } }

{ outcome = "agree" }
{ approve = "agree", by = 8 }
{ approve = "agree", by = 3 }
{ expect = { done = ["agree"], open = ["paid"] } }
{ signal = "paid" }
{ expect = { done = ["paid"], open = [] } }

{ signal = "paid" }
{ outcome = "paid" }
{ expect = { done = ["paid"], open = [] } }

{ move = "lost" }
{ expect = { stage = "work", refused = ["note"], refused_by = "Lose", tasks = ["call"] } }
{ expect = { notified = ["owner"] } }
{ fill = { note = "x" } }
{ move = "lost" }
{ expect = { stage = "lost", status = "lost", cancelled = ["call"], finished = true } }

{ move = "won" }
{ move = "work" }
{ expect = { stage = "won", refused_by = "lock", finished = true } }

{ assign = 8 }
{ expect = { owner = 8, tasks = ["call"] } }
{ outcome = "yes" }
{ expect = { open = ["how_big"] } }

{ advance = "2 days" }
{ expect = { notified = [] } }
{ advance = "1 day" }
{ expect = { notified = ["head"] } }

{ fill = { meeting_at = "2026-12-01T10:00:00+03:00", decision_at = "2026-12-02", budget = 12.5 } }
{ expect = { fields = { meeting_at = "2026-12-01T07:00:00Z", decision_at = "2026-12-02", budget = 12.5 } } }
{ fill = { parts = ["b", "a"], is_key = true, helper = 12, company = { id = 3, name = "Acme" } } }
{ expect = { fields = { parts = ["b", "a"], is_key = true, helper = 12 } } }
{ expect = { fields = { company = { id = 3, name = "Acme" } } } }
{ fill = { meeting_at = "", decision_at = "" } }
{ expect = { fields = { meeting_at = "", decision_at = "" } } }
"""


@pytest.mark.parametrize("lines", PLAYS.strip().split("\n\n"), ids=lambda lines: lines.split("\n")[0])
def test_people_of_a_portal_can_do_what_a_play_says(lines: str, make_sandbox: MakeSandbox) -> None:
    result = play(make_sandbox, *lines.split("\n"))
    assert [str(failure) for failure in result.failures] == []
    assert result.has_passed


@pytest.mark.parametrize("entity", ["lead", "smart_process"])
def test_a_pipeline_has_its_board_whatever_it_runs_on(entity: str, make_sandbox: MakeSandbox) -> None:
    lines = (
        '{ cancel = "call" }',
        '{ answer = "talk" }',
        '{ expect = { stage = "talk", open = ["worth"] } }',
    )
    assert play(make_sandbox, *lines, entity=entity).has_passed


def test_the_board_has_the_stages_and_fields_of_the_pipeline_and_no_others(make_sandbox: MakeSandbox) -> None:
    world = world_after(make_sandbox, entity="lead")
    lead = world.portal.crm.entity_type(1)
    assert [each.name for each in world.portal.crm.stages.of(lead, 0)] == ["work", "talk", "won", "lost"]
    titles = {each.title("en") for each in world.portal.crm.user_fields.of("CRM_LEAD")}
    assert titles == {"Note", "Size", "Parts", "Key", "Meeting", "Decision", "Budget", "Helper"}


def test_an_outcome_is_a_ticked_line_of_a_task_that_its_owner_completed(make_sandbox: MakeSandbox) -> None:
    world = world_after(make_sandbox, '{ outcome = "yes", of = "call" }')
    task = world.portal.tasks_of(world.ref)[0]
    assert (task.status, task.status_changed_by) == (5, 7)
    assert [line.title for line in world.portal.checklist_of(task.id) if line.is_complete] == ["yes"]


def test_a_card_joins_where_the_scenario_says_it_stands(make_sandbox: MakeSandbox) -> None:
    begin = 'item = { title = "Acme", owner = 7, stage = "talk", amount = 5.0, fields = { note = "x" } }'
    assert play(make_sandbox, '{ expect = { stage = "talk", tasks = ["more"] } }', begin=begin).has_passed


def test_loads_absences_and_capacities_count_as_in_the_office(make_sandbox: MakeSandbox) -> None:
    begin = """
        item = { title = "Acme", owner = 7, amount = 500.0 }
        teams = { big = { members = [11, 12, 13, 14], capacity = 4 } }
        load = { 11 = 4, 12 = 2, 14 = 3 }
        absent = [13]
    """
    assert play(make_sandbox, "{ expect = { owner = 12 } }", begin=begin).has_passed


def test_another_calendar_is_that_of_the_portal(make_sandbox: MakeSandbox) -> None:
    begin = FIRST + (
        '\nnow = 2026-01-09T16:00:00\ncalendar = { time_zone = "Asia/Yekaterinburg", hours = "08:00-17:00" }'
    )
    lines = (
        '{ outcome = "redial" }',
        "{ advance = 2026-01-12T15:59:00+05:00 }",
        "{ expect = { tasks = [] } }",
        "{ advance = 2026-01-12T16:01:00+05:00 }",
        '{ expect = { tasks = ["call"] } }',
    )
    assert play(make_sandbox, *lines, begin=begin).has_passed


def test_a_deleted_card_ends_its_process(make_sandbox: MakeSandbox) -> None:
    world = world_after(make_sandbox, '{ delete = "item" }')
    assert world.process.phase == "gone"
    assert world.look().tasks == frozenset()


def test_who_does_the_task_of_another_is_given_it_first(make_sandbox: MakeSandbox) -> None:
    world = world_after(make_sandbox, '{ outcome = "yes", of = "call", by = 8 }')
    task = world.portal.tasks_of(world.ref)[0]
    assert (task.responsible_id, task.status, task.status_changed_by) == (8, 5, 8)


def test_what_nobody_can_do_in_the_portal_is_a_failure_at_that_line(make_sandbox: MakeSandbox) -> None:
    begin = FIRST.replace("people = {", "people = { 99 = { is_active = false },")
    definition = definition_of('{ complete = "call", by = 99 }', begin=begin)
    (scenario,) = definition.scenarios
    (failure,) = run_scenario(definition, scenario, make_sandbox).failures
    assert (failure.line, failure.key) == (scenario.play[0].line, "play")
    assert (failure.expected, failure.got) == ("somebody who works here", "user 99")


def test_a_customer_who_has_bought_before_has_a_deal_that_was_won(make_sandbox: MakeSandbox) -> None:
    begin = 'item = { title = "Acme", owner = 7, last_won_at = 2020-01-01T00:00:00, company = { id = 3 } }'
    world = world_after(make_sandbox, begin=begin)
    with world.product.read() as conn:
        (won_at,) = mirror.last_won(conn, PORTAL).values()
    assert won_at == datetime(2019, 12, 31, 21, tzinfo=UTC)


def test_a_card_is_as_old_as_the_scenario_says(make_sandbox: MakeSandbox) -> None:
    begin = 'item = { id = 40, title = "Acme", owner = 7, created = 2020-01-01T00:00:00 }'
    world = world_after(make_sandbox, begin=begin)
    with world.product.read() as conn:
        item = mirror.get_item(conn, PORTAL, ItemRef(DEAL, 40))
    assert item is not None
    assert item.created_at == datetime(2019, 12, 31, 21, tzinfo=UTC)


@pytest.mark.parametrize("start", ["", 'on_stage = ["deal:earlier:done"]'])
def test_where_people_make_no_cards_another_process_has_one_made(start: str) -> None:
    definition = definition_of(
        '{ expect = { stage = "work", owner = 7, tasks = ["call"] } }', change=("on_create = true", start)
    )
    assert play_beside(definition).has_passed


@pytest.mark.parametrize(
    "line", ['{ cancel = "call" }', '{ move = "won" }'], ids=["at any time", "at the end"]
)
def test_a_follow_on_begins_when_somebody_wants_it(line: str) -> None:
    definition = definition_of(
        line,
        '{ press = "again" }',
        '{ expect = { children = ["again"] } }',
        change=('[[stages]]\nid = "work"', f'{FOLLOW_ON}[[stages]]\nid = "work"'),
    )
    assert play_beside(definition).has_passed


def test_a_call_to_another_system_goes_to_somebody_who_takes_it(make_sandbox: MakeSandbox) -> None:
    begin = 'item = { title = "Acme", owner = 7, stage = "talk" }'
    change = ('id = "talk"\n', 'id = "talk"\n[[stages.steps]]\nid = "bill"\ndo = [{ call = "billing" }]\n')
    definition = definition_of(begin=begin, change=change)
    world = make_sandbox(definition, definition.scenarios[0])
    (told,) = world.product.receivers.told
    assert (told["call"], told["step"], told["item"]) == ("billing", "bill", str(world.ref))


def test_what_a_rehearsal_has_no_means_for_is_neither_passed_nor_failed(make_sandbox: MakeSandbox) -> None:
    result = play(make_sandbox, begin='item = { title = "Acme", last_won_at = 2020-01-01T00:00:00 }')
    assert result.not_run == "item.last_won_at is that of the customer: give the item a company or a contact"
    assert (result.has_passed, result.failures) == (False, ())


REACHED = """
task = { title = "Call {item.contact.name}", due = "1 day", description = "{item.contact.phone}" }
outcomes = [
  { id = "yes", set = { note = "item.contact.phone + item.contact.email" } },"""
VERA = 'name = "Vera", phone = "+7 495 111-22-33", email = "vera@mills.example"'


@pytest.mark.parametrize(
    ("entity", "contact"),
    [("deal", f"{{ id = 9, {VERA} }}"), ("lead", f"{{ {VERA} }}")],
    ids=["a contact", "the person on the lead itself"],
)
def test_a_customer_is_reached_in_the_portal_as_the_scenario_says(
    entity: str, contact: str, make_sandbox: MakeSandbox
) -> None:
    note = "+7 495 111-22-33vera@mills.example"
    definition = definition_of(
        '{ outcome = "yes", of = "call" }',
        f'{{ expect = {{ fields = {{ note = "{note}", contact = {contact} }} }} }}',
        begin=f'item = {{ title = "Acme", owner = 7, contact = {contact} }}',
        entity=entity,
        change=('task = { title = "Call", due = "1 day" }\noutcomes = [\n  { id = "yes" },', REACHED),
    )
    (scenario,) = definition.scenarios
    worlds: list[SandboxWorld] = []

    def make(definition: Definition, scenario: Scenario) -> SandboxWorld:
        worlds.append(make_sandbox(definition, scenario))
        return worlds[-1]

    for result in (
        run_scenario(definition, scenario, lambda *what: Rehearsal(*what)),
        run_scenario(definition, scenario, make),
    ):
        assert [str(failure) for failure in result.failures] == []
        assert result.has_passed
    task = worlds[0].portal.tasks_of(worlds[0].ref)[0]
    assert (task.title, task.description) == ("Call Vera", "+7 495 111-22-33")


def test_who_has_no_email_gets_one_only_where_letters_are_sent(make_sandbox: MakeSandbox) -> None:
    begin = 'item = { title = "Acme", owner = 7, contact = { id = 9, name = "Vera" } }'
    assert world_after(make_sandbox, begin=begin).portal.record((3, 9)).get("FM") is None
