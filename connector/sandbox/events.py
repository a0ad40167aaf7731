"""What happens in the portal, and who is told: outgoing webhooks and handlers of applications.

As documented (api-reference/events/index.md): ids only, form-encoded, at most once, no promise of order; a
receiver that fails has lost the event; a client's own writes come back as events like any others. An outgoing
webhook cannot subscribe to ONCRMDEALMOVETOCATEGORY, and gets no access token.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from connector.sandbox.encoding import write_form
from connector.sandbox.faults import Faults

log = logging.getLogger(__name__)

#: Offered to applications only (api-reference/crm/deals/events/on-crm-deal-move-to-category.md).
APP_ONLY_EVENTS = frozenset({"ONCRMDEALMOVETOCATEGORY", "ONOFFLINEEVENT"})

_OF_ONE_TYPE = re.compile(r"_\d+$")

#: Hands one delivery over: the receiver's URL and the form-encoded body. An exception is a lost event.
Send = Callable[[str, bytes], object]


@dataclass(frozen=True, slots=True)
class Happening:
    """One change in the portal, as events tell it."""

    name: str
    data: Mapping[str, Any]
    at: datetime
    #: The user whose action it was; None for automation.
    by: int | None = None
    #: The `auth_connector` of the call that did it.
    source: str = ""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who is told: an outgoing webhook, or a handler that an application bound."""

    id: int
    url: str
    token: str
    #: None: every event that an outgoing webhook may have, but for those of single smart processes, which
    #: would tell the same thing twice.
    events: frozenset[str] | None
    client_id: str = ""
    auth_type: int = 0
    bound_by: int = 0

    @property
    def is_webhook(self) -> bool:
        return not self.client_id

    def wants(self, name: str) -> bool:
        if self.is_webhook and name in APP_ONLY_EVENTS:
            return False
        return name in self.events if self.events is not None else not _OF_ONE_TYPE.search(name)


OutgoingWebhook = Subscriber


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one receiver."""

    subscriber: Subscriber
    happening: Happening
    due_at: datetime


@dataclass(slots=True)
class Events:
    """The event queue of one portal."""

    now: Callable[[], datetime]
    faults: Faults
    random: Random
    #: What every receiver is told of the portal: domain, client_endpoint, server_endpoint, member_id.
    identity: Callable[[], Mapping[str, str]]
    #: An access token for an application's event, or {}: given by the part that knows applications.
    tokens: Callable[[Subscriber, Happening], Mapping[str, str]] = lambda subscriber, happening: {}
    subscribers: list[Subscriber] = field(default_factory=list)
    waiting: list[Delivery] = field(default_factory=list)
    #: Other parts of the portal that want to know.
    listeners: list[Callable[[Happening], None]] = field(default_factory=list)
    #: The `auth_connector` of the call that is running.
    source: str = ""
    raised: int = 0
    lost: int = 0
    #: Events that a receiver did not take.
    failed: int = 0

    def raise_event(self, name: str, data: Mapping[str, Any], by: int | None = None) -> None:
        """Tell the subscribers of event `name`; `data` is what stands under `data` on the wire."""
        happening = Happening(name.upper(), data, self.now(), by, self.source)
        self.raised += 1
        for listener in self.listeners:
            listener(happening)
        for subscriber in self.subscribers:
            if subscriber.wants(happening.name):
                self._queue(subscriber, happening)

    def _queue(self, subscriber: Subscriber, happening: Happening) -> None:
        switches = self.faults.events
        if self._strikes(switches.lost):
            self.lost += 1
            return
        for _ in range(2 if self._strikes(switches.doubled) else 1):
            delay = self.random.uniform(*switches.late_seconds) if self._strikes(switches.late) else 0.0
            self.waiting.append(Delivery(subscriber, happening, happening.at + timedelta(seconds=delay)))

    def _strikes(self, chance: float) -> bool:
        return chance > 0 and self.random.random() < chance

    def take_due(self) -> list[Delivery]:
        """The deliveries whose time has come, each handed out once, in the order of the switches."""
        now = self.now()
        due = [delivery for delivery in self.waiting if delivery.due_at <= now]
        self.waiting = [delivery for delivery in self.waiting if delivery.due_at > now]
        if self._strikes(self.faults.events.reordered):
            self.random.shuffle(due)
        return due

    def body_of(self, delivery: Delivery) -> bytes:
        """The form that the receiver gets."""
        subscriber, happening = delivery.subscriber, delivery.happening
        form = {
            "event": happening.name,
            "event_handler_id": subscriber.id,
            "data": happening.data,
            "ts": int(self.now().timestamp()),
            "auth": {
                **self.tokens(subscriber, happening),
                **self.identity(),
                "application_token": subscriber.token,
            },
        }
        return write_form(form).encode("ascii")

    def hand_over(self, deliveries: Iterable[Delivery], send: Send) -> int:
        """Send each once; what a receiver does not take is gone, as in the cloud. How many were taken."""
        taken = 0
        for delivery in deliveries:
            try:
                send(delivery.subscriber.url, self.body_of(delivery))
            except Exception as error:
                self.failed += 1
                log.warning("event lost", extra={"action": "event-lost", "event": delivery.happening.name})
                log.debug("the receiver did not take it: %s", error)
            else:
                taken += 1
        return taken
