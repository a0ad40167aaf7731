"""Writing what `init` makes: a secret for its owner's eyes, a configuration whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connector.errors import ConfigError


def write_secret(path: Path, value: str) -> None:
    """Keep a secret where only the owner of this process can read it; its folder is made likewise."""
    with _told(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, value + "\n", 0o600)


def write_config(path: Path, text: str) -> Path | None:
    """Write the file in one go; one that was there is kept beside it under the name that is returned."""
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = path.with_name(path.name + ".bak") if path.exists() else None
        if kept is not None:
            os.replace(path, kept)
        _write(path, text, 0o644)
        return kept


def _write(path: Path, text: str, mode: int) -> None:
    """Into a new file with its final rights, then into place: nobody sees half of it, or more than he may."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from None
