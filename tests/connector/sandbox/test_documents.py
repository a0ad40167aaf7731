"""Documents and workflows of the portal, held to the documentation."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.crm.records import Record
from connector.sandbox.documents import DocumentBook
from connector.sandbox.portal import SandboxPortal
from connector.sandbox.workflows import WorkflowBook
from tests.connector.sandbox.calls import REP, ask

DEAL = 2


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


@pytest.fixture
def deal(portal: SandboxPortal) -> Record:
    return portal.deal(ASSIGNED_BY_ID=REP)


def make(portal: SandboxPortal, template: int, entity_id: int, **more: Any) -> Any:
    params = {"templateId": template, "entityTypeId": DEAL, "entityId": entity_id, **more}
    return ask(portal, "crm.documentgenerator.document.add", params)


def test_a_document_gets_a_number_and_its_picture_later(portal: SandboxPortal, deal: Record) -> None:
    template = portal.part(DocumentBook).add_template("Offer", DEAL)

    made = make(portal, template, deal.id, values={"DocumentNumber": "7-A"}).result["document"]

    assert (made["number"], made["title"]) == ("7-A", "Offer 7-A")
    assert (made["id"], made["templateId"], made["entityId"]) == (1, str(template), str(deal.id))
    assert "pdfUrl" not in made
    portal.clock.sleep(40)
    later = ask(portal, "crm.documentgenerator.document.get", {"id": made["id"]}).result["document"]
    assert later["id"] == "1"
    assert later["pdfUrl"].endswith("id=1")


def test_a_document_of_nothing_is_made_all_the_same(portal: SandboxPortal) -> None:
    template = portal.part(DocumentBook).add_template("Offer", DEAL)
    assert make(portal, template, 404).result["document"]["entityId"] == "404"


def test_a_document_needs_a_template_for_its_type(portal: SandboxPortal, deal: Record) -> None:
    template = portal.part(DocumentBook).add_template("Offer", 1)
    assert make(portal, template, deal.id).body["error_description"] == "No provider for entityTypeId"
    assert make(portal, template + 1, deal.id).body["error_description"] == "Template not found"


def test_documents_are_listed_by_item(portal: SandboxPortal, deal: Record) -> None:
    template = portal.part(DocumentBook).add_template("Offer", DEAL)
    for entity_id in (deal.id, deal.id, 404):
        make(portal, template, entity_id)
    asked = {"filter": {"entityTypeId": DEAL, "entityId": deal.id}, "order": {"id": "DESC"}}
    rows = ask(portal, "crm.documentgenerator.document.list", asked).result["documents"]
    assert [row["id"] for row in rows] == ["2", "1"]


def start(portal: SandboxPortal, template: int, *document: str, by: int = 1) -> Any:
    params = {"TEMPLATE_ID": template, "DOCUMENT_ID": list(document)}
    return ask(portal, "bizproc.workflow.start", params, by=by)


def test_an_administrator_starts_a_workflow_on_an_item(portal: SandboxPortal, deal: Record) -> None:
    template = portal.part(WorkflowBook).add_template(DEAL)

    number = start(portal, template, "crm", "CCrmDocumentDeal", f"DEAL_{deal.id}").result

    (row,) = ask(portal, "bizproc.workflow.instances").result
    assert (row["ID"], row["DOCUMENT_ID"]) == (number, f"DEAL_{deal.id}")
    refused = start(portal, template, "crm", "CCrmDocumentDeal", f"DEAL_{deal.id}", by=REP)
    assert refused.refusal == (403, "ACCESS_DENIED")


@pytest.mark.parametrize(
    ("template", "document", "reason"),
    [
        (0, ("crm", "CCrmDocumentDeal", "DEAL_1"), "Empty TEMPLATE_ID"),
        (9, ("crm", "CCrmDocumentDeal", "DEAL_1"), "Template not found"),
        (1, ("crm", "CCrmDocumentDeal"), "Wrong DOCUMENT_ID!"),
        (1, ("crm", "CCrmDocumentDeal", "DEAL_404"), "Wrong DOCUMENT_ID!"),
        (1, ("crm", "CCrmDocumentLead", "DEAL_1"), "Incorrect document type!"),
        (2, ("crm", "CCrmDocumentDeal", "DEAL_1"), "Template type and DOCUMENT_ID mismatch!"),
    ],
)
def test_a_workflow_is_refused_with_the_portal_s_reason(
    portal: SandboxPortal, deal: Record, template: int, document: tuple[str, ...], reason: str
) -> None:
    portal.part(WorkflowBook).add_template(DEAL)
    portal.part(WorkflowBook).add_template(1)
    assert start(portal, template, *document).body["error_description"] == reason
