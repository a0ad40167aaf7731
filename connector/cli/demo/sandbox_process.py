"""A sandbox portal in a process of its own, as somebody else's server."""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from connector.errors import ConnectorError

START_SECONDS = 60.0


class SandboxProcess:
    """Started on entering, stopped on leaving. `facts` is the line of JSON that the sandbox prints."""

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        self._arguments, self._log = arguments, log
        self.facts: Mapping[str, Any] = {}

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "connector.cli", "sandbox", "--port", "0", *self._arguments]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        try:
            self.facts = json.loads(self._first_line())
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        return self

    def _first_line(self) -> bytes:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], START_SECONDS)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            reason = self._log.read_text(errors="replace").strip().splitlines()
            raise ConnectorError(f"the sandbox portal did not start: {reason[-1] if reason else 'no answer'}")
        return line

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def is_over(self, seconds: float) -> bool:
        """Whether somebody has stopped it, after waiting so long for that."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


def free_port(wish: int = 0) -> int:
    """A port of this machine that nobody listens on: the one that was wished for, if it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wish))
        except OSError:
            return free_port()
        return int(probe.getsockname()[1])
