"""Real processes on this machine: a sandbox portal, and Funnelwright started as a user starts it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from tests.connector.flow.workshop import PIPELINE, SALE

PATIENCE_SECONDS = 90.0
CONFIG = """
[web]
port = {port}

[dashboard]
port = 0

[portals.main]
webhook = "file:webhook"
application_tokens = ["file:token"]
member_id = "{member_id}"
domain = "{domain}"
time_zone = "Europe/Moscow"
technical_user = 1
admin = 1
call_cap = "1 second"

[portals.main.polling]
moves = "2 seconds"
"""


class Machine:
    """A folder with a configuration, a portal process, and the product's processes."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder, self._arguments = folder, arguments
        self.port = _free_port()
        self.events_url = f"http://127.0.0.1:{self.port}/bitrix24/main/events"

    def __enter__(self) -> Self:
        command = ["sandbox", "--port", "0", "--outgoing-webhook", self.events_url, *self._arguments]
        self._sandbox = self._start(command, stdout=subprocess.PIPE)
        assert self._sandbox.stdout is not None
        self.facts: dict[str, Any] = json.loads(self._sandbox.stdout.readline())
        self._engine: subprocess.Popen[bytes] | None = None
        self._write_config()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._sandbox.terminate()
        self._sandbox.wait()
        if self._sandbox.stdout is not None:
            self._sandbox.stdout.close()

    def _write_config(self) -> None:
        domain = self.facts["webhook_url"].split("/")[2]
        text = CONFIG.format(port=self.port, member_id=self.facts["member_id"], domain=domain)
        secrets = {"webhook": self.facts["webhook_url"], "token": self.facts["application_token"]}
        for name, content in {**secrets, "sale.toml": PIPELINE}.items():
            (self.folder / name).write_text(content)
            os.chmod(self.folder / name, 0o600)
        (self.folder / "config.toml").write_text(text + SALE.replace("MODE", "live"))

    def _start(self, command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "connector.cli", *command], **options)

    # --- the product ---------------------------------------------------------------------------------------

    def run(self, *command: str) -> subprocess.Popen[bytes]:
        """One command of the product, in the background."""
        with (self.folder / "log").open("ab") as log:
            return self._start(
                ["--config", str(self.folder / "config.toml"), *command], stdout=log, stderr=log
            )

    def start(self) -> None:
        """`funnelwright run`, until it answers."""
        self.begin()
        self.await_health()

    def begin(self) -> None:
        """`funnelwright run`, and on."""
        self._engine = self.run("run")

    def await_health(self) -> None:
        self.until("the receiver answers", self._is_healthy)

    def _is_healthy(self) -> bool:
        assert self._engine is not None
        assert self._engine.poll() is None, (self.folder / "log").read_text()
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/health", timeout=2).ok
        except requests.ConnectionError:
            return False

    def kill(self) -> None:
        """SIGKILL: nothing of the program runs after this."""
        assert self._engine is not None
        self._engine.send_signal(signal.SIGKILL)
        self._engine.wait()

    def stop(self) -> None:
        """SIGTERM, if it runs."""
        if self._engine is not None and self._engine.poll() is None:
            self._engine.terminate()
            self._engine.wait()

    # --- the portal ----------------------------------------------------------------------------------------

    def call(self, method: str, **params: Any) -> Any:
        """What somebody does in the portal, by REST."""
        answer = requests.post(self.facts["webhook_url"] + method, json=params, timeout=30)
        return answer.json()["result"]

    def open_tasks(self, deal: int) -> list[str]:
        filter = {"UF_CRM_TASK": f"D_{deal}", "!REAL_STATUS": 5}
        found = self.call("tasks.task.list", filter=filter, select=["ID", "TITLE"])
        return [row["title"] for row in found["tasks"]]

    def markers(self, deals: Sequence[int]) -> Counter[str]:
        """How often each of our markers is in the portal."""
        found: Counter[str] = Counter()
        for deal in deals:
            rows = self.call("tasks.task.list", filter={"UF_CRM_TASK": f"D_{deal}"}, select=["ID", "XML_ID"])
            found.update(row["xmlId"] for row in rows["tasks"])
        return found

    def until(self, what: str, look: Callable[[], bool]) -> None:
        """Wait for something to become true; how long it takes does not matter, that it comes does."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not look():
            assert time.monotonic() < end, f"{what}: not within {PATIENCE_SECONDS:.0f} s"
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
