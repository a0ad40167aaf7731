"""The words that every part of the sandbox portal shares. It knows nothing of CRM, tasks or HTTP servers.

How a REST method is made (name its module in `methods.py`, and it is served)::

    @method("tasks.task.add", scope="task", cost="write")               # api="v2" is the default
    def add_task(call: Call) -> Any: ...

    @method("tasks.task.add", scope="tasks", cost="write", api="v3")    # the same name may be in both

A method gets a `Call` and returns what stands under `result` (already in JSON types: dict, list, str, int,
float, bool, None; an empty dict becomes `[]` on the wire, as PHP writes it), or a `Page` for a list.

The call
    `call.get("taskId")` a top-level parameter, letter case ignored; `call.require("taskId")` the same or
    error 100; `call.require_int("id")`; `call.mapping("fields")`; `call.names("select")`; `call.params`
    everything as decoded, order kept (positional methods: `call.positional()`); `call.user_id`,
    `call.is_admin`, `call.credential.kind` ("webhook" or "app"), `call.api` ("v2" or "v3"), `call.now`
    (aware UTC), `call.portal`.

Failing: raise `RestError(code, description, status)`; the envelope turns it into the dialect of the API:
    new controllers   RestError("NOT_FOUND", "Item not found")                     400 unless told otherwise
    legacy            RestError("", "ID is not defined or invalid.")               `error` is an empty string
    missing argument  missing("taskId")                                            code 100
    v3                v3_error("ENTITYNOTFOUNDEXCEPTION", "…", validation=[("id", "…")])   prefix added

State: `portal.part(TaskBook)` is the one instance of that class in this portal, made by `TaskBook()` when
first asked for. Ids: `portal.next_id("task")` counts from 1 per name. Methods run under the portal's lock.

Events: `portal.events.raise_event("ONTASKUPDATE", {"FIELDS_BEFORE": {"ID": 1}, …}, by=call.user_id)`. Data
becomes text on the wire; an event whose name no subscriber asked for goes nowhere. To hear of what happens
elsewhere (a deleted deal): `portal.events.listeners.append(hear)`, called with a `Happening`.

Lists: `filters.compile_filter`, `filters.sort_rows`, then `page_of(call, rows, write=…)`: 50 rows from
`start`, `next` only when more follow, `total` unless `start` is -1; only the rows of the page are written.

Time: `portal.write_time(at)` gives ISO 8601 in the portal's zone, `portal.write_time(at, user_id)` in the
user's; `portal.read_time(text)` reads what clients send (no offset: the portal's zone), None if it is no
time.

CRM for others: `portal.crm.find(entity_type_id, id)` (a record or None), `portal.crm.may_read(user_id,
record)`, `portal.crm.read_code("Tb1_29")` → (177, 29) or None, `portal.crm.write_code(177, 29)` →
"Tb1_29"; people: `portal.people.get(user_id)` → User or None, `portal.people.superiors(user_id)` → ids,
nearest first.

Sentences for tests ("portal people do something"): plain methods of a class that `SandboxPortal` inherits:
`CrmPeople` in `crm_people.py`, `TaskPeople` in `tasks_people.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

PAGE_SIZE = 50
V3_PREFIX = "BITRIX_REST_V3_EXCEPTION_"

Api = Literal["v2", "v3"]
#: What a command costs on `--latency`: the price list of the portal has one entry for each.
Cost = Literal["list", "read", "write"]


class RestError(Exception):
    """A refusal in the words of the portal; `status` is the HTTP status outside of a batch."""

    def __init__(
        self,
        code: str,
        description: str = "",
        status: int = 400,
        *,
        validation: Sequence[tuple[str, str]] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.status = status
        #: v3 only: (field, message) pairs.
        self.validation = tuple(validation)
        #: Further keys beside `error` and `error_description`.
        self.extra = dict(extra or {})


def missing(name: str) -> RestError:
    """The portal's answer to an absent argument (code 100)."""
    return RestError("100", f"Could not find value for parameter {{{name}}}")


def v3_error(
    code: str, message: str, status: int = 400, *, validation: Sequence[tuple[str, str]] = ()
) -> RestError:
    """A v3 refusal: `code` without its long prefix (api-reference/rest-v3.md)."""
    return RestError(V3_PREFIX + code, message, status, validation=validation)


@dataclass(frozen=True, slots=True)
class Credential:
    """With what a request came: an inbound webhook, or an application's token; both act as a user."""

    kind: Literal["webhook", "app"]
    user_id: int
    secret: str = field(repr=False)
    scopes: frozenset[str] | None = None
    client_id: str = ""

    @property
    def key(self) -> str:
        """Whose operating budget a call is charged to."""
        return self.client_id or self.secret

    def has_scope(self, scope: str) -> bool:
        return not scope or self.scopes is None or scope in self.scopes


