"""BBCode of descriptions and comments as HTML: a few harmless tags; everything else stays the text it is."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_PAIRS = {"b": "strong", "i": "em", "u": "u", "s": "s"}
_SIMPLE = re.compile(r"\[(?P<end>/?)(?P<name>[bius])\]", re.IGNORECASE)
_LINK = re.compile(
    r"\[url=(?P<to>https?://[^\]\s]+)\](?P<named>.*?)\[/url\]|\[url\](?P<bare>https?://[^\[\s]+)\[/url\]",
    re.IGNORECASE | re.DOTALL,
)
_USER = re.compile(r"\[user=\d+\](?P<name>.*?)\[/user\]", re.IGNORECASE | re.DOTALL)
_ITEM = re.compile(r"^\s*\[\*\]\s*", re.MULTILINE)
_LIST = re.compile(r"\[/?list(=\d+)?\]\n?", re.IGNORECASE)


def shown(text: str) -> Markup:
    """A text with its BBCode, safe to stand in a page; links lead to http and https only."""
    safe = str(escape(text))
    safe = _LIST.sub("", safe)
    safe = _ITEM.sub("• ", safe)
    safe = _USER.sub(lambda found: f"<strong>{found['name']}</strong>", safe)
    safe = _LINK.sub(_link, safe)
    return Markup(_balanced(safe).replace("\r\n", "\n").replace("\n", "<br>\n"))


def _link(found: re.Match[str]) -> str:
    address = found["to"] or found["bare"]
    return f'<a href="{address}" rel="noopener noreferrer">{found["named"] or address}</a>'


def _balanced(text: str) -> str:
    """Tags that are opened and closed in order become elements; one that stands alone stays text."""
    pieces: list[str] = []
    opened: list[tuple[str, int]] = []
    last = 0
    for found in _SIMPLE.finditer(text):
        pieces.append(text[last : found.start()])
        last = found.end()
        name = found["name"].lower()
        if not found["end"]:
            opened.append((name, len(pieces)))
            pieces.append(found[0])
        elif opened and opened[-1][0] == name:
            _, place = opened.pop()
            pieces[place] = f"<{_PAIRS[name]}>"
            pieces.append(f"</{_PAIRS[name]}>")
        else:
            pieces.append(found[0])
    return "".join([*pieces, text[last:]])
