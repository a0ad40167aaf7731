"""bizproc.workflow.start and .instances: workflows of the portal, started on an item.

A started workflow is kept and never ends; what it would do is not played (api-reference/bizproc/
{bizproc-workflow-start,bizproc-workflow-instances}.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.sandbox.crm.types import COMPANY, CONTACT, DEAL, INVOICE, LEAD, EntityType
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, page_of

_CLASSES = {
    LEAD: "CCrmDocumentLead",
    DEAL: "CCrmDocumentDeal",
    CONTACT: "CCrmDocumentContact",
    COMPANY: "CCrmDocumentCompany",
    INVOICE: r"Bitrix\Crm\Integration\BizProc\Document\SmartInvoice",
}
_DYNAMIC = r"Bitrix\Crm\Integration\BizProc\Document\Dynamic"


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow that runs on an item."""

    id: str
    template_id: int
    #: Class and id of the document, such as (CCrmDocumentDeal, DEAL_7).
    document: tuple[str, str]
    parameters: dict[str, Any]
    started_by: int
    started_at: datetime


@dataclass(slots=True)
class WorkflowBook:
    """Templates by id, each for one type of record, and what was started."""

    templates: dict[int, int] = field(default_factory=dict)
    running: list[Workflow] = field(default_factory=list)

    def add_template(self, entity_type_id: int) -> int:
        """An administrator draws a workflow for a type of record; its id."""
        number = max(self.templates, default=0) + 1
        self.templates[number] = entity_type_id
        return number


@method("bizproc.workflow.start", scope="bizproc", cost="write", admin_only=True)
def start_workflow(call: Call) -> Any:
    template_id = as_int(call.get("TEMPLATE_ID"))
    if not template_id:
        raise RestError("ERROR_WRONG_WORKFLOW_ID", "Empty TEMPLATE_ID")
    book = call.portal.part(WorkflowBook)
    if template_id not in book.templates:
        raise RestError("ERROR_WRONG_WORKFLOW_ID", "Template not found")
    entity_type, document = _document(call)
    if book.templates[template_id] != entity_type.id:
        raise RestError("", "Template type and DOCUMENT_ID mismatch!")
    number = call.portal.next_id("workflow")
    started = Workflow(
        f"{int(call.now.timestamp()):x}{number:06x}.{number:08d}",
        template_id,
        document,
        call.mapping("PARAMETERS"),
        call.user_id,
        call.now,
    )
    book.running.append(started)
    return started.id


def _document(call: Call) -> tuple[EntityType, tuple[str, str]]:
    """The type of record that DOCUMENT_ID names, and its class and id."""
    parts = call.names("DOCUMENT_ID")
    if len(parts) != 3 or parts[0] != "crm":
        raise RestError("", "Wrong DOCUMENT_ID!")
    _, name, document_id = parts
    symbol, _, number = document_id.rpartition("_")
    found = next((each for each in call.portal.crm.types.by_id.values() if each.symbol == symbol), None)
    if found is None or name != _CLASSES.get(found.id, _DYNAMIC):
        raise RestError("", "Incorrect document type!")
    if as_int(number) is None or call.portal.crm.find(found.id, int(number)) is None:
        raise RestError("", "Wrong DOCUMENT_ID!")
    return found, (name, document_id)


@method("bizproc.workflow.instances", scope="bizproc", cost="list", admin_only=True)
def list_instances(call: Call) -> Page:
    def written(row: Workflow) -> dict[str, Any]:
        return {
            "ID": row.id,
            "MODULE_ID": "crm",
            "ENTITY": row.document[0],
            "DOCUMENT_ID": row.document[1],
            "TEMPLATE_ID": str(row.template_id),
            "STARTED": call.portal.write_time(row.started_at),
            "STARTED_BY": str(row.started_by),
            "OWNED_UNTIL": None,
        }

    return page_of(call, call.portal.part(WorkflowBook).running, write=written)
