"""The whole configuration: the store, the web server, the portals."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from connector.config.base import Part
from connector.config.portal import PortalConfig
from connector.config.values import PortalName
from connector.secrets import SecretRef


class StoreConfig(Part):
    """Where the connector keeps its own state."""

    #: `sqlite:///funnelwright.db`, `postgresql+psycopg://…` without a password, or the name of a secret.
    url: str | SecretRef = "sqlite:///funnelwright.db"

    def database_url(self) -> str:
        """The address to open, its secret read; a relative SQLite path starts at the configuration's folder."""
        raise NotImplementedError


class WebConfig(Part):
    """What listens for events."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    threads: Annotated[int, Field(ge=1, le=128)] = 8
    #: Open connections; more wait in the queue of the operating system.
    connections: Annotated[int, Field(ge=10, le=10_000)] = 1000


class Config(Part):
    """All of config.toml."""

    store: StoreConfig = StoreConfig()
    web: WebConfig = WebConfig()
    portals: Annotated[Mapping[PortalName, PortalConfig], Field(min_length=1)]
    #: The folder of the file: relative paths start here.
    folder: Path = Field(exclude=True)


def load_config(path: Path) -> Config:
    """Read and check the file; ConfigError holds every mistake at once."""
    raise NotImplementedError
