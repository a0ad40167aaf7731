# ruff: noqa: E501  (TOML keeps an inline table on one line)
"""The keys of the language are fixed, because files of others rely on them: each is used here once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipelines.checks import check
from pipelines.definition import Definition
from pipelines.elements import Element, elements_in
from pipelines.loader import load_text

EVERYTHING = """
id     = "everything"
title  = { en = "Everything", ru = "Всё" }
entity = "deal"
strict = true

[fields]
budget        = { type = "money", title = { en = "Budget", ru = "Бюджет" }, hint = "Whole roubles" }
meeting_at    = { type = "datetime" }
bid_deadline  = { type = "date" }
division      = { type = "choice", options = { hardware = "Hardware", services = { en = "Services" } } }
interests     = { type = "choices", options = { a = "A", b = "B" } }
competitor    = { type = "text" }
needs_quote   = { type = "bool" }
seats         = { type = "number" }
manager       = { type = "user" }
watchers      = { type = "users" }
partner       = { type = "company" }
decider       = { type = "contact" }
old_deal      = { type = "item" }
contract_file = { type = "file" }

[start]
on_create = true
schedule  = { every = "1 week", from = "company", when = "item.last_won_at < now - duration('4320h')" }
on_stage  = ["lead:incoming_leads:awaiting_sale"]
manual    = true
route     = "later"

[[entries]]
name  = "Existing account"
when  = "item.company != null && item.is_returning"
stage = "analysis"
step  = "call"
[[entries]]
stage = "interest"

[[stages]]
id               = "interest"
title            = "Interest"
status           = "open"
goal             = "Somebody wants something"
limit            = "5 working days"
group            = "Active"
require_on_enter = ["title"]
next             = "analysis"

[[stages.escalations]]
after = "2 working days"
do    = [{ notify = "head", text = "{item.title} of {owner.name}: {fields.budget}" }]

[[stages]]
id   = "analysis"
next = [{ when = "fields.division != null", to = "offer" }, { to = "talks" }]

[[stages.steps]]
id          = "call"
title       = "Call"
hint        = { en = "Confirm budget, decision maker and date" }
task        = { title = "Call {item.contact.name}", to = "owner", due = "1 working day", description = "D", checklist = ["One"], priority = "high" }
limit       = "2 days"
escalations = [{ after = "1 day", do = [{ comment = "Late" }] }]
outcomes    = [
  { id = "interested", title = { en = "Interested", ru = "Интерес есть" } },
  { id = "redial", again = "1 working day" },
  { id = "back", go = "call" },
  { id = "enough", end = true },
  { id = "no_interest", move = "lost", set = { competitor = "'none'" }, do = [{ signal = "lost" }], require = ["budget"] },
  { id = "more", follow_on = "upsell" },
  { id = "cancelled", end = true },
  { id = "postponed" },
]

[[stages.steps]]
id    = "some"
after = []
form  = { fields = ["budget", "competitor"], require = ["budget"] }

[[stages.steps]]
id    = "all"
after = ["call", "some"]
form  = ["division", "amount"]

[[stages.steps]]
id   = "quote"
when = "item.amount > 0 && process.outcome.call == 'interested' && !process.open.some"
ask  = { question = "A quotation?", field = "needs_quote", to = "head" }
outcomes = [{ id = "yes", do = [{ document = { template = "quote" } }] }, { id = "no" }]

[[stages.steps]]
id    = "presentation"
scope = "process"
task  = { title = "Hold the presentation", due = "fields.meeting_at" }

[[stages]]
id   = "offer"
next = { choose = ["talks", "lost"], to = "owner" }

[[stages.steps]]
id      = "approval"
approve = { by = ["head", { user = 3 }, { role = "lawyer", when = "item.amount > 1000000.0" }], mode = "in_turn", question = "Yes?", due = "1 working day" }
outcomes = [{ id = "rejected", move = "lost" }]

[[stages.steps]]
id    = "w_step"
wait  = { for = "step:presentation" }
limit = "10 days"
outcomes = [{ id = "signalled" }, { id = "timeout", end = true }]
[[stages.steps]]
id    = "w_field"
wait  = { for = "field:budget" }
limit = "fields.bid_deadline - duration('24h')"
[[stages.steps]]
id    = "w_child"
wait  = { for = "child:contract" }
limit = "10 days"
[[stages.steps]]
id    = "w_won"
wait  = { for = "child:contract:won" }
limit = "10 days"
[[stages.steps]]
id    = "w_stage"
wait  = { for = "stage:contract:signing" }
limit = "10 days"
[[stages.steps]]
id    = "w_signal"
wait  = { for = "signal:paid" }
limit = "10 days"
[[stages.steps]]
id    = "w_time"
wait  = { for = "time:meeting_at" }
[[stages.steps]]
id    = "w_duration"
wait  = { for = "time:3 working days" }

[[stages.steps]]
id = "actions"
do = [
  { set = { budget = "item.amount * 2", needs_quote = true, manager = "item.owner", title = "item.title + '!'" } },
  { assign = "routes" },
  { assign = { head_of = "fields.division", else = "creator" } },
  { task = { title = "T", to = "actor" } },
  { create = "item", pipeline = "contract_approval", fields = { title = "item.title" }, as = "contract" },
  { create = "item", type = "registration" },
  { create = "company" },
  { create = "contact" },
  { create = "invoice" },
  { comment = { en = "C" } },
  { notify = { field = "manager" }, text = "T" },
  { notify = { team = "sales", by = "least_loaded" }, text = "T" },
  { email = "proposal_sent" },
  { email = { to = "contact", subject = "S", body = "B {link.contract.title}" } },
  { sms = "proposal_sent" },
  { sms = { workflow = "proposal_sent" } },
  { document = 12 },
  { document = "offer" },
  { signal = "ready" },
  { call = "erp" },
  { follow_on = "upsell" },
]

