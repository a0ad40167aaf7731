"""Which rights (scopes) of a webhook the product needs, and for what; more than that is a risk to name.

Pages: api-reference/scopes/permissions.md, local-integrations/local-webhooks.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from connector.config import PortalConfig


@dataclass(frozen=True, slots=True)
class Right:
    """A scope, or several of which one is enough (the least first), and what does not work without it."""

    scopes: tuple[str, ...]
    without_it: str
    is_vital: bool = True

    def __str__(self) -> str:
        return self.scopes[0]


RIGHTS = (
    Right(("crm",), "leads, deals, stages and cards can be neither read nor written"),
    Right(("task",), "reps get no tasks"),
    Right(("user_basic", "user", "user_brief"), "nobody knows who is still there"),
    Right(("department",), "the head of a department cannot be found", is_vital=False),
    Right(("im",), "people get no messages", is_vital=False),
)
_WORKFLOWS = Right(("bizproc",), "workflows of the portal cannot be started", is_vital=False)
_FILES = Right(("disk",), "reports cannot be attached to tasks", is_vital=False)
#: No risk beyond the rights above: REST 3 calls them so.
_HARMLESS = frozenset({"tasks"})


def rights_for(config: PortalConfig | None = None) -> tuple[Right, ...]:
    """What a portal's webhook must be granted, given what its configuration uses."""
    if config is None:
        return RIGHTS
    has_files = any(report.by == "task" for report in config.reports)
    return (*RIGHTS, *[_WORKFLOWS] * bool(config.workflows), *[_FILES] * has_files)


def missing_rights(granted: Collection[str], rights: Collection[Right] = RIGHTS) -> Iterator[Right]:
    """The rights of which no scope was granted."""
    return (right for right in rights if not any(scope in granted for scope in right.scopes))


def excess_scopes(granted: Collection[str], rights: Collection[Right] = RIGHTS) -> list[str]:
    """Scopes that nothing here uses: whoever steals the webhook can use them."""
    used = {scope for right in rights for scope in right.scopes} | _HARMLESS
    return sorted(set(granted) - used)
