"""Who looks at a page: the person signed in, the language, the theme, and the token of the forms.

It is all kept in one signed cookie. Signing in takes one click and no password: the portal is made up.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from flask import abort, current_app, session

from connector.sandbox.board.acting import Refused
from connector.sandbox.board.persons import Person, person
from connector.sandbox.board.words import LANGUAGES, Words
from connector.sandbox.portal import SandboxPortal

THEMES = ("auto", "light", "dark")
_KEPT_REFUSALS = 200


@dataclass(frozen=True, slots=True)
class Refusal:
    """A form that was refused: why, and what was typed into it."""

    form: str
    text: str
    typed: Mapping[str, str]


@dataclass(slots=True)
class Desk:
    """What the pages of one board share: the portal, and the refusals that wait to be shown."""

    portal: SandboxPortal
    refusals: OrderedDict[str, Refusal] = field(default_factory=OrderedDict)

    def keep(self, refusal: Refusal) -> str:
        """Keep what was typed until the page is drawn again; the key to ask for it with."""
        key = secrets.token_urlsafe(12)
        self.refusals[key] = refusal
        while len(self.refusals) > _KEPT_REFUSALS:
            self.refusals.popitem(last=False)
        return key


def desk() -> Desk:
    found: Desk = current_app.extensions["board"]
    return found


def portal() -> SandboxPortal:
    return desk().portal


def signed_in() -> Person | None:
    """The employee who acts; somebody who was dismissed meanwhile is signed out."""
    number = session.get("user")
    found = person(portal(), number) if isinstance(number, int) else None
    return found if found is not None and found.is_active else None


def actor() -> int:
    """The id of who acts; a page that needs one is answered 401 without."""
    found = signed_in()
    if found is None:
        abort(401)
    return found.id


def words() -> Words:
    """The language chosen, else the portal's; the clock is that of the person, else the portal's."""
    chosen = session.get("language")
    language = chosen if chosen in LANGUAGES else "ru" if portal().language == "ru" else "en"
    user = portal().people.get(session.get("user", 0))
    zone = ZoneInfo(user.time_zone) if user is not None and user.time_zone else portal().zone
    return Words(language, zone)


def theme() -> str:
    chosen = str(session.get("theme", "auto"))
    return chosen if chosen in THEMES else "auto"


def form_token() -> str:
    """The token that every form of this visitor carries."""
    if "token" not in session:
        session["token"] = secrets.token_urlsafe(24)
    return str(session["token"])


def explain(refused: Refused) -> str:
    """A refusal in the reader's language where its words are known, else in the portal's own."""
    said = words()
    return said(refused.text) if refused.text else said("The portal refused, and said nothing more.")
