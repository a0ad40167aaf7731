"""One client over a stand-in, on a clock that moves only when somebody waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from responses import RequestsMock

from connector.bitrix24 import Client, Throttle, WebhookAuth
from connector.clock import VirtualClock
from tests.connector.bitrix24.portal import WEBHOOK, StandIn

START = datetime(2026, 10, 5, 7, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def throttle(clock: VirtualClock) -> Throttle:
    return Throttle(clock)


@pytest.fixture
def portal() -> Iterator[StandIn]:
    stand_in = StandIn()
    with RequestsMock(assert_all_requests_are_fired=False) as mock:
        stand_in.mount(mock)
        yield stand_in


@pytest.fixture
def client(clock: VirtualClock, throttle: Throttle) -> Iterator[Client]:
    client = Client(WebhookAuth(WEBHOOK), clock=clock, throttle=throttle)
    yield client
    client.close()
