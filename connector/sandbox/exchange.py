"""One HTTP request to the portal and its answer, free of any HTTP library: both front ends speak in these."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connector.sandbox.encoding import read_form


class UnreadableBody(Exception):
    """The body is not what its content type says."""


@dataclass(frozen=True, slots=True)
class PortalRequest:
    """What came in; header names are lower case; `patience`: how long the client waits, if known."""

    verb: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    is_secure: bool = True
    patience: float | None = None
    #: A batch is cut off before this command of it (`faults`).
    stops_before: int | None = None

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def query_params(self) -> dict[str, Any]:
        return read_form(self.query)

    def body_params(self) -> Any:
        """The decoded body: a map, a list for a JSON array, {} when there is none; UnreadableBody."""
        if not self.body:
            return {}
        if self.content_type != "application/json":
            return read_form(self.body.decode("utf-8", "replace"))
        try:
            return json.loads(self.body)
        except ValueError:
            raise UnreadableBody from None


@dataclass(frozen=True, slots=True)
class PortalResponse:
    """What goes out; `is_cut`: the connection is closed without it; `is_silent`: the client gives up."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(
        default_factory=lambda: {"Content-Type": "application/json; charset=utf-8"}
    )
    is_cut: bool = False
    is_silent: bool = False
