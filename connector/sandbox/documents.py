"""crm.documentgenerator.document.*: documents made of a template and an item.

Neither is checked that the item exists nor which board the template is for: there is an empty document, and
a number is spent (api-reference/crm/document-generator/documents/*.md). Its picture and PDF follow half a
minute later. What stands in the file is not kept, and no event tells of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connector.sandbox.filters import BadFilter, Column, compile_filter, sort_rows
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, page_of

_CONVERSION = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Template:
    id: int
    name: str
    entity_type_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was made; `title` is the template's name and the number."""

    id: int
    template_id: int
    entity_type_id: int
    entity_id: int
    title: str
    number: str
    values: Mapping[str, Any]
    created_by: int
    created_at: datetime


@dataclass(slots=True)
class DocumentBook:
    """Templates, and the documents made of them."""

    templates: dict[int, Template] = field(default_factory=dict)
    documents: dict[int, Document] = field(default_factory=dict)

    def add_template(self, name: str, *entity_type_ids: int) -> int:
        """An administrator uploads a template; its id."""
        number = max(self.templates, default=38) + 1
        self.templates[number] = Template(number, name, entity_type_ids)
        return number

    def of(self, entity_type_id: int, entity_id: int) -> list[Document]:
        """The documents of an item, oldest first."""
        rows = self.documents.values()
        return [row for row in rows if (row.entity_type_id, row.entity_id) == (entity_type_id, entity_id)]


@method("crm.documentgenerator.document.add", scope="crm", cost="write")
def add_document(call: Call) -> Any:
    template_id = call.require_int("templateId")
    entity_type_id, entity_id = call.require_int("entityTypeId"), call.require_int("entityId")
    book = call.portal.part(DocumentBook)
    template = book.templates.get(template_id)
    if template is None:
        raise RestError("0", "Template not found")
    if entity_type_id not in template.entity_type_ids:
        raise RestError("0", "No provider for entityTypeId")
    number = call.portal.next_id("document")
    values = call.mapping("values")
    name = str(values.get("DocumentNumber") or f"{call.now.year}-{number:03d}")
    document = Document(
        number,
        template_id,
        entity_type_id,
        entity_id,
        f"{template.name} {name}",
        name,
        {"_creationMethod": "rest", "stampsEnabled": bool(as_int(call.get("stampsEnabled"))), **values},
        call.user_id,
        call.now,
    )
    book.documents[number] = document
    # Here the id is a number; in lists and gets it is text.
    return {"document": _shown(call, document) | {"id": number, "createdBy": call.user_id}}


@method("crm.documentgenerator.document.get", scope="crm")
def get_document(call: Call) -> Any:
    document = call.portal.part(DocumentBook).documents.get(call.require_int("id"))
    if document is None:
        raise RestError("0", "Document not found")
    return {"document": _shown(call, document)}


_COLUMNS = {
    "id": Column(lambda row: row.id, "number"),
    "templateId": Column(lambda row: row.template_id, "number"),
    "entityTypeId": Column(lambda row: row.entity_type_id, "number"),
    "entityId": Column(lambda row: row.entity_id, "number"),
    "createTime": Column(lambda row: row.created_at, "datetime"),
}


@method("crm.documentgenerator.document.list", scope="crm", cost="list")
def list_documents(call: Call) -> Page:
    rows = list(call.portal.part(DocumentBook).documents.values())
    try:
        matches = compile_filter(call.mapping("filter"), _COLUMNS, zone=call.portal.zone)
    except BadFilter as bad:
        raise RestError("0", str(bad)) from None
    ordered = sort_rows(filter(matches, rows), call.mapping("order") or {"id": "ASC"}, _COLUMNS)
    return page_of(call, ordered, write=lambda row: _shown(call, row), wrap="documents")


def _shown(call: Call, document: Document) -> dict[str, Any]:
    written = {
        "id": str(document.id),
        "title": document.title,
        "number": document.number,
        "templateId": str(document.template_id),
        "entityTypeId": str(document.entity_type_id),
        "entityId": str(document.entity_id),
        "values": dict(document.values),
        "createTime": call.portal.write_time(document.created_at),
        "updateTime": call.portal.write_time(document.created_at),
        "createdBy": str(document.created_by),
        "updatedBy": None,
        "stampsEnabled": document.values["stampsEnabled"],
        "isTransformationError": False,
        "publicUrl": None,
        "downloadUrl": _address(call, "download", document),
        "pullTag": f"TRANSFORMDOCUMENT{document.id}",
    }
    if call.now >= document.created_at + _CONVERSION:
        written |= {
            "pdfUrl": _address(call, "getPdf", document),
            "imageUrl": _address(call, "getImage", document),
        }
    return written


def _address(call: Call, action: str, document: Document) -> str:
    name = f"crm.documentgenerator.document.{action}"
    return f"{call.portal.base_url}/bitrix/services/main/ajax.php?action={name}&SITE_ID=s1&id={document.id}"
