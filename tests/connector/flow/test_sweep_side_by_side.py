"""A sweep has several requests of a long list under way at once, and not one after the other."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from connector.flow.slices import RECORDS, REQUESTS
from connector.records import DEAL, ItemRef, StageMove
from connector.sandbox.adapter import SandboxAdapter
from connector.store import visits
from tests.connector.flow.workshop import Workshop

METHOD = b"crm.stagehistory.list"
#: Pages of a request that is one of a long list's.
LONG = 10
#: How long a request waits for the others before it is said that there are none: only a failure takes it.
PATIENCE_SECONDS = 5


class Meeting(SandboxAdapter):
    """Long requests wait until `expected` of them are there: who sends one at a time gets no answer."""

    def __init__(self, portal: Any) -> None:
        super().__init__(portal)
        self.expected = 0
        #: So many were on their way at once.
        self.most = 0
        self._under_way = 0
        self._changed = threading.Condition()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if bytes(request.body or b"").count(METHOD) < LONG:
            return super().send(request, *args, **kwargs)
        with self._changed:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
            self._changed.notify_all()
            have_met = self._changed.wait_for(lambda: self.most >= self.expected, PATIENCE_SECONDS)
        try:
            if not have_met:
                raise requests.ConnectionError(f"{self.most} at once, and not {self.expected}")
            return super().send(request, *args, **kwargs)
        finally:
            with self._changed:
                self._under_way -= 1


def test_a_long_list_is_swept_with_four_requests_under_way(tmp_path: Path, sqlite_url: str) -> None:
    """Most of what the mirror knows was of a card that is deleted by now: little is to be listed."""
    workshop = Workshop(tmp_path, sqlite_url, adapter=Meeting)
    deal, deleted = (ItemRef(DEAL, workshop.sandbox.deal(stage="NEW").id) for _ in range(2))
    yesterday = workshop.clock.now() - timedelta(days=1)
    moves = []
    for number in range(RECORDS + 100):
        at, ref = yesterday + timedelta(seconds=number), deleted if number % 100 else deal
        row = workshop.sandbox.crm.history.write(2, DEAL, ref.id, at, 0, "NEW", "P")
        moves.append(StageMove(str(row.id), ref, 2, 0, "NEW", "P", at))
    lost = moves[::1_000]
    with workshop.app.database.write() as conn:
        visits.add_many(conn, "main", [move for move in moves if move not in lost], yesterday)
    workshop.sandbox.delete(deleted)

    workshop.adapter.expected = REQUESTS
    workshop.app.sweep("main")

    assert workshop.adapter.most == REQUESTS
    with workshop.app.database.read() as conn:
        assert visits.unknown(conn, "main", moves) == []
    workshop.app.close()
