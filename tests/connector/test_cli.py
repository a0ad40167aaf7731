"""The program as a whole: its commands, its version, and the way it ends."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from connector.cli import COMMANDS, main
from connector.cli.failures import ExitCode, as_failure
from connector.cli.text import plain, plain_lines
from connector.errors import AuthError, ConfigError, FatalError, GoneError, RetriableError, StoreError
from pipelines.findings import DefinitionError, Finding
from tests.connector.cli_bench import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "config.toml")


def test_every_command_of_the_list_is_there_and_says_what_it_does() -> None:
    ctx = click.Context(main)
    for name in main.list_commands(ctx):
        command = main.get_command(ctx, name)
        assert command is not None
        assert command.name == name
        assert command.help


def test_the_list_of_commands_needs_no_command(program: Program) -> None:
    text = program("--help")
    assert all(name in text and lazy.summary.split()[0] in text for name, lazy in COMMANDS.items())


def test_the_documentation_has_every_command_and_every_exit_code() -> None:
    text = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
    for name in COMMANDS:
        assert re.search(rf"^\| `{name}\b", text, re.MULTILINE), name
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert documented == {int(code) for code in ExitCode}


def test_the_version_is_told_without_loading_the_product() -> None:
    script = (
        "import sys\n"
        "from connector.cli import main\n"
        "try:\n    main(['--version'])\n"
        "except SystemExit:\n    pass\n"
        "print(sorted({'sqlalchemy', 'requests', 'pydantic', 'rich', 'flask'} & set(sys.modules)))\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"
    assert ended.stdout.splitlines()[0].split()[-1].count(".") == 2


def test_a_command_that_does_not_exist_is_a_wrong_use_and_the_nearest_is_named(program: Program) -> None:
    text = program("staus", code=ExitCode.USAGE)
    assert "No such command 'staus'" in text
    assert "status" in text


def test_a_configuration_that_is_not_there_ends_with_its_own_code(program: Program) -> None:
    text = program("status", code=ExitCode.CONFIG)
    assert "config.toml: error: there is no such file: `funnelwright init` writes one" in text


def test_every_mistake_of_a_configuration_is_told_with_its_line(program: Program) -> None:
    program.config_path.write_text(
        '[web]\nprot = 1\n[portals.main]\nwebhook = "https://x/rest/1/secretcode/"\n'
    )
    text = program("status", code=ExitCode.CONFIG)
    assert "config.toml:2: error: web.prot" in text
    assert "Did you mean 'port'?" in text
    assert "nothing was started" in text
    assert "secretcode" not in text


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("no"), ExitCode.CONFIG),
        (DefinitionError([Finding("error", "a.toml", 3, "id", "missing")]), ExitCode.CONFIG),
        (RetriableError("busy", method="batch"), ExitCode.PORTAL),
        (GoneError("gone"), ExitCode.PORTAL),
        (FatalError("refused"), ExitCode.PORTAL),
        (AuthError("revoked"), ExitCode.PORTAL),
        (StoreError("locked"), ExitCode.STORE),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: Exception, code: ExitCode) -> None:
    failure = as_failure(error)  # type: ignore[arg-type]
    assert failure.exit_code == code


def test_a_refused_credential_comes_with_what_to_do() -> None:
    message = as_failure(AuthError("Wrong authorization data", method="scope")).message
    assert "funnelwright doctor" in message
    assert "inbound webhook" in message


def test_what_a_terminal_would_obey_is_written_out() -> None:
    assert plain("Acme\x1b[2J\nok") == r"Acme\x1b[2J\nok"
    assert plain_lines("one\x07\ntwo") == "one\\x07\ntwo"


def test_a_webhook_never_reaches_the_terminal() -> None:
    assert "s3cr3tc0de" not in plain("POST https://x.bitrix24.com/rest/1/s3cr3tc0de/crm.item.list failed")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--port", "99999", "99999 is not in the range 0<=x<=65535"),
        ("--deals", "-1", "-1 is not in the range x>=0"),
        ("--latency", "soon", "'soon' is not a span: write 100ms or 1.5s"),
        ("--time-zone", "Mars/Base", "no time zone is called 'Mars/Base'; one is Europe/Moscow"),
        ("--outgoing-webhook", "nonsense", "'nonsense' is no web address"),
        ("--outgoing-webhook", "http://host:99999/", "'http://host:99999/' is no web address"),
    ],
)
def test_the_sandbox_names_a_value_that_it_cannot_use(
    program: Program, option: str, value: str, message: str
) -> None:
    assert message in program("sandbox", option, value, code=ExitCode.USAGE)
