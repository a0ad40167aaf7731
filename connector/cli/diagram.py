"""`diagram`: a pipeline as a picture; for an item, where it stands and where it may go now."""

from __future__ import annotations

from pathlib import Path

import click

from connector.app import App
from connector.cli.failures import Refusal
from connector.cli.files import one_file
from connector.cli.invocation import Invocation, pass_invocation, portal_option
from connector.cli.opening import ITEM, choose_binding, choose_portal, open_app
from connector.cli.text import say
from connector.config import Config, load_config
from connector.portal.definitions import definition_path
from connector.records import ItemRef
from connector.reports.story.picture import draw, named_pipelines
from connector.store import mirror, processes
from pipelines.diagram import Diagram, diagram_of, to_mermaid, to_svg
from pipelines.engine.model import Language
from pipelines.loader import load_definition

_WRITERS = {"mermaid": to_mermaid, "svg": to_svg}


@click.command()
@click.argument("pipeline")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(_WRITERS)),
    help="What to write.  [default: svg for an --output that is called so, else mermaid]",
)
@click.option(
    "--language",
    type=click.Choice(["en", "ru"]),
    help="Which texts.  [default: with --item those of the portal, else en]",
)
@click.option("--item", type=ITEM, help="Show where this item stands and may go: deal:15.")
@portal_option
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write here instead of to the screen.",
)
@pass_invocation
def diagram(
    invocation: Invocation,
    pipeline: str,
    format_name: str | None,
    language: Language | None,
    item: ItemRef | None,
    portal_name: str | None,
    output: Path | None,
) -> None:
    """Draw PIPELINE: a file, a pipeline of the configuration, or a shipped one.

    With --item the process is read from the store: its stage and open steps are highlighted, so are the moves
    that are allowed now; what a condition holds back says why, the rest is greyed.
    """
    if item is None:
        definition = load_definition(_file(invocation, pipeline, portal_name))
        drawn = diagram_of(definition, language or "en", others=named_pipelines(definition))
    else:
        with open_app(invocation) as app:
            drawn = _draw_item(app, choose_portal(app.config, portal_name), pipeline, item, language)
    text = _WRITERS[format_name or _format_of(output)](drawn)
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output, text)


def _file(invocation: Invocation, name: str, portal_name: str | None) -> Path:
    """A file; or a pipeline of the configuration, if there is one; or a shipped one."""
    has_config = invocation.is_config_named or invocation.config_path.exists()
    if not Path(name).exists() and has_config:
        found = _bound(load_config(invocation.config_path), name, portal_name)
        if found is not None:
            return found
    return one_file(name)


def _bound(config: Config, name: str, portal_name: str | None) -> Path | None:
    portals = [config.portals[choose_portal(config, portal_name)]] if portal_name else config.portals.values()
    return next((definition_path(each.pipelines[name]) for each in portals if name in each.pipelines), None)


def _format_of(output: Path | None) -> str:
    return "svg" if output is not None and output.suffix.lower() == ".svg" else "mermaid"


def _write(output: Path, text: str) -> None:
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise Refusal(f"{output} cannot be written: {error.strerror}") from error
    say(f"Drawn into {output}.")


# --- one item -----------------------------------------------------------------------------------------------


def _draw_item(app: App, portal_name: str, pipeline: str, ref: ItemRef, language: Language | None) -> Diagram:
    """The picture on the version that the item's process runs on, with what the mirror knows of it."""
    portal, binding = app.portals[portal_name], choose_binding(app, portal_name, pipeline)
    with app.database.read() as conn:
        found = (
            each for each in processes.of_item(conn, portal.name, ref) if each.pipeline == binding.pipeline
        )
        process = next(found, None)
        if process is None:
            raise Refusal(f"{ref} is not in {binding.pipeline}: see `funnelwright why {ref}`")
        item = mirror.get_item(conn, portal.name, ref)
        if item is None:
            raise Refusal(f"{ref} is not in the mirror: it was deleted in the CRM")
        return draw(conn, portal, process, item, language or portal.config.language)
