"""The portal's codes, in closed tables: what each means for the command that got it.

The code is looked at first, the HTTP status after it (pages and portals disagree on statuses), the text only
where the code is empty or shared: it is localised. Whatever is in no table is a plain refusal, or, with a
5xx status, not known to have run or not.

Pages: _includes/system-errors.md, error-codes.md, limits.md, api-reference/rest-v3.md, and of the methods.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from connector.bitrix24.outcome import Answer, Outcome, Trouble

_V3_PREFIX = "BITRIX_REST_V3_EXCEPTION_"
Verdict = tuple[Outcome, Trouble]

REFUSED: Verdict = (Outcome.REJECTED, Trouble.REFUSED)
UNSURE: Verdict = (Outcome.UNKNOWN, Trouble.SERVER)

#: The portal says so before it runs anything.
_BEFORE_RUNNING = {
    "QUERY_LIMIT_EXCEEDED": Trouble.BUSY,
    "OPERATION_TIME_LIMIT": Trouble.OPERATING,
    "OVERLOAD_LIMIT": Trouble.OVERLOAD,
    "EXPIRED_TOKEN": Trouble.EXPIRED,
}

#: The credential, or the portal as a whole, refuses every method. Nothing ran, and the command is not at
#: fault: it waits until the admin has mended the credential.
_CREDENTIAL = frozenset(
    {
        "NO_AUTH_FOUND",
        "INVALID_TOKEN",
        "INVALID_CREDENTIALS",  # with 401; a 403 means: not this method (see _by_status)
        "USER_ACCESS_ERROR",
        "AUTHORIZATION_ERROR",
        "APPLICATION_NOT_FOUND",
        "ERROR_OAUTH",
        "PAYMENT_REQUIRED",
        "NOT_INSTALLED",
        "PORTAL_DELETED",
    }
)

#: The credential is good, this method is not in it.
_SCOPE = frozenset(
    {
        "INSUFFICIENT_SCOPE",
        "INSUFFICIENTSCOPEEXCEPTION",
        "WRONG_AUTH_TYPE",
        "METHOD_CONFIRM_WAITING",
        "METHOD_CONFIRM_DENIED",
        "ALLOWED_ONLY_INTRANET_USER",
    }
)

#: The portal broke while running: a write may have had its effect.
_BROKE = frozenset({"INTERNAL_SERVER_ERROR", "ERROR_UNEXPECTED_ANSWER"})

NO_SUCH_METHOD = frozenset({"ERROR_METHOD_NOT_FOUND", "METHODNOTFOUNDEXCEPTION"})


class _Told(NamedTuple):
    """A code that means something else in one family of methods, or with one text."""

    family: str
    code: str
    text: re.Pattern[str]
    verdict: Verdict


def _told(family: str, code: str, text: str, verdict: Verdict) -> _Told:
    return _Told(family, code, re.compile(text, re.IGNORECASE), verdict)


_GONE: Verdict = (Outcome.REJECTED, Trouble.GONE)
_NO_TYPE = r"smart process|\bSPA\b|смарт-процесс"
_NOT_FOUND = r"^(\w+ is )?not found\b|^(\w+ )?не найден"

#: First match wins.
_BY_TEXT: tuple[_Told, ...] = (
    # An unknown type and an unknown item share a code: a deleted or hidden type must not bury its items.
    _told("crm.item.", "NOT_FOUND", _NO_TYPE, REFUSED),
    _told("crm.item.get", "NOT_FOUND", "", _GONE),
    _told("crm.item.update", "NOT_FOUND", "", _GONE),
    _told("crm.item.delete", "NOT_FOUND", "", _GONE),
    _told("crm.deal.", "", _NOT_FOUND, _GONE),
    _told("crm.lead.", "", _NOT_FOUND, _GONE),
    _told("crm.contact.", "", _NOT_FOUND, _GONE),
    _told("crm.company.", "", _NOT_FOUND, _GONE),
    _told("crm.timeline.comment.", "", _NOT_FOUND, _GONE),
    _told("tasks.task.", "ENTITYNOTFOUNDEXCEPTION", "", _GONE),
    # One code, five meanings; only this one concerns the whole portal.
    _told("", "ACCESS_DENIED", r"commercial plan|коммерческ", (Outcome.NOT_RUN, Trouble.AUTH)),
)


def verdict(method: str, code: str, text: str, status: int | None) -> Verdict:
    """What this refusal of `method` means; `status` is None inside a batch: the credential was accepted."""
    name = short(code)
    if trouble := _BEFORE_RUNNING.get(name):
        return Outcome.NOT_RUN, trouble
    if name in _CREDENTIAL:
        return _by_status(name, status)
    if name in _SCOPE:
        return Outcome.REJECTED, Trouble.SCOPE
    if name in _BROKE:
        return UNSURE
    for told in _BY_TEXT:
        if told.code == name and method.lower().startswith(told.family) and told.text.search(text):
            return told.verdict
    if status is not None and (status >= 500 or status == 408):
        return UNSURE
    return REFUSED


def lacks_v3(answer: Answer) -> bool:
    """Whether the answer to a REST 3.0 call means that there is none here, or none for this credential."""
    return (
        short(answer.error) in NO_SUCH_METHOD or answer.trouble is Trouble.SCOPE or answer.http_status == 404
    )


def short(code: str) -> str:
    """The code in upper case, without the prefix that all codes of REST 3.0 share."""
    return code.strip().upper().removeprefix(_V3_PREFIX)


def _by_status(name: str, status: int | None) -> Verdict:
    if name == "INVALID_CREDENTIALS" and status != 401:
        return Outcome.REJECTED, Trouble.SCOPE
    return Outcome.NOT_RUN, Trouble.AUTH
