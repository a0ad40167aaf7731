"""`sync` and `run`: the copy that goes on where it stopped, and the engine from start to stop."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from requests.adapters import BaseAdapter

from connector.cli import main
from connector.cli.failures import ExitCode
from connector.cli.invocation import Invocation
from connector.cli.run import ConfigFile
from connector.clock import VirtualClock
from connector.portal.pulse import take
from connector.records import LEAD
from connector.sandbox.adapter import SandboxAdapter
from connector.store import Database, mirror
from tests.connector.cli_bench import Program
from tests.connector.flow.workshop import NEW, PIPELINE, Workshop

#: Longer than anything here takes on the slowest machine; only a failing test waits for it.
PATIENCE_SECONDS = 60.0


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    """A portal with leads and deals that nobody has copied yet."""
    opened = Workshop(tmp_path, sqlite_url, is_mirrored=False)
    for number in range(3):
        opened.sandbox.lead(TITLE=f"Lead {number}")
        opened.sandbox.deal(stage=NEW, TITLE=f"Old {number}", ASSIGNED_BY_ID=5)
    opened.clock.advance(3600)
    opened.deliver()
    yield opened
    opened.app.close()


@pytest.fixture
def program(workshop: Workshop) -> Program:
    path = workshop.folder / "config.toml"
    return Program(path, clock=workshop.clock, adapters={"main": workshop.adapter})


# --- sync ---------------------------------------------------------------------------------------------------


def test_sync_copies_the_portal_and_counts(program: Program) -> None:
    answer = program.json("sync")
    assert answer["main"]["mirrored"] == {"leads": 3, "deals": 3}
    # Leads and deals, and the one move of each.
    assert answer["main"]["copied"] == 12
    assert "main: 0 records copied, 6 in the mirror (leads 3, deals 3)" in program("sync")


class Interrupting(SandboxAdapter):
    """Somebody presses Ctrl-C as soon as the leads are in the mirror."""

    database: Database

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        with self.database.read() as conn:
            if mirror.count(conn, "main").get(LEAD):
                raise KeyboardInterrupt
        return super().send(*args, **kwargs)


def test_an_interrupted_copy_keeps_what_it_has_and_goes_on_there(
    program: Program, workshop: Workshop
) -> None:
    adapter = Interrupting(workshop.sandbox)
    adapter.database = workshop.app.database
    interrupted = Program(program.config_path, clock=workshop.clock, adapters={"main": adapter})
    text = interrupted("sync", code=ExitCode.INTERRUPTED)
    assert "stopped after 3 records, which are kept" in text
    answer = program.json("sync")
    assert answer["main"] == {"copied": 9, "mirrored": {"leads": 3, "deals": 3}}


def test_sync_catches_up_with_what_came_later(program: Program, workshop: Workshop) -> None:
    program("sync")
    workshop.clock.advance(3600)
    workshop.sandbox.deal(stage=NEW, TITLE="Later", ASSIGNED_BY_ID=5)
    assert program.json("sync")["main"]["mirrored"]["deals"] == 4


def test_sync_leaves_the_store_to_a_running_engine(program: Program, workshop: Workshop) -> None:
    with workshop.app.database.engine_lock():
        text = program("sync", code=ExitCode.STORE)
    assert f"in use by process {os.getpid()}" in text


def test_sync_of_a_portal_that_refuses_ends_with_its_code(program: Program, workshop: Workshop) -> None:
    workshop.sandbox.revoke_webhook(1)
    assert "funnelwright doctor" in program("sync", code=ExitCode.PORTAL)


def test_sync_of_a_portal_that_is_not_configured_is_a_wrong_use(program: Program) -> None:
    assert "Did you mean 'main'?" in program("sync", "--portal", "mian", code=ExitCode.USAGE)


# --- run ----------------------------------------------------------------------------------------------------


class Scene(threading.Event):
    """What happens while the engine runs: played at its first pause, in the thread that may get signals."""

    def __init__(self, play: Callable[[], object]) -> None:
        super().__init__()
        self._play = play
        self.is_played = False

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_played:
            self.is_played = True
            self._play()
        return super().wait(PATIENCE_SECONDS)


class Watched(SandboxAdapter):
    """Tells when a task was made."""

    def __init__(self, portal: Any) -> None:
        super().__init__(portal)
        self.task_was_made = threading.Event()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        answer = super().send(request, *args, **kwargs)
        if self._portal.open_tasks():
            self.task_was_made.set()
        return answer


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def port(program: Program) -> int:
    """A port that nobody has, now in the configuration."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = int(free.getsockname()[1])
    text = program.config_path.read_text()
    program.config_path.write_text(f"[web]\nport = {number}\n{text}")
    return number


