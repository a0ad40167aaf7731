"""Delays: not drawn yet."""

from __future__ import annotations

from flask import Blueprint, render_template

blueprint = Blueprint("delays", __name__)


@blueprint.get("/delays")
def show() -> str:
    return render_template("delays.html")
