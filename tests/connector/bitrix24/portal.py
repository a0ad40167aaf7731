"""A stand-in for the portal's side of HTTP, for tests of the REST client alone.

It decodes what the client sends as the pages say (JSON bodies, batches of query strings in PHP's brackets,
`$result[…]` put in after decoding) and answers with what a test says. It knows nothing of CRM.
"""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

import requests
from responses import RequestsMock

HOST = "portal.example"
SECRET = "zCANARYz0123456789"
WEBHOOK = f"https://{HOST}/rest/1/{SECRET}/"
_PATH = re.compile(r"/rest/(?P<v3>api/)?1/" + SECRET + r"/(?P<method>[\w.]+)")
_MACRO = re.compile(r"\$result((?:\[[^\]]+\])+)")


@dataclass
class Refusal(Exception):
    """An error of the API: raise it in a method of the stand-in."""

    code: str
    text: str = "text"
    status: int = 400


@dataclass
class Page:
    """A result of a list method with the offset of the next page."""

    rows: list[Any]
    next: int | None


@dataclass
class Received:
    method: str
    params: dict[str, Any]
    headers: dict[str, str]


Method = Callable[[dict[str, Any]], Any]


@dataclass
class StandIn:
    """Methods by name (v3 ones under `api/`), and what was asked of it."""

    methods: dict[str, Method] = field(default_factory=dict)
    #: HTTP requests, and every command, those of batches too.
    requests: list[Received] = field(default_factory=list)
    commands: list[Received] = field(default_factory=list)
    #: Given instead of an answer, once each, in order: (status, body) or an exception.
    instead: list[Any] = field(default_factory=list)
    #: `time` of an answer, by method.
    times: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: What a batch does with its answer before it is sent.
    maim: Callable[[dict[str, Any]], None] = lambda parts: None

    def says(self, method: str, result: Any) -> None:
        """Always answer this method so; a callable is given the parameters."""
        self.methods[method] = result if callable(result) else lambda params: result

    def mount(self, mock: RequestsMock) -> None:
        mock.add_callback("POST", re.compile(r"https://portal\.example/.*"), callback=self._receive)

    def _receive(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        path = _PATH.fullmatch(request.path_url)
        assert path, "an address that is no method of the webhook"
        assert request.headers["Content-Type"] == "application/json"
        name = ("api/" if path["v3"] else "") + path["method"]
        params = json.loads(request.body or b"{}")
        self.requests.append(Received(name, params, dict(request.headers)))
        if self.instead:
            given = self.instead.pop(0)
            if isinstance(given, BaseException):
                raise given
            if given is not None:
                status, body = given[:2]
                return status, given[2] if len(given) > 2 else {}, body
        try:
            answer = self._batch(params) if name == "batch" else self._run(name, params)
        except Refusal as refusal:
            return refusal.status, {}, json.dumps(_error(refusal))
        return 200, {}, json.dumps(answer)

    def _run(self, name: str, params: dict[str, Any]) -> dict[str, Any]:
        self.commands.append(Received(name, params, {}))
        if name not in self.methods:
            raise Refusal("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
        result = self.methods[name](params)
        answer: dict[str, Any] = {"result": result.rows if isinstance(result, Page) else result}
        if isinstance(result, Page) and result.next is not None:
            answer["next"] = result.next
        if name in self.times:
            answer["time"] = self.times[name]
        return answer

    def _batch(self, params: dict[str, Any]) -> dict[str, Any]:
        results: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        times: dict[str, Any] = {}
        nexts: dict[str, Any] = {}
        for key, line in params["cmd"].items():
            name, _, query = line.partition("?")
            try:
                answer = self._run(name, put_in(decoded(query), results))
                results[key] = answer["result"]
                for part, place in (("time", times), ("next", nexts)):
                    if part in answer:
                        place[key] = answer[part]
            except Refusal as refusal:
                errors[key] = _error(refusal)
                if params.get("halt"):
                    break
        parts = {
            "result": results or [],
            "result_error": errors or [],
            "result_total": [],
            "result_next": nexts or [],
            "result_time": times or [],
        }
        self.maim(parts)
        return {"result": parts}


def _error(refusal: Refusal) -> dict[str, Any]:
    if refusal.code.startswith("BITRIX_REST_V3"):
        return {"error": {"code": refusal.code, "message": refusal.text}}
    return {"error": refusal.code, "error_description": refusal.text}


def decoded(query: str) -> dict[str, Any]:
    """A query string as PHP reads it: brackets nest, `[]` appends, gap-free numbers make a list."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)):
        first, *rest = [part.rstrip("]") for part in name.split("[")]
        node = tree
        keys = [first, *rest]
        for position, key in enumerate(keys[:-1]):
            node = node.setdefault(key or str(len(node)), {})
            assert isinstance(node, dict), f"{name} at {position}"
        node[keys[-1] or str(len(node))] = value
    return {key: _listed(value) for key, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(one) for key, one in value.items()}
    return list(inner.values()) if list(inner) == [str(number) for number in range(len(inner))] else inner


def put_in(value: Any, results: dict[str, Any]) -> Any:
    """Parameters with the macros replaced; a path to nowhere becomes empty."""
    match value:
        case dict():
            return {key: put_in(one, results) for key, one in value.items()}
        case list():
            return [put_in(one, results) for one in value]
        case str():
            return _MACRO.sub(lambda found: _at(results, found[1]), value)
    return value


def _at(results: Any, path: str) -> str:
    for part in re.findall(r"\[([^\]]+)\]", path):
        if isinstance(results, list):
            results = results[int(part)] if part.isdecimal() and int(part) < len(results) else None
        else:
            results = results.get(part) if isinstance(results, dict) else None
    return "" if results is None else str(results)


def table(
    rows: list[dict[str, Any]], *, id_name: str = "id", row_id: str = "id", at: str = "items"
) -> Method:
    """A list method over these rows: `>id`, `<=id`, `@id` and `=` filters, either order, pages of 50."""

    def id_of(row: dict[str, Any]) -> int:
        return int(row[row_id])

    ascending: list[dict[str, Any]] = []

    def listed(params: dict[str, Any]) -> Any:
        wanted = params.get("filter") or params.get("FILTER") or {}
        assert int(params["start"]) == -1
        if len(ascending) != len(rows):
            ascending[:] = sorted(rows, key=id_of)
        if wanted.get(f">{id_name}") == "":
            raise Refusal("INVALID_ARG_VALUE", f"Invalid filter: field '{id_name}' has invalid value")
        if params.get("order") == {id_name: "DESC"}:
            candidates: Iterable[dict[str, Any]] = reversed(ascending)
        else:
            above = int(wanted.get(f">{id_name}", 0))
            candidates = islice(ascending, bisect.bisect_right(ascending, above, key=id_of), None)
        matching = (row for row in candidates if _matches(row, wanted, id_name, row_id))
        found = list(islice(matching, 50))
        return {at: found} if at else found

    return listed


def _matches(row: dict[str, Any], wanted: dict[str, Any], id_name: str, row_id: str) -> bool:
    number = int(row[row_id])
    for name, value in wanted.items():
        column = name.lstrip("@=><!")
        if name == f">{id_name}":
            fits = number > int(value)
        elif name == f"<={id_name}":
            fits = number <= int(value)
        elif column == id_name:
            fits = str(number) in [str(one) for one in (value if isinstance(value, list) else [value])]
        else:
            fits = not name.startswith("=") or str(row.get(column)) == str(value)
        if not fits:
            return False
    return True


def by_offset(rows: list[Any], name: str = "start") -> Method:
    """A list method that pages by offset only."""

    def listed(params: dict[str, Any]) -> Page:
        start = int(params[name])
        return Page(rows[start : start + 50], start + 50 if start + 50 < len(rows) else None)

    return listed


def pages(found: Iterator[list[Any]]) -> list[Any]:
    return [one for page in found for one in page]
