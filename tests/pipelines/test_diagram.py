"""The model of a picture: all of the definition is there, in words, and nothing hangs in the air."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.definition import Choose, Definition
from pipelines.diagram import diagram_of, standing_of
from pipelines.diagram.model import Diagram, Result, StageBox
from pipelines.diagram.sayings import Sayings
from pipelines.diagram.words import WORDS, span
from pipelines.durations import Duration
from pipelines.expressions import Expression
from pipelines.library import load_shipped, shipped_names
from pipelines.loader import load_text
from tests.pipelines.crm import CRM

SALE = """
id     = "sale"
title  = { en = "Sale", ru = "Продажа" }
entity = "deal"

[fields]
budget = { type = "money", title = { en = "Budget", ru = "Бюджет" } }
region = { type = "choice", options = { west = { en = "West", ru = "Запад" }, east = "East" } }

[start]
on_create = true
on_stage  = ["lead:incoming_leads:awaiting_sale"]

[[entries]]
name  = "Known"
when  = "item.company != null"
stage = "offer"
step  = "price"
[[entries]]
stage = "talk"

[[routes]]
when = "fields.region == 'west'"
to   = { team = "west", by = "least_loaded" }
[[routes]]
to   = "creator"

[[follow_ons]]
id       = "upsell"
title    = "More"
pipeline = "sale"
stage    = "talk"
on       = ["won"]

[[stages]]
id    = "talk"
title = { en = "Talk", ru = "Разговор" }
limit = "2 working days"
next  = [{ when = "fields.budget > 1000 && item.amount != null", to = "offer" }, { to = "lost" }]

[[stages.steps]]
id    = "call"
title = "Call"
task  = { title = "Call {item.contact.name}", due = "1 working day" }
outcomes = [
  { id = "fine", title = "Fine", require = ["budget"], do = [{ notify = "head", text = "x" }] },
  { id = "redial", title = "Redial", again = "5 working days" },
  { id = "never", title = "Never", move = "lost" },
]
[[stages.steps]]
id    = "letter"
after = []
when  = "fields.region == 'west'"
task  = { title = "Write to {item.title}" }
[[stages.steps]]
id    = "sum_up"
after = ["call", "letter"]
ask   = { question = "Go on?" }
outcomes = [{ id = "yes" }, { id = "again", title = "Once more", go = "call" }]

[[stages]]
id    = "offer"
next  = { choose = ["won", "lost"], to = "head" }
require_on_enter = ["budget"]

[[stages.steps]]
id    = "price"
approve = { by = ["head", { role = "boss", when = "item.amount > 5" }], mode = "any" }
outcomes = [{ id = "rejected", move = "talk" }]
[[stages.steps]]
id    = "silence"
wait  = { for = "field:budget" }
limit = "10 days"
outcomes = [{ id = "timeout", move = "lost" }]

[[stages]]
id     = "won"
status = "won"
lock   = true
[[stages]]
id     = "lost"
status = "lost"

