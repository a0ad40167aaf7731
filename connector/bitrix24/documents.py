"""Documents that the portal makes of a template and an item.

The portal checks neither that the item exists nor that the template is meant for its board, and spends a
number on every document: it is asked once.

Page: api-reference/crm/document-generator/documents/crm-document-generator-document-add.md.
"""

from __future__ import annotations

from connector.bitrix24.call import Call
from connector.bitrix24.outcome import Answer
from connector.bitrix24.reading import object_in, readable
from connector.bitrix24.wire import need_id
from connector.records import ItemRef


def add_document(template_id: int, ref: ItemRef) -> Call:
    """Make a document; its PDF follows later by itself. The answer is read with `document_id`."""
    return Call(
        "crm.documentgenerator.document.add",
        {"templateId": template_id, "entityTypeId": ref.entity_type_id, "entityId": ref.id},
    )


def document_id(answer: Answer) -> int:
    """The id of the document that was made."""
    method = "crm.documentgenerator.document.add"
    with readable("the answer", method):
        return need_id(object_in(answer, method, "document").get("id"))
