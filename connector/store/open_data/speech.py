"""What the two databases say differently in a view: JSON, instants, amounts, lists put together.

Values of a card's fields are the portal's, and anything may be in them. A cast that fails would fail the
whole view, for everybody and every row, so each value is looked at first; one not of its kind is null.
"""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Connection


class Speech(Protocol):
    """The pieces of SQL in one database's words. Arguments and answers are expressions."""

    #: The rows of `item` as "i", with what `first` and `several` look into.
    cards: str
    now: str

    def amount(self, column: str) -> str: ...
    def first_id(self, column: str) -> str:
        """The first of a JSON array of ids."""

    def member(self, column: str, name: str) -> str:
        """A text of a JSON object."""

    def seconds(self, start: str, end: str) -> str: ...
    def later(self, one: str, other: str) -> str:
        """The later of two instants; the second may be null."""

    def first(self, field: str, *, is_yes_no: bool = False) -> str:
        """A field's value as text, of a list its first; null if it is empty (the portal writes false too)."""

    def several(self, field: str) -> str:
        """A field's value as text of a JSON array, one value as an array of it; null if it is empty."""

    def whole(self, field: str) -> str:
        """A field's value as text of JSON."""

    def joined(self, label: str, array: str, of: str) -> str:
        """`label` of each entry of a JSON array, in one text. `of`: a table and ON, where `e.value` is it."""

    def text(self, raw: str) -> str: ...
    def integer(self, raw: str) -> str: ...
    def number(self, raw: str) -> str: ...
    def before_bar(self, raw: str) -> str:
        """The amount of the portal's money, 300|USD."""

    def after_bar(self, raw: str) -> str: ...
    def yes_no(self, raw: str) -> str: ...
    def date(self, raw: str) -> str: ...
    def instant(self, raw: str) -> str: ...


class Sqlite:
    """SQLite has no types in a view: numbers are numbers, instants and dates are text that sorts."""

    cards = "item i"
    now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

    def amount(self, column: str) -> str:
        return f"CAST({column} AS NUMERIC)"

    def first_id(self, column: str) -> str:
        return f"json_extract({column}, '$[0]')"

    def member(self, column: str, name: str) -> str:
        return f"json_extract({column}, '$.{name}')"

    def seconds(self, start: str, end: str) -> str:
        return f"CAST(round((julianday({end}) - julianday({start})) * 86400) AS INTEGER)"

    def later(self, one: str, other: str) -> str:
        return f"max({one}, coalesce({other}, {one}))"

    def first(self, field: str, *, is_yes_no: bool = False) -> str:
        empty = "WHEN 'false' THEN 'N' WHEN 'true' THEN 'Y'" if is_yes_no else "WHEN 'false' THEN NULL"
        path = f'$."{field}"'
        return (
            f"CASE json_type(i.fields, '{path}') WHEN 'array' THEN json_extract(i.fields, '{path}[0]') "
            f"{empty} ELSE json_extract(i.fields, '{path}') END"
        )

    def several(self, field: str) -> str:
        path = f'$."{field}"'
        value = f"json_extract(i.fields, '{path}')"
        return (
            f"CASE json_type(i.fields, '{path}') WHEN 'array' THEN nullif({value}, '[]') "
            f"WHEN 'false' THEN NULL ELSE CASE WHEN {value} <> '' THEN json_array({value}) END END"
        )

    def whole(self, field: str) -> str:
        path = f'$."{field}"'
        value = f"json_quote(json_extract(i.fields, '{path}'))"
        return f"CASE WHEN json_type(i.fields, '{path}') NOT IN ('null', 'false') THEN {value} END"

    def joined(self, label: str, array: str, of: str) -> str:
        entries = f"SELECT {label} AS label FROM json_each({array}) e JOIN {of} ORDER BY e.key"
        return f"(SELECT group_concat(label, ', ') FROM ({entries}))"

    def text(self, raw: str) -> str:
        return f"nullif(CAST({raw} AS TEXT), '')"

    def integer(self, raw: str) -> str:
        return (
            f"CASE WHEN typeof({raw}) = 'integer' THEN {raw} "
            f"WHEN {raw} GLOB '[0-9]*' AND {raw} NOT GLOB '*[^0-9]*' THEN CAST({raw} AS INTEGER) END"
        )

    def number(self, raw: str) -> str:
        return (
            f"CASE WHEN typeof({raw}) IN ('integer', 'real') THEN {raw} "
            f"WHEN {raw} GLOB '*[0-9]*' AND {raw} NOT GLOB '*[^0-9.+-]*' AND {raw} NOT GLOB '*.*.*' "
            f"AND substr({raw}, 2) NOT GLOB '*[+-]*' THEN CAST({raw} AS NUMERIC) END"
        )

    def before_bar(self, raw: str) -> str:
        return f"CASE WHEN instr({raw}, '|') THEN substr({raw}, 1, instr({raw}, '|') - 1) ELSE {raw} END"

    def after_bar(self, raw: str) -> str:
        return f"CASE WHEN instr({raw}, '|') THEN nullif(substr({raw}, instr({raw}, '|') + 1), '') END"

    def yes_no(self, raw: str) -> str:
        value = f"upper(CAST({raw} AS TEXT))"
        return f"CASE WHEN {value} IN ('Y', '1') THEN 1 WHEN {value} IN ('N', '0') THEN 0 END"

    def date(self, raw: str) -> str:
        return f"CASE WHEN date(substr({raw}, 1, 10)) = substr({raw}, 1, 10) THEN substr({raw}, 1, 10) END"

    def instant(self, raw: str) -> str:
        has_zone = f"({raw} GLOB '*[+-][0-9][0-9]:[0-9][0-9]' OR {raw} GLOB '*Z')"
        is_whole = f"{raw} GLOB '????-??-??T??:??*' AND date(substr({raw}, 1, 10)) = substr({raw}, 1, 10)"
        return (
            f"CASE WHEN {is_whole} AND {has_zone} THEN strftime('%Y-%m-%dT%H:%M:%S', {raw}) || '.000000Z' END"
        )


