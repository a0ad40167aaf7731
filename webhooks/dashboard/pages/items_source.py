"""The file of a pipeline as it was written, line by line, so that a rule of the log can be looked up."""

from __future__ import annotations

from pathlib import PurePath

from flask import render_template, request
from werkzeug.exceptions import NotFound

from connector.flow.versions import in_force
from connector.store import definitions
from webhooks.dashboard import current


def show_source(pipeline: str) -> str:
    """A version of a pipeline, by default the one in force; `line` is marked."""
    portal = current.portal()
    asked = request.args.get("version")
    with current.application().database.read() as conn:
        newest = in_force(conn, portal.name, pipeline)
        stored = definitions.get(conn, asked or newest or "")
    if stored is None:
        raise NotFound
    return render_template(
        "source.html",
        pipeline=pipeline,
        stored=stored,
        file=PurePath(stored.file).name,
        lines=stored.source.splitlines(),
        line=request.args.get("line", 0, type=int),
        is_in_force=stored.hash == newest,
    )
