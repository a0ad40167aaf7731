"""What a person finds under the bell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, session
from markupsafe import Markup

from connector.sandbox.board.markup import shown
from connector.sandbox.board.persons import Person, person
from connector.sandbox.board.visitor import actor, portal
from connector.sandbox.messages import Mailbox

blueprint = Blueprint("notices", __name__)

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Notice:
    id: int
    author: Person | None
    at: datetime
    text: Markup
    is_new: bool


@blueprint.get("/notices")
def mine() -> str:
    """The notifications of who is signed in, newest first; looking at them marks them as read."""
    user_id = actor()
    with portal().lock:
        found = portal().part(Mailbox).of(user_id)[-_SHOWN:]
    seen = session.get(f"read-{user_id}", 0)
    rows = [
        Notice(each.id, person(portal(), each.author_id), each.at, shown(each.text), each.id > seen)
        for each in reversed(found)
    ]
    if rows:
        session[f"read-{user_id}"] = max(seen, *(each.id for each in rows))
    return render_template("notices.html", notices=rows)
