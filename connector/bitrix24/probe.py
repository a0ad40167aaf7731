"""What this credential may do on this portal: facts for `doctor` and `init`, in two requests.

Everything asked here needs no scope of its own, except the look for a marker that nobody carries: a portal
that ignores the filter XML_ID would find the newest task for any marker, and every probe would be wrong.

Pages: api-reference/common/system/{scope,method-get,server-time}.md, api-reference/common/users/profile.md,
api-reference/rest-v3.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.bitrix24 import tasks
from connector.bitrix24.call import Call, Priority
from connector.bitrix24.client import Client
from connector.bitrix24.codes import lacks_v3
from connector.bitrix24.outcome import Answer, Outcome, Trouble
from connector.bitrix24.reading import object_in, readable, result_in, rows_in
from connector.bitrix24.wire import as_bool, as_instant, as_text, need_id, read

#: What the product calls; `methods` of the answer says which of these may be called.
USED_METHODS = (
    *("crm.item.list", "crm.item.get", "crm.item.add", "crm.item.update", "crm.item.fields"),
    *("crm.stagehistory.list", "crm.category.list", "crm.status.list", "crm.timeline.comment.add"),
    *("tasks.task.list", "tasks.task.add", "tasks.task.update", "tasks.task.complete"),
    *("task.checklistitem.add", "task.checklistitem.getlist", "user.get", "department.get"),
    "im.notify.personal.add",
)
_NOBODYS_MARKER = "funnelwright:nobody-carries-this"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a credential can do, and where the portal differs from others."""

    user_id: int
    user_name: str
    is_admin: bool
    time_zone: str | None
    scopes: frozenset[str]
    #: Seconds the portal's clock is ahead of ours.
    clock_skew_seconds: float
    #: REST 3.0 answers to this credential.
    has_v3: bool
    #: Those of the asked methods that exist and may be called.
    methods: frozenset[str]
    #: A list by a marker that nobody carries is empty. None: tasks may not be listed.
    honours_task_marker: bool | None


def probe(
    client: Client, methods: Iterable[str] = USED_METHODS, *, priority: Priority = Priority.REP
) -> Capabilities:
    """Ask the portal about itself and about us; AuthError if the credential is refused altogether."""
    commands = {
        "scope": Call("scope"),
        "profile": Call("profile"),
        "marker": tasks.find_by_marker(_NOBODYS_MARKER),
    }
    asked = {f"method_{number}": name for number, name in enumerate(methods)}
    commands |= {key: Call("method.get", {"name": name}) for key, name in asked.items()}
    commands["time"] = Call("server.time")  # last: the answer comes right after it
    answers = client.ask_many(commands, priority=priority)
    received_at = client.clock.now()
    profile = object_in(answers["profile"], "profile")
    scopes = result_in(answers["scope"], "scope")
    with readable("the profile", "profile"):
        names = (read(profile, "NAME", as_text), read(profile, "LAST_NAME", as_text))
        return Capabilities(
            user_id=read(profile, "ID", need_id),
            user_name=" ".join(name for name in names if name),
            is_admin=read(profile, "ADMIN", as_bool),
            time_zone=read(profile, "TIME_ZONE", as_text),
            scopes=frozenset(map(str, scopes)) if isinstance(scopes, list) else frozenset(),
            clock_skew_seconds=_skew_seconds(answers["time"], received_at),
            has_v3=has_v3(client, priority=priority),
            methods=frozenset(name for key, name in asked.items() if _may_call(answers[key])),
            honours_task_marker=_is_empty(answers["marker"]),
        )


def has_v3(client: Client, *, priority: Priority = Priority.REP) -> bool:
    """Whether REST 3.0 answers: `rest.scope.list` exists only there and needs no rights."""
    answer = client.ask_many({"v3": Call("rest.scope.list", api="v3")}, priority=priority)["v3"]
    if lacks_v3(answer) or answer.outcome is Outcome.REJECTED:
        return False
    result_in(answer, "rest.scope.list")
    return True


def _skew_seconds(answer: Answer, received_at: datetime) -> float:
    """To the second: the portal tells no finer, and the way there takes its time."""
    with readable("the portal's time", "server.time"):
        told = as_instant(result_in(answer, "server.time"))
    return 0.0 if told is None else round((told - received_at).total_seconds(), 1)


def _may_call(answer: Answer) -> bool:
    found = answer.result if answer.is_done else None
    return (
        isinstance(found, Mapping) and as_bool(found.get("isExisting")) and as_bool(found.get("isAvailable"))
    )


def _is_empty(answer: Answer) -> bool | None:
    if answer.trouble in (Trouble.SCOPE, Trouble.REFUSED):
        return None
    return not rows_in(answer, "tasks.task.list", "tasks")
