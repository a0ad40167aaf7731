"""What one call of the program is given from outside: where its configuration is, its clock, its network.

`clock` and `adapters` are two of the product's three seams (the third, the database, is named in the
configuration). A test and the demo put their own into click's context object; everything else stays as it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from connector.clock import Clock, SystemClock

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Invocation:
    """Handed to every command. `adapters` (by portal) stand in for the network."""

    config_path: Path = Path("config.toml")
    #: Whether somebody said which configuration, rather than leaving it to the default.
    is_config_named: bool = False
    clock: Clock = field(default_factory=SystemClock)
    adapters: Mapping[str, BaseAdapter] = field(default_factory=dict)
    #: Set when a running engine is to stop.
    stopping: threading.Event = field(default_factory=threading.Event)


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def portal_option(command: F) -> F:
    """`--portal NAME`, for commands that work on one portal."""
    return click.option(
        "--portal",
        "portal_name",
        metavar="NAME",
        help="Which portal of the configuration, if it has several.",
    )(command)


def json_option(command: F) -> F:
    """`--json`, for commands whose answer a script may want."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for scripts.")(command)
