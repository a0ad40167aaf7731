"""Items: not drawn yet."""

from __future__ import annotations

from flask import Blueprint, render_template

blueprint = Blueprint("items", __name__)


@blueprint.get("/items")
def show() -> str:
    return render_template("items.html")
