"""What every table of the configuration has in common: frozen, typed strictly, no key that is not known."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

#: A TOML array as a tuple; its elements stay strict.
Several = Annotated[tuple[T, ...], Field(strict=False)]


class Part(BaseModel):
    """A table of config.toml."""

    # Strict, because TOML has types: `port = "8080"` and `owner = true` are mistakes.
    # Inputs are hidden in pydantic's own messages, since a mistyped value may be a secret.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)