[[transitions]]
name    = "Any end"
from    = "*"
to      = ["won", "lost"]
require = ["budget"]
[[transitions]]
name      = "Second thoughts"
from      = "lost"
to        = "talk"
when      = "item.amount > 0"
otherwise = "hold"
do        = [{ create = "invoice" }]
"""


def drawn(language: Any = "en", text: str = SALE) -> Diagram:
    return diagram_of(load_text(text), language)


def stage(diagram: Diagram, stage_id: str) -> StageBox:
    found = diagram.stage(stage_id)
    assert found is not None
    return found


def result(diagram: Diagram, step: str, outcome: str) -> Result:
    (found,) = (
        each
        for box in diagram.stages
        for made in box.steps
        if made.id == step
        for each in made.results
        if each.id == outcome
    )
    return found


def ways(diagram: Diagram) -> list[tuple[str, str, str, str]]:
    return [(each.source, each.target, each.way, each.label) for each in diagram.edges]


def moves_of(definition: Definition) -> set[tuple[str, str]]:
    """Source and target of every move that the file itself makes, counted without the room under test."""
    found = set()
    for each in definition.stages:
        if isinstance(each.next, Choose):
            found |= {(each.id, target) for target in each.next.choose}
        else:
            found |= {(each.id, case.to) for case in each.next or ()}
        for step in each.steps:
            found |= {(each.id, outcome.move) for outcome in step.outcomes if outcome.move}
    return found


@pytest.mark.parametrize("name", shipped_names())
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_stage_step_result_and_move_is_there_and_nothing_dangles(name: str, language: Any) -> None:
    definition = load_shipped(name)
    diagram = diagram_of(definition, language)
    assert [each.id for each in diagram.stages] == [each.id for each in definition.stages]
    assert moves_of(definition) <= {(edge.source, edge.target) for edge in diagram.edges}
    known = {each.id for each in diagram.stages}
    assert all(edge.source in known and edge.target in known for edge in diagram.edges)
    assert all(start.stage in known for start in diagram.starts)
    numbers = {gate.number for gate in diagram.gates}
    for box, spec in zip(diagram.stages, definition.stages, strict=True):
        steps = {step.id for step in box.steps}
        assert [step.id for step in box.steps] == [step.id for step in spec.steps]
        for drawn_step, step in zip(box.steps, spec.steps, strict=True):
            assert {each.id for each in step.outcomes} <= {each.id for each in drawn_step.results}
            assert set(drawn_step.before) <= steps
            assert all(each.target in steps for each in drawn_step.results if each.lead == "go")
            assert all(set(each.gates) <= numbers for each in drawn_step.results)


def test_ways_out_of_a_stage_say_what_leads_there() -> None:
    assert ways(drawn()) == [
        ("talk", "lost", "outcome", "Call: Never"),
        ("talk", "offer", "next", "if “Budget” > 1 000 and “Amount” is filled"),
        ("talk", "lost", "next", "otherwise"),
        ("offer", "talk", "outcome", "Approval: Rejected"),
        ("offer", "lost", "wait", "Wait: Time is over"),
        ("offer", "won", "choice", "head chooses"),
        ("offer", "lost", "choice", "head chooses"),
        ("lost", "talk", "hand", "Second thoughts"),
    ]


def test_results_say_what_they_need_do_and_lead_to() -> None:
    diagram = drawn()
    fine = result(diagram, "call", "fine")
    assert (fine.lead, fine.needs, fine.effects) == ("on", ("Budget",), ("tells head",))
    assert result(diagram, "call", "redial").whither == "again in 5 working days"
    again = result(diagram, "sum_up", "again")
    assert (again.lead, again.target) == ("go", "call")
    assert result(diagram, "price", "approved").title == "Approved"


def test_branches_and_joins_are_kept() -> None:
    steps = {step.id: step for step in stage(drawn(), "talk").steps}
    assert (steps["call"].before, steps["letter"].before) == ((), ())
    assert steps["sum_up"].before == ("call", "letter")
    assert steps["letter"].condition == "“region” = “West”"
    assert steps["letter"].title == "Write to"


def test_gates_are_numbered_where_they_count() -> None:
    diagram = drawn()
    any_end, second = diagram.gates
    assert any_end.lines == ("any stage → won, lost", "needs: Budget", "else the card goes back")
    assert second.lines[1:] == (
        "only if “Amount” > 0",
        "else the card waits there",
        "and: creates: invoice",
    )
    assert stage(diagram, "won").gates == (1,)
    assert {edge.gates for edge in diagram.edges if edge.target == "lost"} == {(1,)}
    assert "needs: Budget" in stage(diagram, "offer").lines


def test_beginnings_owners_and_follow_ons_are_told() -> None:
    diagram = drawn()
    known, new = diagram.starts
    assert (known.title, known.stage, known.step, known.condition) == (
        "Known",
        "offer",
        "price",
        "“Company” is filled",
    )
    assert (new.title, new.stage) == ("New", "talk")
    starts, owners, follow_ons = diagram.notes
    assert starts.lines == ("every new item", "from “incoming_leads”, stage “awaiting_sale”")
    assert owners.lines == ("1. team west, the least loaded (if “region” = “West”)", "2. creator")
    assert follow_ons.lines == ("More: “Sale”, stage “Talk”; made by itself at won",)


def test_the_same_in_russian() -> None:
    diagram = drawn("ru")
    talk = stage(diagram, "talk")
    assert talk.title == "Разговор"
    assert talk.lines == ("срок: 2 рабочих дня",)
    assert talk.steps[1].condition == "«region» = «Запад»"
    assert result(diagram, "call", "redial").whither == "повтор через 5 рабочих дней"


def test_every_word_is_there_in_both_languages() -> None:
    assert all(set(texts) == {"en", "ru"} and all(texts.values()) for texts in WORDS.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 day", "1 день"),
        ("3 hours", "3 часа"),
        ("11 minutes", "11 минут"),
        ("21 working days", "21 рабочий день"),
        ("12 working weeks", "12 рабочих недель"),
    ],
)
def test_russian_durations_are_counted_as_people_count(text: str, said: str) -> None:
    assert span(Duration.parse(text), "ru") == said


def test_one_week_is_another_word_after_a_preposition() -> None:
    assert span(Duration.parse("1 week"), "ru") == "1 неделя"
    assert span(Duration.parse("1 week"), "ru", is_object=True) == "1 неделю"


# --- one item -----------------------------------------------------------------------------------------------


def of_item(crm: CRM) -> Diagram:
    standing = standing_of(crm.definition, crm.state, crm.known(), crm.now)
    return diagram_of(crm.definition, "en", standing)


def test_an_item_shows_its_stage_its_steps_and_where_it_may_go() -> None:
    crm = CRM(SALE, amount=5)
    crm.start()
    crm.fill(region="west")
    diagram = of_item(crm)
    assert diagram.item == "deal:1"
    states = {each.id: (each.state, each.obstacle) for each in diagram.stages}
    assert states == {
        "talk": ("present", ""),
        "offer": ("revert", "not filled in: Budget"),
        "won": ("revert", "not filled in: Budget"),
        "lost": ("revert", "not filled in: Budget"),
    }
    assert [step.state for step in stage(diagram, "talk").steps] == ["open", "skipped", ""]
    assert [step.state for step in stage(diagram, "offer").steps] == ["", ""]
    crm.fill(budget=50)
    assert {each.id: each.state for each in of_item(crm).stages if each.id != "talk"} == {
        "offer": "allowed",
        "won": "allowed",
        "lost": "allowed",
    }
    crm.complete("call", "redial")
    assert stage(of_item(crm), "talk").steps[0].state == "later"


def test_an_item_outside_of_all_stages_is_at_none() -> None:
    crm = CRM(SALE)
    crm.start()
    crm.move(None)
    diagram = of_item(crm)
    assert [each.id for each in diagram.stages if each.state == "present"] == []
    assert stage(diagram, "talk").state == "allowed"


def test_a_strict_pipeline_has_no_way_where_none_is_listed() -> None:
    work = '[[transitions]]\nname = "Work"\nfrom = ["talk", "offer"]\nto = ["talk", "offer"]\n'
    crm = CRM("strict = true\n" + SALE + work)
    crm.start()
    crm.fill(budget=50)
    crm.move("lost")
    states = {each.id: each.state for each in of_item(crm).stages}
    assert states == {"talk": "hold", "offer": "closed", "won": "allowed", "lost": "present"}
    crm.fill(amount=7)
    assert stage(of_item(crm), "talk").state == "allowed"


def test_names_of_moves_entries_and_routes_are_in_the_language_of_the_picture() -> None:
    text = SALE.replace('"Known"', '{ en = "Known", ru = "Знакомый" }')
    definition = load_text(text, "sale.toml")
    assert [diagram_of(definition, language).starts[0].title for language in ("en", "ru")] == [
        "Known",
        "Знакомый",
    ]
    assert definition.entries[0].known_as == "Known"


def test_steps_without_a_name_of_their_own_are_called_by_what_they_do() -> None:
    text = SALE.replace(
        "[[stages.steps]]",
        """[[stages.steps]]
