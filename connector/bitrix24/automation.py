"""What the portal does by itself when it is told to: workflows and triggers of an item.

Neither call carries a marker, and the portal keeps no list by which a repeat could be told from a first.

Pages: api-reference/bizproc/bizproc-workflow-start.md,
api-reference/crm/automation/crm-automation-trigger.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from connector.bitrix24.call import Call
from connector.records import COMPANY, CONTACT, DEAL, LEAD, SMART_INVOICE, ItemRef

_CLASSES: Mapping[int, tuple[str, str]] = {
    LEAD: ("CCrmDocumentLead", "LEAD"),
    DEAL: ("CCrmDocumentDeal", "DEAL"),
    CONTACT: ("CCrmDocumentContact", "CONTACT"),
    COMPANY: ("CCrmDocumentCompany", "COMPANY"),
    SMART_INVOICE: (r"Bitrix\Crm\Integration\BizProc\Document\SmartInvoice", "SMART_INVOICE"),
}
_DYNAMIC = r"Bitrix\Crm\Integration\BizProc\Document\Dynamic"


def start_workflow(template_id: int, ref: ItemRef) -> Call:
    """Start a workflow template on an item; the result is the workflow's id. Administrators only."""
    name, _ = _class_of(ref)
    return Call(
        "bizproc.workflow.start",
        {"TEMPLATE_ID": template_id, "DOCUMENT_ID": ["crm", name, _document_id(ref)]},
    )


def pull_trigger(code: str, ref: ItemRef) -> Call:
    """Tell the item's automation that a webhook trigger went off; success does not mean that a rule ran."""
    return Call("crm.automation.trigger", {"target": _document_id(ref), "code": code})


def _class_of(ref: ItemRef) -> tuple[str, str]:
    return _CLASSES.get(ref.entity_type_id) or (_DYNAMIC, f"DYNAMIC_{ref.entity_type_id}")


def _document_id(ref: ItemRef) -> str:
    return f"{_class_of(ref)[1]}_{ref.id}"
