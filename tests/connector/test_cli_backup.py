"""`backup` and `restore` as somebody types them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.cli.failures import ExitCode
from tests.connector.cli_bench import Program
from tests.connector.flow.workshop import Workshop


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    opened = Workshop(tmp_path, sqlite_url)
    yield opened
    opened.app.close()


@pytest.fixture
def program(workshop: Workshop) -> Program:
    path = workshop.folder / "config.toml"
    return Program(path, clock=workshop.clock, adapters={"main": workshop.adapter})


def test_a_copy_is_put_back_after_a_yes_and_the_store_that_was_there_is_named(
    workshop: Workshop, program: Program
) -> None:
    copy = workshop.folder / "copy.db"
    assert str(copy) in program("backup", str(copy))
    deal = workshop.deal()
    workshop.clock.advance(7_200)

    text = program("restore", str(copy), typed="y\n")

    assert "before-restore" in text
    assert "as it was 2 hours ago" in text
    assert "everything is looked for before it is sent" in text
    workshop.restart()
    assert workshop.process_stage(deal) is None
    workshop.wait(90)
    assert workshop.process_stage(deal) == "new"
    assert len(workshop.tasks(deal)) == 1


def test_without_a_yes_the_store_stays(workshop: Workshop, program: Program) -> None:
    copy = workshop.folder / "copy.db"
    program("backup", str(copy))
    deal = workshop.deal()
    assert "Aborted" in program("restore", str(copy), typed="n\n", code=ExitCode.FINDINGS)
    assert workshop.process_stage(deal) == "new"


def test_what_was_put_back_by_other_means_is_said(workshop: Workshop, program: Program) -> None:
    taken_at = workshop.clock.now().isoformat()
    workshop.clock.advance(3_600)
    assert "as it was 1 hour ago" in program("restore", "--in-place", "--taken-at", taken_at)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "either FILE, or --in-place with --taken-at TIME"),
        (("copy.db", "--in-place"), "either FILE, or --in-place"),
        (("--in-place",), "either FILE, or --in-place"),
        (("--in-place", "--taken-at", "yesterday"), "no instant with its zone"),
        (("--in-place", "--taken-at", "2026-03-02T09:00:00"), "no instant with its zone"),
        (("--in-place", "--taken-at", "2099-03-02T09:00:00+03:00"), "it lies in the future"),
    ],
)
def test_what_does_not_say_what_to_restore_is_wrong_use(
    program: Program, arguments: tuple[str, ...], message: str
) -> None:
    assert message in program("restore", *arguments, code=ExitCode.USAGE)


def test_a_place_that_cannot_be_written_is_named(workshop: Workshop, program: Program) -> None:
    missing = workshop.folder / "missing" / "copy.db"
    assert str(missing) in program("backup", str(missing), code=ExitCode.STORE)
    there = workshop.folder / "there.db"
    there.touch()
    assert "is there already" in program("backup", str(there), code=ExitCode.STORE)
    assert os.path.getsize(there) == 0
