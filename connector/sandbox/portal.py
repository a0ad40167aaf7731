"""A Bitrix24 portal on this machine: its state, its clock, its switches, and its one door, `handle`.

Written from the documentation of the CRM, and knowing nothing of how the connector reads it.
Deterministic: the same seed and the same calls give the same ids, texts and faults. `is_https_required` is
off at first, because an inbound webhook over plain HTTP from the same machine leaks to nobody; switch it
on to see the 400 that the cloud gives.
"""

from __future__ import annotations

import hashlib
import threading
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from connector.clock import Clock, VirtualClock
from connector.sandbox import company, gateway, methods, seeding
from connector.sandbox.applications import Applications
from connector.sandbox.crm import defaults
from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm_people import CrmPeople
from connector.sandbox.events import Events, OutgoingWebhook, Send, Subscriber
from connector.sandbox.exchange import PortalRequest, PortalResponse
from connector.sandbox.faults import Faults
from connector.sandbox.filters import read_datetime
from connector.sandbox.kernel import Credential, RestError
from connector.sandbox.limits import Limits, Plan
from connector.sandbox.people import People
from connector.sandbox.prices import Prices
from connector.sandbox.tasks_people import TaskPeople
from connector.sandbox.timeline_people import TimelinePeople

Part = TypeVar("Part")

#: When a portal begins, unless it is given a clock: a Monday morning.
START = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LateRequest:
    """A request whose client has given up, and which the portal will run all the same."""

    request: PortalRequest
    due_at: datetime


