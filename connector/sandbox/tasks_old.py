"""How the old `task.*` methods read their arguments, and how they complain: by place, not by name.

(settings of each page, e.g. api-reference/tasks/checklist-item/task-checklist-item-add.md)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.sandbox.kernel import Call, RestError, as_int

#: (the argument's name in the portal's code, "integer" or "array")
Argument = tuple[str, str]


def old_error(number: int, message: str, word: str) -> RestError:
    return RestError("ERROR_CORE", f"TASKS_ERROR_EXCEPTION_#{number}; {message}; {number}/TE/{word}<br>")


def arguments(call: Call, class_name: str, *expected: Argument) -> list[Any]:
    """The arguments by place, the expected ones checked; further ones follow as they came."""
    given = call.positional()
    where = f"{class_name}::{call.method.rpartition('.')[2]}()"
    found: list[Any] = []
    for place, (name, kind) in enumerate(expected):
        if place >= len(given) or given[place] in (None, "", {}, []):
            message = f"Param #{place} ({name}) expected by method {where}, but not given."
            raise old_error(256, message, "WRONG_ARGUMENTS")
        value: Any = given[place] if kind == "array" else as_int(given[place])
        if value is None or (kind == "array" and not isinstance(value, Mapping)):
            message = (
                f'Param #{place} ({name}) for method {where} expected to be of type "{kind}", '
                "but given something else."
            )
            raise old_error(256, message, "WRONG_ARGUMENTS")
        found.append(value)
    return [*found, *given[len(expected) :]]
