"""What this credential may do on this portal (skeleton)."""

from __future__ import annotations

from dataclasses import dataclass

from connector.bitrix24.client import Client


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Facts for `doctor` and `init`."""

    user_id: int
    user_name: str
    is_admin: bool
    time_zone: str | None
    scopes: frozenset[str]
    #: Seconds the portal's clock is ahead of ours.
    clock_skew_seconds: float
    has_v3: bool
    #: Methods that exist and may be called.
    methods: frozenset[str]
    #: A list by a marker that nobody carries is empty: the portal does not ignore this filter.
    honours_task_marker: bool


def probe(client: Client) -> Capabilities:
    raise NotImplementedError
