"""Whether a definition makes sense: names that lead somewhere, conditions that can hold, a flow that ends.

`check` asks everything that can be told without running: errors are what would surely go wrong, warnings are
worth a look. Not checked: what config binds (see `Surroundings` for what can be told of it), values that only
come at run time (see `typecheck`), and whether several expressions together cover all cases.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.checks.conditions import check_conditions
from pipelines.checks.flow import check_flow
from pipelines.checks.loops import check_loops
from pipelines.checks.names import check_names
from pipelines.checks.report import Report, Surroundings
from pipelines.checks.required import check_required
from pipelines.checks.scripts import check_scripts
from pipelines.checks.shapes import check_shapes
from pipelines.checks.values import check_values
from pipelines.definition import Definition
from pipelines.findings import Finding
from pipelines.gaps import NO_GAPS, Gaps

__all__ = ["Surroundings", "check"]


def check(
    definition: Definition,
    others: Mapping[str, Definition] | None = None,
    surroundings: Surroundings | None = None,
    gaps: Gaps = NO_GAPS,
) -> list[Finding]:
    """All findings about a definition, in the order of its file.

    `others` are the pipelines that it may name, by id; None: names of other pipelines are not looked up.
    `gaps` is what could not be understood of the file: what follows only from that is not told.
    """
    report = Report(definition, others, surroundings or Surroundings(), gaps)
    for ask in (check_shapes, check_names, check_values, check_conditions, check_required, check_scripts):
        ask(report)
    if not gaps.is_in_flow and not report.has_guessed_wrong:
        check_flow(report)
        check_loops(report)
    return sorted(report.findings, key=lambda finding: finding.line)
