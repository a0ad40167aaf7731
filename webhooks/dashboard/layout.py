"""What the frame of every page needs: navigation, choices of portal, language and theme, who is signed in."""

from __future__ import annotations

from typing import Any

from flask import Flask, request

from webhooks.dashboard import current, guarding
from webhooks.dashboard.pages import PAGES, Page


def install(app: Flask) -> None:
    """Names that every template knows."""
    app.jinja_env.globals.update(
        csrf_token=guarding.csrf_token,
        may=guarding.may,
        language=current.language,
        theme=current.theme,
        languages=current.LANGUAGES,
        themes=current.THEMES,
        session_of_viewer=current.session,
        portal_name=current.portal_name,
        navigation=_navigation,
        here=_here,
        now=current.now,
    )
    app.context_processor(_portals)


def _portals() -> dict[str, Any]:
    return {"portal_names": list(current.application().config.portals)}


def _navigation() -> list[tuple[Page, bool]]:
    """The pages of the menu, and whether each is the one that is shown."""
    shown = (request.endpoint or "").partition(".")[0]
    return [(page, page.name == shown) for page in PAGES if page.is_in_menu]


def _here() -> str:
    """The path and the question of this page, to come back to; "" where it cannot be asked again."""
    return request.full_path.rstrip("?") if request.method == "GET" else ""