@dataclass(frozen=True, slots=True)
class Page:
    """The answer of a list method; `total` and `next` stand beside `result`, and are absent when None."""

    result: Any
    total: int | None = None
    next: int | None = None


@dataclass(frozen=True, slots=True)
class Bare:
    """An answer without its frame: the body of the response, and no `result` around it."""

    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One REST command as a method sees it."""

    portal: SandboxPortal
    #: As registered, in lower case.
    method: str
    params: Mapping[str, Any]
    api: Api
    credential: Credential
    headers: Mapping[str, str] = field(default_factory=dict)
    in_batch: bool = False

    @property
    def user_id(self) -> int:
        return self.credential.user_id

    @property
    def is_admin(self) -> bool:
        user = self.portal.people.get(self.user_id)
        return user is not None and user.is_admin

    @property
    def now(self) -> datetime:
        return self.portal.now()

    def get(self, name: str, default: Any = None) -> Any:
        """A top-level parameter; v2 ignores the letter case of its name."""
        if name in self.params:
            return self.params[name]
        if self.api == "v2":
            wanted = name.lower()
            for key, value in self.params.items():
                if key.lower() == wanted:
                    return value
        return default

    def require(self, name: str) -> Any:
        value = self.get(name)
        if value is None:
            raise missing(name)
        return value

    def require_int(self, name: str) -> int:
        """An integer, as a number or as text; error 100 when it is absent or something else."""
        number = as_int(self.require(name))
        if number is None:
            raise RestError("100", f"Invalid value {{{self.get(name)}}} to match with parameter {{{name}}}.")
        return number

    def mapping(self, name: str) -> dict[str, Any]:
        """A parameter that is a map; PHP writes an empty one as `[]`, so a list is read as one too."""
        value = self.get(name)
        if isinstance(value, Mapping):
            return dict(value)
        if isinstance(value, list):
            return {str(place): each for place, each in enumerate(value)}
        return {}

    def names(self, name: str) -> list[str]:
        """A parameter that is a list of names, such as `select`; a map and a single name are read as one."""
        value = self.get(name)
        if isinstance(value, Mapping):
            value = list(value.values())
        if isinstance(value, str):
            value = [value] if value else []
        return [str(each) for each in value] if isinstance(value, list) else []

    def positional(self) -> list[Any]:
        """The parameters by their order, as the old `task.*` methods read them."""
        return list(self.params.values())


def as_int(value: Any) -> int | None:
    """The integer in a JSON number or a form's text; None for anything else, booleans among them."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    text = str(value).strip()
    return int(text) if text.lstrip("-").isdecimal() else None


def page_of(call: Call, rows: Sequence[Any], *, write: Callable[[Any], Any], wrap: str | None = None) -> Page:
    """The page of `rows` (filtered, sorted) that `start` asks for; `wrap` names the key that holds the rows.

    `start` = -1 switches the count off: 50 rows from the beginning, no `total`, no `next`.
    """
    start = as_int(call.get("start")) or 0
    first = max(start, 0)
    written = [write(row) for row in rows[first : first + PAGE_SIZE]]
    result = {wrap: written} if wrap else written
    if start < 0:
        return Page(result)
    following = first + PAGE_SIZE
    return Page(result, total=len(rows), next=following if following < len(rows) else None)


@dataclass(frozen=True, slots=True)
class Method:
    """A registered REST method."""

    name: str
    run: Callable[[Call], Any]
    scope: str
    api: Api
    cost: Cost
    is_app_only: bool
    is_admin_only: bool
    is_batchable: bool


#: Every method of the portal by (api, lower-case name); filled by importing the modules of `methods.py`.
METHODS: dict[tuple[Api, str], Method] = {}


def method(
    name: str,
    *,
    scope: str = "",
    api: Api = "v2",
    cost: Cost = "read",
    app_only: bool = False,
    admin_only: bool = False,
    in_batch: bool = True,
) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
    """Serve the decorated function as REST method `name`.

    `app_only`: a webhook is answered 403 WRONG_AUTH_TYPE. `admin_only`: others get 403 ACCESS_DENIED. A v3
    method with cost "write" honours the Idempotency-Key header.
    """

    def register(run: Callable[[Call], Any]) -> Callable[[Call], Any]:
        METHODS[api, name.lower()] = Method(name, run, scope, api, cost, app_only, admin_only, in_batch)
        return run

    return register
