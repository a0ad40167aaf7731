"""`users` and `dashboard`: who may look, and the pages without an engine."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from connector import users as accounts
from connector.cli import main
from connector.cli.failures import ExitCode
from connector.cli.invocation import Invocation
from connector.store import users
from connector.users import Tries
from tests.connector.cli_bench import Program
from tests.connector.flow.workshop import Workshop
from tests.connector.test_cli_run import Scene, stop

PASSWORD = "correct horse battery"


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    opened = Workshop(tmp_path, sqlite_url)
    yield opened
    opened.app.close()


@pytest.fixture
def program(workshop: Workshop) -> Program:
    path = workshop.folder / "config.toml"
    return Program(path, clock=workshop.clock, adapters={"main": workshop.adapter})


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def signs_in(workshop: Workshop, password: str) -> bool:
    tries = Tries("anna", "127.0.0.1")
    return accounts.sign_in(workshop.app.database, tries, password, workshop.clock.now()) is not None


def test_a_new_user_gets_a_link_that_is_good_for_an_hour(program: Program, workshop: Workshop) -> None:
    said = program("users", "add", "anna", "--role", "operator")
    token = re.search(r"^http://127\.0\.0\.1:\d+/invitation/(\S+)$", said, re.MULTILINE)
    assert token is not None
    with workshop.app.database.read() as conn:
        invited = accounts.invited(conn, token[1], workshop.clock.now())
    assert invited is not None
    assert (invited.name, invited.role) == ("anna", "operator")
    (row,) = program.json("users", "list")
    assert (row["name"], row["role"], row["password"]) == ("anna", "operator", "invited")
    assert token[1] not in program("users", "list")


def test_a_name_is_given_once_and_has_no_strange_signs(program: Program) -> None:
    program("users", "add", "anna", "--role", "viewer")
    text = program("users", "add", "anna", "--role", "admin", code=ExitCode.FINDINGS)
    assert "anna is a user already: `funnelwright users invite anna`" in text
    assert "cannot be a user's name" in program(
        "users", "add", "<b>", "--role", "viewer", code=ExitCode.FINDINGS
    )


def test_a_password_can_be_set_without_a_browser(program: Program, workshop: Workshop) -> None:
    program("users", "add", "anna", "--role", "admin")
    assert "10 characters or more" in program(
        "users", "password", "anna", typed="short\n", code=ExitCode.FINDINGS
    )
    said = program("users", "password", "anna", typed=f"{PASSWORD}\n")
    assert PASSWORD not in said
    assert signs_in(workshop, PASSWORD)
    assert not signs_in(workshop, PASSWORD.upper())


def test_a_role_is_changed_and_a_user_removed(program: Program, workshop: Workshop) -> None:
    program("users", "add", "anna", "--role", "viewer")
    program("users", "role", "anna", "admin")
    with workshop.app.database.read() as conn:
        assert [(each.name, each.role) for each in users.every(conn)] == [("anna", "admin")]
    program("users", "remove", "anna")
    assert program("users", "list").startswith("Nobody: `funnelwright users add")


@pytest.mark.parametrize("command", [("invite",), ("remove",), ("password",), ("role", "admin")])
def test_who_is_not_there_is_told_so(program: Program, command: tuple[str, ...]) -> None:
    text = program("users", command[0], "nobody", *command[1:], code=ExitCode.FINDINGS)
    assert "there is no user 'nobody'" in text


def served(program: Program, *command: str) -> tuple[list[str], str]:
    """What the pages answer while the command runs, and what it logs."""
    answers: list[str] = []
    invocation = Invocation(clock=program.clock, adapters=program.adapters)

    def play() -> None:
        address = next(
            address for message in told.messages for address in re.findall(r"address=(\S+)", message)
        )
        answers.append(requests.get(f"{address}/readyz", timeout=30).text.strip())
        stop()

    invocation.stopping = Scene(play)
    told = Told()
    arguments = ["--config", str(program.config_path), *command]
    logger = logging.getLogger("webhooks.dashboard.serving")
    logger.addHandler(told)
    try:
        result = CliRunner().invoke(main, arguments, obj=invocation)
    finally:
        logger.removeHandler(told)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == ExitCode.OK, result.output
    return answers, "\n".join(told.messages)


class Told(logging.Handler):
    """What was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def test_run_serves_the_dashboard_beside_the_engine_and_says_how_the_first_one_comes_in(
    program: Program,
) -> None:
    answers, log = served(program, "run", "--no-web")
    assert answers == ["ready"]
    assert "`funnelwright users add NAME --role admin`" in log


def test_the_dashboard_runs_without_an_engine(program: Program, workshop: Workshop) -> None:
    with workshop.app.database.engine_lock():  # or beside one
        answers, _ = served(program, "dashboard")
    assert answers == ["no engine is running"]
