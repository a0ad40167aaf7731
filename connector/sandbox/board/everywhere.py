"""What every template can use: words, the person, the menu, and what forms need."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import g, request, session, url_for
from markupsafe import Markup, escape

from connector.sandbox.board.persons import sections
from connector.sandbox.board.visitor import Refusal, desk, form_token, portal, signed_in, theme, words
from connector.sandbox.board.workload import load_of
from connector.sandbox.crm.types import DEAL, INVOICE, LEAD
from connector.sandbox.messages import Mailbox

_STATIC = Path(__file__).parent / "static"
_versions: dict[str, str] = {}


def known_everywhere() -> dict[str, Any]:
    """What every template can use."""
    said, who = words(), signed_in()
    known: dict[str, Any] = {
        "_": said,
        "who": who,
        "theme": theme(),
        "csrf": _token_field,
        "refusal": _refusal_of,
        "typed": _typed,
        "asset": _asset,
        "company": portal().people.departments[1].name if 1 in portal().people.departments else "",
        "here": here(),
        "now": portal().now(),
        "changes": g.get("changes", ""),
    }
    if who is not None:
        names = {DEAL: said("Deals"), LEAD: said("Leads"), INVOICE: said("Invoices")}
        with portal().lock:
            known["sections"] = sections(portal(), who.id, names)
            known["load"] = load_of(portal(), who.id)
            notices = portal().part(Mailbox).of(who.id)
        known["titles"] = {
            (board.entity_type_id, board.category_id): board.name if len(section.boards) > 1 else section.name
            for section in known["sections"]
            for board in section.boards
        }
        known["unread"] = sum(each.id > session.get(f"read-{who.id}", 0) for each in notices)
    return known


def here() -> str:
    """The address of this page, without the key of a refusal."""
    pairs = [each for each in request.query_string.decode("ascii", "replace").split("&") if each]
    kept = [each for each in pairs if not each.startswith("refused=")]
    return request.path + ("?" + "&".join(kept) if kept else "")


def _token_field(form: str = "", back: str | None = None) -> Markup:
    """The hidden inputs of every form: its token, its name, and the page to return to."""
    values = {"csrf": form_token(), "form": form, "next": here() if back is None else back}
    return Markup("").join(
        Markup('<input type="hidden" name="{}" value="{}">').format(name, value)
        for name, value in values.items()
        if value
    )


def _present_refusal() -> Refusal | None:
    if "refusal" not in g:
        g.refusal = desk().refusals.get(request.args.get("refused", ""))
    found: Refusal | None = g.refusal
    return found


def _refusal_of(form: str) -> Markup:
    """Where a form says why it was refused; empty, and ready for the page's script, when it was not."""
    found = _present_refusal()
    text = found.text if found is not None and found.form == form else ""
    return Markup('<p class="refusal" role="alert" data-refusal>{}</p>').format(escape(text))


def _typed(form: str, name: str, value: str = "") -> str:
    """What stands in a field: what was typed before the refusal, else its value."""
    found = _present_refusal()
    return found.typed.get(name, "") if found is not None and found.form == form else value


def _asset(name: str) -> str:
    """The address of a static file, another one when its content is."""
    if name not in _versions:
        _versions[name] = sha256((_STATIC / name).read_bytes()).hexdigest()[:10]
    return url_for("static", filename=name, v=_versions[name])
