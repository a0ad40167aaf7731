"""`reports`: how those of config.toml stand, and one of them now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.cli.failures import ExitCode
from connector.portal.rights import rights_for
from tests.connector.cli_bench import Program
from tests.connector.flow.workshop import Workshop
from tests.connector.test_reports_issued import REPORT


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    opened = Workshop(tmp_path, sqlite_url, mode="shadow")
    opened.more += REPORT
    opened.restart()
    yield opened
    opened.app.close()


@pytest.fixture
def program(workshop: Workshop) -> Program:
    return Program(workshop.folder / "config.toml", clock=workshop.clock, adapters={"main": workshop.adapter})


def test_a_list_says_when_who_and_what_is_wrong(program: Program, workshop: Workshop) -> None:
    (row,) = json.loads(program("reports", "list", "--json"))
    assert (row["report"], row["every"], row["last made"]) == ("weekly", "week, mon, 08:00", None)
    assert row["next"].startswith("2026-01-19T05:00")
    assert row["to"].endswith("by task")
    assert row["troubles"] == []
    workshop.more += 'department = "Salse"\n'
    workshop.restart()
    assert "no department is called" in program("reports", "list")


def test_one_is_made_now_and_sent_only_when_asked(program: Program, workshop: Workshop) -> None:
    (path,) = [line for line in program("reports", "run", "weekly").splitlines() if line.endswith(".xlsx")]
    assert Path(path).read_bytes().startswith(b"PK")
    assert workshop.commands() == {}
    workshop.clock.advance(1)
    told = program("reports", "run", "weekly", "--deliver")
    assert "On its way to 1 person, by task" in told
    assert sum(workshop.commands().values()) == 3
    assert "report:weekly" in program("outbox", "list", "--pipeline", "report:weekly")
    assert "Did you mean 'weekly'?" in program("reports", "run", "weakly", code=ExitCode.USAGE)


def test_the_scope_of_files_is_needed_where_reports_go_out_as_tasks(workshop: Workshop) -> None:
    config = workshop.portal.config
    assert "disk" in map(str, rights_for(config))
    assert "disk" not in map(str, rights_for(config.model_copy(update={"reports": ()})))
