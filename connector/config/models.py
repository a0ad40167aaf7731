"""The whole configuration: the store, the web server, the portals."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationInfo

from connector.config.base import Part, Several
from connector.config.portal import PortalConfig
from connector.config.values import (
    IpAddress,
    PortalName,
    PublicAddress,
    Secret,
    is_loopback,
    read_reference,
    wrong,
)
from connector.errors import ConfigError
from connector.secrets import SecretRef, is_reference

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql", "postgresql+psycopg")
_DATABASES = 'expected "sqlite:///FILE" or "postgresql://USER@HOST/NAME"'


def _store_url(value: Any, info: ValidationInfo) -> str | SecretRef:
    if isinstance(value, str) and not is_reference(value):
        if problem := _url_problem(value):
            raise wrong(problem)
        return _anchored(value, info.context["folder"] if info.context else Path())
    return read_reference(value, info)


def _url_problem(url: str) -> str | None:
    if url.startswith(_SQLITE):
        return None if url.removeprefix(_SQLITE) else _DATABASES
    try:
        parts = urlsplit(url)
    except ValueError:
        return _DATABASES
    if parts.scheme not in _POSTGRESQL or not parts.path.strip("/"):
        return _DATABASES
    if parts.password is not None or "password" in parts.query:
        return 'a URL with a password is a secret: name it, url = "env:DATABASE_URL" or "file:PATH"'
    return None


def _anchored(url: str, folder: Path) -> str:
    """A relative SQLite path starts at the folder of the configuration, wherever the program was started."""
    path = url.removeprefix(_SQLITE)
    if path == url or path == ":memory:":
        return url
    return _SQLITE + str(folder.resolve() / path)


class StoreConfig(Part):
    """Where the connector keeps its own state."""

    noun: ClassVar[str] = "store"
    url: Annotated[str | SecretRef, BeforeValidator(_store_url)] = Field(
        default="sqlite:///funnelwright.db", validate_default=True
    )
    """sqlite:///FILE, postgresql://…, or the name of a secret that holds one."""

    def database_url(self) -> str:
        """The address to open, read where it is kept; ConfigError if it cannot be read or is not one."""
        if isinstance(self.url, str):
            return self.url
        url = self.url.read()
        if not url.startswith((_SQLITE, *(f"{scheme}://" for scheme in _POSTGRESQL))):
            raise ConfigError(f"{self.url}: {_DATABASES}")
        return _anchored(url, self.url.folder)


class WebConfig(Part):
    """What listens for events."""

    noun: ClassVar[str] = "web server"
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """0: a free one."""
    threads: Annotated[int, Field(ge=1, le=128)] = 16
    """Deliveries answered at once; those that come together share one commit."""
    connections: Annotated[int, Field(ge=10, le=10_000)] = 500
    """Connections open at once; more wait in the queue of the operating system."""


class DashboardConfig(Part):
    """What people look at, on a listener of its own: the receiver is public, this is not."""

    noun: ClassVar[str] = "dashboard"
    enabled: bool = True
    """False: `run` serves none."""
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8081
    """0: a free one."""
    address: PublicAddress | None = None
    """How people reach it where a reverse proxy stands in front: https://funnelwright.example.com."""
    proxies: Several[IpAddress] = ()
    """Whose word on the sender's address (X-Forwarded-For, X-Forwarded-Proto) counts."""
    metrics_token: Secret | None = None
    """What Prometheus must show; without it, /metrics answers on this machine alone."""
    threads: Annotated[int, Field(ge=1, le=64)] = 4

    @property
    def is_on_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    @property
    def is_private(self) -> bool:
        """Whether nobody but people on this machine can reach it, not even through a proxy."""
        return self.is_on_loopback and self.address is None and not self.proxies

    def address_at(self, port: int) -> str:
        """Where people find it, without a slash at the end; `port` is the one that was taken."""
        if self.address is not None:
            return self.address
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Config(Part):
    """All of config.toml."""

    noun: ClassVar[str] = "configuration"
    # Validated like what is written: the default's folder is only known then.
    store: StoreConfig = Field(default_factory=dict, validate_default=True)
    web: WebConfig = WebConfig()
    dashboard: DashboardConfig = DashboardConfig()
    portals: Annotated[Mapping[PortalName, PortalConfig], Field(min_length=1)]
