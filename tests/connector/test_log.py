"""What a log line may hold, and that writing one never breaks the program."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import log

CANARY = "zCANARYz0123456789"


@pytest.fixture
def sink() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    log.configure(stream=stream, level=logging.DEBUG)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def logger() -> logging.Logger:
    return logging.getLogger("connector.test")


def test_a_line_says_what_was_done_and_to_what(sink: io.StringIO) -> None:
    log.note(logger(), "dispatch", "retry", deal=7405, command="MoveStage", attempt=3)
    line = sink.getvalue()
    assert "INFO connector.test action=dispatch status=retry deal=7405 command=MoveStage attempt=3" in line
    assert line.count("\n") == 1


def test_bound_facts_stand_in_every_line_inside_and_in_none_after(sink: io.StringIO) -> None:
    with log.bound(portal="main"):
        log.note(logger(), "refresh", "done")
    log.note(logger(), "refresh", "done")
    inside, after = sink.getvalue().splitlines()
    assert "portal=main" in inside
    assert "portal" not in after


def test_json_lines_hold_the_facts_as_members() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:]
    try:
        log.configure(stream=stream, as_json=True)
        log.note(logger(), "dispatch", "done", deal=7405, title='say "no"')
    finally:
        root.handlers[:] = before
    line = json.loads(stream.getvalue())
    assert line["action"] == "dispatch"
    assert line["deal"] == 7405
    assert line["title"] == 'say "no"'


@pytest.mark.parametrize(
    "text",
    [
        f"https://portal.example/rest/1/{CANARY}/crm.item.list",
        f"/rest/api/12/{CANARY}/tasks.task.add",
        f"access_token={CANARY}&domain=portal.example",
        f"auth[access_token]={CANARY}",
        f"auth%5Baccess_token%5D={CANARY}&x=1",
        f'{{"auth": {{"domain": "x", "refresh_token": "{CANARY}"}}}}',
        f"{{'auth': '{CANARY}', 'data': 1}}",
        f'{{"client_secret":"a \\" {CANARY}"}}',
        f"Authorization: Bearer {CANARY}",
        f"PASSWORD = {CANARY}",
        f'"password": "two words {CANARY}',
        f"sessid:{CANARY}",
        f"signature=>{CANARY}",
        f'\\"application_token\\": \\"{CANARY}\\"',
    ],
)
def test_a_credential_never_survives(text: str) -> None:
    assert CANARY not in log.redact(text)
    assert log.HIDDEN in log.redact(text)


def test_ordinary_words_survive() -> None:
    text = "monkey=1 author=Anna keyboard: yes authentic=true deal=7405"
    assert log.redact(text) == text


def test_a_hidden_value_is_hidden_whatever_stands_around_it() -> None:
    log.hide("q1w2e3r4t5-literal")
    assert "q1w2e3r4t5" not in log.redact("the portal repeated q1w2e3r4t5-literal to us")


def test_secrets_in_facts_messages_arguments_and_exceptions_are_hidden(sink: io.StringIO) -> None:
    log.note(logger(), "call", "failed", access_token=CANARY, body={"auth": CANARY, "n": {"sessid": CANARY}})
    logger().warning("asked %s", f"https://portal.example/rest/1/{CANARY}/profile")
    try:
        raise RuntimeError(f"GET https://portal.example/rest/1/{CANARY}/profile failed")
    except RuntimeError:
        logger().exception("broken")
    assert CANARY not in sink.getvalue()
    assert sink.getvalue().count(log.HIDDEN) >= 5


def test_data_cannot_forge_a_line(sink: io.StringIO) -> None:
    log.note(logger(), "refresh", "done", title="Deal\r\n2026-01-01 ERROR action=forged \x1b[31m")
    logger().info("plain %s", "a\nb")
    assert len(sink.getvalue().splitlines()) == 2
    assert "\x1b" not in sink.getvalue()


def test_a_long_body_is_cut(sink: io.StringIO) -> None:
    log.note(logger(), "call", "unreadable", body="x" * 5_000)
    assert len(sink.getvalue()) < 600


class Broken:
    def __str__(self) -> str:
        raise ValueError(CANARY)

    __repr__ = __str__


def test_a_fact_that_cannot_be_shown_is_said_to_be_so(sink: io.StringIO) -> None:
    log.note(logger(), "call", "done", item=Broken())
    logger().info("value %s", Broken())
    logger().info("two values %s %s", 1)
    lines = sink.getvalue()
    assert "Broken cannot be shown: ValueError" in lines
    assert lines.count("could not be written out") == 2
    assert CANARY not in lines


class FailingSink(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError("disk full")


def test_a_failing_sink_does_not_reach_the_caller(capsys: pytest.CaptureFixture[str]) -> None:
    handler = log.QuietHandler(FailingSink())
    handler.addFilter(log.Redaction())
    handler.setFormatter(log.KeyValue())
    quiet = logging.getLogger("connector.test.failing")
    quiet.addHandler(handler)
    quiet.propagate = False
    log.note(quiet, "dispatch", "done", level=logging.ERROR)
    assert handler.lost == 1
    assert capsys.readouterr().err == ""


@given(st.dictionaries(st.text(max_size=10), st.one_of(st.text(), st.integers(), st.none()), max_size=5))
def test_any_facts_make_one_clean_line(facts: dict[str, object]) -> None:
    stream = io.StringIO()
    handler = log.QuietHandler(stream)
    handler.addFilter(log.Redaction())
    handler.setFormatter(log.KeyValue())
    record = logging.LogRecord("connector", logging.INFO, "x", 1, "%s", (facts,), None)
    record.facts = facts
    handler.handle(record)
    assert handler.lost == 0
    assert len(stream.getvalue().splitlines()) == 1
