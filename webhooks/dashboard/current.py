"""The request in hand: who looks, at which portal, in which language, at what time.

Everything a page or a template asks of its surroundings is asked here; only functions that are called while
a request is answered may do so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, request
from werkzeug.exceptions import NotFound

from connector.flow.portal import Portal
from connector.store.sessions import Session
from pipelines.engine.model import Language
from webhooks.dashboard.ports import DashboardPort

KEY: Final = "funnelwright"
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ru")
THEMES: Final = ("auto", "light", "dark")
LANGUAGE_COOKIE, THEME_COOKIE = "funnelwright_language", "funnelwright_theme"


def application() -> DashboardPort:
    """Configuration, database, clock and portals."""
    return application_of(current_app)


def application_of(app: Flask) -> DashboardPort:
    """The same, outside of a request."""
    return cast(DashboardPort, app.extensions[KEY])


def now() -> datetime:
    """The present instant, aware, UTC; the same for the whole request."""
    if "now" not in g:
        g.now = application().clock.now()
    return cast(datetime, g.now)


def portal_name() -> str:
    """The portal of the address, or the first one where the address names none."""
    name: str | None = g.get("portal_name")
    return name if name is not None else next(iter(application().portals))


def portal() -> Portal:
    """The portal that the page is about, as it is bound now; NotFound if there is none of that name."""
    found = application().portals.get(portal_name())
    if found is None:
        raise NotFound
    return found


def zone() -> ZoneInfo:
    """The time zone that instants are shown in: the portal's."""
    found = application().config.portals.get(portal_name())
    first = next(iter(application().config.portals.values()))
    return ZoneInfo((found or first).time_zone)


def language() -> Language:
    """The viewer's choice; until then the portal's."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    for known in LANGUAGES:
        if chosen == known:
            return known
    found = application().config.portals.get(portal_name())
    return found.language if found is not None else LANGUAGES[0]


def theme() -> str:
    """auto (as the system is), light or dark."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else THEMES[0]


def session() -> Session | None:
    """Who is signed in; None on the few pages that everybody may see."""
    return cast("Session | None", g.get("session"))


def viewer() -> Session:
    """Who is signed in; only for pages that are not public."""
    found = session()
    if found is None:
        raise RuntimeError("a public page asks who is signed in")
    return found


def actor() -> str:
    """Who is signed in, as the journal has it."""
    return f"dashboard:{viewer().user_name}"


def is_https() -> bool:
    """Whether the browser came by https, as far as configuration and trusted proxies tell."""
    if request.scheme == "https":
        return True
    address = application().config.dashboard.address or ""
    return address == f"https://{request.host}"
