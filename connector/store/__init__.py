"""The store: the only SQL of the product, on SQLite (default) and PostgreSQL.

Nouns are modules of functions that take a `Connection` first, so that a step of the flow composes several
of them in one commit:

    with database.write() as conn:
        changes = mirror.upsert_items(conn, portal, page, now)
        signals.add_many(conn, portal, ref, news, now)
        inbox.done(conn, records, now)

Statements whose shape never changes are constants above the function that runs them, with a `bindparam` for
what varies: building one costs more than running it. Where an UPDATE is given its values as parameters, those
of its WHERE are named otherwise than columns (`of_seq`).

It refuses: calls to the portal, decisions, a clock of its own (every function is told `now`).
"""

from sqlalchemy import Connection

from connector.store.database import Database
from connector.store.inbox_writer import InboxWriter

__all__ = ["Connection", "Database", "InboxWriter"]
