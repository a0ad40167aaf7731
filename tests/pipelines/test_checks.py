"""Checks: one small file for each mistake, and its finding with the line where it stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipelines.checks import Surroundings, check
from pipelines.findings import Finding
from pipelines.loader import read_text
from tests.pipelines.conftest import HEAD, STAGES

Find = Callable[..., list[Finding]]
TASK = 'task = { title = "T" }'


def stages(*steps: str, before: str = 'next = "won"') -> str:
    """A first stage of the given steps (called a, b, c …), then a won one."""
    text = f'[[stages]]\nid = "first"\n{before}\n'
    for name, body in zip("abcde", steps, strict=False):
        text += f'[[stages.steps]]\nid = "{name}"\n{body}\n'
    return text + '[[stages]]\nid = "won"\nstatus = "won"\n'


def stage(stage_id: str, body: str = "") -> str:
    return f'[[stages]]\nid = "{stage_id}"\n{body}\n'


def one(found: list[Finding], part: str) -> Finding:
    matching = [each for each in found if part in each.message]
    assert len(matching) == 1, [str(each) for each in found]
    return matching[0]


def test_a_sound_file_has_no_findings(findings: Find) -> None:
    assert findings() == []


@pytest.mark.parametrize(
    ("rest", "path", "noun", "suggestion"),
    [
        ('[[transitions]]\nfrom = "frist"\nto = "won"', "transitions[0].from", "stage", "first"),
        ('[[transitions]]\nfrom = "*"\nto = "wno"', "transitions[0].to", "stage", "won"),
        (
            '[[transitions]]\nfrom = "*"\nto = "won"\nrequire = ["bugdet"]',
            "transitions[0].require",
            "field",
            "budget",
        ),
        ('[[entries]]\nstage = "frist"', "entries[0].stage", "stage", "first"),
        ('[[entries]]\nstage = "first"\nstep = "cal"', "entries[0].step", 'step of "first"', "call"),
        (
            '[[follow_ons]]\nid = "f"\npipeline = "sale"\nstage = "frist"',
            "follow_ons[0].stage",
            "stage of",
            "first",
        ),
        (
            '[[follow_ons]]\nid = "f"\npipeline = "sale"\ncopy = ["compny"]',
            "follow_ons[0].copy",
            "field",
            "company",
        ),
        ('[[follow_ons]]\nid = "f"\npipeline = "sale"\non = ["one"]', "follow_ons[0].on", "stage", "won"),
        (
            '[[scenarios]]\nname = "x"\nplay = [{ complete = "cal" }]',
            "scenarios[0].play[0].complete",
            "step",
            "call",
        ),
        ('[[scenarios]]\nname = "x"\nplay = [{ move = "wno" }]', "scenarios[0].play[0].move", "stage", "won"),
        (
            '[[scenarios]]\nname = "x"\nplay = [{ outcome = "doen", of = "call" }]',
            "scenarios[0].play[0].outcome",
            'outcome of "call"',
            "done",
        ),
        (
            '[[transitions]]\nname = "Lose"\nfrom = "*"\nto = "won"\n'
            '[[scenarios]]\nname = "x"\nplay = [{ expect = { refused_by = "Loose" } }]',
            "scenarios[0].play[0].expect.refused_by",
            "transition",
            "Lose",
        ),
        (
            '[[scenarios]]\nname = "x"\nplay = [{ expect = { tasks = ["cal"] } }]',
            "scenarios[0].play[0].expect.tasks",
            "step",
            "call",
        ),
        (
            '[[scenarios]]\nname = "x"\nitem = { fields = { bugdet = 1 } }',
            "scenarios[0].item.fields",
            "field",
            "budget",
        ),
    ],
)
def test_a_name_that_leads_nowhere_is_an_error(
    findings: Find, rest: str, path: str, noun: str, suggestion: str
) -> None:
    found = one(findings(rest), f"no {noun}")
    assert (found.severity, found.path, found.suggestion) == ("error", path, suggestion)
    assert found.line > STAGES.count("\n")


@pytest.mark.parametrize(
    ("step", "path", "noun"),
    [
        (f'{TASK}\noutcomes = [{{ id = "x", go = "b" }}]', "outcomes[0].go", "step of this stage"),
        (f'{TASK}\noutcomes = [{{ id = "x", move = "b" }}]', "outcomes[0].move", "stage"),
        (f'{TASK}\noutcomes = [{{ id = "x", follow_on = "b" }}]', "outcomes[0].follow_on", "follow-on"),
        (f'{TASK}\noutcomes = [{{ id = "x", set = {{ b = "1" }} }}]', "outcomes[0].set.b", "field"),
        (f'{TASK}\noutcomes = [{{ id = "x", require = ["b"] }}]', "outcomes[0].require", "field"),
        (f'{TASK}\nafter = ["b"]', "after", "step of this stage"),
        ('form = ["b"]', "fields", "field"),
        ('form = { fields = ["b"] }', "form.fields", "field"),
        ('ask = { question = "?", field = "b" }', "ask.field", "field"),
        ('wait = { for = "step:b" }', "wait.for", "step"),
        ('wait = { for = "field:b" }', "wait.for", "field"),
        ('wait = { for = "child:b" }', "wait.for", "linked item"),
        ('do = [{ set = { b = "1" } }]', "do[0].set.b", "field"),
        ('do = [{ follow_on = "b" }]', "do[0].follow_on", "follow-on"),
        ('task = { title = "T", to = { field = "b" } }', "task.to.field", "field"),
        (
            'wait = { for = "signal:b" }\nlimit = "1 day"\noutcomes = [{ id = "b" }]',
            "outcomes[0].id",
            "outcome of wait",
        ),
        ('form = ["budget"]\noutcomes = [{ id = "b" }]', "outcomes[0].id", "outcome of form"),
        (
            'ask = { question = "?", field = "ready" }\noutcomes = [{ id = "b" }]',
            "outcomes[0].id",
            "outcome of ask",
        ),
        ('do = [{ comment = "c" }]\noutcomes = [{ id = "b" }]', "outcomes[0].id", "outcome of do"),
    ],
)
def test_a_name_in_a_step_that_leads_nowhere_is_an_error(
    findings: Find, step: str, path: str, noun: str
) -> None:
    found = one(findings(stages=stages(step)), f"no {noun}")
    assert (found.severity, found.path) == ("error", f"stages[0].steps[0].{path}")


def test_names_of_config_are_checked_when_they_are_known() -> None:
    text = HEAD + stages(
        'task = { title = "T", to = { role = "lawyre" } }',
        'do = [{ assign = { team = "sale" } }, { email = "ofer" }, { sms = "thank" }, { call = "er" }]',
        'do = [{ create = "item", type = "tokn" }, { document = "ofer" }]',
    )
    definition = read_text(text)
    assert check(definition) == []
    known = Surroundings(
        roles=["lawyer"],
        teams=["sales"],
        templates=["offer"],
        workflows=["thanks"],
        calls=["erp"],
        types=["token"],
    )
    suggestions = [each.suggestion for each in check(definition, None, known)]
    assert suggestions == ["lawyer", "sales", "offer", "thanks", "erp", "token", "offer"]


def test_other_pipelines_are_looked_up_when_they_are_given(definition: object) -> None:
    other = read_text(
        'id = "lead_in"\ntitle = "L"\nentity = "lead"\n' + stage("new") + stage("over", 'status = "won"')
    )
    rest = (
        '[start]\non_stage = ["deal:lead_in:ovr"]\n'
        '[[follow_ons]]\nid = "a"\npipeline = "led_in"\n'
        '[[follow_ons]]\nid = "b"\npipeline = "lead_in"\nstage = "nwe"\n'
    )
    mine = read_text(HEAD + STAGES + rest)
    assert check(mine) == []
    found = check(mine, {"lead_in": other})
    assert [each.suggestion for each in found] == ["over", "", "lead_in", "new"]
    assert "of lead, not of deal" in found[1].message


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (HEAD.replace("budget ", "amount ") + STAGES, '"amount" is a standard name'),
        (HEAD.replace('{ type = "text" }', '{ type = "choice" }') + STAGES, "needs options"),
        (HEAD.replace('"text" }', '"text", options = { a = "A" } }') + STAGES, "has no options"),
        (HEAD + STAGES + stage("won"), '2 stages are called "won"'),
        (HEAD + stages(TASK) + '[[stages.steps]]\nid = "a"\n' + TASK, '2 steps are called "a"'),
        (HEAD + stages(f'{TASK}\noutcomes = [{{ id = "x" }}, {{ id = "x" }}]'), '2 outcomes are called "x"'),
        (HEAD + STAGES.replace('next = "won"', 'next = "first"'), "leads to itself"),
        (HEAD + STAGES.replace('"won"\n\n', '"won"\nunless = "owner.is_admin"\n\n'), "not locked"),
        (HEAD + stages('approve = { by = ["head"] }'), "no step stands before it"),
        (HEAD + stages('ask = { question = "?" }'), "a question needs a field"),
        (HEAD + stages('ask = { question = "?", field = "budget" }'), "expected bool or choice"),
        (HEAD + stages('task = { title = "T", to = { field = "budget" } }'), "expected user or users"),
        (HEAD + stages('form = { fields = ["budget"], require = ["ready"] }'), "none of the form's fields"),
        (HEAD + stages('wait = { for = "signal:x" }\noutcomes = [{ id = "timeout" }]'), "no timeout without"),
        (HEAD + stages(f'{TASK}\nafter = ["b"]', TASK), "wait for each other: a → b → a"),
        (HEAD + stages(f'{TASK}\nafter = ["a"]'), "waits for itself"),
        (HEAD + stages('do = [{ create = "item" }]'), "needs a `pipeline` or a `type`"),
        (HEAD + stages('do = [{ assign = "routes" }]'), "no [[routes]]"),
        (HEAD + STAGES + '[start]\nroute = "later"\n', "no [[routes]] to run later"),
        (HEAD + STAGES + '[[entries]]\nstage = "first"\nwhen = "fields.ready"', "no entry is without"),
        (
            HEAD + STAGES + '[[entries]]\nstage = "first"\n[[entries]]\nstage = "first"',
            "never reached: another entry",
        ),
        (HEAD + STAGES + '[[routes]]\nto = "owner"\nwhen = "fields.ready"', "no route is without"),
        (
            HEAD + stage("a", 'next = "b"') + stage("b", 'next = "a"') + stage("z", 'status = "won"'),
            "no person and no time",
        ),
        (
            HEAD + stages('do = [{ comment = "c" }]\noutcomes = [{ id = "done", go = "a" }]'),
            "no person and no time",
        ),
        (
            HEAD + stage("only", TASK.replace("task", "goal").replace('{ title = "T" }', '"g"')),
            "no stage is won",
        ),
        (
            HEAD + stages(before='next = [{ to = "won" }, { to = "won" }]'),
            "a case above has no `when`",
        ),
    ],
)
def test_what_would_go_wrong_is_an_error(text: str, part: str) -> None:
    found = one(check(read_text(text)), part)
    assert found.severity == "error"
    assert found.line > 0


def test_a_pipeline_that_is_not_bound_beside_this_one_makes_no_items() -> None:
    other = read_text('id = "tender"\ntitle = "T"\nentity = "deal"\n' + stage("won", 'status = "won"'))
    text = (
        HEAD
        + stages('do = [{ create = "item", pipeline = "tender" }]')
        + '[[follow_ons]]\nid = "next"\npipeline = "tender"\n[start]\non_stage = ["deal:tender:won"]\n'
    )
    bound, unbound = Surroundings(pipelines=["sale", "tender"]), Surroundings(pipelines=["sale"])
    assert check(read_text(text), {"tender": other}, bound) == []
    found = check(read_text(text), {"tender": other}, unbound)
    assert [(each.severity, each.path) for each in found] == [
        ("warning", "stages[0].steps[0].do[0].pipeline"),
        ("warning", "follow_ons[0].pipeline"),
    ]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (HEAD + STAGES + 'require_on_enter = ["ready"]', "stages[1].require_on_enter"),
        (
            HEAD + STAGES + '[[transitions]]\nfrom = "*"\nto = "won"\nrequire = ["ready"]',
            "transitions[0].require",
        ),
        (HEAD + stages('form = ["budget", "ready"]'), "stages[0].steps[0].form"),
        (
            HEAD + stages('form = { fields = ["ready"], require = ["ready"] }'),
            "stages[0].steps[0].form.require",
        ),
        (
            HEAD + stages(f'{TASK}\noutcomes = [{{ id = "x", require = ["ready"] }}]'),
            "stages[0].steps[0].outcomes[0].require",
        ),
        (HEAD + stages('wait = { for = "field:ready" }\nlimit = "1 day"'), "stages[0].steps[0].wait.for"),
        (HEAD + stages(f'when = "fields.ready == null"\n{TASK}'), "stages[0].steps[0].when"),
        (HEAD + stages(f'when = "null != fields.ready || now == now"\n{TASK}'), "stages[0].steps[0].when"),
    ],
)
def test_a_yes_no_field_is_never_missing(text: str, path: str) -> None:
    found = one(check(read_text(text)), '"ready" is a yes/no field, which the CRM never leaves empty')
    assert (found.severity, found.path) == ("warning", path)
    assert found.line > 0


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (HEAD + stages('wait = { for = "signal:x" }'), "may wait for ever"),
        (HEAD + stages(before='next = [{ when = "fields.ready", to = "won" }]'), "without an else"),
        (HEAD + STAGES + stage("far"), 'nothing leads to "far"'),
        (
            HEAD
            + stages(
                TASK, 'approve = { by = ["head"] }\noutcomes = [{ id = "rejected", set = { ready = false } }]'
            ),
            "as if it were approved",
        ),
        (HEAD + stages(TASK, before='next = "won"\nlock = true'), "nobody can move a card out of it"),
        (HEAD + STAGES + 'limit = "1 day"', "time in it is not limited"),
        (HEAD + STAGES + 'group = "g"', "only open stages"),
        (
            HEAD + stages(TASK, 'approve = { by = [{ role = "x", when = "fields.ready" }] }'),
            "nobody is asked",
        ),
        (
            HEAD
            + stage("a", f'next = "b"\n[[stages.steps]]\nid = "s"\n{TASK}')
            + stage("b", 'next = "a"')
            + stage("z", 'status = "won"'),
            'never comes from "a" to an end',
        ),
    ],
)
def test_what_is_worth_a_look_is_a_warning(text: str, part: str) -> None:
    assert one(check(read_text(text)), part).severity == "warning"


def test_a_strict_pipeline_must_list_the_moves_it_makes_and_the_ways_to_its_stages() -> None:
    text = "strict = true\n" + HEAD + STAGES + stage("lost", 'status = "lost"')
    found = check(read_text(text))
    assert "no transition lists" in one(found, "strict").message
    assert one(found, 'no item can reach "lost"').severity == "error"
    listed = text + '[[transitions]]\nfrom = "first"\nto = ["won", "lost"]\n'
    assert check(read_text(listed)) == []


def test_a_strict_pipeline_has_a_way_to_an_end_from_each_stage() -> None:
    text = (
        "strict = true\n" + HEAD + stage("first", f'[[stages.steps]]\nid = "call"\n{TASK}') + stage("second")
    )
    text += stage("won", 'status = "won"')
    ways = '[[transitions]]\nfrom = "first"\nto = ["second", "won"]\n'
    assert one(check(read_text(text + ways)), 'no way leads from "second" to an end').severity == "error"
    assert check(read_text(text + ways + '[[transitions]]\nfrom = "second"\nto = "won"\n')) == []


@pytest.mark.parametrize(
    ("when", "why"),
    [
        (
            "fields.division == 'hardware' && fields.division == 'services'",
            "'hardware' and 'services' at once",
        ),
        ("item.amount > 10 && item.amount < 5", "above 10 and below 5"),
        ("5 > item.amount && item.amount >= 5", "above 5 and below 5"),
        ("fields.budget == null && fields.budget > 1", "null and something else"),
        ("fields.ready && fields.reason == 'x' && fields.reason != 'x'", "'x' and something else"),
        ("item.amount == 3 && item.amount > 4", "3 and outside"),
    ],
)
def test_a_transition_that_can_never_hold_is_an_error(findings: Find, when: str, why: str) -> None:
    found = one(findings(f'[[transitions]]\nfrom = "*"\nto = "won"\nwhen = "{when}"'), "can never hold")
    assert why in found.message


@pytest.mark.parametrize(
    "when",
    [
        "fields.division == 'hardware' || fields.division == 'services'",
        "item.amount > 5 && item.amount < 10 && item.amount != 7",
        "item.amount >= 5 && item.amount <= 5",
        "false",
    ],
)
def test_what_may_hold_or_is_meant_is_left_alone(findings: Find, when: str) -> None:
    assert findings(f'[[transitions]]\nfrom = "*"\nto = "won"\nwhen = "{when}"') == []


def test_a_transition_out_of_a_locked_stage_can_never_be_made(findings: Find) -> None:
    locked = STAGES + "lock = true\n"
    assert (
        "locked" in one(findings('[[transitions]]\nfrom = "won"\nto = "first"', locked), "is locked").message
    )
    for_some = locked + 'unless = "owner.is_admin"\n'
    assert findings('[[transitions]]\nfrom = "won"\nto = "first"', for_some) == []


@pytest.mark.parametrize(
    ("step", "path", "suggestion"),
    [
        ('task = { title = "{item.titel}" }', "task.title", "item.title"),
        ('task = { title = "{contact.name}" }', "task.title", "item.contact"),
        ('task = { title = "{item.contact}" }', "task.title", "item.contact.name"),
        ('task = { title = "T", checklist = ["{fields.bugdet}"] }', "task.checklist", "fields.budget"),
        ('task = { title = "T", due = "fields.budget" }', "task.due", ""),
        ("do = [{ set = { division = \"'hardwere'\" } }]", "do[0].set.division", "hardware"),
        ("do = [{ set = { budget = \"'x'\" } }]", "do[0].set.budget", ""),
        (
            'do = [{ create = "company", fields = { title = "item.titel" } }]',
            "do[0].fields.title",
            "item.title",
        ),
        (f'when = "item.amount"\n{TASK}', "when", ""),
        ('wait = { for = "time:budget" }', "wait.for", ""),
    ],
)
def test_paths_and_types_in_texts_and_expressions_are_checked(
    findings: Find, step: str, path: str, suggestion: str
) -> None:
    (found,) = findings(stages=stages(step))
    assert (found.severity, found.path) == ("error", f"stages[0].steps[0].{path}")
    assert found.suggestion == suggestion


def test_a_schedule_looks_at_customers(findings: Find) -> None:
    good = '[start]\nschedule = { every = "1 week", from = "company", when = "item.last_won_at < now" }'
    assert findings(good) == []
    (found,) = findings(good.replace("item.last_won_at < now", "fields.ready"))
    assert "fields" in found.message


def test_findings_come_in_the_order_of_the_file(findings: Find) -> None:
    found = findings(
        '[[entries]]\nstage = "x"\n', stages('form = ["x"]', 'do = [{ signal = "s" }, { call = "{" }]')
    )
    lines = [each.line for each in found]
    assert lines == sorted(lines)
