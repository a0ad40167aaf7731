"""Secrets: named in the configuration, kept elsewhere, read when they are needed.

A secret is referred to as `env:NAME` or `file:PATH` (relative to the folder of the configuration). A file
must belong to its owner alone. No message of this module holds a value, and neither does anything it returns
but `read`: a reference prints as the reference.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from connector.errors import ConfigError

_SIZE_LIMIT = 64 * 1024
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is kept: `env:NAME` or `file:PATH`, and the folder that PATH starts from."""

    reference: str
    folder: Path

    def __post_init__(self) -> None:
        scheme, _, rest = self.reference.partition(":")
        if scheme == "env" and _ENV_NAME.fullmatch(rest):
            return
        if scheme == "file" and rest and "\0" not in rest:
            return
        raise ValueError("a secret is named, not written: expected env:NAME or file:PATH")

    def __str__(self) -> str:
        return self.reference

    def read(self) -> str:
        """The secret without surrounding white space; ConfigError says what is wrong and what to do."""
        return read_secret(self.reference, self.folder)


def is_reference(text: str) -> bool:
    """Whether the text names a secret (`env:…`, `file:…`) rather than being something else."""
    return text.startswith(("env:", "file:"))


def read_secret(reference: str, folder: Path) -> str:
    """Read `env:NAME` or `file:PATH`; never empty. ConfigError names the reference, never the value."""
    try:
        ref = SecretRef(reference, folder)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    scheme, _, rest = ref.reference.partition(":")
    value = _from_environment(rest) if scheme == "env" else _from_file(folder / Path(rest).expanduser())
    value = value.strip()
    if not value:
        raise ConfigError(f"{reference} is empty")
    return value


def _from_environment(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise ConfigError(f"the environment variable {name} is not set") from None


def _from_file(path: Path) -> str:
    """Refuses what others may read, before reading it, and on the same open file: no gap to slip into."""
    try:
        # Non-blocking: a named pipe in the place of a file must not hang the start.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    try:
        _refuse_unsafe(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            raw = file.read(_SIZE_LIMIT + 1)
    finally:
        os.close(descriptor)
    if len(raw) > _SIZE_LIMIT:
        raise ConfigError(f"{path} is larger than {_SIZE_LIMIT} bytes: that is not a secret")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text") from None


def _refuse_unsafe(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"{path} is not a file")
    # Windows has no such bits; st_mode there says 0666 for every file.
    if os.name == "posix" and status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = stat.S_IMODE(status.st_mode)
        raise ConfigError(f"{path} may be read by others (mode {mode:04o}): chmod 600 {path}")
