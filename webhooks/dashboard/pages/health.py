"""Health: whether the connector does its work, and what waits for a person."""

from __future__ import annotations

from flask import Blueprint, render_template

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def show() -> str:
    return render_template("health.html")
