"""The processes of a pipeline that remember how steps ended. Reads only."""

from __future__ import annotations

from sqlalchemy import Connection, select

from connector.store.figures import Period, Scope, moved
from connector.store.schema import process


def states_of_moved(conn: Connection, scope: Scope, pipeline: str, period: Period) -> list[tuple[int, str]]:
    """Item and state (JSON) of the processes whose items moved in the period, whatever owner and source."""
    query = select(process.c.item_id, process.c.state).where(
        process.c.portal == scope.portal,
        process.c.pipeline == pipeline,
        process.c.entity_type_id == scope.entity_type_id,
        process.c.item_id.in_(moved(scope, period)),
    )
    # From the driver itself: an object for each of very many rows costs as much as reading it.
    with conn.execute(query) as result:
        return list(result.cursor.fetchall())