def run(program: Program, stopping: threading.Event, *args: str) -> Result:
    invocation = Invocation(clock=program.clock, adapters=program.adapters, stopping=stopping)
    arguments = ["--config", str(program.config_path), "run", *args]
    result = CliRunner().invoke(main, arguments, obj=invocation)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_run_copies_first_receives_events_and_makes_the_task(
    program: Program, workshop: Workshop, port: int
) -> None:
    adapter = Watched(workshop.sandbox)
    program.adapters = {"main": adapter}

    def play() -> None:
        # Now, and not in the time of the copy: the pipeline is bound since then.
        assert isinstance(workshop.clock, VirtualClock)
        workshop.clock.advance(60)
        workshop.sandbox.deal(stage=NEW, TITLE="Acme", ASSIGNED_BY_ID=5)
        workshop.sandbox.deliver(lambda url, body: post(port, body))
        assert adapter.task_was_made.wait(PATIENCE_SECONDS)
        stop()

    result = run(program, Scene(play))
    assert result.exit_code == ExitCode.OK, result.output
    (task,) = [task for ref in workshop.sandbox.crm.shelf(2).records for task in tasks_of(workshop, ref)]
    assert task == "Call about Acme"
    with workshop.app.database.read() as conn:
        assert mirror.count(conn, "main")[LEAD] == 3


def tasks_of(workshop: Workshop, deal_id: int) -> list[str]:
    from connector.records import DEAL, ItemRef

    return [task.title for task in workshop.tasks(ItemRef(DEAL, deal_id))]


def post(port: int, body: bytes) -> None:
    url = f"http://127.0.0.1:{port}/bitrix24/main/events"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with urllib.request.urlopen(
        urllib.request.Request(url, body, headers), timeout=PATIENCE_SECONDS
    ) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_ends_in_good_order_when_told_to(
    program: Program, workshop: Workshop, port: int, number: signal.Signals
) -> None:
    before = signal.getsignal(number)
    seen: list[bool] = []

    def play() -> None:
        with workshop.app.database.read() as conn:
            seen.append(take(conn, "main") is not None)
        os.kill(os.getpid(), number)

    result = run(program, Scene(play))
    assert result.exit_code == ExitCode.OK, result.output
    assert signal.getsignal(number) == before
    with workshop.app.database.read() as conn:
        assert (seen, take(conn, "main")) == ([True], None)
    with workshop.app.database.engine_lock():
        """The lock is free again."""


def test_status_and_doctor_see_the_running_engine(program: Program, port: int) -> None:
    told: list[str] = []

    def play() -> None:
        told.append(program("status"))
        stop()

    run(program, Scene(play))
    assert f"process {os.getpid()} on " in told[0]
    assert "is running" in told[0]


def test_run_without_the_web_listens_to_nobody(program: Program, port: int) -> None:
    refused: list[bool] = []

    def play() -> None:
        with socket.socket() as probe:
            refused.append(probe.connect_ex(("127.0.0.1", port)) != 0)
        stop()

    assert run(program, Scene(play), "--no-web").exit_code == ExitCode.OK
    assert refused == [True]


