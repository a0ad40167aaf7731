"""Worlds with a portal, on one empty database that is copied for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connector.rehearsal import SandboxWorld, sandbox_worlds
from pipelines.definition import Definition
from pipelines.script import Scenario

MakeSandbox = Callable[[Definition, Scenario], SandboxWorld]


@pytest.fixture(scope="module")
def make_sandbox() -> Iterator[MakeSandbox]:
    with sandbox_worlds() as make:
        yield make
