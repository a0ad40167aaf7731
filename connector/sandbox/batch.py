"""Many commands in one request: v2 `batch` with its references, and the root array of v3.

Commands run strictly in order, each refused or charged on its own. In v2 `$result[key][path]` is replaced
in the decoded parameters; a path that leads nowhere becomes empty. More than 50: the rest is refused, the
first 50 run (settings/how-to-call-rest-api/batch.md; api-reference/rest-v3.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connector.sandbox.commands import Command, run_command, wall_is_hit
from connector.sandbox.encoding import is_sequence, read_form, write_json
from connector.sandbox.envelope import Answer, Timing, error_body
from connector.sandbox.exchange import PortalRequest, PortalResponse
from connector.sandbox.kernel import RestError, as_int, v3_error

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

MAX_COMMANDS = 50
_REFERENCE = re.compile(r"\$result((?:\[[^\]]*\])+)")
_STEP = re.compile(r"\[([^\]]*)\]")


def method_names(request: PortalRequest) -> list[str]:
    """The methods that a batch holds, as far as they can be read; raises what `body_params` raises."""
    body = request.body_params()
    if request.path.startswith("/rest/api/"):
        return [str(each.get("method", "")) for each in _list(body) if isinstance(each, Mapping)]
    commands = _commands({**request.query_params(), **(body if isinstance(body, dict) else {})}.get("cmd"))
    return [text.partition("?")[0] for text in commands.values()]


def run(portal: SandboxPortal, command: Command) -> PortalResponse:
    """Answer a batch of either version."""
    return _run_v3(portal, command) if command.api == "v3" else _run_v2(portal, command)


def _run_v2(portal: SandboxPortal, command: Command) -> PortalResponse:
    started_at = portal.now()
    commands = _commands(command.params.get("cmd"))
    is_halting = str(command.params.get("halt", "0")).lower() in ("1", "true", "y")
    answers: dict[str, Answer] = {}
    results: dict[str, Any] = {}
    for place, (key, text) in enumerate(commands.items()):
        if wall_is_hit(portal, started_at) or place == command.request.stops_before:
            return PortalResponse(is_cut=True)
        if place >= MAX_COMMANDS:
            answers[key] = Answer(error=_too_long())
        else:
            answers[key] = _run_one(portal, command, text, results)
            results[key] = answers[key].result
        if is_halting and answers[key].error:
            break
    timing = Timing(started_at, portal.now(), (portal.now() - started_at).total_seconds())
    body = {"result": _parts(answers), "time": timing.written(portal.zone)}
    return PortalResponse(200, write_json(body))


def _run_one(portal: SandboxPortal, command: Command, text: str, results: Mapping[str, Any]) -> Answer:
    method, _, query = text.partition("?")
    method = method.strip().strip("/").removesuffix(".json")
    if method.lower() == "batch":
        return Answer(
            error=RestError("ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage", 405)
        )
    params = _replace(read_form(query), results)
    inner = Command(method, params, "v2", command.credential, command.request)
    return run_command(portal, inner, in_batch=True)


def _too_long() -> RestError:
    return RestError("ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")


def _parts(answers: Mapping[str, Answer]) -> dict[str, Any]:
    good = {key: each for key, each in answers.items() if each.error is None}
    return {
        "result": _as_php({key: each.result for key, each in good.items()}),
        "result_error": _as_php(
            {key: error_body(each.error, "v2") for key, each in answers.items() if each.error is not None}
        ),
        "result_total": _as_php({key: each.total for key, each in good.items() if each.total is not None}),
        "result_next": _as_php({key: each.next for key, each in good.items() if each.next is not None}),
        "result_time": _as_php({key: each.time for key, each in good.items()}),
    }


def _as_php(part: Mapping[str, Any]) -> Any:
    return list(part.values()) if is_sequence(part) else part


def _commands(cmd: Any) -> dict[str, str]:
    if isinstance(cmd, Mapping):
        return {str(key): str(text) for key, text in cmd.items()}
    return {str(place): str(text) for place, text in enumerate(_list(cmd))}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _replace(value: Any, results: Mapping[str, Any]) -> Any:
    """The parameters with every `$result[…]` in their values replaced."""
    if isinstance(value, dict):
        return {key: _replace(each, results) for key, each in value.items()}
    if isinstance(value, list):
        return [_replace(each, results) for each in value]
    if not isinstance(value, str) or "$result[" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole is not None:
        return _follow(whole[1], results)
    return _REFERENCE.sub(lambda match: _as_text(_follow(match[1], results)), value)


def _follow(path: str, results: Any) -> Any:
    for step in _STEP.findall(path):
        if isinstance(results, Mapping):
            results = results.get(step)
        elif isinstance(results, list) and (place := as_int(step)) is not None and 0 <= place < len(results):
            results = results[place]
        else:
            return None
    return results


def _as_text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _run_v3(portal: SandboxPortal, command: Command) -> PortalResponse:
    """A root array; an element that fails fails the call (so b24jssdk says); what ran before it has run."""
    started_at = portal.now()
    if not isinstance(command.params, list):
        raise v3_error("INVALIDSELECTEXCEPTION", "Invalid select")
    if len(command.params) > MAX_COMMANDS:
        raise _too_long()
    results: list[Any] = []
    named: dict[str, Any] = {}
    for element in command.params:
        if wall_is_hit(portal, started_at):
            return PortalResponse(is_cut=True)
        part = element if isinstance(element, dict) else {}
        query = _resolve(part.get("query") or {}, named)
        inner = Command(str(part.get("method", "")), query, "v3", command.credential, command.request)
        answer = run_command(portal, inner, in_batch=True)
        if answer.error is not None:
            raise answer.error
        results.append(answer.result)
        if part.get("as"):
            named[str(part["as"])] = answer.result
    timing = Timing(started_at, portal.now(), (portal.now() - started_at).total_seconds())
    return PortalResponse(200, write_json({"result": results, "time": timing.written(portal.zone)}))


def _resolve(value: Any, named: Mapping[str, Any]) -> Any:
    """Replace `{"$ref": "alias.item.id"}` by a value, `{"$refArray": "alias.id"}` by those of all items."""
    if isinstance(value, list):
        return [_resolve(each, named) for each in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return _follow("".join(f"[{step}]" for step in str(value["$ref"]).split(".")), named)
    if "$refArray" in value:
        alias, _, name = str(value["$refArray"]).partition(".")
        items = _list((named.get(alias) or {}).get("items"))
        return [item.get(name) for item in items if isinstance(item, dict)]
    return {key: _resolve(each, named) for key, each in value.items()}