def test_a_copy_can_be_stopped_in_the_middle(program: Program, workshop: Workshop) -> None:
    stopping = threading.Event()
    stopping.set()
    assert run(program, stopping).exit_code == ExitCode.OK
    with workshop.app.database.read() as conn:
        assert mirror.count(conn, "main") == {LEAD: 3}


SECOND = """
[portals.second]
webhook = "file:webhook2"
application_tokens = ["file:token"]
member_id = "0123456789abcdef0123456789abcdef"
domain = "second.bitrix24.test"
time_zone = "Europe/Moscow"
technical_user = 1
admin = 1
"""


def add_a_portal(program: Program) -> None:
    """One more portal in config.toml; it is not reached, because no adapter leads there."""
    path = program.config_path
    secret = path.with_name("webhook2")
    secret.write_text("https://second.bitrix24.test/rest/1/abcdefghij123456/")
    secret.chmod(0o600)
    path.write_text(path.read_text() + SECOND)


class Cut(BaseAdapter):
    """Nobody is there."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        raise requests.ConnectionError("nobody is there")

    def close(self) -> None:
        """Nothing is held."""


def test_a_portal_that_is_not_reached_stops_no_other(program: Program, workshop: Workshop, port: int) -> None:
    add_a_portal(program)
    program.adapters = {"main": workshop.adapter, "second": Cut()}
    played = []

    def play() -> None:
        played.append(True)
        stop()

    result = run(program, Scene(play))
    assert (result.exit_code, played) == (ExitCode.OK, [True]), result.output
    with workshop.app.database.read() as conn:
        assert mirror.count(conn, "main")[LEAD] == 3


def test_run_ends_when_not_one_portal_is_reached(program: Program, workshop: Workshop, port: int) -> None:
    program.adapters = {"main": Cut()}
    assert run(program, Scene(stop)).exit_code == ExitCode.PORTAL


def test_run_says_who_has_the_port(program: Program, workshop: Workshop, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        result = run(program, Scene(stop))
    assert result.exit_code == ExitCode.CONFIG
    assert f"127.0.0.1:{port} cannot be listened on" in result.output
    with workshop.app.database.engine_lock():
        """What had begun was ended."""


def test_a_second_engine_is_refused(program: Program, workshop: Workshop) -> None:
    with workshop.app.database.engine_lock():
        result = run(program, Scene(stop))
    assert result.exit_code == ExitCode.STORE
    assert f"in use by process {os.getpid()}" in result.output


class Heard(logging.Handler):
    """Waits for a line of the log."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words
        self.came = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if self._words in record.getMessage():
            self.came.set()


def test_a_hang_up_puts_edited_definitions_into_force(
    program: Program, workshop: Workshop, port: int
) -> None:
    heard: list[bool] = []

    def play() -> None:
        changed = Heard("action=load status=changed portal=main pipeline=sale")
        logging.getLogger().addHandler(changed)
        workshop.rewrite("sale.toml", PIPELINE.replace("Call about", "Ring up"))
        os.kill(os.getpid(), signal.SIGHUP)
        heard.append(changed.came.wait(PATIENCE_SECONDS))
        stop()

    before = signal.getsignal(signal.SIGHUP)
    assert run(program, Scene(play)).exit_code == ExitCode.OK
    assert heard == [True]
    assert signal.getsignal(signal.SIGHUP) == before


def test_whoever_edits_the_configuration_of_a_running_engine_is_told_once_to_start_it_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[web]\nport = 1\n")
    watched = ConfigFile(path)
    with caplog.at_level(logging.WARNING):
        watched.look()
        assert caplog.text == ""
        path.write_text("[web]\nport = 2\n")
        watched.look()
        watched.look()
    assert caplog.text.count("action=config status=changed") == 1
    assert "start `funnelwright run` again" in caplog.text
