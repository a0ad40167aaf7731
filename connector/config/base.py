"""What every table of the configuration has in common."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import ConfigDict, Field

from pipelines.elements import Element

T = TypeVar("T")

#: A TOML array as a tuple; its elements stay strict.
Several = Annotated[tuple[T, ...], Field(strict=False)]


class Part(Element):
    """A table of config.toml: frozen, no unknown keys, and typed as TOML is.

    Strict, because TOML has types: `port = "8080"` and `owner = true` are mistakes. Inputs are hidden in
    pydantic's own messages: a value in the wrong place may be a secret.
    """

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)
