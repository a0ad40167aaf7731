"""Opening what a command works with: the configuration, the store alone, or the whole product."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from connector.app import App, build_app
from connector.cli.failures import Refusal
from connector.cli.invocation import Invocation
from connector.config import Config, load_config
from connector.errors import StoreError
from connector.flow.bindings import Binding
from connector.records import ItemRef
from connector.store import Database, migrate
from pipelines.findings import nearest


@contextmanager
def open_app(invocation: Invocation) -> Iterator[App]:
    """The product, wired, its store migrated; closed afterwards."""
    config = load_config(invocation.config_path)
    app = build_app(config, clock=invocation.clock, adapters=invocation.adapters)
    try:
        yield app
    finally:
        app.close()


@contextmanager
def open_store(invocation: Invocation) -> Iterator[tuple[Config, Database]]:
    """The configuration and the store, and nothing else: neither a secret nor a pipeline need be usable."""
    config = load_config(invocation.config_path)
    database = Database(config.store.database_url())
    try:
        with database.read() as conn:
            is_current = migrate.is_current(conn)
        if not is_current:
            raise StoreError("the store has not the tables of this version: run `funnelwright db upgrade`")
        yield config, database
    finally:
        database.close()


def choose_portal(config: Config, name: str | None) -> str:
    """The portal that was named, or the only one."""
    known = list(config.portals)
    if name is None:
        if len(known) > 1:
            raise click.UsageError(f"which portal? --portal NAME, one of: {', '.join(known)}")
        return known[0]
    if name not in known:
        raise click.UsageError(_unknown("portal", name, known))
    return name


def choose_pipeline(config: Config, portal: str, name: str) -> str:
    """A pipeline of the portal, by its name in the configuration."""
    known = list(config.portals[portal].pipelines)
    if name not in known:
        raise click.UsageError(_unknown(f"pipeline of {portal}", name, known))
    return name


def choose_binding(app: App, portal: str, name: str) -> Binding:
    """A pipeline of the portal as it is bound; Refusal when its file cannot be used and never could."""
    choose_pipeline(app.config, portal, name)
    binding = app.portals[portal].bindings.get(name)
    if binding is None:
        raise Refusal(f"{app.portals[portal].broken[name]}. `funnelwright check` tells every mistake")
    return binding


def _unknown(noun: str, name: str, known: list[str]) -> str:
    meant = nearest(name, known)
    hint = f" Did you mean {meant!r}?" if meant else ""
    return f"no {noun} is called {name!r}; there is: {', '.join(known) or 'none'}.{hint}"


class Item(click.ParamType[ItemRef]):
    """`deal:7405`, `lead:12`, `1046:17`."""

    name = "item"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> ItemRef:
        if isinstance(value, ItemRef):
            return value
        try:
            return ItemRef.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


ITEM = Item()
