"""What the dashboard needs of the application, and nothing more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from connector.clock import Clock
from connector.config import Config
from connector.flow.portal import Portal
from connector.reports.charts import Studio
from connector.store import Database


class DashboardPort(Protocol):
    """The application as the dashboard sees it; all of it is used from several threads at once.

    Nothing of it needs a running engine: what an engine does is read from the store.
    """

    @property
    def config(self) -> Config: ...

    @property
    def database(self) -> Database: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def studio(self) -> Studio:
        """Where charts are drawn, apart from this process."""

    @property
    def portals(self) -> Mapping[str, Portal]:
        """As they are bound now: look a portal up anew for every request."""
