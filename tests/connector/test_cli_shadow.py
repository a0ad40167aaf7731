"""`shadow report`: what a pipeline that only watches would have done, beside what was done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.cli.failures import ExitCode
from tests.connector.cli_bench import Program
from tests.connector.flow.workshop import LOST, WORK, Workshop

DAY = 86_400


@pytest.fixture
def watching(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    opened = Workshop(tmp_path, sqlite_url, mode="shadow")
    yield opened
    opened.app.close()


@pytest.fixture
def program(watching: Workshop) -> Program:
    path = watching.folder / "config.toml"
    return Program(path, clock=watching.clock, adapters={"main": watching.adapter})


def test_tasks_and_refusals_are_held_against_what_the_reps_did(watching: Workshop, program: Program) -> None:
    quick, slow, lost, still = (watching.deal(TITLE=name) for name in ("Quick", "Slow", "Lost", "Still"))
    watching.wait(3_600)
    watching.move(quick, WORK)
    watching.move(lost, LOST)
    watching.wait(3 * DAY)
    watching.move(slow, WORK)

    found = program.json("shadow", "report", "sale")

    tasks = {
        each["ref"]: each["verdict"]
        for each in found
        if each["what"] == "CreateTask" and "Call" in each["would"]
    }
    assert tasks == {str(quick): "same", str(slow): "other", str(lost): "same", str(still): "open"}
    (refused,) = [each for each in found if each["would"].startswith("put back")]
    assert (refused["ref"], refused["verdict"], refused["was"]) == (str(lost), "other", "it stayed there")
    text = program("shadow", "report", "sale")
    assert "put back to new" in text
    assert "agreement" in text
    assert "4 items" in text


def test_a_move_that_the_rep_made_too_is_the_same(watching: Workshop, program: Program) -> None:
    deal = watching.deal()
    watching.move(deal, LOST)
    watching.move(deal, "C1:NEW")

    found = program.json("shadow", "report", "sale")

    assert [each["verdict"] for each in found if each["would"] == "put back to new"] == ["same"]


def test_a_pipeline_that_never_watched_says_how_it_would(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url)
    program = Program(tmp_path / "config.toml", clock=workshop.clock, adapters={"main": workshop.adapter})
    workshop.deal()
    text = program("shadow", "report", "sale", code=ExitCode.FINDINGS)
    assert 'mode = "shadow"' in text
    assert "Did you mean 'sale'" in program("shadow", "report", "sales", code=ExitCode.USAGE)
    workshop.app.close()
