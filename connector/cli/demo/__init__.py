"""The demo: the product against a sandbox portal over real HTTP, with scripted reps and checked promises.

It uses what a user uses (the sandbox server, the bindings that `init` proposes, the receiver, the embedded
runtime) and checks every promise that it prints against the portal's own state.
"""

from __future__ import annotations

import signal
from pathlib import Path

import click


@click.command()
@click.option("--keep", is_flag=True, help="Keep serving afterwards, until Ctrl-C.")
@click.option(
    "--import",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of sales opportunities (CSV) to take the deals from.",
)
@click.option(
    "--deals", type=click.IntRange(min=0), default=2000, show_default=True, help="How many deals to make up."
)
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same portal.")
@click.pass_context
def demo(ctx: click.Context, keep: bool, folder: Path | None, deals: int, seed: int) -> None:
    """Show the main job, end to end: a portal on this machine, the product beside it, scripted reps.

    Ends with exit code 0 only if every promise that it prints was checked against the portal's own state.
    """
    from connector.cli.demo.play import Options, play

    # As Ctrl-C does: what was started is ended, the portal's process too.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        is_kept = play(Options(deals=deals, seed=seed, folder=folder, is_kept=keep))
    finally:
        signal.signal(signal.SIGTERM, before)
    ctx.exit(0 if is_kept else 1)
