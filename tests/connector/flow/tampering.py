"""A network before the sandbox that spoils answers as maintenance pages, proxies and old portals do."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from random import Random
from typing import Any

from connector.clock import Clock
from connector.sandbox.exchange import PortalRequest, PortalResponse
from connector.sandbox.faults import HTML_PAGE
from connector.sandbox.portal import SandboxPortal


class Tampered:
    """A portal of which a `share` of the answers is spoilt (or of the questions: an ignored filter), by seed.

    Takes the portal's place in a `SandboxAdapter`.
    """

    def __init__(self, portal: SandboxPortal) -> None:
        self._portal = portal
        self._random = Random(0)
        self._share = 0.0
        #: What has struck, and how often.
        self.struck: dict[str, int] = {}

    @property
    def clock(self) -> Clock:
        return self._portal.clock

    def begin(self, seed: int, share: float) -> None:
        """Spoil this share of what comes from here on."""
        self._random, self._share = Random(seed), share

    def handle(self, request: PortalRequest) -> PortalResponse:
        spoil = self._draw()
        if spoil == "ignored_filter":
            request = replace(request, body=_without_filters(request.body))
        response = self._portal.handle(request)
        if spoil in (None, "ignored_filter"):
            return response
        return replace(response, body=getattr(self, f"_{spoil}")(response.body))

    def _draw(self) -> str | None:
        if self._random.random() >= self._share:
            return None
        spoil = self._random.choice(
            ["page", "nothing", "half", "no_rows", "fewer_rows", "missing_keys", "ignored_filter"]
        )
        self.struck[spoil] = self.struck.get(spoil, 0) + 1
        return spoil

    def _page(self, body: bytes) -> bytes:
        """200, and the page of a proxy."""
        return HTML_PAGE.encode()

    def _nothing(self, body: bytes) -> bytes:
        return b""

    def _half(self, body: bytes) -> bytes:
        return body[: self._random.randrange(len(body))] if body else b""

    def _no_rows(self, body: bytes) -> bytes:
        """Lists that are empty, as if nothing were there."""
        return _with_rows(body, lambda rows: [])

    def _fewer_rows(self, body: bytes) -> bytes:
        """Lists that end early, or have holes."""
        return _with_rows(body, lambda rows: [row for row in rows if self._random.random() < 0.8])

    def _missing_keys(self, body: bytes) -> bytes:
        """A batch that has forgotten some of its commands."""
        answer = _read(body)
        batch = answer.get("result") if isinstance(answer, dict) else None
        if not isinstance(batch, dict) or not isinstance(batch.get("result"), dict):
            return body
        batch["result"] = {key: one for key, one in batch["result"].items() if self._random.random() < 0.7}
        return json.dumps(answer).encode()


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _with_rows(body: bytes, change: Any) -> bytes:
    answer = _read(body)
    return body if answer is None else json.dumps(_changed(answer, change)).encode()


def _changed(value: Any, change: Any) -> Any:
    match value:
        case dict():
            return {
                key: change(one)
                if key in ("items", "tasks") and isinstance(one, list)
                else _changed(one, change)
                for key, one in value.items()
            }
        case list():
            return [_changed(one, change) for one in value]
    return value


def _without_filters(body: bytes) -> bytes:
    """The question without its filters, alone or inside the commands of a batch."""
    question = json.loads(body or b"{}")
    question.pop("filter", None)
    commands = question.get("cmd")
    if isinstance(commands, dict):
        question["cmd"] = {key: re.sub(r"filter\[[^&]*&?", "", line) for key, line in commands.items()}
    return json.dumps(question).encode()
