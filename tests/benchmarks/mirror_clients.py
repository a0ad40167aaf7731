"""Readers of all deals, each in a process of its own: ours, two others, and one that is told everything.

`rows` is our listing as it is, rows as the portal writes them, like what the other two give; `items` is what
the product reads, typed; `mirror` is the whole backfill, written to SQLite. `bound` asks for ranges that it
did not have to find out and throws the answers away: what the portal itself takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import multiprocessing
import os
import ssl
import tempfile
import time
import warnings
from array import array
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPSConnection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

import orjson

from connector.bitrix24 import FULL_LISTING, Client, Throttle, WebhookAuth
from connector.bitrix24.call import PAGE_SIZE, Priority, as_command
from connector.bitrix24.item_rows import selected_fields
from connector.bitrix24.items import list_items
from connector.bitrix24.list_call import ListCall
from connector.bitrix24.listing import SIDE_BY_SIDE, list_all
from connector.bitrix24.transport import PortalAdapter
from connector.clock import SystemClock
from connector.flow.backfill import bundles
from connector.records import DEAL
from connector.store import Database, mirror
from tests.benchmarks.mirror_portal import Ready

SELECT = selected_fields(DEAL)
CALL = ListCall("crm.item.list", params={"entityTypeId": DEAL}, select=SELECT)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader found, and what it took. `failure`: how it ended instead."""

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    #: Most memory in use, above what was in use before.
    memory_bytes: int = 0
    failure: str = ""
    ids: array[int] = field(default_factory=lambda: array("q"), repr=False)
    checksums: array[int] = field(default_factory=lambda: array("Q"), repr=False)

    def take(self, number: int, title: str) -> None:
        self.ids.append(number)
        self.checksums.append(crc32(title.encode()))


# -- ours ----------------------------------------------------------------------------------------------------


def our_client(ready: Ready, folder: Path) -> Client:
    clock = SystemClock()
    adapter = PortalAdapter(str(folder / "authority.pem"))
    return Client(WebhookAuth(ready.webhook_url), clock=clock, throttle=Throttle(clock), adapter=adapter)


def rows(ready: Ready, folder: Path, seen: Seen) -> None:
    client = our_client(ready, folder)
    for page in list_all(client, CALL, expected=FULL_LISTING, overlap=SIDE_BY_SIDE):
        for row in page:
            seen.take(row["id"], row["title"])


def items(ready: Ready, folder: Path, seen: Seen) -> None:
    client = our_client(ready, folder)
    for page in list_items(client, DEAL, expected=FULL_LISTING, overlap=SIDE_BY_SIDE):
        for item in page:
            seen.take(item.ref.id, item.title)


def into_mirror(ready: Ready, folder: Path, seen: Seen) -> None:
    client = our_client(ready, folder)
    with tempfile.TemporaryDirectory() as place:
        database = Database(f"sqlite:///{Path(place) / 'store.db'}")
        database.upgrade()
        pages = list_items(
            client, DEAL, expected=FULL_LISTING, overlap=SIDE_BY_SIDE, priority=Priority.BACKFILL
        )
        for bundle in bundles(pages):
            with database.write() as conn:
                mirror.upsert_items(conn, "main", bundle, client.clock.now())
        with database.read() as conn:
            after_id = 0
            while page := mirror.items(conn, "main", DEAL, after_id=after_id, limit=2_500):
                for item in page:
                    seen.take(item.ref.id, item.title)
                after_id = page[-1].ref.id
        database.close()


def poll(ready: Ready, folder: Path, seen: Seen) -> None:
    """What is above an id: sixty rows, as a poll that asks for changes finds them."""
    client = our_client(ready, folder)
    for page in list_items(client, DEAL, after_id=ready.ids[-61]):
        for item in page:
            seen.take(item.ref.id, item.title)


# -- others --------------------------------------------------------------------------------------------------


