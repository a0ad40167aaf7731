"""The command line: the top of the product, where a person says what is to be done.

Owns the commands, what they print and how the program ends (`failures.ExitCode`). A command lives in a module
of its own and is imported when it is called, so that `--version` and `--help` need no database driver. It
refuses to decide and to speak SQL: commands put together what the rooms below offer.
"""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from connector.cli.invocation import Invocation
from connector.cli.lazy import Lazy, LazyGroup

__all__ = ["main"]

COMMANDS = {
    "demo": Lazy("connector.cli.demo:demo", "Show the main job, end to end, against the sandbox portal."),
    "init": Lazy("connector.cli.init:init", "Read a portal and write config.toml with bindings filled in."),
    "doctor": Lazy("connector.cli.doctor:doctor", "Examine configuration, store, portal and events."),
    "check": Lazy("connector.cli.check:check", "Find mistakes in pipelines, offline."),
    "test": Lazy("connector.cli.scenarios:test", "Play the scenarios of pipelines."),
    "diagram": Lazy("connector.cli.diagram:diagram", "Draw a pipeline, or where an item stands in it."),
    "sync": Lazy("connector.cli.sync:sync", "Copy the portal, go on where a copy stopped, catch up."),
    "run": Lazy("connector.cli.run:run", "Receive events and work the portals, until stopped."),
    "dashboard": Lazy("connector.cli.dashboard:dashboard", "Serve the dashboard without an engine."),
    "users": Lazy("connector.cli.users:users_group", "Say who may sign in to the dashboard."),
    "status": Lazy("connector.cli.status:status", "Show queues, processes, pauses and what is stuck."),
    "why": Lazy("connector.cli.why:why", "Tell what happened to an item, and by which rule."),
    "start": Lazy("connector.cli.items:start", "Put one item into a pipeline at its present stage."),
    "adopt": Lazy("connector.cli.adopt:adopt", "Let items that were there before join a pipeline."),
    "migrate": Lazy("connector.cli.migrate:migrate", "Let running items go on under a newer version."),
    "rehearse": Lazy("connector.cli.rehearse:rehearse", "Show what a changed pipeline would have done."),
    "route": Lazy("connector.cli.route:route", "Show who gets an item, or would have got the last ones."),
    "shadow": Lazy("connector.cli.shadow:shadow", "Show what a pipeline in shadow would have done."),
    "report": Lazy("connector.cli.report:report", "Show the funnel, people, delays and outcomes."),
    "reports": Lazy("connector.cli.reports:reports_group", "Show and make the reports on a schedule."),
    "signal": Lazy("connector.cli.items:signal", "Tell the processes of an item that something happened."),
    "press": Lazy("connector.cli.press:press", "Begin a follow-on that the pipeline of an item offers."),
    "outbox": Lazy("connector.cli.outbox:outbox_group", "List, retry and drop what is to be written."),
    "pause": Lazy("connector.cli.pause:pause", "Stop sending to the CRM, or go on."),
    "backup": Lazy("connector.cli.backup:backup", "Copy the store to a file, while the engine runs."),
    "restore": Lazy("connector.cli.backup:restore", "Put a copy of the store in its place."),
    "export": Lazy("connector.cli.export:export", "Write the mirror as CSV or Parquet files."),
    "db": Lazy("connector.cli.db:db", "Look after the store."),
    "sandbox": Lazy("connector.cli.sandbox:sandbox", "Run a Bitrix24 portal on this machine."),
}


@click.group(cls=LazyGroup, commands_at=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("config.toml"),
    envvar="FUNNELWRIGHT_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The configuration.",
)
@click.version_option(package_name="funnelwright", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context, config_path: Path) -> None:
    """Your own sales processes on Bitrix24, described in TOML and run beside the CRM.

    Begin with `funnelwright demo`, or with `funnelwright init` for your own portal.
    """
    invocation = ctx.ensure_object(Invocation)
    invocation.config_path = config_path
    invocation.is_config_named = ctx.get_parameter_source("config_path") is not ParameterSource.DEFAULT
