"""The frame around every answer: `result` with `time`, or an error in the dialect of the API called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from connector.sandbox.encoding import write_json
from connector.sandbox.exchange import PortalResponse
from connector.sandbox.kernel import Api, Bare, Page, RestError


@dataclass(frozen=True, slots=True)
class Timing:
    """The `time` block of one command: when it ran, and what its method has used of its operating budget."""

    started_at: datetime
    finished_at: datetime
    processing: float
    operating: float | None = None
    operating_reset_at: datetime | None = None

    def written(self, zone: tzinfo) -> dict[str, Any]:
        start, finish = self.started_at.timestamp(), self.finished_at.timestamp()
        block: dict[str, Any] = {
            "start": start,
            "finish": finish,
            "duration": finish - start,
            "processing": self.processing,
            "date_start": self.started_at.astimezone(zone).isoformat(timespec="seconds"),
            "date_finish": self.finished_at.astimezone(zone).isoformat(timespec="seconds"),
        }
        if self.operating_reset_at is not None:
            block["operating_reset_at"] = int(self.operating_reset_at.timestamp())
        if self.operating is not None:
            block["operating"] = self.operating
        return block


@dataclass(frozen=True, slots=True)
class Answer:
    """What one command came to."""

    result: Any = None
    total: int | None = None
    next: int | None = None
    error: RestError | None = None
    time: Any = None

    @classmethod
    def of(cls, result: Any, time: Any) -> Answer:
        if isinstance(result, Page):
            return cls(result.result, result.total, result.next, time=time)
        return cls(result, time=time)


def error_body(error: RestError, api: Api) -> dict[str, Any]:
    """v2: `error` is a string beside `error_description`; v3: an object (api-reference/rest-v3.md)."""
    if api == "v2":
        return {"error": error.code, "error_description": error.description, **error.extra}
    body: dict[str, Any] = {"code": error.code, "message": error.description, **error.extra}
    if error.validation:
        body["validation"] = [
            {"field": name, "message": text} if name else {"message": text} for name, text in error.validation
        ]
    return {"error": body}


def respond(answer: Answer, api: Api) -> PortalResponse:
    """The HTTP answer to a single command."""
    if answer.error is not None:
        return refuse(answer.error, api)
    if isinstance(answer.result, Bare):
        return PortalResponse(200, write_json(answer.result.body))
    body: dict[str, Any] = {"result": answer.result}
    if answer.total is not None:
        body["total"] = answer.total
    if answer.next is not None:
        body["next"] = answer.next
    return PortalResponse(200, write_json({**body, "time": answer.time}))


def refuse(error: RestError, api: Api) -> PortalResponse:
    return PortalResponse(error.status, write_json(error_body(error, api)))
