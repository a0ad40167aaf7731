"""What happens to a form that was sent: done and back to the page, or refused with nothing typed lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Response, jsonify, make_response, redirect, request

from connector.sandbox.board.acting import Refused, act
from connector.sandbox.board.visitor import Refusal, actor, desk, explain, portal
from connector.sandbox.kernel import Api

_NOT_KEPT = frozenset({"csrf", "next", "form"})


def rest(method: str, params: Mapping[str, Any], *, api: Api = "v2") -> Any:
    """A REST request of the person who is signed in; Refused in the portal's words."""
    return act(portal(), actor(), method, params, api=api)


def sent() -> dict[str, str]:
    """The form: several values of one name joined by commas, line ends as they were typed."""
    return {name: ",".join(values).replace("\r\n", "\n") for name, values in request.form.lists()}


def settle(run: Callable[[], str | None]) -> Response:
    """Run what a form asks for and answer it; `run` may name another page to go to.

    A script of the page asks for JSON and stays; everybody else is sent to the page again, with the refusal
    and everything that was typed.
    """
    form, back = request.form.get("form", ""), page_to_return_to()
    is_script = request.accept_mimetypes.best == "application/json"
    try:
        onward = run()
    except Refused as refused:
        text = explain(refused)
        if is_script:
            return make_response(jsonify(error=text, form=form), 422)
        typed = {name: value for name, value in sent().items() if name not in _NOT_KEPT}
        key = desk().keep(Refusal(form, text, typed))
        joined = "&" if "?" in back else "?"
        return _to(f"{back}{joined}refused={key}#{form}")
    if is_script:
        return jsonify(go=onward)
    return _to(onward or (f"{back}#{form}" if form else back))


def page_to_return_to() -> str:
    """The page of the board that a form was on; addresses of elsewhere are not followed."""
    wanted = request.form.get("next", "") or request.args.get("next", "")
    parts = urlsplit(wanted)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/board/")
    if not is_ours or "\\" in wanted or parts.path.startswith("//"):
        return "/board/"
    pairs = [each for each in parts.query.split("&") if each and not each.startswith("refused=")]
    return parts.path + ("?" + "&".join(pairs) if pairs else "")


def _to(address: str) -> Response:
    return make_response(redirect(address, 303))
