"""A portal of many deals in a process of its own, over HTTPS, with the cloud's limits; people work in it.

For every second list command somebody changes, adds or deletes a deal, until one in a hundred has been
touched: each client meets the same unrest, spread over its own reading. Afterwards the portal tells what a
reader must have seen: the deals that were there all the time, and the titles of those that nobody touched.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from zlib import crc32

import trustme

from connector.clock import SystemClock
from connector.sandbox.crm.records import Record
from connector.sandbox.crm.types import DEAL
from connector.sandbox.exchange import PortalRequest, PortalResponse
from connector.sandbox.limits import Limits
from connector.sandbox.portal import SandboxPortal
from connector.sandbox.server import serve

#: Of the deals, how many are touched while they are listed.
TOUCHED = 0.01


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms the next reader reads."""

    list_seconds: float
    is_restless: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """What the reader is told."""

    webhook_url: str
    #: All ids: only for the reader that has to find out nothing.
    ids: array[int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What the portal saw of a reader, and what it must have seen of the portal."""

    requests: int
    refused: int
    list_commands: int
    most_at_once: int
    cpu_seconds: float
    #: Of the deals that were there from before the reading until after it.
    present: array[int] = field(repr=False)
    #: Of those of them that nobody touched: id and checksum of the title.
    untouched: dict[int, int] = field(repr=False)


class _Unrest(SystemClock):
    """The portal's clock: the portal sleeps on it once for each command, and then people do something."""

    def __init__(self) -> None:
        self.portal: BusyPortal | None = None

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.portal is not None:
            self.portal.command_done()


class BusyPortal(SandboxPortal):
    """Counts what it is asked, and lets people touch deals while it is read."""

    def __init__(self, deals: int) -> None:
        clock = _Unrest()
        super().__init__(clock=clock, limits=True)
        companies = [self.company(TITLE=f"Company {number}").id for number in range(50)]
        contacts = [self.contact(NAME="Ann", LAST_NAME=f"Adler {number}").id for number in range(50)]
        first = self.deal(
            TITLE="Deal 0", OPPORTUNITY=1_000, COMPANY_ID=companies[0], CONTACT_IDS=contacts[:1]
        )
        shelf = self.crm.shelf(DEAL)
        for number in range(1, deals):  # at once: nobody made them, they were always there
            values = {
                **first.values,
                "TITLE": f"Deal {number}: spare parts and service",
                "OPPORTUNITY": Decimal(1_000 + number % 977),
                "COMPANY_ID": companies[number % 50],
                "CONTACT_IDS": (contacts[number % 50],),
            }
            shelf.put(Record(DEAL, shelf.last_id + 1, values))
        clock.portal = self
        self._random = Random(deals)
        self._counting = threading.Lock()
        self.terms = Terms(0.0, False)

    def begin(self, terms: Terms) -> Ready:
        self.terms = terms
        self.prices.list_seconds = terms.list_seconds
        self.limits = Limits(self.limits.plan, is_on=True)
        self.before = array("q", self.crm.shelf(DEAL).ids)
        self.touched: set[int] = set()
        self._steps_left = round(len(self.before) * TOUCHED) if terms.is_restless else 0
        self.requests = self.refused = self.commands = self.inside = self.most_at_once = 0
        self._cpu_seconds = time.process_time()
        return Ready(self.webhook_url(), self.before)

    def end(self) -> Told:
        records = self.crm.shelf(DEAL).records
        present = array("q", (number for number in self.before if number in records))
        return Told(
            self.requests,
            self.refused,
            self.commands,
            self.most_at_once,
            time.process_time() - self._cpu_seconds,
            present,
            {
                number: crc32(str(records[number].values["TITLE"]).encode())
                for number in present
                if number not in self.touched
            },
        )

    def handle(self, request: PortalRequest) -> PortalResponse:
        with self._counting:
            self.requests += 1
            self.inside += 1
            self.most_at_once = max(self.most_at_once, self.inside)
        try:
            response = super().handle(request)
        finally:
            with self._counting:
                self.inside -= 1
        if response.status == 503:
            with self._counting:
                self.refused += 1
        return response

    def command_done(self) -> None:
        with self.lock:
            self.commands += 1
            if self.commands % 2 == 0 and self._steps_left > 0:
                self._steps_left -= 1
                self._touch()

    def _touch(self) -> None:
        """A third each: a change, a new deal, a deletion."""
        shelf = self.crm.shelf(DEAL)
        kind, number = self._random.randrange(3), self._random.choice(shelf.ids)
        if kind == 1:
            self.deal(TITLE="A new one")
            return
        self.touched.add(number)
        if kind == 2:
            self.delete((DEAL, number))
        else:
            self.edit((DEAL, number), TITLE=f"Changed {number}")


def make_certificate(folder: Path) -> None:
    """A certificate for this machine, and that of who signed it."""
    signer = trustme.CA()
    signer.cert_pem.write_to_path(str(folder / "authority.pem"))
    certificate = signer.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    for place, part in enumerate(certificate.cert_chain_pems):
        part.write_to_path(str(folder / "chain.pem"), append=place > 0)


def run(deals: int, folder: Path, channel: Connection) -> None:
    """The process: serves one reader after another until told to stop."""
    portal = BusyPortal(deals)
    with serve(portal, certificate=(str(folder / "chain.pem"), str(folder / "key.pem"))):
        channel.send("ready")
        while (terms := channel.recv()) is not None:
            channel.send(portal.begin(terms))
            channel.recv()
            channel.send(portal.end())


class Portal:
    """The portal as the benchmark sees it."""

    def __init__(self, channel: Connection) -> None:
        self._channel = channel

    def begin(self, terms: Terms) -> Ready:
        self._channel.send(terms)
        ready: Ready = self._channel.recv()
        return ready

    def end(self) -> Told:
        self._channel.send("end")
        told: Told = self._channel.recv()
        return told


@contextmanager
def portal_of(deals: int, folder: Path) -> Iterator[Portal]:
    """A portal with so many deals, until the block ends; `folder` holds the certificate."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=run, args=(deals, folder, there))
    process.start()
    there.close()  # so that the end of the process is the end of the channel
    here.recv()
    try:
        yield Portal(here)
    finally:
        here.send(None)
        process.join(30)
