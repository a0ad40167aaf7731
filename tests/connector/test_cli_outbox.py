"""`outbox`: what waits for a person is listed, goes out again, or is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.cli.failures import ExitCode
from connector.records import ItemRef
from connector.store import outbox
from tests.connector.cli_bench import Program
from tests.connector.flow.workshop import WORK, Workshop


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    opened = Workshop(tmp_path, sqlite_url)
    yield opened
    opened.app.close()


@pytest.fixture
def program(workshop: Workshop) -> Program:
    path = workshop.folder / "config.toml"
    return Program(path, clock=workshop.clock, adapters={"main": workshop.adapter})


def refused_deal(workshop: Workshop) -> ItemRef:
    workshop.sandbox.faults.refuse("ERROR_CORE", "Incorrect responsible", method="tasks.task.add")
    return workshop.deal()


def key_of(workshop: Workshop, deal: ItemRef) -> str:
    with workshop.app.database.read() as conn:
        return next(row.key for row in outbox.of_item(conn, "main", deal))


def test_what_is_parked_is_listed_with_its_reason(workshop: Workshop, program: Program) -> None:
    deal = refused_deal(workshop)
    text = program("outbox", "list")
    assert str(deal) in text
    assert "Incorrect responsible" in text
    (row,) = program.json("outbox", "list", "--state", "parked")
    assert (row["item"], row["kind"], row["state"]) == (str(deal), "create_task", "parked")


def test_an_empty_outbox_says_so(program: Program) -> None:
    assert program("outbox", "list") == "Nothing.\n"


def test_a_parked_command_goes_out_again_by_the_beginning_of_its_key(
    workshop: Workshop, program: Program
) -> None:
    deal = refused_deal(workshop)
    key = key_of(workshop, deal).removeprefix("fw:")

    assert program("outbox", "retry", key[:8]).startswith("1 command retried.")
    workshop.settle()

    assert workshop.open_tasks(deal) == ["Call about Acme"]
    assert "retried" in workshop.journal(deal)


def test_a_task_that_may_be_there_already_is_looked_for_before_it_is_made_again(
    workshop: Workshop, program: Program
) -> None:
    for _ in range(5):
        workshop.sandbox.faults.lose_request("tasks.task.add")
    deal = workshop.deal()
    for _ in range(14):
        workshop.wait(100)
    (parked,) = program.json("outbox", "list", "--state", "parked")
    assert parked["reason"] == "sent 5 times without an answer"

    program("outbox", "retry", "--item", str(deal))
    for _ in range(2):
        workshop.wait(30)

    assert workshop.open_tasks(deal) == ["Call about Acme"]


def test_a_dropped_command_is_never_sent_and_the_next_one_goes_on(
    workshop: Workshop, program: Program
) -> None:
    deal = refused_deal(workshop)

    text = program("outbox", "drop", "--item", str(deal), "--reason", "made by hand", typed="y\n")
    workshop.settle()

    assert "Drop 1 command for ever?" in text
    assert "Call about Acme" not in [task.title for task in workshop.tasks(deal)]
    (row,) = program.json("outbox", "list", "--item", str(deal), "--state", "superseded")
    assert (row["kind"], row["reason"]) == ("create_task", "made by hand")


def test_a_process_does_not_wait_for_a_task_that_was_dropped(workshop: Workshop, program: Program) -> None:
    deal = refused_deal(workshop)

    program("outbox", "drop", "--item", str(deal), "--reason", "made by hand", "--yes")
    workshop.settle()

    assert workshop.stage(deal) == WORK
    assert workshop.open_tasks(deal) == ["Send an offer"]


def test_nothing_is_dropped_without_a_yes(workshop: Workshop, program: Program) -> None:
    refused_deal(workshop)
    text = program("outbox", "drop", "--all", typed="n\n", code=ExitCode.FINDINGS)
    assert "nothing was dropped" in text
    assert len(program.json("outbox", "list", "--state", "parked")) == 1


@pytest.mark.parametrize("command", ["retry", "drop"])
def test_nothing_is_meant_by_saying_nothing(program: Program, command: str) -> None:
    assert "name a KEY" in program("outbox", command, code=ExitCode.USAGE)


def test_a_key_that_is_done_or_unknown_says_what_it_is(workshop: Workshop, program: Program) -> None:
    done = key_of(workshop, workshop.deal()).removeprefix("fw:")
    assert f"{done}: it is done" in program("outbox", "retry", done, code=ExitCode.FINDINGS)
    assert "there is no such key" in program("outbox", "retry", "ffffff", code=ExitCode.FINDINGS)
