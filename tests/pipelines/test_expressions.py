"""Expressions: what they come to, what they make of empty values, and what they refuse."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.expressions import Expression, ExpressionError

NOW = datetime(2026, 1, 12, 6, tzinfo=UTC)
SCOPE: dict[str, Any] = {
    "item": {
        "title": "Acme",
        "amount": Decimal("500000.00"),
        "owner": 7,
        "company": {"id": 3, "name": "Acme Ltd"},
        "contacts": [{"id": 1, "name": "Ann", "email": None}, {"id": 2, "name": "Bob", "email": "b@b"}],
    },
    "fields": {
        "region": "siberia",
        "day": date(2026, 1, 12),
        "meeting_at": NOW + timedelta(days=2),
        "tags": ["a", "b"],
        "count": 3,
        "empty": None,
    },
    "now": NOW,
}


def value(text: str, scope: dict[str, Any] = SCOPE) -> Any:
    return Expression.parse(text).evaluate(scope, ZoneInfo("Europe/Moscow"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("item.amount > 0", True),
        ("item.amount >= 500000.0 && item.amount < 500001", True),
        ("item.amount == 500000", True),
        ("item.amount / 4 + 1", 125001),
        ("fields.count % 2 == 1", True),
        ("fields.count * 2 - -1", 7),
        ("item.owner == 7", True),
        ("item.owner in [6, 7]", True),
        ("'b' in fields.tags", True),
        ("size(item.contacts) + 1", 3),
        ("item.contacts[1].name", "Bob"),
        ("item.contacts.exists(c, c.name == 'Ann')", True),
        ("item.contacts.filter(c, c.email != null).map(c, c.name)", ["Bob"]),
        ("item.company.name + ', ' + item.title", "Acme Ltd, Acme"),
        ("item.title.startsWith('Ac') && item.title.matches('^A.*e$')", True),
        ("fields.region == 'siberia' ? 'far' : 'near'", "far"),
        ("fields.meeting_at - duration('24h')", NOW + timedelta(days=1)),
        ("fields.meeting_at - now", timedelta(days=2)),
        ("fields.meeting_at > now && now > timestamp('2026-01-12T08:00:00+03:00')", True),
        ("'it\\'s \"so\"'", 'it\'s "so"'),
        ("(1 + 2) * 3 - (4 - 5)", 10),
        ("has(item.company) && !has(item.contact)", True),
        ("item.contact.name == null", True),
    ],
)
def test_an_expression_comes_to(text: str, expected: Any) -> None:
    assert value(text) == expected


def test_a_day_is_its_start_in_the_zone_of_the_portal() -> None:
    midnight = datetime(2026, 1, 11, 21, tzinfo=UTC)
    assert value("fields.day") == midnight
    assert value("date('2026-01-12')") == midnight
    assert Expression.parse("fields.day").evaluate(SCOPE, UTC) == midnight + timedelta(hours=3)


def test_whole_numbers_come_back_whole_so_that_they_can_be_ids() -> None:
    assert repr(value("item.owner")) == "7"
    assert repr(value("item.owner / 2")) == "3.5"


@pytest.mark.parametrize(
    ("text", "null_path"),
    [
        ("fields.empty > 5", "fields.empty"),
        ("!fields.empty", "fields.empty"),
        ("fields.empty", "fields.empty"),
        ("!(fields.empty > 5)", "fields.empty"),
        ("item.contact.name.startsWith('A')", "item.contact.name"),
        ("item.amount > 0 && fields.not_there + 1 > 2", "fields.not_there"),
        ("fields.empty in fields.nothing", "fields.nothing"),
        ("'a' in fields.empty", "fields.empty"),
    ],
)
def test_null_where_a_value_is_needed_is_false_and_named(text: str, null_path: str) -> None:
    verdict = Expression.parse(text).holds(SCOPE)
    if null_path == "fields.nothing":
        assert not verdict.holds
        assert verdict.null_path in ("fields.empty", "fields.nothing")
    else:
        assert (verdict.holds, verdict.null_path, verdict.mistake) == (False, null_path, "")


@pytest.mark.parametrize(
    "text",
    [
        "fields.empty == null",
        "fields.empty != 'x'",
        "fields.empty > 5 || item.amount > 0",
        "fields.region != null",
    ],
)
def test_null_where_none_is_needed_is_a_value_like_others(text: str) -> None:
    assert Expression.parse(text).holds(SCOPE).holds


def test_what_is_worked_out_from_null_is_null() -> None:
    assert value("fields.empty - duration('24h')") is None
    assert value("fields.empty + 1") is None


def test_a_mistake_that_shows_when_it_runs_makes_a_condition_false_and_says_so() -> None:
    verdict = Expression.parse("fields.region > 5").holds(SCOPE)
    assert not verdict
    assert "No such overload" in verdict.mistake
    assert not Expression.parse("item.title").holds(SCOPE)
    with pytest.raises(ExpressionError, match="out of bounds"):
        value("item.contacts[9].name")


@pytest.mark.parametrize(
    "text", ["1 / fields.zero > 5", "1 / 0 == 0.0 / 0", "1 % fields.zero == 0", "int('x') > 1"]
)
def test_a_number_that_is_none_is_a_mistake_and_never_a_large_one(text: str) -> None:
    verdict = Expression.parse(text).holds({"fields": {"zero": 0}})
    assert not verdict.holds
    with pytest.raises(ExpressionError, match="no number"):
        value("1 / (2 - 2)")


def test_only_the_paths_that_are_named_are_given() -> None:
    class Watched(dict[str, Any]):
        asked: ClassVar[list[str]] = []

        def get(self, key: str, default: Any = None) -> Any:
            self.asked.append(key)
            return super().get(key, default)

    scope = Watched(SCOPE)
    expression = Expression.parse("item.amount > 0 && item.amount < 9 || now == null")
    expression.holds(scope)
    assert expression.paths == (("item", "amount"), ("now",))
    assert Watched.asked == ["item", "now"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("item.amount = 5", 'did you mean "=="'),
        ("item.amount > 5 & now == null", 'did you mean "&&"'),
        ("item.amount >", "expected a value at character 14, found the end"),
        ("(1 + 2", r'expected "\)"'),
        ("item.amount 5", "expected the end"),
        ("item.", "a name after the dot"),
        ("upper(item.title)", "unknown function"),
        ("duration('2 days')", r"duration\('24h'\)"),
        ("duration(item.title)", "in quotes"),
        ("date('31.01.2026')", "2026-01-31"),
        ("item.title.matches('(')", "regular expression"),
        ("item.title.matches(item.title)", "in quotes"),
        ("size(1, 2)", "takes 1"),
        ("'\\x41'", "escape"),
        ("x" * 501, "500 characters"),
        ("(" * 21 + "1" + ")" * 21, "20 deep"),
        ("!" * 30 + "true", "20 deep"),
        ("+".join("1" * 150), "200 parts"),
        ("item.contacts.all(a, item.contacts.all(b, a == b))", "inside another"),
    ],
)
def test_what_cannot_be_used_is_refused_when_it_is_loaded(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        Expression.parse(text)


ESCAPES = [
    "__import__('os').system('id')",
    "''.__class__.__mro__[1].__subclasses__()",
    "item.__class__",
    "open('/etc/passwd').read()",
    "eval('1')",
    "exec('1')",
    "getattr(item, 'x')",
    "globals()",
    "lambda: 1",
    "[x for x in item.contacts]",
    "item.title.format(item)",
    "f'{item.title}'",
    "b'bytes'",
    "r'raw'",
    "'''long'''",
    '"""long"""',
    "`item`",
    "{'a': 1}",
    "{1, 2}",
    "{item.title}",
    "{{ 7 * 7 }}",
    "${7 * 7}",
    "#{7 * 7}",
    "<%= 7 %>",
    "1u",
    "0x10",
    "item.?title",
    "item[?'a']",
    "optional.of(1)",
    "cel.bind(x, 1, x)",
    "type(item)",
    "dyn(item)",
    "bytes('a')",
    "item; now",
    "item, now",
    "item := 1",
    "item += 1",
    "item++",
    "x => x",
    "x -> x",
    "import os",
    "del item",
    "while true",
    "now()",
    "item.title()",
    "item.save()",
    "matches(item.title, 'a').x()",
    "item.contacts.map(x, y, z)",
    "item.contacts.map(x)",
    "item.contacts.map('x', 1)",
    "item.contacts.reduce(a, b, a + b)",
    "item.contacts.sortBy(x, x)",
    "math.greatest(1, 2)",
    "strings.quote('x')",
    "base64.decode('eA==')",
    "lists.range(1000000000)",
    "sets.contains([1], [1])",
    "'a' * 1000000 .repeat(9)",
    "item.title.replace('a', 'b')",
    "item.title.split(',')",
    "item.title.join(',')",
    "item.title.substring(0, 5)",
    "$item",
    "@item",
    "item@now",
    "item\\now",
    "item ~ now",
    "item ^ now",
    "item << 2",
    "item ** 2",
    "item // a comment",
    "'unfinished",
    '"unfinished',
    "'line\nbreak'",
    "\x00",
    "item\x00.title",
    "item.title\u2028",
    "ітем.title",
    "item.tìtle",
    "'\\u12'",
    "'\\N{BELL}'",
    "'\\101'",
    "1.2.3",
    "1e999999",
    "1..2",
    ".5.",
    "item..title",
    "item.5",
    "()",
    "(,)",
    "[,]",
    "[1,,2]",
    "? :",
    "true ? 1",
    "in",
    "1 in",
    "== 1",
    "",
    " ",
    "// nothing",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_nothing_leads_out_of_the_values_that_were_given(text: str) -> None:
    try:
        expression = Expression.parse(text)
    except ExpressionError:
        return
    plain = (type(None), bool, int, float, str, list, dict, datetime, timedelta)
    with suppress(ExpressionError):
        assert isinstance(expression.evaluate(SCOPE), plain)


_atoms = st.sampled_from(
    [
        *("1", "0", "2.5", "'a'", "true", "null", "now", "item.amount", "item.title", "fields.empty"),
        *("item.contacts", "item.contacts[0].name", "duration('1h')", "date('2026-01-12')", "[1, 2]"),
        "size(item.contacts)",
    ]
)
_programs = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.tuples(
            inner,
            st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||", "in"]),
            inner,
        ).map(" ".join),
        inner.map(lambda part: f"({part})"),
        inner.map(lambda part: f"!({part})"),
        st.tuples(inner, inner, inner).map(lambda parts: "({}) ? ({}) : ({})".format(*parts)),
        inner.map(lambda part: f"item.contacts.exists(c, c.name == ({part}))"),
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(_programs)
def test_any_program_gives_a_plain_value_or_a_reason(text: str) -> None:
    try:
        expression = Expression.parse(text)
    except ExpressionError:
        return
    verdict = expression.holds(SCOPE)
    assert isinstance(verdict.holds, bool)
    assert not (verdict.holds and (verdict.null_path or verdict.mistake))


@settings(max_examples=300)
@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_a_mistake(text: str) -> None:
    with suppress(ExpressionError):
        assert isinstance(Expression.parse(text).holds(SCOPE).holds, bool)


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_operators_hold_together_as_everywhere(one: int, two: int, three: int) -> None:
    scope = {"fields": {"a": one, "b": two, "c": three}}
    assert value("fields.a + fields.b - fields.c", scope) == one + two - three
    assert value("fields.a - (fields.b - fields.c)", scope) == one - (two - three)
    assert value("fields.a < fields.b && fields.b < fields.c || fields.a == fields.c", scope) == (
        one < two < three or one == three
    )
    assert value("-fields.a + 2 * fields.b == 2 * fields.b - fields.a", scope) is True
