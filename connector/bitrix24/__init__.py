"""The only outgoing HTTP of the product: the REST client of one Bitrix24 portal.

`Client` asks and sends; `items`, `moves`, `tasks`, `checklists`, `timeline`, `people`, `schema` and `probe`
know the methods and turn answers into `connector.records`. This room refuses to decide, to store, and to
believe what an answer does not prove.
"""

from connector.bitrix24.auth import Auth, WebhookAuth
from connector.bitrix24.call import Call, Priority, Ref
from connector.bitrix24.client import Client
from connector.bitrix24.listing import FULL_LISTING, CutOffError
from connector.bitrix24.outcome import Answer, Outcome, Trouble
from connector.bitrix24.standing import Block
from connector.bitrix24.throttle import ENTERPRISE, OTHER_PLANS, Throttle

__all__ = [
    "ENTERPRISE",
    "FULL_LISTING",
    "OTHER_PLANS",
    "Answer",
    "Auth",
    "Block",
    "Call",
    "Client",
    "CutOffError",
    "Outcome",
    "Priority",
    "Ref",
    "Throttle",
    "Trouble",
    "WebhookAuth",
]
