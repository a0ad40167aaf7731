from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.connector.flow.workshop import Workshop
from tests.webhooks.dashboard.visitor import Visitor
from webhooks.dashboard import create_dashboard, current
from webhooks.dashboard.figuring import PATIENCE


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    """A portal and the product beside it, with nothing in the pipeline yet."""
    opened = Workshop(tmp_path, sqlite_url)
    yield opened
    opened.app.close()


class Stage:
    """The application behind the dashboard: that of the test that runs."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop

    def __getattr__(self, name: str) -> object:
        return getattr(self.workshop.app, name)


@pytest.fixture(scope="module")
def stages() -> dict[str, tuple[Stage, Flask]]:
    """The dashboard of a module: templates are compiled once for all tests."""
    return {}


@pytest.fixture
def dashboard(workshop: Workshop, stages: dict[str, tuple[Stage, Flask]]) -> Flask:
    if not stages:
        stage = Stage(workshop)
        stages["only"] = (stage, create_dashboard(stage))
        # What tests see does not depend on how fast this machine is.
        stages["only"][1].config[PATIENCE] = 60.0
    stage, app = stages["only"]
    stage.workshop = workshop
    # What pages keep between requests is of the test before.
    for name in app.extensions.keys() - {current.KEY}:
        del app.extensions[name]
    return app


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
