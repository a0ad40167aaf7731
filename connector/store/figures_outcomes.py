"""How steps ended, as the processes of a pipeline remember it. Reads only."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import JSON, Connection, cast, func, select, true

from connector.store.figures import Period, Scope
from connector.store.schema import process, visit


class Ended(NamedTuple):
    """How the last execution of a step ended, in the process of an item."""

    item_id: int
    step: str
    outcome: str


def last_outcomes(conn: Connection, scope: Scope, pipeline: str, period: Period) -> list[Ended]:
    """Of the processes of the pipeline whose items moved in the period, whatever their owner and source."""
    moved = select(visit.c.item_id).where(
        visit.c.portal == scope.portal,
        visit.c.entity_type_id == scope.entity_type_id,
        visit.c.at >= period.since,
        visit.c.at < period.until,
    )
    outcomes = _outcomes(conn)
    rows = conn.execute(
        select(process.c.item_id, outcomes.c.key, outcomes.c.value)
        .select_from(process.join(outcomes, true()))
        .where(
            process.c.portal == scope.portal,
            process.c.pipeline == pipeline,
            process.c.entity_type_id == scope.entity_type_id,
            process.c.item_id.in_(moved),
        )
    )
    return [Ended(*row) for row in rows]


def _outcomes(conn: Connection) -> Any:
    """`outcomes` of a process's state as rows (pipelines.engine.process: step -> outcome)."""
    if conn.dialect.name == "postgresql":
        each = func.json_each_text(cast(process.c.state, JSON)["outcomes"])
        return each.table_valued("key", "value", name="ended").lateral()
    return func.json_each(process.c.state, "$.outcomes").table_valued("key", "value", name="ended")
