"""Whom routes gave items to, as the journal tells. Reads only."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, select, true

from connector.store.figures import Period, Scope
from connector.store.schema import item, journal

#: How the journal tells of the command: connector.flow.keeping.
_ASSIGN = "Assign "


class Given(NamedTuple):
    """An item that a rule gave to somebody."""

    at: datetime
    #: The version of the pipeline, and its rule: file, line, "route 4".
    version: str
    rule: str
    user_id: int


def given(conn: Connection, scope: Scope, pipeline: str, period: Period) -> list[Given]:
    """What rules of the pipeline gave to people in the period; the scope's owners are they who got it."""
    line, told = journal.c, journal.alias("told")
    command = and_(
        told.c.portal == line.portal,
        told.c.entity_type_id == line.entity_type_id,
        told.c.item_id == line.item_id,
        told.c.signal_key == line.signal_key,
        told.c.kind == "command",
        told.c.text.startswith(_ASSIGN),
    )
    of_item = and_(
        item.c.portal == line.portal, item.c.entity_type_id == line.entity_type_id, item.c.id == line.item_id
    )
    rows = conn.execute(
        select(line.at, line.version, line.rule, told.c.text)
        .select_from(journal.join(told, command).join(item, of_item))
        .where(
            line.portal == scope.portal,
            line.pipeline == pipeline,
            line.kind == "assigned",
            line.at >= period.since,
            line.at < period.until,
            line.entity_type_id == scope.entity_type_id,
            item.c.gone_at.is_(None),
            true() if scope.source_id is None else item.c.source_id == scope.source_id,
        )
        .order_by(line.seq)
    )
    found = (
        Given(at, version or "", rule or "", int(text.removeprefix(_ASSIGN)))
        for at, version, rule, text in rows
    )
    return [each for each in found if scope.owner_ids is None or each.user_id in scope.owner_ids]