class SandboxPortal(CrmPeople, TaskPeople, TimelinePeople):
    """One portal: `handle` serves the REST API, the rest is what its people and its admin do."""

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        seed: int = 1,
        limits: bool = False,
        time_zone: str = "Europe/Moscow",
        plan: Plan | None = None,
        domain: str = "sandbox.bitrix24.test",
        language: str = "en",
        is_furnished: bool = True,
    ) -> None:
        """`is_furnished` off: no company yet, only what Bitrix24 makes by itself; somebody must be hired."""
        methods.load()
        self.clock: Clock = clock or VirtualClock(START)
        self.seed_number = seed
        self.zone = ZoneInfo(time_zone)
        self.domain = domain
        self.scheme = "https"
        self.language = language
        self.lock = threading.RLock()
        self.is_https_required = False
        self.prices = Prices()
        self.limits = Limits(plan or Plan(), is_on=limits)
        self._secrets: dict[str, str] = {}
        self._revoked: set[str] = set()
        self.faults = Faults(Random(f"faults {seed}"))
        self.people = People()
        self.member_id = self._secret("member")
        self.applications = Applications(self)
        self.events = Events(self.now, self.faults, Random(f"events {seed}"), self.identity)
        self.events.tokens = self.applications.tokens_for
        self.crm = Crm(self)
        self._last_ids: dict[str, int] = {}
        self._parts: dict[type[Any], Any] = {}
        self._late: list[LateRequest] = []
        #: How many writing commands have run: another number, and something may have changed.
        self.writes = 0
        self._running_at: datetime | None = None
        defaults.furnish(self.crm)
        if is_furnished:
            company.furnish(self)

    # --- the door

    def handle(self, request: PortalRequest) -> PortalResponse:
        """Answer one HTTP request to `/rest/…`; safe to call from several threads."""
        return gateway.handle(self, request)

    def now(self) -> datetime:
        """The portal's own instant, in whole seconds as the CRM keeps them when it is written down."""
        return self._running_at or self.clock.now()

    def run_later(self, request: PortalRequest, seconds: float) -> None:
        """Keep a request to be run `seconds` from now, whoever still waits for it."""
        with self.lock:
            self._late.append(LateRequest(request, self.clock.now() + timedelta(seconds=seconds)))

    def run_late_requests(self) -> int:
        """Run the kept requests whose time has come, at the instant they were due; how many there were."""
        with self.lock:
            due = sorted(
                (each for each in self._late if each.due_at <= self.clock.now()), key=lambda each: each.due_at
            )
            self._late = [each for each in self._late if each not in due]
            for late in due:
                self._running_at = late.due_at
                try:
                    gateway.answer(self, late.request)
                finally:
                    self._running_at = None
            return len(due)

    # --- state for the parts

    def part(self, kind: type[Part]) -> Part:
        """The one instance of `kind` in this portal, made when first asked for."""
        with self.lock:
            if kind not in self._parts:
                self._parts[kind] = kind()
            found: Part = self._parts[kind]
            return found

    def next_id(self, name: str) -> int:
        """The next number of a sequence; each name counts from 1."""
        self._last_ids[name] = self._last_ids.get(name, 0) + 1
        return self._last_ids[name]

    def reserve_ids(self, name: str, last: int) -> None:
        """Let a sequence go on after `last`."""
        self._last_ids[name] = max(last, self._last_ids.get(name, 0))

    def write_time(self, at: datetime, user_id: int | None = None) -> str:
        """ISO 8601 with offset, whole seconds: in the portal's zone, or in that of a user."""
        user = self.people.get(user_id) if user_id else None
        zone = ZoneInfo(user.time_zone) if user and user.time_zone else self.zone
        return at.astimezone(zone).isoformat(timespec="seconds")

    def read_time(self, text: Any) -> datetime | None:
        """An instant in UTC out of what a client sent; without an offset it is in the portal's zone."""
        try:
            return read_datetime(text, self.zone).astimezone(UTC)
        except ValueError:
            return None

    def seed(self, deals: int = 2000) -> None:
        """Fill the portal with a year of records: `deals`, and leads, clients, items in proportion."""
        with self.lock:
            seeding.seed(self, deals)

    # --- credentials

    @property
    def base_url(self) -> str:
        return f"{self.scheme}://{self.domain}"

    def identity(self) -> dict[str, str]:
        """What the portal tells every receiver of an event about itself."""
        return {
            "domain": self.domain,
            "client_endpoint": f"{self.base_url}/rest/",
            "server_endpoint": "https://oauth.bitrix.info/rest/",
            "member_id": self.member_id,
        }

    def webhook_url(self, user_id: int | None = None) -> str:
        """The inbound webhook of a user (the administrator's when none is named), with a slash at its end."""
        user_id = user_id or self.people.admin_id
        return f"{self.base_url}/rest/{user_id}/{self.webhook_secret(user_id)}/"

    def webhook_secret(self, user_id: int) -> str:
        return self._secret(f"webhook {user_id}")[:16]

    def revoke_webhook(self, user_id: int) -> None:
        """Make the inbound webhook of a user unknown, as deleting it does."""
        self._revoked.add(self.webhook_secret(user_id))

    def credential(self, user_id: int, secret: str) -> Credential:
        """The credential in a webhook's address; RestError when there is no such webhook (any more)."""
        user = self.people.get(user_id)
        is_known = user is not None and user.is_active and secret == self.webhook_secret(user_id)
        if not is_known or secret in self._revoked:
            raise RestError("NO_AUTH_FOUND", "Wrong authorization data", 401)
        return Credential("webhook", user_id, secret)

    def app_credential(self, token: str) -> Credential:
        return self.applications.credential(token)

    def add_outgoing_webhook(self, url: str, events: list[str] | None = None) -> OutgoingWebhook:
        """An admin under Developer resources: tell `url` of these events (None: all on offer)."""
        with self.lock:
            number = self.next_id("subscriber")
            names = frozenset(name.upper() for name in events) if events is not None else None
            webhook = Subscriber(number, url, self._secret(f"outgoing {number}"), names)
            self.events.subscribers.append(webhook)
            return webhook

    def deliver(self, send: Send | None = None) -> int:
        """Hand the due events to their receivers, over HTTP unless `send` is given; how many were taken."""
        self.run_late_requests()
        with self.lock:
            due = self.events.take_due()
        return self.events.hand_over(due, send or post_form)

    def _secret(self, what: str) -> str:
        found = self._secrets.get(what)
        if found is None:
            text = f"sandbox {self.seed_number} {what}"
            found = self._secrets[what] = hashlib.sha256(text.encode()).hexdigest()[:32]
        return found


def post_form(url: str, body: bytes) -> None:
    """Post a delivery; an answer outside 2xx, or none within five seconds, is an exception."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Bitrix24 Webhook Engine"}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=5.0):
        pass
