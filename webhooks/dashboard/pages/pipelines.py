"""Pipelines: not drawn yet."""

from __future__ import annotations

from flask import Blueprint, render_template

blueprint = Blueprint("pipelines", __name__)


@blueprint.get("/pipelines")
def show() -> str:
    return render_template("pipelines.html")
