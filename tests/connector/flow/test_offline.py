"""The portal's offline queue: hints that wait, for a credential that has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from connector.bitrix24.client import Client
from connector.bitrix24.throttle import Throttle
from connector.errors import CRMError
from connector.flow.offline import hear_offline
from connector.flow.portal import Portal
from connector.records import DEAL, ItemRef
from connector.sandbox.adapter import SandboxAdapter
from connector.sandbox.portal import SandboxPortal
from connector.store import inbox, views
from tests.connector.flow.mirrored import mirrored
from tests.connector.flow.workshop import NEW, Workshop


class ApplicationAuth:
    """The token of a local application, renewed when the portal says that it is too old."""

    def __init__(self, portal: SandboxPortal) -> None:
        self._portal = portal
        self._app, self._token = portal.applications.install(1)
        self.host = portal.domain

    def url(self, api: str, method: str) -> str:
        return f"https://{self.host}/rest/{method}"

    def parameters(self) -> Mapping[str, Any]:
        return {"auth": self._token.access}

    def on_expired(self) -> bool:
        self._token = self._portal.applications.issue(self._app, 1)
        return True

    def conceal(self, text: str) -> str:
        return text.replace(self._token.access, "***")


@pytest.fixture
def application(workshop: Workshop) -> Portal:
    """The portal as an application sees it; no event reaches the receiver."""
    workshop.sandbox.faults.events.lost = 1.0
    client = Client(
        ApplicationAuth(workshop.sandbox),
        clock=workshop.clock,
        throttle=Throttle(workshop.clock),
        adapter=SandboxAdapter(workshop.sandbox),
    )
    portal = replace(workshop.portal, client=client)
    assert hear_offline(portal) == 0
    return portal


def test_a_webhook_has_no_queue_and_is_asked_once_a_day(workshop: Workshop) -> None:
    def asked() -> int:
        before = workshop.portal.client.requests_sent
        assert hear_offline(workshop.portal) == 0
        return workshop.portal.client.requests_sent - before

    assert [asked(), asked()] == [1, 0]
    workshop.clock.advance(24 * 3_600)
    assert asked() == 1


def test_what_waits_in_the_queue_becomes_hints_and_leaves_it(workshop: Workshop, application: Portal) -> None:
    deals = [workshop.sandbox.deal(stage=NEW) for _ in range(60)]
    workshop.sandbox.move(deals[0], "PREPARATION")
    for _ in range(3):
        workshop.sandbox.edit(deals[1], OPPORTUNITY=900)

    # The last change of a record under each event: all were made, one moved away, one was changed.
    assert hear_offline(application) == 62
    assert hear_offline(application) == 0
    workshop.app.work("main")
    for deal in deals:
        assert mirrored(workshop, ItemRef(DEAL, deal.id)) is not None
    assert mirrored(workshop, ItemRef(DEAL, deals[0].id)).category_id == 0


def test_a_batch_is_confirmed_after_it_was_kept_and_found_again_if_it_was_not(
    workshop: Workshop, application: Portal
) -> None:
    deal = workshop.sandbox.deal(stage=NEW)
    workshop.sandbox.faults.answer(503, method="event.offline.clear", times=20)
    with pytest.raises(CRMError):
        hear_offline(application)
    with workshop.app.database.read() as conn:
        (record,) = inbox.pending(conn, "main", workshop.clock.now(), 10)
    assert record.ref == ItemRef(DEAL, deal.id)

    workshop.sandbox.faults.clear()
    workshop.clock.advance(60)
    assert hear_offline(application) == 1
    assert hear_offline(application) == 0
    with workshop.app.database.read() as conn:
        assert views.hint_totals(conn, "main").hints["new"] == 2
