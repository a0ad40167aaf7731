"""Mistakes in the shape of a file: each told, with file, line, key path and the nearest known name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.findings import DefinitionError, Finding
from pipelines.loader import load_definition, load_text, read_text
from tests.pipelines.conftest import HEAD, STAGES


def mistakes(text: str) -> list[Finding]:
    with pytest.raises(DefinitionError) as caught:
        read_text(text, "sale.toml")
    return list(caught.value.findings)


def in_step(body: str) -> str:
    return f'{HEAD}[[stages]]\nid = "s"\n[[stages.steps]]\nid = "x"\n{body}\n'


STEP = "stages[0].steps[0]"


@pytest.mark.parametrize(
    ("text", "path", "message", "suggestion"),
    [
        (HEAD.replace("entity", "entiti") + STAGES, "entiti", 'unknown key "entiti" in a pipeline', "entity"),
        (HEAD.replace('"deal"', '"dael"') + STAGES, "entity", "expected one of: lead, deal", "deal"),
        (HEAD.replace('"money"', '"mony"') + STAGES, "fields.budget.type", "found 'mony'", "money"),
        (HEAD, "stages", '"stages" is missing', ""),
        (HEAD.replace("hardware =", '"1C" =') + STAGES, "fields.division.options.1C", "small Latin", ""),
        (HEAD + STAGES.replace('"first"', '"First"'), "stages[0].id", "small Latin letters", ""),
        (HEAD + STAGES.replace('next = "won"', 'limt = "1 day"'), "stages[0].limt", "unknown key", "limit"),
        (HEAD + STAGES.replace("next", "limit"), "stages[0].limit", "3 working days", ""),
        (in_step(""), STEP, "a step has one of these keys: task, form", ""),
        (in_step('task = { title = "T" }\nform = ["x"]'), STEP + ".form", "one kind", ""),
        (in_step('task = { titel = "T" }'), STEP + ".task.titel", "unknown key", "title"),
        (in_step('task = { to = "owner" }'), STEP + ".task.title", "is missing", ""),
        (in_step('task = { title = "T", to = "heda" }'), STEP + ".task.to", "owner, actor", "head"),
        (in_step('task = { title = "T", due = "2 dyas" }'), STEP + ".task.due", "2 days", ""),
        (in_step('do = [{ notfy = "owner" }]'), STEP + ".do[0]", "one of these keys", "notify"),
        (in_step('do = [{ notify = "owner" }]'), STEP + ".do[0].text", "is missing", ""),
        (in_step('wait = { for = "sginal:x" }'), STEP + ".wait", "signal:<name>", ""),
        (in_step('form = []'), STEP + ".form", "at least one", ""),
        (
            in_step('task = { title = "T" }\noutcomes = [{ id = "a", go = "x", end = true }]'),
            STEP + ".outcomes[0]",
            "it has go and end, keep one",
            "",
        ),
        (in_step('when = "item.amount >"\ndo = [{ signal = "x" }]'), STEP + ".when", "character 14", ""),
        (in_step('task = { title = "{item.title" }'), STEP + ".task.title", "without its partner", ""),
        (in_step('task = { title = { de = "T" } }'), STEP + ".task.title", 'unknown language "de"', ""),
        (
            HEAD + STAGES + '[[scenarios]]\nname = "x"\nplay = [{ exepct = {} }]',
            "scenarios[0].play[0]",
            "one of these keys",
            "expect",
        ),
        (
            HEAD + STAGES + '[[scenarios]]\nname = "x"\nplay = [{ expect = { stge = "x" } }]',
            "scenarios[0].play[0].expect.stge",
            "unknown key",
            "stage",
        ),
    ],
)  # fmt: skip
def test_a_mistake_names_its_place_and_what_was_probably_meant(
    text: str, path: str, message: str, suggestion: str
) -> None:
    found = [each for each in mistakes(text) if each.path == path]
    assert len(found) == 1, mistakes(text)
    assert message in found[0].message
    assert found[0].suggestion == suggestion
    assert (found[0].file, found[0].severity) == ("sale.toml", "error")


def test_the_line_is_that_of_the_key() -> None:
    text = in_step(
        'hint = "h"\ntask = { title = "T" }\noutcomes = [\n'
        '  { id = "a" },\n  { id = "b", agian = "1 day" },\n]'
    )
    (found,) = mistakes(text)
    assert text.splitlines()[found.line - 1] == '  { id = "b", agian = "1 day" },'
    assert str(found).startswith(
        f"sale.toml:{found.line}: error: stages[0].steps[0].outcomes[1].agian: unknown key"
    )
    assert str(found).endswith("Did you mean 'again'?")


def test_two_mistakes_give_two_messages() -> None:
    text = HEAD.replace("entity", "entiti") + STAGES.replace('"Call"', "5").replace(
        '"won"\n\n', '"won"\nlimit = 5\n\n'
    )
    assert {each.path for each in mistakes(text)} == {
        "entiti",
        "stages[0].limit",
        "stages[0].steps[0].task.title",
    }


def test_a_key_of_the_stage_after_its_steps_gets_its_own_message() -> None:
    (found,) = mistakes(in_step('task = { title = "T" }\nnext = "s"'))
    assert found.path == "stages[0].steps[0].next"
    assert "move it above the first [[stages.steps]]" in found.message


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('id = "a"\nid = "b"', 2, "Cannot overwrite"),
        ("id = ", 1, "Invalid value"),
        ('a = 1\n\n[[stages]\nid = "x"', 3, "Expected"),
        ('title = "never closed', 1, "Unterminated|Illegal"),
    ],
)
def test_what_is_not_toml_has_a_line_too(text: str, line: int, message: str) -> None:
    (found,) = mistakes(text)
    assert found.line == line
    assert re.match(f"not TOML: ({message})", found.message)


def test_names_that_lead_nowhere_stop_a_load_and_warnings_do_not() -> None:
    with pytest.raises(DefinitionError, match='no stage is called "wno"'):
        load_text(HEAD + STAGES.replace('next = "won"', 'next = "wno"'))
    text = HEAD + STAGES + '[[stages]]\nid = "far"\n'  # nothing leads there: a warning
    assert load_text(text).stage("far") is not None


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="cannot be read: No such file"):
        load_definition(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes('title = "Größe"'.encode("latin-1"))
    with pytest.raises(DefinitionError, match="is not UTF-8"):
        load_definition(tmp_path / "latin.toml")
    (tmp_path / "big.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(DefinitionError, match="larger than"):
        load_definition(tmp_path / "big.toml")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "sale.toml"
    file.write_text(HEAD + STAGES, "utf-8-sig")
    assert load_definition(file).file == str(file)
