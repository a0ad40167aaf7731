"""Every key of a TOML text has its line, however it is written."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipelines.findings import KeyPath
from pipelines.library import FOLDER
from pipelines.lines import index_lines, line_of, locate

TRICKY = (
    '''# comment with id = "x"
id = "x"   # [[no]]
a.b.c = 1
"q.\\u0041" = """
 [not a header]
 key = "not a key"
 """
[fields]
z = { t = "money, { not }", options = { a = '1', "b c" = "2" } }
[[stages]]
id = 'it''s'
'''.replace("'it''s'", '"it\'s"')
    + '''[[stages.steps]]
id = "[[a]]"
o = [
  { id = "i", x = [1, 2] }, # a bracket ] in a comment
  [ [ "nested" ], [] ],
  2026-01-01T00:00:00Z,
  """a"b""""
]
[stages.meta]
k = -1.5e3
[[stages]]
id = "t"
[[stages.steps]]
id = "b"
'''
)


def _paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _paths(each, (*path, key))
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _paths(each, (*path, number))


def test_every_path_that_tomllib_reads_has_a_line_and_no_other() -> None:
    assert set(index_lines(TRICKY)) == set(_paths(tomllib.loads(TRICKY)))


def test_every_path_of_the_shipped_files_has_a_line() -> None:
    for file in FOLDER.glob("*.toml"):
        text = file.read_text("utf-8")
        assert set(index_lines(text)) == set(_paths(tomllib.loads(text)))


def test_lines_are_those_where_a_person_would_look() -> None:
    lines = index_lines(TRICKY)
    found = TRICKY.splitlines()
    assert found[lines["stages", 0, "steps", 0, "o", 0, "x", 1] - 1].lstrip().startswith('{ id = "i"')
    assert found[lines["stages", 1, "steps", 0, "id"] - 1] == 'id = "b"'
    assert found[lines["stages", 0, "meta"] - 1] == "[stages.meta]"
    assert found[lines["fields", "z", "options", "b c"] - 1].startswith("z =")


def test_a_path_that_is_not_there_has_the_line_of_what_is_above_it() -> None:
    lines = index_lines(TRICKY)
    assert line_of(lines, ("stages", 1, "steps", 0, "task", "title")) == lines["stages", 1, "steps", 0]
    assert line_of(lines, ("nothing",)) == 0


def test_tables_know_their_place() -> None:
    table = locate(tomllib.loads(TRICKY), TRICKY)
    step = table["stages"][0]["steps"][0]
    assert step.place.path == ("stages", 0, "steps", 0)
    assert step.place.line_of("o") == step.place.line + 2


_scalars = st.one_of(
    st.integers(-99, 99).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    st.text("ab \"'#[]{},=.\\\n", max_size=8).map(lambda text: '"' + _escape(text) + '"'),
    st.text('ab "#[]{},=', max_size=8).map(lambda text: f"'{text}'"),
    st.text("ab'#[]{},=\n", max_size=8).map(lambda text: f'"""{text}"""'),
)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


_keys = st.sampled_from(["a", "b-1", '"c d"', "'e.f'", "g.h"])
_values = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: "[\n" + ",  # ,]\n".join(parts) + "\n]"),
        st.dictionaries(_keys, _scalars.filter(lambda text: "\n" not in text), max_size=3).map(
            lambda pairs: "{ " + ", ".join(f"{key} = {value}" for key, value in pairs.items()) + " }"
        ),
    ),
    max_leaves=8,
)


@given(st.lists(st.tuples(st.sampled_from(["[[t]]", "[[t.u]]", "# note", ""]), _values), max_size=8))
def test_any_text_that_tomllib_takes_is_indexed_whole(parts: list[tuple[str, str]]) -> None:
    text = "[[t]]\n[[t.u]]\n" + "".join(
        f"{head}\nk{number} = {value} # end\n" for number, (head, value) in enumerate(parts)
    )
    assert set(index_lines(text)) == set(_paths(tomllib.loads(text)))
