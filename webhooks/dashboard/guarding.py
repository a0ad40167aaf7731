"""Who may come in: what every request passes before a page sees it.

Nothing is public unless it says so, and whatever changes something (every method but GET and HEAD) proves
that it comes from a page of ours: a token that hangs on the session, and no word of the browser's against it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request, url_for
from werkzeug.exceptions import Forbidden, SecurityError
from werkzeug.wrappers import Response as BaseResponse

from connector import users
from connector.store.users import Role
from webhooks.dashboard import current

F = TypeVar("F", bound=Callable[..., Any])

SESSION_COOKIE: Final = "funnelwright_session"
#: For forms that are filled in before anybody is signed in.
TICKET_COOKIE: Final = "funnelwright_ticket"
CSRF_FIELD: Final = "csrf"
_YEAR_SECONDS: Final = 365 * 86_400


def public(view: F) -> F:
    """Everybody may see this, signed in or not."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def needs(role: Role) -> Callable[[F], F]:
    """Only who has this role, or a higher one. Viewers may see what does not say otherwise."""

    def mark(view: F) -> F:
        view.needed_role = role  # type: ignore[attr-defined]
        return view

    return mark


def may(role: Role | str) -> bool:
    """Whether the viewer may do what this role may: pages leave out what they may not."""
    session = current.session()
    return session is not None and session.role.covers(Role(role))


def csrf_token() -> str:
    """What a form carries; another session cannot know it."""
    secret = g.get("token") or request.cookies.get(TICKET_COOKIE) or g.get("ticket")
    if not secret:
        secret = g.ticket = secrets.token_urlsafe(32)
    return _csrf_of(secret)


def install(app: Flask, hosts: Collection[str] | None) -> None:
    """Put the guards in front of every page; `hosts`: the names that are ours, None if any may be."""

    def check_host() -> None:
        """A page of somebody else's whose name leads here could read what this one shows."""
        if hosts is not None and urlsplit(f"//{request.host}").hostname not in hosts:
            raise SecurityError

    app.before_request(check_host)
    app.before_request(_recognise)
    app.before_request(_check_origin)
    app.before_request(_check_role)
    app.after_request(_give_ticket)


def set_cookie(response: BaseResponse, name: str, value: str, *, lives_seconds: int | None = None) -> None:
    """A cookie that no script reads and no other site sends along."""
    response.set_cookie(
        *(name, value), max_age=lives_seconds, httponly=True, samesite="Lax", secure=current.is_https()
    )


def remember_choice(response: BaseResponse, name: str, value: str) -> None:
    """A choice that outlives the session."""
    set_cookie(response, name, value, lives_seconds=_YEAR_SECONDS)


def begin_session(response: BaseResponse, token: str) -> None:
    set_cookie(response, SESSION_COOKIE, token, lives_seconds=int(users.LONGEST.total_seconds()))
    response.delete_cookie(TICKET_COOKIE)


def local_path(path: str | None) -> str:
    """The path if it is one of this site, or the first page: nobody is sent elsewhere after signing in."""
    parts = urlsplit(path or "")
    is_ours = path and path.startswith("/") and not path.startswith(("//", "/\\"))
    if not is_ours or parts.scheme or parts.netloc or "\\" in str(path) or not str(path).isprintable():
        return url_for("home")
    return str(path)


def _recognise() -> None:
    token = request.cookies.get(SESSION_COOKIE)
    if token and request.endpoint != "static":
        g.session = users.recognise(current.application().database, token, current.now())
        g.token = token if g.session is not None else None


def _check_origin() -> None:
    """Forbidden for a change that does not come from a page of ours."""
    if request.method in ("GET", "HEAD"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        raise Forbidden("csrf")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Forbidden("csrf")
    secret = g.get("token") or request.cookies.get(TICKET_COOKIE) or ""
    given = request.form.get(CSRF_FIELD, "").encode()
    if not secret or not hmac.compare_digest(_csrf_of(secret).encode(), given):
        raise Forbidden("csrf")


def _check_role() -> BaseResponse | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static" or getattr(view, "is_public", False):
        return None
    session = current.session()
    if session is None:
        here = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("signing.sign_in", next=here))
    needed: Role = getattr(view, "needed_role", Role.VIEWER)
    if not session.role.covers(needed):
        raise Forbidden("role")
    return None


def _give_ticket(response: Response) -> Response:
    if ticket := g.get("ticket"):
        set_cookie(response, TICKET_COOKIE, ticket)
    return response


def _csrf_of(secret: str) -> str:
    """Derived one way: the page does not hold what the cookie holds."""
    return hmac.new(secret.encode(), b"csrf", hashlib.sha256).hexdigest()
