"""Compare the shape of two JSON values: the same keys, the same types, all the way down.

Lists are compared by their first elements, so are maps that go by ids or by languages. What says nothing of
a type matches everything: null, and an empty list or map (PHP writes the two alike). Keys that a portal makes
itself are left out: those of its user fields and of the parents of its own smart processes.
"""

from __future__ import annotations

import re
from typing import Any

_OWN = re.compile(r"UF_.*|uf[A-Z].*|parentId\d+|PARENT_ID_\d+")
_KEYS = re.compile(r"\d+|[a-z]{2}")


def differences(documented: Any, ours: Any, path: str = "") -> list[str]:
    """What is otherwise in `ours`, each with its place; nothing when the shapes are the same."""
    if _says_nothing(documented) or _says_nothing(ours):
        return (
            []
            if _is_container(documented) == _is_container(ours) or None in (documented, ours)
            else [_other(documented, ours, path)]
        )
    if isinstance(documented, dict) and isinstance(ours, dict):
        return _in_maps(documented, ours, path)
    if isinstance(documented, list) and isinstance(ours, list):
        return differences(documented[0], ours[0], f"{path}[]")
    return [] if _kind(documented) == _kind(ours) else [_other(documented, ours, path)]


def _says_nothing(value: Any) -> bool:
    return value is None or value in ([], {})


def _is_container(value: Any) -> bool:
    return isinstance(value, list | dict)


def _in_maps(documented: dict[str, Any], ours: dict[str, Any], path: str) -> list[str]:
    if _is_by_id(documented) and _is_by_id(ours):
        return differences(next(iter(documented.values())), next(iter(ours.values())), f"{path}.*")
    found = []
    for name in sorted({*documented, *ours}):
        if _OWN.fullmatch(name):
            continue
        place = f"{path}.{name}" if path else name
        if name not in ours:
            found.append(f"{place}: missing")
        elif name not in documented:
            found.append(f"{place}: not documented")
        else:
            found += differences(documented[name], ours[name], place)
    return found


def _is_by_id(value: dict[str, Any]) -> bool:
    """Whether the keys are ids or languages, which every portal has its own of."""
    return all(_KEYS.fullmatch(name) for name in value)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {int: "number", float: "number", str: "string", list: "list", dict: "map"}
    return names[type(value)]


def _other(documented: Any, ours: Any, path: str) -> str:
    return f"{path}: {_kind(ours)}, documented as {_kind(documented)}"
