"""Small files for tests: a definition that has nothing to complain about, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipelines.checks import check
from pipelines.definition import Definition
from pipelines.findings import DefinitionError, Finding
from pipelines.loader import read_text

HEAD = """
id     = "sale"
title  = "Sale"
entity = "deal"

[fields]
budget     = { type = "money" }
meeting_at = { type = "datetime" }
division   = { type = "choice", options = { hardware = "Hardware", services = "Services" } }
ready      = { type = "bool" }
lawyer     = { type = "user" }
reason     = { type = "text" }
"""
STAGES = """
[[stages]]
id   = "first"
next = "won"

[[stages.steps]]
id   = "call"
task = { title = "Call" }

[[stages]]
id     = "won"
status = "won"
"""


@pytest.fixture
def findings() -> Callable[..., list[Finding]]:
    """What is found in a file made of `HEAD`, the given stages and the given rest: shape and checks."""

    def find(rest: str = "", stages: str = STAGES, **options: object) -> list[Finding]:
        try:
            definition = read_text(HEAD + stages + rest, "sale.toml")
        except DefinitionError as mistake:
            return list(mistake.findings)
        return check(definition, **options)  # type: ignore[arg-type]

    return find


@pytest.fixture
def definition() -> Definition:
    return read_text(HEAD + STAGES, "sale.toml")
