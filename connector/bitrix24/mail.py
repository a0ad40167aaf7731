"""Letters to customers, sent by the portal in the name of its people.

An activity of type e-mail that is outgoing and completed when it is added is sent at once; any other is only
kept. The answer comes before the letter is delivered, and an activity stays when the sending failed, so a
repeat would write twice. It carries a marker, by which an unanswered call can be told from one that never
ran.

Pages: api-reference/crm/timeline/activities/activity-base/{crm-activity-add,crm-activity-list}.md,
tutorials/crm/how-to-add-crm-objects/how-to-send-email.md, api-reference/user/user-get.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from connector.bitrix24.call import Call
from connector.bitrix24.item_rows import ORIGINATOR
from connector.bitrix24.outcome import Answer
from connector.bitrix24.reading import readable, rows_in
from connector.bitrix24.wire import as_id, as_text
from connector.records import ItemRef

_EMAIL, _OUTGOING = 4, 2
#: Plain text: what people wrote into the CRM has no power in it.
_PLAIN_TEXT = 1


def send_email(
    ref: ItemRef,
    *,
    subject: str,
    body: str,
    address: str,
    reader: ItemRef | None,
    responsible_id: int | None,
    marker: str,
    at: datetime,
) -> Call:
    """Send a letter about the item; `reader` is the card that the address is on, None for an employee."""
    reached: dict[str, Any] = {"VALUE": address}
    if reader is not None:
        reached |= {"ENTITY_ID": reader.id, "ENTITY_TYPE_ID": reader.entity_type_id}
    fields: dict[str, Any] = {
        "OWNER_TYPE_ID": ref.entity_type_id,
        "OWNER_ID": ref.id,
        "TYPE_ID": _EMAIL,
        "DIRECTION": _OUTGOING,
        "COMPLETED": "Y",
        "SUBJECT": subject,
        "DESCRIPTION": body,
        "DESCRIPTION_TYPE": _PLAIN_TEXT,
        "COMMUNICATIONS": [reached],
        "START_TIME": at,
        "END_TIME": at,
        "ORIGINATOR_ID": ORIGINATOR,
        "ORIGIN_ID": marker,
    }
    if responsible_id is not None:
        fields["RESPONSIBLE_ID"] = responsible_id
    return Call("crm.activity.add", {"fields": fields})


def find_email(ref: ItemRef, marker: str) -> Call:
    """Look for the activity of a letter; the answer is read with `email_with_marker`."""
    return Call(
        "crm.activity.list",
        {
            "filter": {
                "OWNER_TYPE_ID": ref.entity_type_id,
                "OWNER_ID": ref.id,
                "ORIGINATOR_ID": ORIGINATOR,
                "ORIGIN_ID": marker,
            },
            "select": ["ID", "ORIGINATOR_ID", "ORIGIN_ID"],
            "order": {"ID": "ASC"},
        },
    )


def email_with_marker(answer: Answer, marker: str) -> str | None:
    """The id of the activity whose own marker is ours: an ignored filter finds everything."""
    rows = rows_in(answer, "crm.activity.list")
    ours = (row for row in rows if row.get("ORIGIN_ID") == marker and row.get("ORIGINATOR_ID") == ORIGINATOR)
    return next((str(row["ID"]) for row in ours), None)


def read_employees(ids: Iterable[int]) -> Call:
    """Ask for the addresses of employees; the answer is read with `emails_of_employees`."""
    return Call("user.get", {"FILTER": {"ID": sorted(set(ids))}})


def emails_of_employees(answer: Answer) -> dict[int, str]:
    """Employee -> address; without the scope user_basic the portal shows none."""
    with readable("the answer", "user.get"):
        rows = [(as_id(row.get("ID")), as_text(row.get("EMAIL"))) for row in rows_in(answer, "user.get")]
    return {user: address for user, address in rows if user is not None and address}
