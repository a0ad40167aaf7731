"""Outcomes: not drawn yet."""

from __future__ import annotations

from flask import Blueprint, render_template

blueprint = Blueprint("outcomes", __name__)


@blueprint.get("/outcomes")
def show() -> str:
    return render_template("outcomes.html")
