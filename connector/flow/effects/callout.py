"""Calls to systems beside the portal, at addresses of config.toml.

The receiver is told which item and which step, never what stands on the card; it knows a repeat by the key.
"""

from __future__ import annotations

from connector import log
from connector.config.values import address_problem
from connector.errors import ConfigError
from connector.flow.effects.base import Effect, Ending, Prepared, Settled
from connector.flow.portal import Portal
from connector.outgoing import OutsideCall
from connector.store import Connection
from connector.store.outbox import QueuedCommand

#: An item's later commands wait for this one: after about half an hour without a receiver, a person decides.
MOST_DELAYS = 12


class CallOut(Effect):
    """A POST with the idempotency key of the command; repeated under the same key when no answer came."""

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        name = command.payload["name"]
        if command.delays >= MOST_DELAYS:
            reason = f"the receiver of addresses.{name} did not take it {command.delays} times"
            return Settled(Ending.PARKED, f"{reason}: {command.reason or 'retry it later'}")
        try:
            url = _address(portal, name)
        except ConfigError as error:
            return Settled(Ending.PARKED, str(error))
        body = {
            "portal": portal.name,
            "item": str(command.ref),
            "pipeline": command.pipeline,
            "step": command.payload["step"],
            "visit": command.visit,
            "call": name,
        }
        return Prepared({}, outside=OutsideCall(url, body, command.key))


def _address(portal: Portal, name: str) -> str:
    """The address behind a name; ConfigError, which never repeats it, if there is none that may be called."""
    address = portal.config.addresses.get(name)
    if address is None:
        raise ConfigError(f"config.toml has no addresses.{name}: add it and retry")
    if isinstance(address, str):
        return address  # looked at when config.toml was read
    url = address.read()
    log.hide(url)
    if problem := address_problem(url):
        raise ConfigError(f"addresses.{name} ({address}): {problem}")
    return url
