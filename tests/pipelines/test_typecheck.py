"""Names and types of expressions are checked before anything runs."""

from __future__ import annotations

import pytest

from pipelines.definition import Definition
from pipelines.expressions import Expression
from pipelines.kinds import BOOL, INSTANT, NUMBER, TEXT, Kind, Vocabulary
from pipelines.typecheck import type_problems


@pytest.fixture
def words(definition: Definition) -> Vocabulary:
    return Vocabulary(definition)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("item.amount > 0 && fields.budget >= item.amount", BOOL),
        ("item.company != null && item.is_returning", BOOL),
        ("fields.division in ['hardware', 'services']", BOOL),
        ("fields.meeting_at - duration('24h')", INSTANT),
        ("item.last_won_at < now - duration('4320h')", BOOL),
        ("process.outcome.call == 'done' && !process.open.call && process.visits > 1", BOOL),
        ("process.visits_of.first + 1", NUMBER),
        ("owner.is_admin", BOOL),
        ("link.parent.status == 'won'", BOOL),
        ("item.contacts.exists(c, c.email != null && c.name.startsWith('A'))", BOOL),
        ("fields.ready ? 'yes' : 'no'", TEXT),
        ("null", NUMBER),
        ("item.contacts[0].phone", TEXT),
    ],
)
def test_what_fits_is_left_alone(words: Vocabulary, text: str, expected: Kind) -> None:
    assert type_problems(Expression.parse(text), words, expected) == []


@pytest.mark.parametrize(
    ("text", "message", "suggestion"),
    [
        ("item.amuont > 0", "item.amuont", "item.amount"),
        ("amount > 0", '"amount"', "item.amount"),
        ("budget > 0", '"budget"', "fields.budget"),
        ("fields.budgte > 0", "fields.budgte", "fields.budget"),
        ("owner.is_boss", "owner.is_boss", ""),
        ("process.outcome.cal == 'done'", "process.outcome.cal", "process.outcome.call"),
        ("process.outcome.call == 'doen'", '"doen"', "done"),
        ("fields.division == 'hardwere'", '"hardwere"', "hardware"),
        ("fields.division in ['hardware', 'service']", '"service"', "services"),
        ("item.stage == 'frist'", '"frist"', "first"),
        ("link.contract.status == 'won'", "link.contract", ""),
        ("item.amount > 'x'", "cannot compare a number with a text", ""),
        ("item.title == 5", "never equal", ""),
        ("item.title + 5 == null", "no meaning between a text and a number", ""),
        ("fields.meeting_at + now == null", "no meaning", ""),
        ("item.amount && true", "needs a bool, found a number", ""),
        ("!item.title", "needs a bool, found a text", ""),
        ("item.title in item.title", "needs a list", ""),
        ("size(item.title) > 1", "needs a list, found a text", ""),
        ("item.contacts.exists(c, c.nmae == 'x')", 'no "nmae"', "name"),
        ("item.contacts.exists(c, c.name)", "needs a bool", ""),
        ("item.title", "gives a text, expected a bool", ""),
        ("item.company", "gives a record, expected a bool", ""),
    ],
)
def test_what_does_not_fit_is_told(words: Vocabulary, text: str, message: str, suggestion: str) -> None:
    problems = type_problems(Expression.parse(text), words, BOOL)
    assert any(message in problem.message and problem.suggestion == suggestion for problem in problems), (
        problems
    )


def test_two_mistakes_give_two_messages(words: Vocabulary) -> None:
    assert len(type_problems(Expression.parse("item.amuont > 0 && fields.budgte > 0"), words, BOOL)) == 2
