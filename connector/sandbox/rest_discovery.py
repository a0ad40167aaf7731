"""What REST v3 tells of itself: which methods there are, and under which scope (api-reference/rest-v3.md).

Both answers are worked out from the methods that this portal serves: they cannot promise one that it has not.
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.kernel import METHODS, Bare, Call, Method, method
from connector.sandbox.tasks_v3_fields import FIELDS, REQUIRED, Type

_SCHEMA_TYPES: dict[Type, dict[str, Any]] = {
    "int": {"type": "integer"},
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "DateTime": {"type": "string", "format": "date-time"},
    "array": {"type": "array", "items": {}},
    "object": {"type": "object"},
}


def _v3_methods() -> list[Method]:
    return sorted((each for (api, _), each in METHODS.items() if api == "v3"), key=lambda each: each.name)


@method("rest.scope.list", api="v3")
def list_scopes(call: Call) -> Any:
    """Methods by the module whose scope they need: {"tasks": {"tasks.task.add": "tasks", …}, …}."""
    modules: dict[str, dict[str, str]] = {}
    for each in _v3_methods():
        modules.setdefault(each.name.partition(".")[0], {})[each.name] = each.scope
    return modules


@method("rest.documentation.openapi", api="v3")
def openapi(call: Call) -> Any:
    """The document itself, with no `result` around it."""
    return Bare(_document())


@method("documentation", api="v3")
def documentation(call: Call) -> Any:
    """The short name of rest.documentation.openapi."""
    return Bare(_document())


def _document() -> dict[str, Any]:
    methods = _v3_methods()
    names = sorted({each.name.partition(".")[0] for each in methods})
    return {
        "openapi": "3.0.0",
        "info": {"title": "Bitrix24 REST V3 API", "version": "1.0.0"},
        "tags": [{"name": name, "description": f"{name} module methods"} for name in names],
        "paths": {f"/{each.name}": {"post": _operation(each)} for each in methods},
        "components": {"schemas": {"TaskDto": _task_schema()}},
    }


def _operation(served: Method) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": [served.name.partition(".")[0]],
        "operationId": served.name,
        "responses": {"200": {"description": "Success"}, "400": {"description": "Error"}},
    }
    if served.scope:
        operation["description"] = f"Scope: {served.scope}"
    if served.cost == "write":
        header = {"name": "Idempotency-Key", "in": "header", "required": False}
        operation["parameters"] = [{**header, "schema": {"type": "string", "minLength": 1, "maxLength": 255}}]
    return operation


def _task_schema() -> dict[str, Any]:
    properties = {name: dict(_SCHEMA_TYPES[field.type]) for name, field in FIELDS.items()}
    for name, field in FIELDS.items():
        if not field.attribute:
            properties[name]["readOnly"] = True
    return {"type": "object", "required": list(REQUIRED), "properties": properties}
