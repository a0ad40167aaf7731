from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connector.flow.workshop import Workshop


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    """The product beside a sandbox portal, mirrored and live."""
    opened = Workshop(tmp_path, sqlite_url)
    yield opened
    opened.app.close()
