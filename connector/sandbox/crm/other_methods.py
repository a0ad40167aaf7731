"""CRM methods that stand alone: doubles by phone and e-mail, the mode of the CRM, triggers."""

from __future__ import annotations

import re
from typing import Any

from connector.sandbox.crm.types import COMPANY, CONTACT, LEAD
from connector.sandbox.kernel import Call, RestError, as_int, method

_ENOUGH = 20
_MAX_VALUES = 20


@method("crm.duplicate.findbycomm", scope="crm", cost="list")
def find_duplicates(call: Call) -> Any:
    """Ids by type; nothing found is `[]`. Twenty of one type, and the types after it are left out.

    api-reference/crm/duplicates/crm-duplicate-find-by-comm.md
    """
    kind = str(call.get("type") or "")
    if not kind:
        raise RestError("Communication type is not defined", "Parameter 'type' is required.")
    if kind not in ("PHONE", "EMAIL"):
        text = f"Communication type '{kind}' is not supported in current context"
        raise RestError(text, text)
    values = call.names("values")[:_MAX_VALUES]
    if not values:
        raise RestError("Communication values is not defined", "Parameter 'values' is required.")
    wanted = {_comparable(kind, each) for each in values} - {""}
    only = str(call.get("entity_type") or "").upper()
    found: dict[str, list[int]] = {}
    for symbol, entity_type_id in (("LEAD", LEAD), ("CONTACT", CONTACT), ("COMPANY", COMPANY)):
        if only not in ("", symbol):
            continue
        ids = [
            record.id
            for record in call.portal.crm.shelf(entity_type_id)
            if any(
                each.type == kind and _comparable(kind, each.value) in wanted
                for each in record.values.get("FM", ())
            )
            and call.portal.crm.may_read(call.user_id, record)
        ]
        if ids:
            found[symbol] = ids[:_ENOUGH]
        if len(ids) >= _ENOUGH:
            break
    return found


def _comparable(kind: str, value: str) -> str:
    """E-mails without letter case; of phones the digits, extension left aside."""
    if kind == "EMAIL":
        return value.strip().lower()
    return re.sub(r"\D", "", re.split(r"[,;#x]|доб", value.lower())[0])


@method("crm.settings.mode.get", scope="crm")
def get_mode(call: Call) -> Any:
    """1: classic CRM, where leads live (api-reference/crm/crm-settings-mode-get.md)."""
    return 1


@method("crm.automation.trigger", scope="crm", cost="write")
def pull_trigger(call: Call) -> Any:
    """True also when no stage changes; what was pulled is kept in `portal.part(Triggers)`."""
    target = str(call.get("target") or "")
    if not target:
        raise RestError("", "Target is not set.")
    symbol, _, number = target.rpartition("_")
    entity_type = next((each for each in call.portal.crm.types.by_id.values() if each.symbol == symbol), None)
    if entity_type is None or as_int(number) is None:
        raise RestError("", "Incorrect target format.")
    record = call.portal.crm.find(entity_type.id, int(number))
    if record is None:
        raise RestError("", "Target is not found.")
    if not call.portal.crm.rights.may_write(call.user_id, record):
        raise RestError("ACCESS_DENIED", "Access denied!")
    call.portal.part(Triggers).pulled.append((target, str(call.get("code") or "")))
    return True


class Triggers:
    """The triggers that were pulled: (target, code)."""

    def __init__(self) -> None:
        self.pulled: list[tuple[str, str]] = []
