"""When a pipeline was bound to a portal: items from before are only mirrored until `adopt` starts them."""

from __future__ import annotations

from datetime import datetime

from connector.flow.bindings import Binding
from connector.flow.portal import Portal
from connector.store import Connection, settings


def bind_now(conn: Connection, portal: Portal, binding: Binding, now: datetime) -> None:
    """Remember the instant at which the pipeline was first bound; a later call changes nothing."""
    if settings.get(conn, portal.name, _name(binding)) is None:
        # The portal tells instants by the second: a card made right after would seem older than this.
        since = now.replace(microsecond=0)
        settings.put(conn, portal.name, _name(binding), since.isoformat(), now, "connector")


def bound_at(conn: Connection, portal: Portal, binding: Binding) -> datetime:
    """When the pipeline was first bound; one that never was, is bound from now on."""
    value = settings.get(conn, portal.name, _name(binding))
    return datetime.fromisoformat(value) if value else portal.clock.now()


def _name(binding: Binding) -> str:
    return f"bound_at:{binding.pipeline}"
