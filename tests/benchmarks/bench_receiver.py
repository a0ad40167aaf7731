"""Acknowledged hints per second, beside a handler that does nothing on the same server.

    python -m tests.benchmarks.bench_receiver [--seconds 4] [--connections 16] [--rounds 3] [--check 0.45]

Three handlers take turns on the same server (waitress), each in a process of its own: one that reads the body
and says 200, the product's (token, payload, one durable row through the group commit), and the product's with
a commit for each request. The store is SQLite with `synchronous=FULL` in a temporary folder. Absolute figures
are of this machine; the ratio is what counts. Every 200 of the durable ones is held against the rows on disk.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import selectors
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from flask import Flask, Response, request
from sqlalchemy import func, select

from connector.clock import SystemClock
from connector.records import Hint
from connector.store import inbox
from connector.store.database import Database
from connector.store.inbox_writer import InboxWriter
from connector.store.schema import inbox as inbox_table
from tests.webhooks.deliveries import EVENTS, FORM, StoredApplication, deal
from webhooks import WebServer, create_app

Kind = Literal["no-op", "group commit", "commit each"]
KINDS: tuple[Kind, ...] = ("no-op", "group commit", "commit each")


@dataclass(frozen=True, slots=True)
class Run:
    """One handler under load for a while."""

    per_second: float
    p50_ms: float
    p99_ms: float
    #: What the server's process spent on one ack; says more than the rate on a machine that others use.
    cpu_us: float


class CommitEach(StoredApplication):
    """The product without its group commit."""

    def __init__(self, database: Database) -> None:
        super().__init__(InboxWriter(database), SystemClock())
        self._database = database

    def submit(self, hint: Hint) -> None:
        with self._database.write() as conn:
            inbox.add_many(conn, [hint])


def no_op() -> Flask:
    app = Flask("no-op")

    @app.post(EVENTS)
    def receive() -> Response:
        request.get_data(cache=False)
        return Response("ok\n", mimetype="text/plain")

    return app


@contextlib.contextmanager
def application(kind: Kind, database: Database) -> Iterator[Flask]:
    if kind == "no-op":
        yield no_op()
    elif kind == "commit each":
        yield create_app(CommitEach(database))
    else:
        writer = InboxWriter(database)
        writer.start()
        yield create_app(StoredApplication(writer, SystemClock()))
        writer.stop()


def serve(kind: Kind, threads: int, channel: Connection) -> None:
    """A process: tell the port, serve until told to stop, tell how many hits are on disk."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'store.db'}")
        database.upgrade()
        with application(kind, database) as app:
            server = WebServer(app, host="127.0.0.1", port=0, threads=threads, connections=500)
            server.start()
            started = time.process_time()
            channel.send(server.port)
            channel.recv()
            channel.send(time.process_time() - started)
            server.stop()
        with database.read() as conn:
            channel.send(conn.scalar(select(func.sum(inbox_table.c.hits))) or 0)
        database.close()


class Load:
    """Connections that each send an event, await its 200 and send the next; one thread drives them all."""

    def __init__(self, port: int, connections: int) -> None:
        self._waiting = selectors.DefaultSelector()
        for _ in range(connections):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._waiting.register(connection, selectors.EVENT_READ)
        # Every id has eight digits, so that requests are alike but for them.
        before, after = deal("@" * 8).split(b"%40" * 8)
        head = f"POST {EVENTS} HTTP/1.1\r\nHost: bench\r\nContent-Type: {FORM}\r\nContent-Length: "
        self._before = f"{head}{len(before) + 8 + len(after)}\r\n\r\n".encode() + before
        self._after = after
        self._next_id = 10_000_000
        self._sent_at: dict[socket.socket, float] = {}
        self._heard: dict[socket.socket, bytes] = {}
        #: Seconds from event to 200, of all.
        self.waits: list[float] = []

    def run(self, seconds: float) -> None:
        """Keep all connections busy for so long, then wait for what is under way."""
        end = time.perf_counter() + seconds
        for key in list(self._waiting.get_map().values()):
            self._send(key.fileobj)
        while self._sent_at:
            for key, _ in self._waiting.select():
                if self._has_answer(key.fileobj) and time.perf_counter() < end:
                    self._send(key.fileobj)

    def close(self) -> None:
        for key in list(self._waiting.get_map().values()):
            key.fileobj.close()
        self._waiting.close()

    def _send(self, connection: Any) -> None:
        self._next_id += 1
        self._heard[connection] = b""
        self._sent_at[connection] = time.perf_counter()
        connection.sendall(self._before + str(self._next_id).encode() + self._after)

    def _has_answer(self, connection: Any) -> bool:
        part = connection.recv(4096)
        answer = self._heard[connection] = self._heard[connection] + part
        if not part or not answer.startswith(b"HTTP/1.1 200 "[: len(answer)]):
            raise RuntimeError(f"the server answered {answer[:200]!r}")
        if not answer.endswith(b"\r\n\r\nok\n"):
            return False
        self.waits.append(time.perf_counter() - self._sent_at.pop(connection))
        return True


def measure(kind: Kind, *, seconds: float, connections: int, threads: int) -> Run:
    """Load one handler; RuntimeError if an answer was not 200 or a 200 has no row."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(kind, threads, there))
    process.start()
    load = Load(here.recv(), connections)
    start = time.perf_counter()
    load.run(seconds)
    elapsed = time.perf_counter() - start
    load.close()
    here.send("stop")
    cpu_seconds = here.recv()
    stored = here.recv()
    process.join()
    waits = sorted(load.waits)
    if kind != "no-op" and stored != len(waits):
        raise RuntimeError(f"{kind}: {len(waits)} acks, {stored} hits on disk")
    p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    return Run(len(waits) / elapsed, p50 * 1000, p99 * 1000, cpu_seconds / len(waits) * 1e6)


def report(runs: dict[Kind, list[Run]]) -> float:
    """Print medians; returns how the product compares with doing nothing."""
    medians = {
        kind: Run(*map(statistics.median, zip(*map(astuple, found), strict=True)))
        for kind, found in runs.items()
    }
    print(f"{'handler':<14}{'acks/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU us':>9}{'of no-op':>10}")
    for kind, run in medians.items():
        ratio = run.per_second / medians["no-op"].per_second
        columns = (
            f"{run.per_second:>9.0f}{run.p50_ms:>9.2f}{run.p99_ms:>9.2f}{run.cpu_us:>9.0f}{ratio:>10.2f}"
        )
        print(f"{kind:<14}{columns}")
    print("medians; every acknowledged hint was found on disk")
    return medians["group commit"].per_second / medians["no-op"].per_second


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=4, help="length of one run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each handler, taking turns")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--check", type=float, default=0, help="fail if group commit / no-op is below this")
    options = parser.parse_args()
    load = {"seconds": options.seconds, "connections": options.connections, "threads": options.threads}
    runs: dict[Kind, list[Run]] = {kind: [] for kind in KINDS}
    for _ in range(options.rounds):
        for kind in KINDS:
            runs[kind].append(measure(kind, **load))
    return 1 if report(runs) < options.check else 0


if __name__ == "__main__":
    sys.exit(main())
