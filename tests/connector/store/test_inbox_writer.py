"""A hint whose `submit` returned is on disk; a hint that is not on disk is a StoreError."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from sqlalchemy import text

from connector.errors import StoreError
from connector.store import Database, InboxWriter, inbox
from tests.connector.store.samples import NOW, PORTAL, hint


@pytest.fixture
def writer(database):
    writer = InboxWriter(database)
    writer.start()
    yield writer
    writer.stop()


def stored(database):
    with database.read() as conn:
        return {record.entity_id: record.hits for record in inbox.pending(conn, PORTAL, NOW, 10_000)}


def in_threads(count, work):
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_a_hint_is_stored_when_submit_returns(database, writer):
    for number in range(1, 6):
        writer.submit(hint(number))
        assert stored(database)[number] == 1


def test_many_threads_lose_nothing(database, writer):
    def submit_some(thread):
        for number in range(20):
            writer.submit(hint(1 + (thread + number) % 30))

    for thread in in_threads(16, submit_some):
        thread.join()
    assert sum(stored(database).values()) == 16 * 20


def test_no_submit_returns_before_the_commit(sqlite_database):
    writer = InboxWriter(sqlite_database)
    writer.start()
    returned = []

    def submit(number):
        writer.submit(hint(number + 1))
        returned.append(number)

    with sqlite_database.write():  # the disk is busy
        threads = in_threads(8, submit)
        assert returned == []
    for thread in threads:
        thread.join()
    writer.stop()
    assert len(returned) == len(stored(sqlite_database)) == 8


def test_a_full_inbox_refuses_at_once_and_stores_what_it_took(sqlite_database):
    writer = InboxWriter(sqlite_database, max_waiting=1)
    writer.start()
    refused = []
    refusals = threading.Semaphore(0)

    def submit(number):
        try:
            writer.submit(hint(number + 1))
        except StoreError as error:
            refused.append(str(error))
            refusals.release()

    with sqlite_database.write():  # one may be on its way and one may wait: four of six are refused
        threads = in_threads(6, submit)
        for _ in range(4):
            refusals.acquire()
    for thread in threads:
        thread.join()
    writer.stop()
    assert "full" in refused[0]
    assert len(stored(sqlite_database)) == 6 - len(refused) > 0


def test_a_failed_commit_is_told_and_the_writer_lives_on(sqlite_database):
    writer = InboxWriter(sqlite_database)
    writer.start()
    with sqlite_database.write() as conn:
        conn.execute(text("ALTER TABLE inbox RENAME TO elsewhere"))
    with pytest.raises(StoreError, match="not stored"):
        writer.submit(hint(1))
    with sqlite_database.write() as conn:
        conn.execute(text("ALTER TABLE elsewhere RENAME TO inbox"))
    writer.submit(hint(2))
    assert stored(sqlite_database) == {2: 1}
    writer.stop()


def test_a_commit_that_takes_too_long_is_not_called_stored(sqlite_database):
    writer = InboxWriter(sqlite_database, timeout_seconds=0.01)
    writer.start()
    with sqlite_database.write(), pytest.raises(StoreError, match="longer"):
        writer.submit(hint(1))
    writer.stop()


def test_an_absurd_id_does_not_spoil_the_batch(database, writer):
    with pytest.raises(StoreError, match="id"):
        writer.submit(hint(2**64))
    writer.submit(hint(1))
    assert stored(database) == {1: 1}


def test_a_stopped_writer_refuses(database):
    writer = InboxWriter(database)
    with pytest.raises(StoreError, match="closed"):
        writer.submit(hint(1))
    writer.start()
    writer.stop()
    with pytest.raises(StoreError, match="closed"):
        writer.submit(hint(1))
    writer.stop()


def test_what_was_acknowledged_survives_a_kill(sqlite_url):
    code = (
        "import sys, itertools, dataclasses\n"
        "from connector.store import Database, InboxWriter\n"
        "from tests.connector.store.samples import hint\n"
        "writer = InboxWriter(Database(sys.argv[1]))\n"
        "writer.start()\n"
        "for number in itertools.count(1):\n"
        "    writer.submit(hint(number))\n"
        "    print(number, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, sqlite_url], stdout=subprocess.PIPE, text=True
    ) as process:
        acknowledged = [int(process.stdout.readline()) for _ in range(50)]
        process.kill()
        acknowledged += [int(line) for line in process.stdout if line.endswith("\n")]
    database = Database(sqlite_url)
    database.upgrade()
    assert set(acknowledged) <= set(stored(database))
    database.close()


def test_a_portal_that_waits_for_too_much_is_full_until_there_is_room_again(database):
    writer = InboxWriter(database, max_records=3)
    writer.start()
    for number in range(1, 6):
        writer.submit(hint(number))
    assert stored(database) == {1: 1, 2: 1, 3: 1}
    with database.write() as conn:
        assert [flag.hits for flag in inbox.overflowed(conn, PORTAL)] == [2]
        inbox.done(conn, [*inbox.pending(conn, PORTAL, NOW, 9), *inbox.overflowed(conn, PORTAL)], NOW)
    writer.submit(hint(6))
    writer.stop()
    assert stored(database) == {6: 1}
