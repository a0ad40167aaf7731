"""Known mistakes, planted one at a time into the program, to see that the simulation is not blind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

BUGS: Mapping[str, Callable[[], object]] = {}


@contextmanager
def planted(name: str) -> Iterator[None]:
    with patch("x"):
        yield
