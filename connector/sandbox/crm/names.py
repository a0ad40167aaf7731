"""How field names are spelled in the two families: upper case in the classic ones, camel case in crm.item.*.

`ASSIGNED_BY_ID` ↔ `assignedById`. User fields follow rules of their own, which a client cannot compute
safely: a tail of letters only or digits only is joined to the number of the type (`UF_CRM_3_DIGIT` →
`ufCrm3Digit`, `UF_CRM_3_1747309727` → `ufCrm3_1747309727`), any other is kept (`UF_CRM_3_DIGIT10` →
`ufCrm_3_DIGIT10`, `UF_CRM_1747309879` → `ufCrm_1747309879`)
(api-reference/crm/universal/object-fields.md).
"""

from __future__ import annotations

import re

_TYPED_UF = re.compile(r"UF_CRM_(?P<type>\d+)_(?P<tail>.+)")


def camel(name: str) -> str:
    """`MOVED_TIME` → `movedTime`, `PARENT_ID_2` → `parentId2`."""
    first, *rest = name.lower().split("_")
    return first + "".join(part.capitalize() for part in rest)


def item_uf_name(name: str) -> str:
    """The crm.item.* spelling of a user field."""
    typed = _TYPED_UF.fullmatch(name)
    if typed is None:
        return "ufCrm_" + name.removeprefix("UF_CRM_")
    tail = typed["tail"]
    if tail.isdigit():
        return f"ufCrm{typed['type']}_{tail}"
    if tail.replace("_", "").isalpha():
        return f"ufCrm{typed['type']}" + "".join(part.capitalize() for part in tail.split("_"))
    return f"ufCrm_{typed['type']}_{tail}"


def item_uf_names(names: list[str]) -> dict[str, str]:
    """The crm.item.* spellings of the user fields of a type; those that would collide keep their names."""
    spelled = {name: item_uf_name(name) for name in names}
    counts: dict[str, int] = {}
    for spelling in spelled.values():
        counts[spelling] = counts.get(spelling, 0) + 1
    return {name: spelling if counts[spelling] == 1 else name for name, spelling in spelled.items()}
