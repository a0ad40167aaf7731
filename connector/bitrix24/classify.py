"""From what happened on the wire to one of the four outcomes: pure, total, table-driven.

An `error` in the body is looked at first, whatever the status says; then a redirect; then a result. What is
none of these (a page of the proxy, half a JSON, nothing) says nothing about whether a write has run.

Pages: error-codes.md, settings/how-to-call-rest-api/{general-principles,batch}.md, api-reference/rest-v3.md.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from connector.bitrix24 import codes
from connector.bitrix24.outcome import Answer, Outcome, Trouble

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Wire:
    """What happened to one request. `failure` is in our own words: a library's text may hold the address."""

    status: int | None = None
    body: bytes = b""
    failure: str = ""
    #: False only if nothing can have reached the portal (refused connection, unknown host, bad certificate).
    has_left: bool = True
    #: Host the portal points to (3xx), and whether that is the host that was asked.
    redirect_host: str = ""
    is_same_host: bool = False


def classify(wire: Wire, *, method: str, is_write: bool) -> Answer:
    """The answer that `wire` amounts to; total: any status and any body give one."""
    return _settled(_judge(wire, method), is_write)


def classify_commands(
    answer: Answer, methods: Mapping[str, str], *, is_write: bool, halt: bool = False
) -> dict[str, Answer]:
    """Every command of a batch with its own outcome; `methods` maps its key to its method, in order.

    A key in neither map is UNKNOWN, unless the batch was to stop at an earlier failure. Any of the five maps
    may be a JSON array or `[]` (settings/how-to-call-rest-api/batch.md).
    """
    if not answer.is_done:
        return {key: replace(answer, next=None, total=None) for key in methods}
    parts = answer.result if isinstance(answer.result, dict) else {}
    results, errors = _by_key(parts.get("result"), methods), _by_key(parts.get("result_error"), methods)
    totals, nexts = _by_key(parts.get("result_total"), methods), _by_key(parts.get("result_next"), methods)
    times = _by_key(parts.get("result_time"), methods)
    answers: dict[str, Answer] = {}
    has_failed = False
    for key, method in methods.items():
        if key in errors:
            told = _refusal(_as_error(errors[key]), None, method, times.get(key))
            has_failed = True
        elif key in results:
            told = _done({"result": results[key], "total": totals.get(key), "next": nexts.get(key)})
            told = replace(told, http_status=None, **_budget(times.get(key)))
        elif halt and has_failed:
            told = Answer(Outcome.NOT_RUN, trouble=Trouble.HALTED, description="an earlier command failed")
        else:
            told = Answer(
                Outcome.UNKNOWN,
                trouble=Trouble.UNREADABLE,
                description="the batch says nothing of this command",
            )
        answers[key] = _settled(told, is_write)
    return answers


# -- one answer ----------------------------------------------------------------------------------


def _judge(wire: Wire, method: str) -> Answer:
    if wire.failure:
        outcome = Outcome.UNKNOWN if wire.has_left else Outcome.NOT_RUN
        return Answer(outcome, trouble=Trouble.NETWORK, description=wire.failure, http_status=wire.status)
    body = _decoded(wire.body)
    if isinstance(body, dict) and "error" in body:
        return _refusal(body, wire.status, method, body.get("time"))
    if wire.redirect_host:
        return _redirected(wire)
    if isinstance(body, dict) and "result" in body and wire.status is not None and 200 <= wire.status < 300:
        return replace(_done(body), http_status=wire.status)
    return Answer(
        Outcome.UNKNOWN,
        trouble=Trouble.UNREADABLE,
        description=f"HTTP {wire.status} with {_look(wire.body)} instead of an answer of the REST API",
        http_status=wire.status,
    )


def _settled(answer: Answer, is_write: bool) -> Answer:
    if answer.outcome is Outcome.UNKNOWN and not is_write:
        return replace(answer, outcome=Outcome.NOT_RUN)
    return answer


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # Half of a surrogate pair, as of a title that was cut in the middle of a sign, is JSON all the same.
        return _decoded_slowly(body) if _SURROGATE.search(body) else None


def _decoded_slowly(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _done(body: Mapping[str, Any]) -> Answer:
    return Answer(
        Outcome.DONE,
        result=body["result"],
        next=_whole(body.get("next")),
        total=_whole(body.get("total")),
        **_budget(body.get("time")),
    )


def _refusal(body: Mapping[str, Any], status: int | None, method: str, time: Any) -> Answer:
    code, text = _code_and_text(body)
    outcome, trouble = codes.verdict(method, code, text, status)
    return Answer(outcome, error=code, description=text, trouble=trouble, http_status=status, **_budget(time))


def _redirected(wire: Wire) -> Answer:
    """settings/how-to-call-rest-api/change-domen.md; to its own host: an expired licence (b24phpsdk#372)."""
    if wire.is_same_host:
        trouble, text = (
            Trouble.UNAVAILABLE,
            "the portal shows one of its own pages instead (licence expired?)",
        )
    else:
        trouble = Trouble.RENAMED
        text = f"the portal has moved to {wire.redirect_host}: put the new address into the configuration"
    return Answer(Outcome.NOT_RUN, trouble=trouble, description=text, http_status=wire.status)


def _code_and_text(body: Mapping[str, Any]) -> tuple[str, str]:
    """v2: a string (or number) beside its text; v3: an object with code, message and what is wrong where."""
    error = body["error"]
    if isinstance(error, Mapping):
        found = error.get("validation")
        wrong = (
            [row.get("message") for row in found if isinstance(row, Mapping)]
            if isinstance(found, list)
            else []
        )
        text = "; ".join(str(part) for part in (error.get("message"), *wrong) if part)
        return str(error.get("code") or ""), text
    text = body.get("error_description") or body.get("error_message") or ""
    return ("" if error is None else str(error)), str(text)


def _as_error(error: Any) -> Mapping[str, Any]:
    return error if isinstance(error, Mapping) and "error" in error else {"error": error}


def _budget(time: Any) -> dict[str, Any]:
    """Run times and the reset out of a `time` object; all may be absent (limits.md)."""
    if not isinstance(time, Mapping):
        return {}
    operating, reset_at, finish, duration = (
        _number(time.get(key)) for key in ("operating", "operating_reset_at", "finish", "duration")
    )
    return {
        "duration": duration,
        "operating": operating,
        "operating_reset_at": _instant(reset_at),
        "operating_reset_seconds": None
        if reset_at is None or finish is None
        else max(reset_at - finish, 0.0),
    }


def _by_key(part: Any, methods: Mapping[str, str]) -> dict[str, Any]:
    """A map of a batch by command; PHP writes a gap-free list as an array and an empty map as `[]`."""
    if isinstance(part, Mapping):
        return {str(key): value for key, value in part.items()}
    if isinstance(part, list):
        return {str(number): value for number, value in enumerate(part) if str(number) in methods}
    return {}


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _instant(timestamp: float | None) -> datetime | None:
    try:
        return None if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _look(body: bytes) -> str:
    """What a body that is no answer looks like; never its text, which may hold anything."""
    start = body[:200].lstrip().lower()
    if not start:
        return "nothing"
    if start.startswith(b"<"):
        return "a web page"
    return "broken JSON" if start[:1] in b"{[" else "something else"