_LEAP = r"(\d\d(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"
#: Every day that there is and no other.
_DAY = (
    r"(?!0000)(\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|"
    rf"02-(0[1-9]|1\d|2[0-8]))|{_LEAP}-02-29)"
)
_TIME = r"T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d)"


class Postgresql:
    """PostgreSQL knows types; the JSON is parsed once a row (OFFSET 0 keeps it from being copied in)."""

    cards = "item i CROSS JOIN LATERAL (SELECT i.fields::jsonb AS j OFFSET 0) parsed"
    now = "now()"

    def amount(self, column: str) -> str:
        return column

    def first_id(self, column: str) -> str:
        return f"({column}::jsonb ->> 0)::bigint"

    def member(self, column: str, name: str) -> str:
        return f"({column}::jsonb ->> '{name}')"

    def seconds(self, start: str, end: str) -> str:
        return f"round(extract(epoch FROM {end} - {start}))::bigint"

    def later(self, one: str, other: str) -> str:
        return f"greatest({one}, {other})"

    def first(self, field: str, *, is_yes_no: bool = False) -> str:
        empty = "" if is_yes_no else f"WHEN j -> '{field}' = 'false'::jsonb THEN NULL"
        return (
            f"CASE WHEN jsonb_typeof(j -> '{field}') = 'array' THEN j -> '{field}' ->> 0 "
            f"{empty} ELSE j ->> '{field}' END"
        )

    def several(self, field: str) -> str:
        return (
            f"CASE WHEN jsonb_typeof(j -> '{field}') = 'array' "
            f"THEN nullif(j -> '{field}', '[]'::jsonb)::text "
            f"WHEN j ->> '{field}' NOT IN ('', 'false') THEN jsonb_build_array(j -> '{field}')::text END"
        )

    def whole(self, field: str) -> str:
        return f"CASE WHEN j ->> '{field}' <> 'false' THEN (j -> '{field}')::text END"

    def joined(self, label: str, array: str, of: str) -> str:
        entries = f"jsonb_array_elements_text({array}::jsonb) WITH ORDINALITY AS e(value, place)"
        return f"(SELECT string_agg({label}, ', ' ORDER BY e.place) FROM {entries} JOIN {of})"

    def text(self, raw: str) -> str:
        return f"nullif({raw}, '')"

    def integer(self, raw: str) -> str:
        return rf"CASE WHEN {raw} ~ '^-?\d{{1,18}}$' THEN ({raw})::bigint END"

    def number(self, raw: str) -> str:
        return rf"CASE WHEN {raw} ~ '^[+-]?\d{{1,40}}(\.\d{{0,40}})?$' THEN ({raw})::numeric END"

    def before_bar(self, raw: str) -> str:
        return f"split_part({raw}, '|', 1)"

    def after_bar(self, raw: str) -> str:
        return f"nullif(split_part({raw}, '|', 2), '')"

    def yes_no(self, raw: str) -> str:
        value = f"upper({raw})"
        is_no = f"{value} IN ('N', '0', 'FALSE')"
        return f"CASE WHEN {value} IN ('Y', '1', 'TRUE') THEN true WHEN {is_no} THEN false END"

    def date(self, raw: str) -> str:
        return f"CASE WHEN left({raw}, 10) ~ '^{_DAY}$' THEN left({raw}, 10)::date END"

    def instant(self, raw: str) -> str:
        return f"CASE WHEN {raw} ~ '^{_DAY}{_TIME}$' THEN ({raw})::timestamptz END"


def speech_of(conn: Connection) -> Speech:
    """The words of this connection's database."""
    return Postgresql() if conn.dialect.name == "postgresql" else Sqlite()
