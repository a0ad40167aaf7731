"""`POST /bitrix24/<portal>/events`: believe it, put the hint on disk, say 200. Nothing else.

The portal never repeats an event and calls a slow receiver less often (api-reference/events/index.md), so the
answer waits for one insert and for nothing more: no call to the portal, no decision. What is refused leaves
no row behind. The `auth` block, which may hold live user tokens, ends here.
"""

from __future__ import annotations

import hashlib
import logging
import re
from functools import lru_cache

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.http import parse_options_header

from connector import log
from connector.config import PortalIdentity
from connector.errors import StoreError
from connector.records import Hint
from webhooks.errors import error_page, new_error_id
from webhooks.events import find_mention
from webhooks.payload import BODY_LIMIT, PayloadError, PayloadTooLarge, read_pairs
from webhooks.ports import RECEIVED, DeliveryOutcome, ReceiverPort
from webhooks.sampling import Sampler
from webhooks.security import decoy_identity, has_token, is_of_portal

logger = logging.getLogger(__name__)

_FORM = "application/x-www-form-urlencoded"
_ANSWERS = {
    DeliveryOutcome.REFUSED: (403, "refused"),
    DeliveryOutcome.MALFORMED: (400, "not an event"),
    DeliveryOutcome.TOO_LARGE: (413, "too large"),
    DeliveryOutcome.WRONG_TYPE: (415, f"expected {_FORM} in UTF-8"),
    DeliveryOutcome.STORE_DOWN: (503, "not now"),
}


class RejectedDelivery(Exception):
    """The delivery is not taken; `note` is for the log and holds nothing that came with it unchecked."""

    def __init__(self, outcome: DeliveryOutcome, note: str) -> None:
        super().__init__(note)
        self.outcome = outcome
        self.note = note


class Receiver:
    """Takes deliveries for all portals of the application."""

    def __init__(self, app: ReceiverPort) -> None:
        self._app = app
        self._decoy = decoy_identity()
        self._sampler = Sampler()

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("receiver", __name__)
        blueprint.add_url_rule(
            "/bitrix24/<portal>/events",
            view_func=self.receive,
            methods=["POST"],
            provide_automatic_options=False,
        )
        return blueprint

    def receive(self, portal: str) -> Response:
        """One delivery; 200 only after the hint is on disk, or when there was nothing to keep."""
        identity = self._app.portal_identity(portal) or self._decoy
        self._app.count_delivery(identity.name, RECEIVED)
        try:
            outcome = self._take(identity)
        except RejectedDelivery as rejection:
            self._app.count_delivery(identity.name, rejection.outcome.value)
            return self._reject(identity.name, rejection)
        except Exception:
            self._app.count_delivery(identity.name, DeliveryOutcome.FAILED.value)
            raise
        self._app.count_delivery(identity.name, outcome.value)
        return Response("ok\n", mimetype="text/plain")

    def _take(self, identity: PortalIdentity) -> DeliveryOutcome:
        body = _read_body()
        try:
            pairs = read_pairs(body)
            _authenticate(identity, pairs)
            event = pairs.get("event", "").upper()
            if not event:
                raise PayloadError("no event name")
            mention = find_mention(event, pairs)
        except PayloadTooLarge as error:
            raise RejectedDelivery(DeliveryOutcome.TOO_LARGE, str(error)) from None
        except PayloadError as error:
            raise RejectedDelivery(DeliveryOutcome.MALFORMED, str(error)) from None
        if mention is None:
            return DeliveryOutcome.IGNORED
        hint = Hint(
            portal=identity.name,
            kind=mention.kind,
            entity_type_id=mention.entity_type_id,
            entity_id=mention.entity_id,
            event=event,
            received_at=self._app.now(),
            body_sha256=hashlib.sha256(body).hexdigest(),
        )
        try:
            self._app.submit(hint)
        except StoreError as error:
            raise RejectedDelivery(DeliveryOutcome.STORE_DOWN, str(error)) from None
        return DeliveryOutcome.ACCEPTED

    def _reject(self, portal: str, rejection: RejectedDelivery) -> Response:
        error_id = new_error_id()
        status, reason = _ANSWERS[rejection.outcome]
        outcome = rejection.outcome.value
        if times := self._sampler.due((portal, outcome), self._app.now()):
            log.note(
                logger,
                "receive",
                outcome,
                level=logging.WARNING,
                portal=portal or "unknown",
                id=error_id,
                times=times,
                note=rejection.note,
            )
        return error_page(status, reason, error_id)


def _read_body() -> bytes:
    if (request.content_length or 0) > BODY_LIMIT:
        raise RejectedDelivery(DeliveryOutcome.TOO_LARGE, f"more than {BODY_LIMIT} bytes")
    if not _is_form(request.content_type or "") or request.content_encoding:
        raise RejectedDelivery(DeliveryOutcome.WRONG_TYPE, "not a form in UTF-8")
    # For bodies that do not say how long they are.
    request.max_content_length = BODY_LIMIT
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise RejectedDelivery(DeliveryOutcome.TOO_LARGE, f"more than {BODY_LIMIT} bytes") from None
    except BadRequest:
        raise RejectedDelivery(DeliveryOutcome.MALFORMED, "the body ended early") from None


@lru_cache(maxsize=64)
def _is_form(content_type: str) -> bool:
    mimetype, parameters = parse_options_header(content_type)
    return mimetype.lower() == _FORM and parameters.get("charset", "utf-8").lower() in {"utf-8", "utf8"}


def _authenticate(identity: PortalIdentity, pairs: dict[str, str]) -> None:
    token_is_ours = has_token(identity, pairs)
    portal_is_ours = is_of_portal(identity, pairs)
    if not token_is_ours:
        raise RejectedDelivery(DeliveryOutcome.REFUSED, "application token")
    if not portal_is_ours:
        raise RejectedDelivery(DeliveryOutcome.REFUSED, _other_portal(pairs))


def _other_portal(pairs: dict[str, str]) -> str:
    """The token was right: a renamed portal or a slip in config.toml, and the admin needs the values."""
    member_id = re.sub(r"[^0-9A-Za-z]", "?", pairs.get("auth[member_id]", ""))[:64]
    domain = re.sub(r"[^0-9A-Za-z.:-]", "?", pairs.get("auth[domain]", ""))[:253]
    return f"right token, but of member_id={member_id!r} domain={domain!r}"
