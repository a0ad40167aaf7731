"""Reports: not drawn yet."""

from __future__ import annotations

from flask import Blueprint, render_template

blueprint = Blueprint("reports", __name__)


@blueprint.get("/reports")
def show() -> str:
    return render_template("reports.html")
