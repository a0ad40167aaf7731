"""Users: who may look at the dashboard. They are added, removed and given roles on the command line."""

from __future__ import annotations

from flask import Blueprint, render_template

from connector.store import users
from connector.store.users import Role
from webhooks.dashboard import current
from webhooks.dashboard.guarding import needs

blueprint = Blueprint("users", __name__)


@blueprint.get("/users")
@needs(Role.ADMIN)
def show() -> str:
    with current.application().database.read() as conn:
        found = users.every(conn)
    return render_template("users.html", users=found)
