"""Whether a definition makes sense: names that lead somewhere, a flow that ends, conditions that can hold."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.definition import Definition
from pipelines.findings import Finding


def check(definition: Definition, others: Mapping[str, Definition] | None = None) -> list[Finding]:
    """All findings about a definition, in the order of its file.

    `others` are the pipelines that it may name, by id; None: names of other pipelines are not looked up.
    """
    return []
