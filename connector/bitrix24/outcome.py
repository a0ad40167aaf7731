"""What became of a command: done, rejected, not run, or unknown. Nothing else exists.

A client that treats "no answer" as "not done" creates tasks twice; one that treats it as "done" loses them.
So a fourth outcome is kept apart, and only the outbox settles it (after the portal's own time limit, by
looking for the marker). `classify` says which of the four an answer is.

For a read nothing is ever unknown: repeating it is safe, so what would be UNKNOWN is NOT_RUN.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from connector.errors import AuthError, CRMError, FatalError, GoneError, RetriableError


class Outcome(Enum):
    """The four outcomes of a command."""

    DONE = "done"  #: it ran, `result` holds what the portal said
    REJECTED = "rejected"  #: the portal says no; the same call will get the same answer
    NOT_RUN = "not_run"  #: it had no effect; repeating it is safe
    UNKNOWN = "unknown"  #: a write that may or may not have had its effect


class Trouble(Enum):
    """Why an answer is not DONE: what the caller does next depends on it."""

    NONE = "none"
    BUSY = "busy"  #: too many requests; the throttle waits by itself
    OPERATING = "operating"  #: the method's time budget is spent; `retry_after`
    OVERLOAD = "overload"  #: REST blocked by the vendor; only its support lifts it
    NETWORK = "network"  #: no answer, or not the whole of it
    UNREADABLE = "unreadable"  #: an answer that is not the API's (a page, half a JSON)
    SERVER = "server"  #: the portal failed inside
    HALTED = "halted"  #: an earlier command of the batch failed and the batch was to stop there
    RENAMED = "renamed"  #: the portal lives at another address
    UNAVAILABLE = "unavailable"  #: the portal sends everybody to one of its own pages (licence expired)
    EXPIRED = "expired"  #: access token too old
    AUTH = "auth"  #: the credential is refused, whatever the method
    SCOPE = "scope"  #: the credential does not cover this method
    GONE = "gone"  #: the record does not exist
    REFUSED = "refused"  #: anything else the portal said no to


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one command, and what the portal said."""

    outcome: Outcome
    #: Not shown by repr: it holds what people wrote into the CRM.
    result: Any = field(default=None, repr=False)
    #: The portal's code ("" when it gave none), and its text: for operators, localised, may be anything.
    error: str = ""
    description: str = ""
    trouble: Trouble = Trouble.NONE
    http_status: int | None = None
    #: Seconds.
    retry_after: float | None = None
    next: int | None = None
    total: int | None = None
    #: What the command took inside the portal, seconds.
    duration: float | None = None
    #: Accumulated run time of this method, seconds, and when (portal's clock) a part of it expires.
    operating: float | None = None
    operating_reset_at: datetime | None = None
    #: The same as a span from the answer, so that the portal's clock does not matter.
    operating_reset_seconds: float | None = None

    @property
    def is_done(self) -> bool:
        return self.outcome is Outcome.DONE

    @property
    def is_gone(self) -> bool:
        return self.trouble is Trouble.GONE


def error_of(answer: Answer, method: str) -> CRMError | None:
    """The error that a reader of this answer meets, by what it must do; None if it is DONE."""
    if answer.is_done:
        return None
    text = answer.description or f"the portal did not answer as expected ({answer.trouble.value})"
    match answer.trouble:
        case Trouble.GONE:
            return GoneError(text, method=method, code=answer.error)
        case Trouble.AUTH | Trouble.SCOPE | Trouble.EXPIRED:
            return AuthError(text, method=method, code=answer.error)
        case _ if answer.outcome is Outcome.REJECTED:
            return FatalError(text, method=method, code=answer.error)
    return RetriableError(text, method=method, code=answer.error, retry_after=answer.retry_after)
