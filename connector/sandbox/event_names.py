"""Which events there are (api-reference/events/events.md), those of each smart process among them."""

from __future__ import annotations

from collections.abc import Iterable

from connector.sandbox.crm.types import EntityType

_WITH_USER_FIELDS = ("LEAD", "DEAL", "CONTACT", "COMPANY", "TYPE")
_CHANGES = ("ADD", "UPDATE", "DELETE")

_FIXED = frozenset(
    {f"ONCRM{name}{change}" for name in _WITH_USER_FIELDS for change in _CHANGES}
    | {
        f"ONCRM{name}USERFIELD{change}"
        for name in _WITH_USER_FIELDS
        for change in (*_CHANGES, "SETENUMVALUES")
    }
    | {f"ONCRMDYNAMICITEM{change}" for change in _CHANGES}
    | {f"ONCRMACTIVITY{change}" for change in _CHANGES}
    | {f"ONCRMTIMELINECOMMENT{change}" for change in _CHANGES}
    | {f"ONTASK{change}" for change in _CHANGES}
    | {f"ONTASKCOMMENT{change}" for change in _CHANGES}
    | {
        "ONCRMDEALMOVETOCATEGORY",
        "ONUSERADD",
        "ONAPPTEST",
        "ONAPPINSTALL",
        "ONAPPUNINSTALL",
        "ONOFFLINEEVENT",
    }
)


def known(types: Iterable[EntityType]) -> frozenset[str]:
    """Every event that a subscription may name."""
    dynamic = [each for each in types if each.is_dynamic]
    return _FIXED | {f"ONCRMDYNAMICITEM{change}_{each.id}" for each in dynamic for change in _CHANGES}
