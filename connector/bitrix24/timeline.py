"""Words to people: comments in the timeline of a card, personal notifications.

Comments carry no marker and are never de-duplicated, so each ends in a short code made from its command's
key; after an unknown outcome the newest comments of the card are searched for it. At most one copy is the
promise here, not exactly one. A notification with the tag of an earlier one replaces it.

Pages: api-reference/crm/timeline/comments/{crm-timeline-comment-add,crm-timeline-comment-list}.md,
api-reference/chats/notifications/im-notify-personal-add.md.
"""

from __future__ import annotations

import hashlib

from connector.bitrix24.call import Call
from connector.bitrix24.outcome import Answer
from connector.bitrix24.reading import rows_in
from connector.records import COMPANY, CONTACT, DEAL, LEAD, SMART_INVOICE, ItemRef

#: Symbol codes in lower case, as the pages spell them; the invoice's is by that rule, no page shows it.
_TYPES = {LEAD: "lead", DEAL: "deal", CONTACT: "contact", COMPANY: "company", SMART_INVOICE: "smart_invoice"}
#: A webhook must name an application of its own for its tags to be told from others'.
CLIENT_ID = "funnelwright"


def short_code(key: str) -> str:
    """`#` and 8 characters that stand for `key` in the text of a comment."""
    return "#" + hashlib.sha256(key.encode()).hexdigest()[:8]


def add_comment(ref: ItemRef, text: str, *, code: str) -> Call:
    """A comment that ends in its short code; the portal does not check that the card exists."""
    # Only a lower-case `fields` is accepted since crm 23.100.0.
    fields = {"ENTITY_ID": ref.id, "ENTITY_TYPE": _type_of(ref), "COMMENT": f"{text}\n{code}"}
    return Call("crm.timeline.comment.add", {"fields": fields})


def find_comments(ref: ItemRef) -> Call:
    """The newest 50 comments of a card, to look in with `has_code`."""
    return Call(
        "crm.timeline.comment.list",
        {
            "filter": {"ENTITY_ID": ref.id, "ENTITY_TYPE": _type_of(ref)},
            "select": ["ID", "COMMENT"],
            "order": {"ID": "DESC"},
        },
    )


def has_code(answer: Answer, code: str) -> bool:
    """Whether one of these comments carries the code; raises what the answer says if it is not DONE."""
    rows = rows_in(answer, "crm.timeline.comment.list")
    return any(code in str(row.get("COMMENT") or "").split() for row in rows)


def notify(user_id: int, text: str, *, tag: str) -> Call:
    """A personal notification; a later one with the same tag replaces it."""
    return Call(
        "im.notify.personal.add",
        {"USER_ID": user_id, "MESSAGE": text, "TAG": tag, "CLIENT_ID": CLIENT_ID},
    )


def _type_of(ref: ItemRef) -> str:
    return _TYPES.get(ref.entity_type_id) or f"dynamic_{ref.entity_type_id}"
