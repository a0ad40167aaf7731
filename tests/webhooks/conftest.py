from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from connector.clock import VirtualClock
from connector.store.database import Database
from connector.store.inbox_writer import InboxWriter
from connector.store.schema import inbox
from tests.webhooks.deliveries import StoredApplication
from webhooks import create_app

Stored = Callable[[], list[tuple[str, str, int, int, str, int]]]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 1, 12, 6, 0, tzinfo=UTC))


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url)
    yield database
    database.close()


@pytest.fixture
def writer(database: Database) -> Iterator[InboxWriter]:
    writer = InboxWriter(database)
    writer.start()
    yield writer
    writer.stop()


@pytest.fixture
def application(writer: InboxWriter, clock: VirtualClock) -> StoredApplication:
    return StoredApplication(writer, clock)


@pytest.fixture
def client(application: StoredApplication) -> FlaskClient:
    return create_app(application).test_client()


@pytest.fixture
def stored(database: Database) -> Stored:
    """What the inbox holds: portal, kind, entity type, id, event, hits."""

    def read() -> list[tuple[str, str, int, int, str, int]]:
        columns = (inbox.c.portal, inbox.c.kind, inbox.c.entity_type_id, inbox.c.entity_id, inbox.c.event)
        with database.read() as conn:
            rows = conn.execute(select(*columns, inbox.c.hits).order_by(inbox.c.row_id))
            return [tuple(row) for row in rows]

    return read
