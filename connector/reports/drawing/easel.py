"""Where charts are drawn apart: a process that reads orders from its input and writes pictures to its output.

    python -m connector.reports.drawing.easel

An order is a line of JSON; the answer a line of JSON with the length of what follows it, and the picture. The
process ends when its input does, so it never outlives who started it, whatever becomes of them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import orjson

from connector.reports.drawing.pen import Form, draw

if TYPE_CHECKING:
    from pipelines.engine.model import Language


@dataclass(frozen=True, slots=True)
class Order:
    """One picture to be drawn."""

    spec: Mapping[str, Any]
    language: Language
    form: Form
    scale: float


def send_order(into: IO[bytes], order: Order) -> None:
    """Ask for a picture."""
    into.write(orjson.dumps([order.spec, order.language, order.form, order.scale]) + b"\n")
    into.flush()


def receive_picture(out: IO[bytes]) -> bytes:
    """The picture that was asked for; ValueError if it is no specification, EOFError if nobody draws."""
    line = out.readline()
    if not line:
        raise EOFError
    answer = orjson.loads(line)
    picture = out.read(answer["bytes"])
    if len(picture) != answer["bytes"]:
        raise EOFError
    if answer["is_error"]:
        raise ValueError(picture.decode())
    return picture


def serve(orders: IO[bytes], pictures: IO[bytes]) -> None:
    """Draw what is asked for until nobody asks any more."""
    for line in orders:
        try:
            picture, is_error = draw(*orjson.loads(line)), False
        except ValueError as error:
            picture, is_error = str(error).encode(), True
        pictures.write(orjson.dumps({"bytes": len(picture), "is_error": is_error}) + b"\n" + picture)
        pictures.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
