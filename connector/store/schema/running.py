"""Tables of the running program: how far it has read, who works, what people switched."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from connector.store.columns import ForeignText, Instant, Json
from connector.store.schema.base import metadata

watermark = Table(
    "watermark",
    metadata,
    Column("portal", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Json, nullable=False),
    Column("set_at", Instant, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("until_at", Instant, nullable=False),
)

#: Switches that people turn; the portal "" stands for all of them.
setting = Table(
    "setting",
    metadata,
    Column("portal", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Json, nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("set_by", ForeignText, nullable=False),
)

#: Who of a team got the last item.
rotation = Table(
    "rotation",
    metadata,
    Column("portal", Text, primary_key=True),
    Column("team", Text, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("turned_at", Instant, nullable=False),
)