[[stages]]
id = "talks"

[[stages]]
id     = "won"
status = "won"
lock   = true
unless = "owner.is_admin"

[[stages]]
id     = "lost"
status = "lost"

[[stages]]
id     = "rerouted"
status = "archived"

[[transitions]]
name      = "Send proposal"
from      = "offer"
to        = "talks"
when      = "item.amount > 0"
require   = ["budget", "bid_deadline"]
reason    = { en = "There is no amount yet", ru = "Сумма ещё не указана" }
otherwise = "hold"
do        = [{ create = "invoice" }, { email = "proposal_sent" }, { sms = "proposal_sent" }]
[[transitions]]
from = ["interest", "analysis"]
to   = ["analysis", "offer", "talks"]
otherwise = "flag"
[[transitions]]
from = "*"
to   = ["won", "lost", "rerouted"]
otherwise = "revert"

[[follow_ons]]
id       = "upsell"
title    = "Upsell"
pipeline = "everything"
stage    = "analysis"
copy     = ["company", "contacts", "division"]
on       = ["rerouted"]

[[routes]]
name = "Large"
when = "fields.division == 'hardware' && item.amount >= 1000000.0"
to   = { user = 12 }
keep = true
[[routes]]
when = "fields.seats > 5"
to   = { team = "it_sales", by = "weighted" }
[[routes]]
to   = { head_of = "fields.division", else = "creator" }

[[scenarios]]
name      = "All of it"
item      = { title = "Acme", amount = 500000.0, owner = 7, is_returning = false, source = "site", stage = "interest", company = { id = 3, name = "Acme" }, contact = { id = 4, name = "Ann" }, fields = { budget = 5.0 } }
now       = 2026-01-12T09:00:00+03:00
calendar  = { time_zone = "Europe/Moscow", hours = ["09:00-13:00", "14:00-18:00"], weekdays = ["mon", "fri"], country = "RU", holidays = [2026-01-13], working_dates = ["2026-01-17"] }
people    = { 7 = { name = "Anna", head = 3, department = "Sales", is_admin = false, is_active = true } }
roles     = { lawyer = [12], director = 13 }
teams     = { it_sales = [5, 6], sales = { members = [5], weights = { 5 = 2 }, capacity = 9 } }
divisions = { hardware = 3 }
load      = { 5 = 3 }
absent    = { 5 = { from = 2026-01-12, to = 2026-01-16 } }
play      = [
  { outcome = "redial", of = "call", note = "n", by = 7 },
  { complete = "call" },
  { cancel = "call", note = "n" },
  { postpone = "call", until = 2026-01-13T09:00:00+03:00 },
  { postpone = "call", until = "2 days" },
  { postpone = "call" },
  { fill = { meeting_at = "2026-12-01T10:00:00+03:00", amount = 5 } },
  { move = "analysis" },
  { assign = 8 },
  { answer = "yes", of = "quote" },
  { answer = true },
  { approve = "approval", by = 3 },
  { reject = "approval", by = 3, note = "n" },
  { press = "upsell" },
  { signal = "paid" },
  { advance = "1 working day" },
  { advance = 2026-01-20T09:00:00 },
  { delete = "item" },
  { expect = { stage = "interest", status = "open", owner = 7, tasks = ["call"], open = [], done = "call", cancelled = ["call"], fields = { budget = 5 }, children = ["upsell"], notified = [3, "head"], refused = ["budget"], refused_by = "Send proposal", finished = false } },
]
"""


def test_a_file_that_uses_every_key_loads_without_a_mistake() -> None:
    definition = load_text(EVERYTHING, "everything.toml")
    assert [str(finding) for finding in check(definition) if finding.is_error] == []


def test_no_key_of_the_language_is_left_out_of_that_file() -> None:
    definition = load_text(EVERYTHING)
    missing = {
        f"{model.__name__}.{name}"
        for model in _models(Element)
        if model.__module__.startswith("pipelines.")
        for name in model.model_fields
        if model in _used(definition) and name not in _written(definition, model)
    }
    # Every kind of step may be late, may wait for others and so on; one of them shows each of these keys.
    shared = {"title", "hint", "after", "when", "scope", "limit", "escalations", "outcomes", "by", "note"}
    assert {each for each in missing if each.rpartition(".")[2] not in shared} == set()


def _models(model: type[Element]) -> Iterator[type[Element]]:
    for child in model.__subclasses__():
        yield child
        yield from _models(child)


def _used(definition: Definition) -> set[type[Element]]:
    return {type(element) for element in elements_in(definition)}


def _written(definition: Definition, model: type[Element]) -> set[str]:
    elements: list[Any] = [element for element in elements_in(definition) if type(element) is model]
    return {name for element in elements for name in element.model_fields_set}


def test_every_kind_of_table_is_in_that_file() -> None:
    # Read from a text that stands elsewhere (signals, points), short forms, or ground to build on.
    elsewhere = {"StagePoint", "ApproverTable", "StepBase", "Verb", "Named"}
    signals = {"StepSignal", "FieldSignal", "ChildSignal", "StageSignal", "ExternalSignal", "TimeSignal"}
    known = {model.__name__ for model in _models(Element) if model.__module__.startswith("pipelines.")}
    used = {model.__name__ for model in _used(load_text(EVERYTHING))}
    assert known - used - elsewhere - signals == set()
