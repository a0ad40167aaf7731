"""A lock between processes that lasts as long as its holder: an exclusive lock on a side file."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connector.errors import StoreError

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _lock(descriptor: int) -> None:
        # Windows locks bytes against reading too: take one far behind the text.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def hold(path: Path, what: str) -> Iterator[None]:
    """Hold the lock at `path` inside the block; StoreError names the process that has it.

    The file stays behind: removing it would let two processes lock two files of one name.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(descriptor)
        except OSError as error:
            holder = path.read_text("utf-8", "replace").strip() or "another process"
            raise StoreError(
                f"{what} is in use by {holder} (lock file {path}). Stop that process, or give this one "
                "a database of its own."
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        yield
    finally:
        os.close(descriptor)
