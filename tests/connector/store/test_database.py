"""What a transaction promises, and how the database is opened."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from connector.errors import StoreError
from connector.store import Database, inbox, journal, mirror, signals, watermarks
from connector.store.journal import NewLine
from connector.store.signals import NewSignal
from tests.connector.store.samples import NOW, PORTAL, deal, hint


def write_a_whole_step(conn):
    mirror.upsert_items(conn, PORTAL, [deal(1)], NOW)
    signals.add_many(conn, PORTAL, deal(1).ref, [NewSignal("s1", "Moved", NOW)], NOW)
    inbox.add_many(conn, [hint(1)])
    watermarks.put(conn, PORTAL, "moves:2", 17, NOW)
    journal.add_many(conn, PORTAL, [NewLine(kind="moved", text="moved")], NOW)


def count_rows(database):
    tables = ("item", "signal", "inbox", "watermark", "journal", "journal_head")
    with database.read() as conn:
        return {table: conn.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables}


def test_a_step_that_fails_leaves_nothing_of_any_noun(database):
    def fail():
        with database.write() as conn:
            write_a_whole_step(conn)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert set(count_rows(database).values()) == {0}


def test_a_step_that_ends_leaves_all_of_it(database):
    with database.write() as conn:
        write_a_whole_step(conn)
    assert set(count_rows(database).values()) == {1}


def test_a_reader_cannot_write(database):
    with pytest.raises(StoreError, match="the database refused"), database.read() as conn:
        watermarks.put(conn, PORTAL, "moves:2", 1, NOW)
    with database.write() as conn:
        watermarks.put(conn, PORTAL, "moves:2", 2, NOW)


def test_a_reader_sees_one_moment(database):
    with database.write() as conn:
        watermarks.put(conn, PORTAL, "moves:2", 1, NOW)
    with database.read() as reader:
        before = watermarks.get(reader, PORTAL, "moves:2")
        with database.write() as conn:
            watermarks.put(conn, PORTAL, "moves:2", 2, NOW)
        assert watermarks.get(reader, PORTAL, "moves:2") == before


def test_two_who_read_then_write_do_not_lose_each_others_updates(sqlite_url):
    """Two `Database`s of one file stand for two processes: only SQLite's own lock is between them."""
    opened = [Database(sqlite_url), Database(sqlite_url)]

    def count_up(database):
        for _ in range(25):
            with database.write() as conn:
                watermarks.put(conn, PORTAL, "n", (watermarks.get(conn, PORTAL, "n") or 0) + 1, NOW)

    threads = [threading.Thread(target=count_up, args=(opened[n % 2],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with opened[0].read() as conn:
        assert watermarks.get(conn, PORTAL, "n") == 100
    for database in opened:
        database.close()


def test_two_stores_of_a_process_share_no_row(sqlite_template, tmp_path):
    """They share how statements are written, so the same statement must go to the right file."""
    stores = []
    for number in (1, 2):
        shutil.copy(sqlite_template, tmp_path / f"{number}.db")
        stores.append(Database(f"sqlite:///{tmp_path}/{number}.db"))
    for number, store in enumerate(stores):
        with store.write() as conn:
            watermarks.put(conn, PORTAL, "n", number, NOW)
    for number, store in enumerate(stores):
        with store.read() as conn:
            assert watermarks.get(conn, PORTAL, "n") == number
        store.close()


def test_sqlite_survives_power_cuts_and_keeps_references(sqlite_database):
    with sqlite_database.write() as conn:
        pragmas = {
            name: conn.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_new_file_is_for_its_owner_only(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/new/store.db")
    database.upgrade()
    with database.write() as conn:
        watermarks.put(conn, PORTAL, "n", 1, NOW)
        files = sorted((tmp_path / "new").iterdir())
        assert [path.name for path in files] == ["store.db", "store.db-shm", "store.db-wal"]
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    database.close()


def test_postgresql_notices_a_peer_that_vanished(postgresql_url):
    database = Database(postgresql_url)
    with database.read() as conn:
        assert conn.scalar(text("SHOW client_connection_check_interval")) == "5s"
        assert conn.scalar(text("SHOW timezone")) is not None
    database.close()


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://u:geheim@h/d", "geheim", "", "x:y"]
)
def test_an_address_that_is_no_database_is_refused_without_repeating_it(url):
    with pytest.raises(StoreError) as refusal:
        Database(url)
    assert "geheim" not in str(refusal.value)


def test_an_unreachable_server_is_a_store_error_without_the_password():
    database = Database("postgresql://somebody:geheim@127.0.0.1:1/nowhere")
    with pytest.raises(StoreError) as refusal:
        database.upgrade()
    assert "geheim" not in str(refusal.value)
    database.close()


def test_an_error_of_the_database_does_not_quote_the_row(database):
    with pytest.raises(StoreError) as refusal, database.write() as conn:
        conn.execute(
            text("INSERT INTO watermark (portal, name, value, set_at) VALUES (:p, 'n', NULL, :at)"),
            {"p": "+7 900 123-45-67", "at": "2026-03-02 09:00:00+00"},
        )
    assert "123-45-67" not in str(refusal.value)
    assert "value" in str(refusal.value)


def test_a_damaged_file_is_refused(sqlite_url):
    database = Database(sqlite_url)
    with database.write() as conn:
        mirror.upsert_items(conn, PORTAL, [deal(n) for n in range(1, 500)], NOW)
    database.close()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    content = bytearray(path.read_bytes())
    content[8192 : len(content) // 2] = os.urandom(len(content) // 2 - 8192)
    path.write_bytes(content)
    damaged = Database(sqlite_url)
    with pytest.raises(StoreError):
        damaged.upgrade()
    damaged.close()


def test_only_one_engine_process_has_the_file(sqlite_url):
    database = Database(sqlite_url)
    attempt = (
        "import sys\n"
        "from connector.errors import StoreError\n"
        "from connector.store import Database\n"
        "try:\n"
        "    with Database(sys.argv[1]).engine_lock(): print('mine')\n"
        "except StoreError as error: print(error)\n"
    )

    def try_from_another_process():
        done = subprocess.run([sys.executable, "-c", attempt, sqlite_url], capture_output=True, text=True)
        return done.stdout

    with database.engine_lock():
        assert f"process {os.getpid()} on" in try_from_another_process()
    assert try_from_another_process() == "mine\n"
    database.close()
