"""The real processes under load, killed at random: what was acknowledged is there, nothing is there twice.

Long (`make test-full`): 200 kills. `test_processes` has a short form of it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from connector.records import DEAL
from connector.store import Database, outbox
from connector.store.schema import inbox
from tests.connector.flow.workshop import WORK
from tests.connector.machine import Machine
from tests.connector.test_processes import FORM, event

KILLS = 200
#: Ids that the portal does not have: hints of them are acknowledged, read back in vain, and done.
FIRST_UNKNOWN = 1_000_000
#: Every so many kills one comes before the process answers; the others so many seconds later, in its work.
EARLY, LIFE = 4, (0.0, 2.0)
#: Deals that reps make in all: fewer than would make the engine ask before it sends what an outage has left.
MOST_DEALS = 200


class Load:
    """Reps who make and move deals, and a portal that sends hints, until it is over."""

    def __init__(self, machine: Machine, seed: int) -> None:
        self._machine, self._chance = machine, random.Random(seed)
        self._is_over = threading.Event()
        self.acknowledged: set[int] = set()
        self.deals: list[int] = []
        self.moved: set[int] = set()
        self.mistakes: list[BaseException] = []

    @contextmanager
    def going_on(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._repeat, args=(each,)) for each in (self._hint, self._rep)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            for thread in threads:
                thread.join()

    def _repeat(self, act: object) -> None:
        assert callable(act)
        try:
            while not self._is_over.is_set():
                act()
        except BaseException as mistake:  # told by the test, in the main thread
            self.mistakes.append(mistake)

    def _hint(self) -> None:
        """One hint after the other; only a 200 counts."""
        number = FIRST_UNKNOWN + len(self.acknowledged)
        body = event(self._machine, **{"data[FIELDS][ID]": str(number)})
        try:
            answer = requests.post(self._machine.events_url, data=body, headers=FORM, timeout=10)
        except requests.RequestException:
            time.sleep(0.05)
            return
        if answer.status_code == 200:
            self.acknowledged.add(number)
        time.sleep(0.01)

    def _rep(self) -> None:
        if self.deals and self._chance.random() < 0.3:
            deal = self._chance.choice(self.deals)
            self._machine.call("crm.item.update", entityTypeId=DEAL, id=deal, fields={"stageId": WORK})
            self.moved.add(deal)
        elif len(self.deals) < MOST_DEALS:
            fields = {"title": f"Deal {len(self.deals)}", "categoryId": 1, "assignedById": 5}
            self.deals.append(
                self._machine.call("crm.item.add", entityTypeId=DEAL, fields=fields)["item"]["id"]
            )
        time.sleep(self._chance.uniform(0.2, 1.0))


@pytest.mark.slow
def test_two_hundred_kills_lose_no_acknowledged_hint_and_double_nothing(tmp_path: Path) -> None:
    chance = random.Random(11)
    with Machine(tmp_path, "--deals", "0") as machine:
        machine.start()
        load = Load(machine, seed=12)
        with load.going_on():
            for number in range(KILLS):
                if number % EARLY:
                    machine.await_health()
                time.sleep(chance.uniform(*LIFE))
                machine.kill()
                machine.begin()
        assert not load.mistakes
        machine.await_health()
        for deal in load.deals:
            machine.until(f"a task of deal {deal}", lambda deal=deal: bool(machine.open_tasks(deal)))  # type: ignore[misc]
        machine.until("nothing is on its way", lambda: _is_drained(machine))

        kept = _hinted(machine)
        assert load.acknowledged
        assert load.acknowledged <= kept
        assert set(machine.markers(load.deals).values()) == {1}
        for deal in load.deals:
            expected = "Send an offer" if deal in load.moved else "Call about"
            (title,) = machine.open_tasks(deal)
            assert title.startswith(expected)


def _hinted(machine: Machine) -> set[int]:
    database = Database(f"sqlite:///{machine.folder}/funnelwright.db")
    with database.read() as conn:
        found = set(conn.scalars(select(inbox.c.entity_id).where(inbox.c.entity_id >= FIRST_UNKNOWN)))
    database.close()
    return found


def _is_drained(machine: Machine) -> bool:
    database = Database(f"sqlite:///{machine.folder}/funnelwright.db")
    with database.read() as conn:
        counts = outbox.counts(conn, "main")
    database.close()
    states = (outbox.State.PENDING, outbox.State.SENDING, outbox.State.UNKNOWN)
    return not any(counts.get(state) for state in states)