def fast_bitrix24(ready: Ready, folder: Path, seen: Seen) -> None:
    import aiohttp
    from fast_bitrix24 import BitrixAsync

    async def read() -> Any:
        trusting = ssl.create_default_context(cafile=str(folder / "authority.pem"))
        connector = aiohttp.TCPConnector(ssl=trusting)
        async with aiohttp.ClientSession(connector=connector, raise_for_status=True) as session:
            bitrix = BitrixAsync(ready.webhook_url, verbose=False, client=session)
            return await bitrix.get_all("crm.item.list", {"entityTypeId": DEAL, "select": SELECT})

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it has lost count, and goes on
        for row in asyncio.run(read()):
            seen.take(row["id"], row["title"])


def b24pysdk(ready: Ready, folder: Path, seen: Seen) -> None:
    from b24pysdk import BitrixWebhook
    from b24pysdk import Client as Official

    os.environ["REQUESTS_CA_BUNDLE"] = str(folder / "authority.pem")
    address = urlsplit(ready.webhook_url)
    token = address.path.removeprefix("/rest/").strip("/")
    client = Official(BitrixWebhook(domain=address.netloc, webhook_token=token))
    for row in client.crm.item.list(DEAL, select=SELECT).as_list_fast().result:
        seen.take(row["id"], row["title"])


# -- the bound -----------------------------------------------------------------------------------------------


def bound(ready: Ready, folder: Path, seen: Seen, at_once: int) -> None:
    """The same commands, `at_once` requests at a time; nothing is found out, and no answer is looked at."""
    size = min(len(ready.ids) // 8 + 1, 50 * PAGE_SIZE)
    starts = [0, *ready.ids[size - 1 : -1 : size]]
    bodies = [_batch(start, -(-size // PAGE_SIZE)) for start in starts]
    trusting = ssl.create_default_context(cafile=str(folder / "authority.pem"))
    address = urlsplit(ready.webhook_url)

    def read(share: list[bytes]) -> None:
        connection = HTTPSConnection(address.netloc, context=trusting)
        for body in share:
            connection.request("POST", address.path + "batch", body, {"Content-Type": "application/json"})
            if not connection.getresponse().read().startswith(b'{"result":'):
                raise RuntimeError("the portal refused")
        connection.close()

    shares = [bodies[place::at_once] for place in range(at_once)]
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(read, [share for share in shares if share]))


def _batch(above: int, pages: int) -> bytes:
    commands = {"p0": as_command(CALL.page(above))}
    for number in range(1, pages):
        commands[f"p{number}"] = as_command(CALL.page(CALL.last_of(f"p{number - 1}")))
    return orjson.dumps({"halt": 1, "cmd": commands})


# -- the process ---------------------------------------------------------------------------------------------

Read = Callable[[Ready, Path, Seen], None]


def read_in_own_process(read: Read, ready: Ready, folder: Path) -> Seen:
    """Read with a fresh interpreter, which has imported everything when the time begins to run."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(read, ready, folder, there))
    process.start()
    there.close()  # so that the end of the process is the end of the channel
    seen: Seen = here.recv()
    process.join()
    return seen


def _run(read: Read, ready: Ready, folder: Path, channel: Connection) -> None:
    with contextlib.suppress(ImportError):
        import aiohttp  # noqa: F401
        import b24pysdk as _  # noqa: F401
        import fast_bitrix24 as __  # noqa: F401
    gc.collect()
    seen, failure = Seen(), ""
    _forget_peak()
    before = _status("VmRSS")
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        read(ready, folder, seen)
    except Exception as error:
        failure = f"{type(error).__name__}: {error}"[:300]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = max(_status("VmHWM") - before, 0)
    channel.send(Seen(wall, cpu, peak, failure, seen.ids, seen.checksums))


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _status(name: str) -> int:
    """Bytes of memory in use (VmRSS), or the most there ever were since they were forgotten (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)
