"""People: not drawn yet."""

from __future__ import annotations

from flask import Blueprint, render_template

blueprint = Blueprint("people", __name__)


@blueprint.get("/people")
def show() -> str:
    return render_template("people.html")
