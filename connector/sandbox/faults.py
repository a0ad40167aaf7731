"""Switches for what can go wrong between a client and the portal, and on an event's way to its receiver.

Two ways, which may be mixed: armed faults ("the next two calls of tasks.task.add lose their answer") and
chances ("four requests of a hundred never arrive"), drawn from the portal's seed, so that a run can be
repeated exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Literal, get_args

#: lost_request: nothing ran, the connection is cut. lost_answer: everything ran, the connection is cut.
#: late_commit: the client gives up, the portal runs the request after `seconds`. slow: runs at once, the
#: answer takes `seconds`. answer: `status` and `body` instead of running, or after it (`is_committed`).
#: refused: an error answer to the commands that match, also inside a batch; they do not run. half_run: a
#: batch stops somewhere in its middle (any other request runs), and the connection is cut.
FaultKind = Literal["lost_request", "lost_answer", "late_commit", "slow", "answer", "refused", "half_run"]

#: What single commands of a batch are refused with, although nothing is wrong with them (error-codes.md).
PASSING_REFUSALS = (
    ("QUERY_LIMIT_EXCEEDED", "Too many requests", 503),
    ("INTERNAL_SERVER_ERROR", "Internal server error", 500),
    ("OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.", 429),
)

HTML_PAGE = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"


@dataclass(slots=True)
class Fault:
    """One armed fault: for requests that hold a command matching `method` (a pattern), `times` times."""

    kind: FaultKind
    method: str = "*"
    times: int = 1
    seconds: float = 0.0
    status: int = 502
    #: "answer": the body as text; empty: an error envelope of `code`.
    body: str = ""
    code: str = ""
    description: str = ""
    is_committed: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    def hits(self, methods: Iterable[str]) -> bool:
        return self.times > 0 and any(fnmatchcase(name, self.method.lower()) for name in methods)


@dataclass(slots=True)
class Chances:
    """How often a request, 0…1 each, meets a fault that nobody armed."""

    lost_request: float = 0.0
    lost_answer: float = 0.0
    late_commit: float = 0.0
    late_commit_seconds: tuple[float, float] = (30.0, 60.0)
    #: A 502 page, half of them after the request has run.
    page: float = 0.0
    too_many: float = 0.0
    expired: float = 0.0
    half_run: float = 0.0
    #: Of each command, not of each request: it is refused and does not run.
    refused: float = 0.0


@dataclass(slots=True)
class EventFaults:
    """How the way of an event to its receiver goes wrong: 0…1 each, delays in seconds."""

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    late_seconds: tuple[float, float] = (1.0, 300.0)
    #: Handed over in a shuffled order.
    reordered: float = 0.0


@dataclass(slots=True)
class Faults:
    """The switches of one portal; all off at first."""

    random: Random
    chances: Chances = field(default_factory=Chances)
    events: EventFaults = field(default_factory=EventFaults)
    armed: list[Fault] = field(default_factory=list)
    #: A row of the stage history is listed up to so long after its instant, each row after a span of its own.
    history_lag_seconds: float = 0.0
    #: How often each kind has struck.
    struck: dict[str, int] = field(default_factory=dict)

    def lose_request(self, method: str = "*", times: int = 1) -> None:
        """The connection is cut before anything runs."""
        self.arm(Fault("lost_request", method, times))

    def lose_answer(self, method: str = "*", times: int = 1) -> None:
        """The request runs and commits; the connection is cut instead of an answer."""
        self.arm(Fault("lost_answer", method, times))

    def commit_late(self, method: str = "*", *, after: float, times: int = 1) -> None:
        """The client gives up, and `after` seconds from the request the portal runs it all the same."""
        self.arm(Fault("late_commit", method, times, seconds=after))

    def slow_down(self, method: str = "*", *, seconds: float, times: int = 1) -> None:
        """The request runs at once, its answer takes `seconds`."""
        self.arm(Fault("slow", method, times, seconds=seconds))

    def answer(
        self,
        status: int,
        code: str = "",
        description: str = "",
        *,
        body: str = "",
        method: str = "*",
        times: int = 1,
        is_committed: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer whole requests with an error envelope, or with `body` as it is (such as an HTML page)."""
        headers = headers or {}
        self.arm(
            Fault(
                "answer",
                method,
                times,
                status=status,
                body=body,
                code=code,
                description=description,
                is_committed=is_committed,
                headers=headers,
            )
        )

    def refuse(
        self, code: str, description: str = "", *, status: int = 400, method: str, times: int = 1
    ) -> None:
        """Refuse single commands, inside a batch too; they do not run."""
        self.arm(Fault("refused", method, times, status=status, code=code, description=description))

    def arm(self, fault: Fault) -> None:
        self.armed.append(fault)

    def arm_from(self, switch: Mapping[str, Any]) -> None:
        """Read a switch that came from outside (`server`): a fault, or `chances` / `events` settings, or
        `clear`.

        ValueError names what cannot be read.
        """
        if switch.get("clear"):
            self.clear()
        for name, settings in (("chances", self.chances), ("events", self.events)):
            for key, value in dict(switch.get(name) or {}).items():
                if key not in {each.name for each in fields(settings)}:
                    raise ValueError(f"{name}.{key} is not a switch")
                setattr(settings, key, tuple(value) if isinstance(value, list) else value)
        if "kind" in switch:
            if switch["kind"] not in get_args(FaultKind):
                raise ValueError(f"{switch['kind']} is not a kind of fault: {', '.join(get_args(FaultKind))}")
            try:
                self.arm(Fault(**switch))
            except TypeError as error:
                raise ValueError(str(error)) from None

    def clear(self) -> None:
        """Switch everything off."""
        self.armed.clear()
        self.chances = Chances()
        self.events = EventFaults()
        self.history_lag_seconds = 0.0

    @property
    def are_off(self) -> bool:
        """Whether no request can meet a fault, so that none need be looked at."""
        return not self.armed and self.chances == Chances()

    def strike_request(self, methods: Iterable[str]) -> Fault | None:
        """The fault that this request meets, used up by asking."""
        names = [name.lower() for name in methods]
        fault = self._take(names, lambda each: each.kind != "refused") or self._draw()
        if fault is not None:
            self._count(fault.kind)
        return fault

    def strike_command(self, method: str) -> Fault | None:
        """The refusal that this single command meets, used up by asking."""
        fault = self._take([method.lower()], lambda each: each.kind == "refused")
        if fault is None and self.chances.refused > 0 and self.random.random() < self.chances.refused:
            code, description, status = self.random.choice(PASSING_REFUSALS)
            fault = Fault("refused", code=code, description=description, status=status)
        if fault is not None:
            self._count("refused")
        return fault

    def lag_of(self, row_id: int) -> timedelta:
        """How long after its instant this row of a history is listed: always the same."""
        share = row_id * 2_654_435_761 % 1_000 / 1_000
        return timedelta(seconds=self.history_lag_seconds * share)

    def _take(self, names: list[str], wanted: Any) -> Fault | None:
        for fault in self.armed:
            if wanted(fault) and fault.hits(names):
                fault.times -= 1
                if fault.times <= 0:
                    self.armed.remove(fault)
                return fault
        return None

    def _draw(self) -> Fault | None:
        chances = self.chances
        luck = self.random.random()
        for kind, chance in (
            ("lost_request", chances.lost_request),
            ("lost_answer", chances.lost_answer),
            ("late_commit", chances.late_commit),
            ("page", chances.page),
            ("too_many", chances.too_many),
            ("expired", chances.expired),
            ("half_run", chances.half_run),
        ):
            if luck < chance:
                return self._drawn(kind)
            luck -= chance
        return None

    def _drawn(self, kind: str) -> Fault:
        if kind == "late_commit":
            return Fault("late_commit", seconds=self.random.uniform(*self.chances.late_commit_seconds))
        if kind == "page":
            return Fault("answer", status=502, body=HTML_PAGE, is_committed=self.random.random() < 0.5)
        if kind == "too_many":
            return Fault("answer", status=503, code="QUERY_LIMIT_EXCEEDED", description="Too many requests")
        if kind == "expired":
            return Fault(
                "answer", status=401, code="expired_token", description="The access token has expired"
            )
        if kind == "half_run":
            return Fault("half_run")
        return Fault("lost_answer" if kind == "lost_answer" else "lost_request")

    def _count(self, kind: str) -> None:
        self.struck[kind] = self.struck.get(kind, 0) + 1
