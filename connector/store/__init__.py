"""The store: the only SQL of the product, on SQLite (default) and PostgreSQL.

Nouns are modules of functions that take a `Connection` first, so that a step of the flow composes several
of them in one commit:

    with database.write() as conn:
        changes = mirror.upsert_items(conn, portal, page, now)
        signals.add_many(conn, portal, ref, news, now)
        inbox.done(conn, records, now)

It refuses: calls to the portal, decisions, a clock of its own (every function is told `now`).
"""

from sqlalchemy import Connection

from connector.store.database import Database
from connector.store.inbox_writer import InboxWriter

__all__ = ["Connection", "Database", "InboxWriter"]
