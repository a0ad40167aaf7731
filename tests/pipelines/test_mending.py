"""One mistake is one message, and hides no other: everything that can still be understood is checked."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import pytest

from pipelines.findings import DefinitionError
from pipelines.library import examine
from pipelines.loader import load_text

SOUND = """
id     = "sale"
title  = "Sale"
entity = "deal"

[fields]
budget   = { type = "money" }
division = { type = "choice", options = { hardware = "Hardware", services = "Services" } }
quote    = { type = "bool", title = "Quote needed" }

[[entries]]
stage = "talk"
when  = "item.is_returning"

[[entries]]
stage = "fresh"

[[stages]]
id    = "fresh"
limit = "2 working days"
next  = "talk"

[[stages.steps]]
id   = "call"
task = { title = "Call {item.title}", due = "1 day", checklist = ["Budget"] }
outcomes = [
  { id = "interested" },
  { id = "redial", again = "1 day" },
  { id = "refused", move = "lost", require = ["division"] },
]

[[stages.steps]]
id   = "ask_quote"
ask  = { question = "A quote?", field = "quote" }
when = "process.outcome.call == 'interested'"

[[stages]]
id = "talk"

[[stages.steps]]
id    = "answer"
wait  = { for = "signal:answer" }
limit = "3 days"

[[stages]]
id     = "won"
status = "won"

[[stages]]
id     = "lost"
status = "lost"

[[transitions]]
from    = "talk"
to      = "won"
when    = "item.amount > 0 && fields.division == 'hardware'"
require = ["budget"]

