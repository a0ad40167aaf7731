"""What an answer holds, or the error that it is: the first step of every reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from connector.bitrix24.outcome import Answer, error_of
from connector.bitrix24.wire import Unreadable, as_object, rows_of
from connector.errors import FatalError


def result_in(answer: Answer, method: str) -> Any:
    """The result; raises what the answer says if it is not DONE."""
    if error := error_of(answer, method):
        raise error
    return answer.result


def rows_in(answer: Answer, method: str, path: str = "") -> list[dict[str, Any]]:
    """The rows under `path` of the result ("": the result itself)."""
    with readable("the answer", method):
        return rows_of(result_in(answer, method), path)


def object_in(answer: Answer, method: str, path: str = "") -> Mapping[str, Any]:
    """The object under `path` of the result ("": the result itself); FatalError if there is none."""
    with readable("the answer", method):
        result = as_object(result_in(answer, method))
        found = as_object(result.get(path)) if path else result
        if not found:
            raise Unreadable(f"no {path or 'object'} in it")
        return found


@contextmanager
def readable(what: str, method: str) -> Iterator[None]:
    """Turn a value that cannot be read into a FatalError that says of what."""
    try:
        yield
    except Unreadable as error:
        raise FatalError(f"{what} cannot be read: {error}", method=method) from None
