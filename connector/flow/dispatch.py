"""Dispatch: commands leave the outbox, each with one of four outcomes, written down before all else.

A claimed command is `sending` in the store before its first byte leaves, so a crash makes it unknown and
never forgotten. `sending` sends, `settling` finds out what became of unknown ones; the lease is held here.
"""

from __future__ import annotations

import os
import socket
import uuid
from datetime import timedelta

from connector.flow.endings import SETTLE_SPAN
from connector.flow.portal import Portal
from connector.flow.sending import send
from connector.flow.settling import settle
from connector.flow.verifying import BUNDLE, verify
from connector.store import backup, leases, outbox
from connector.store.leases import Lease
from connector.store.outbox import State

#: A lease lasts for three calls, each with the time in which it settles, and is renewed at half of that: what
#: is sent under it has settled before somebody else can take it.
CALLS, LEAST_SECONDS = 3, 180.0


class Dispatcher:
    """Sends one portal's commands; one at a time, held by a lease."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._holder = _holder(portal)
        self._lease: Lease | None = None

    def dispatch(self) -> int:
        """Look for what is unknown, send what is due; returns how many commands were looked at.

        Whatever is raised in between, what was being sent is unknown and not forgotten: the lease is taken
        anew, with the next fence, and recovers it.
        """
        lease = self._hold_lease()
        if lease is None:
            return 0
        try:
            return self._dispatch(lease)
        except BaseException:
            self._lease = None
            raise

    def _dispatch(self, lease: Lease) -> int:
        portal, now, done = self._portal, self._portal.clock.now(), 0
        with portal.database.read() as conn:
            due = outbox.due_states(conn, portal.name, now)
            pushed = outbox.to_verify(conn, portal.name, now, BUNDLE)
            is_restored = backup.looks_first(conn, now)
        if is_restored and State.PENDING in due:
            due |= self._look_first()
        if State.UNKNOWN in due:
            done += settle(portal, lease)
        if pushed:
            done += verify(portal, pushed)
        if State.PARKED in due:
            done += self._try_mended()
        if State.PENDING in due or done:
            done += send(portal, lease)
        return done

    def _look_first(self) -> set[State]:
        """After a restore nothing is sent that has not been looked for."""
        portal = self._portal
        with portal.database.write() as conn:
            outbox.look_first(conn, portal.name, portal.clock.now())
        return {State.UNKNOWN}

    def _try_mended(self) -> int:
        """What the portal refused because of the card goes out again once the card has changed."""
        portal = self._portal
        with portal.database.write() as conn:
            return len(outbox.release_mended(conn, portal.name, portal.clock.now()))

    def _hold_lease(self) -> Lease | None:
        """Take or renew the lease; on taking it, whatever an earlier holder was sending is unknown."""
        portal, now = self._portal, self._portal.clock.now()
        cap_seconds = portal.config.call_cap.total_seconds()
        seconds = max(CALLS * (cap_seconds + SETTLE_SPAN.total_seconds()), LEAST_SECONDS)
        if self._lease is not None and self._lease.until_at - now > timedelta(seconds=seconds / 2):
            return self._lease
        with portal.database.write() as conn:
            lease = leases.renew(conn, self._lease, now, seconds) if self._lease else None
            if lease is None:
                lease = leases.take(conn, f"dispatch:{portal.name}", self._holder, now, seconds)
                if lease is not None:
                    outbox.recover(conn, portal.name, lease, now, cap_seconds=cap_seconds)
        self._lease = lease
        return lease

    def release(self) -> None:
        """Give the lease back, so that the next process need not wait for its end."""
        if self._lease is not None:
            with self._portal.database.write() as conn:
                leases.release(conn, self._lease, self._portal.clock.now())
            self._lease = None


def _holder(portal: Portal) -> str:
    """Who holds the lease. On SQLite the engine lock shows that an earlier holder is dead: it is ours."""
    if portal.database.is_sqlite:
        return "the engine of this file"
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