id = "hand_over"
do = [{ assign = "head" }, { notify = "owner", text = "Yours" }]
[[stages.steps]]""",
        1,
    )
    definition = load_text(text, "sale.toml")
    first = stage(diagram_of(definition, "ru"), "talk").steps[0]
    assert (first.title, first.lines) == (
        "Назначение ответственного",
        ("ответственный: руководитель", "уведомляет: ответственный"),
    )


def test_other_pipelines_are_called_by_their_titles_when_they_are_known() -> None:
    leads = load_shipped("incoming_leads")
    diagram = diagram_of(load_text(SALE, "sale.toml"), "en", others={"incoming_leads": leads})
    assert diagram.notes[0].lines[1] == "from “Incoming leads”, stage “Success: awaiting sale”"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("fields.region in ['west', 'east']", "«region» одно из: «Запад», «East»"),
        ("item.last_won_at < now - duration('4320h')", "последняя покупка < сейчас - 180 дней"),
        ("owner.is_active == true", "ответственный работает"),
        ("'x' in owner.divisions", "«x» входит в направления ответственного"),
        ("link.upsell.status == 'won'", "«More» = «успех»"),
        ("process.visits_of.talk > 1", "заходов на «Разговор» > 1"),
    ],
)
def test_conditions_are_read_in_words(condition: str, said: str) -> None:
    definition = load_text(SALE, "sale.toml")
    assert Sayings(definition, "ru").condition(Expression.parse(condition)) == said