[[scenarios]]
name = "A call"
item = { title = "Acme", fields = { budget = 5.0 } }
play = [
  { outcome = "interested", of = "call" },
  { answer = "yes", of = "ask_quote" },
  { expect = { stage = "talk", done = ["call"] } },
]
"""
#: What is written, what is written instead, and the key path of the finding.
SHAPES = [
    ('title  = "Sale"\nentity', "entity", "title"),
    ('id     = "sale"\ntitle', "title", "id"),
    ('entity = "deal"', 'entity = "dael"', "entity"),
    ('entity = "deal"', 'entty = "deal"', "entty"),
    ('type = "money"', 'type = "cash"', "fields.budget.type"),
    ('type = "bool"', "typ = 5", "fields.quote.typ"),
    ('quote    = { type = "bool", title = "Quote needed" }', "quote = 5", "fields.quote"),
    ("hardware =", '"1C" =', "fields.division.options.1C"),
    ('id    = "fresh"', 'id = "Fresh"', "stages[0].id"),
    ('id    = "fresh"', "", "stages[0].id"),
    ('limit = "2 working days"', 'limit = "2 workdays"', "stages[0].limit"),
    ('next  = "talk"', 'nexxt = "talk"', "stages[0].nexxt"),
    ('next  = "talk"', "next = 5", "stages[0].next"),
    ('next  = "talk"', 'follow = "talk"', "stages[0].follow"),
    ('id   = "call"\ntask =', 'id = "call"\ntaks =', "stages[0].steps[0]"),
    ('id   = "call"\ntask =', 'id = "call"\nphone =', "stages[0].steps[0]"),
    ('{ title = "Call', '{ titel = "Call', "stages[0].steps[0].task.titel"),
    ('{ title = "Call {item.title}", ', "{ ", "stages[0].steps[0].task.title"),
    ('due = "1 day"', 'due = "1 dya"', "stages[0].steps[0].task.due"),
    ('checklist = ["Budget"]', 'checklist = ["{Budget"]', "stages[0].steps[0].task.checklist[0]"),
    ('{ id = "interested" }', '{ id = "interested", goto = "won" }', "stages[0].steps[0].outcomes[0].goto"),
    ('again = "1 day"', 'again = "1 day", end = true', "stages[0].steps[0].outcomes[1]"),
    ('ask  = { question = "A quote?", field = "quote" }', 'ask = "A quote?"', "stages[0].steps[1].ask"),
    ('when = "process', 'when = "process == ', "stages[0].steps[1].when"),
    ('when  = "item.is_returning"', 'when = "item.is_returning =="', "entries[0].when"),
    ('wait  = { for = "signal:answer" }', 'wait = "signal:answer"', "stages[1].steps[0].wait"),
    ('for = "signal:', 'for = "sginal:', "stages[1].steps[0].wait"),
    ('limit = "3 days"', 'timelimit = "3 days"', "stages[1].steps[0].timelimit"),
    ('limit = "3 days"', 'patience = "3 days"', "stages[1].steps[0].patience"),
    ('status = "won"', 'status = "wno"', "stages[2].status"),
    ('status = "won"', 'status = "finished"', "stages[2].status"),
    ('to      = "won"', "to = 5", "transitions[0].to"),
    ('name = "A call"', 'name = { de = "Ein Anruf" }', "scenarios[0].name"),
    ('{ answer = "yes"', '{ anwser = "yes"', "scenarios[0].play[1]"),
    ('item = { title = "Acme"', 'items = { title = "Acme"', "scenarios[0].items"),
]
NAMES = [
    ('move = "lost"', 'move = "lots"', "stages[0].steps[0].outcomes[2].move", "lost"),
    ('require = ["division"]', 'require = ["divison"]', "stages[0].steps[0].outcomes[2].require", "division"),
    ("{item.title}", "{item.titl}", "stages[0].steps[0].task.title", "item.title"),
    ("fields.division ==", "fields.divison ==", "transitions[0].when", "fields.division"),
    ("== 'interested'", "== 'interessted'", "stages[0].steps[1].when", "interested"),
    ('require = ["budget"]', 'require = ["bugdet"]', "transitions[0].require", "budget"),
    ('stage = "talk", done', 'stage = "tlak", done', "scenarios[0].play[2].expect.stage", "talk"),
    ('done = ["call"]', 'done = ["cal"]', "scenarios[0].play[2].expect.done", "call"),
]  # fmt: skip
LINES = {old: SOUND[: SOUND.index(old)].count("\n") + 1 for old, *_ in NAMES}
#: What stands inside of what cannot be understood, or speaks of it.
HIDDEN = {
    'id = "call"\nphone =': ("{item.title}", "== 'interested'"),
    'when = "process == ': ("== 'interested'",),
}


def found(folder: Path, *changes: tuple[str, str]) -> set[tuple[int, str, str]]:
    """Line, path and suggestion of every finding about the sound file with these changes."""
    text = SOUND
    for old, new in changes:
        assert text.count(old) == 1, (old, text.count(old))
        # What is taken out leaves its lines, so that the others keep theirs.
        text = text.replace(old, "\n" * (old.count("\n") - new.count("\n")) + new)
    file = folder / "sale.toml"
    file.write_text(text, "utf-8")
    return {(each.line, each.path, each.suggestion) for each in examine(file)}


def test_a_sound_file_has_no_findings(tmp_path: Path) -> None:
    assert found(tmp_path) == set()


@pytest.mark.parametrize(("old", "new", "path"), SHAPES)
def test_a_mistake_of_the_shape_is_one_message_and_hides_no_wrong_name(
    tmp_path: Path, old: str, new: str, path: str
) -> None:
    (alone,) = found(tmp_path, (old, new))
    assert alone[1] == path
    hidden = HIDDEN.get(new, ())
    names = [name for name in NAMES if name[0] not in hidden and name[0] not in old and old not in name[0]]
    together = found(tmp_path, (old, new), *(name[:2] for name in names))
    lines = Counter(LINES[name[0]] for name in names) + Counter([alone[0]])
    assert Counter(line for line, _, _ in together) == lines


@pytest.mark.parametrize(("old", "new", "path", "suggestion"), NAMES)
def test_a_wrong_name_has_its_line_and_the_nearest_known_one(
    tmp_path: Path, old: str, new: str, path: str, suggestion: str
) -> None:
    assert found(tmp_path, (old, new)) == {(LINES[old], path, suggestion)}


def test_a_load_tells_mistakes_of_both_kinds() -> None:
    text = SOUND.replace("entity =", "entiti =").replace('move = "lost"', 'move = "lots"')
    with pytest.raises(DefinitionError) as caught:
        load_text(text, "sale.toml")
    assert [each.path for each in caught.value.findings] == ["entiti", "stages[0].steps[0].outcomes[2].move"]


@pytest.mark.parametrize("text", ["", "stages = 5", 'id = "x"', "stages = [{}]\n", "[[stages]]\nid = 5\n"])
def test_a_file_of_which_little_is_left_is_told_and_never_raised(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.toml"
    file.write_text(text, "utf-8")
    assert [each for each in examine(file) if each.is_error]


def test_all_mistakes_at_once_are_all_told(tmp_path: Path) -> None:
    """Where they do not stand in the same line, each is told as if it were alone."""
    chosen: list[tuple[str, str]] = []
    lines: set[int] = set()
    for old, new, _ in SHAPES[6:]:
        at = SOUND[: SOUND.index(old)].count("\n")
        if not lines & set(range(at, at + 4)) and "ask  =" not in old:
            lines |= set(range(at, at + old.count("\n") + 1))
            chosen.append((old, new))
    alone = set(itertools.chain.from_iterable(found(tmp_path, change) for change in chosen))
    assert len(chosen) >= 8
    assert {path for _, path, _ in alone} == {path for _, path, _ in found(tmp_path, *chosen)}
