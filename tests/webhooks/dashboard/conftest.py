from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.connector.flow.workshop import Workshop
from tests.webhooks.dashboard.visitor import Visitor
from webhooks.dashboard import create_dashboard


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    """A portal and the product beside it, with nothing in the pipeline yet."""
    opened = Workshop(tmp_path, sqlite_url)
    yield opened
    opened.app.close()


@pytest.fixture
def dashboard(workshop: Workshop) -> Flask:
    return create_dashboard(workshop.app)


@pytest.fixture
def stranger(dashboard: Flask, workshop: Workshop) -> Visitor:
    """A browser in which nobody is signed in."""
    return Visitor(dashboard, workshop.app.database, workshop.clock)


@pytest.fixture
def viewer(stranger: Visitor) -> Visitor:
    return stranger.sign_in("viewer")


@pytest.fixture
def operator(stranger: Visitor) -> Visitor:
    return stranger.sign_in("operator")
