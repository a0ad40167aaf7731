"""A document as one page in one file: nothing is loaded from elsewhere, and no script runs in it.

Everything that people wrote is escaped. Should something slip through, the page's own policy forbids it to
run and to call home.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from connector.reports.charts import CannotDraw, Chart, Studio
from connector.reports.documents.document import Chapter, Document, Part
from connector.reports.documents.look import STYLE
from connector.reports.documents.summary import Key, keys_of
from connector.reports.documents.wording import Wording
from connector.reports.figures.table import Cell, Heading, Table

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
#: Of a picture: what it calls its own parts, and where it speaks of them.
_ID = re.compile(r'\bid="([^"]+)"')
_DECLARATION = re.compile(r"^\s*(<\?xml[^>]*\?>|<!DOCTYPE[^>]*>)\s*")
_NUMBERS = frozenset({"integer", "amount", "share", "hours"})
_TIMES = frozenset({"date", "instant"})
#: Texts that are not broken into lines.
_SHORT = frozenset({"item", "limit"})


def as_page(document: Document, studio: Studio) -> bytes:
    """The whole page, UTF-8. A chart that cannot be drawn leaves a word in its place."""
    return "\n".join(_page(document, studio)).encode()


def _page(document: Document, studio: Studio) -> Iterator[str]:
    wording = Wording(document.language, document.zone)
    title = escape(document.title)
    yield f'<!doctype html>\n<html lang="{document.language}">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}, {escape(wording.days(*document.days))}</title>"
    yield f"<style>\n{STYLE}</style>\n</head>\n<body>"
    yield from _head(document, wording)
    yield "<main>"
    for number, part in enumerate(document.parts):
        yield from _part(document, part, number, wording, studio)
    yield "</main>"
    yield from _meanings(document, wording)
    yield "</body>\n</html>\n"


def _head(document: Document, wording: Wording) -> Iterator[str]:
    about = [wording.days(*document.days)]
    if document.filters:
        about.append(wording.say("only", names=", ".join(document.filters)))
    about.append(wording.say("made_at", at=wording.instant(document.made_at)))
    yield f"<header>\n<h1>{escape(document.title)}</h1>"
    yield f"<p>{escape(' · '.join(about))}</p>\n</header>"


def _part(document: Document, part: Part, number: int, wording: Wording, studio: Studio) -> Iterator[str]:
    yield "<section>"
    if len(document.parts) > 1:
        yield f"<h2 class=pipeline>{escape(part.title)}</h2>"
    if keys := keys_of(part):
        yield f"<dl class=keys>{''.join(_key(key, wording) for key in keys)}</dl>"
    for chapter in part.chapters:
        yield from _chapter(chapter, f"{number}-{chapter.section}", wording, studio)
    yield "</section>"


def _key(key: Key, wording: Wording) -> str:
    tone = " class=alarm" if key.is_alarming else ""
    name, number = escape(wording.say(key.name)), wording.number(key.number)
    return f"<div{tone}><dt>{name}</dt><dd>{number}</dd></div>"


def _chapter(chapter: Chapter, place: str, wording: Wording, studio: Studio) -> Iterator[str]:
    yield f"<section>\n<h2>{escape(wording.say(chapter.section))}</h2>"
    for table in chapter.tables:
        yield f"<h3>{escape(table.title)}</h3>"
        if table.about:
            yield f"<p class=about>{escape(table.about)}</p>"
        for chart in chapter.charts:
            if chart.table == table.name:
                caption = chart.title if chart.title != table.title else ""
                yield _figure(chart, caption, f"{place}-{chart.name}", wording, studio)
        yield from _table(table, wording)
    yield "</section>"


def _figure(chart: Chart, caption: str, place: str, wording: Wording, studio: Studio) -> str:
    try:
        picture = studio.svg(chart).decode()
    except CannotDraw:
        return f"<p class=about>{escape(wording.say('not_drawn'))}</p>"
    said = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    seen = f'<div role="img" aria-label="{escape(chart.text)}">{_inline(picture, place)}</div>'
    return f"<figure>{said}{seen}</figure>"


def _inline(picture: str, place: str) -> str:
    """The picture as a part of the page: its own names must not be those of another picture."""
    picture = _DECLARATION.sub("", picture)
    for name in sorted(set(_ID.findall(picture)), key=len, reverse=True):
        own = f"{place}-{name}"
        picture = picture.replace(f'id="{name}"', f'id="{own}"')
        picture = picture.replace(f"url(#{name})", f"url(#{own})").replace(
            f'href="#{name}"', f'href="#{own}"'
        )
    return picture


def _table(table: Table, wording: Wording) -> Iterator[str]:
    """The table without columns that are empty all the way down."""
    if not table.rows:
        yield f"<p class=empty>{escape(wording.say('nothing'))}</p>"
        return
    yield f"<div class=wide>\n<table>\n<caption class=hidden>{escape(table.title)}</caption>\n<thead><tr>"
    shown = [
        place for place in range(len(table.headings)) if any(row[place] is not None for row in table.rows)
    ]
    headings = [table.headings[place] for place in shown]
    yield "".join(map(_heading, headings))
    yield "</tr></thead>\n<tbody>"
    for row in table.rows:
        yield f"<tr>{''.join(_cells(headings, [row[place] for place in shown], wording))}</tr>"
    yield "</tbody>\n</table>\n</div>"


def _heading(heading: Heading) -> str:
    told = f' title="{escape(heading.about)}"' if heading.about else ""
    return f"<th scope=col{_class(heading)}{told}>{escape(heading.title)}</th>"


def _cells(headings: Iterable[Heading], cells: Iterable[Cell], wording: Wording) -> Iterator[str]:
    for place, (heading, cell) in enumerate(zip(headings, cells, strict=True)):
        text, kind = escape(wording.cell(cell, heading.kind)), _class(heading)
        yield f"<td{kind}>{text}</td>" if place else f"<th scope=row{kind}>{text}</th>"


def _class(heading: Heading) -> str:
    if heading.kind in _NUMBERS:
        return " class=number"
    return " class=time" if heading.kind in _TIMES or heading.name in _SHORT else ""


def _meanings(document: Document, wording: Wording) -> Iterator[str]:
    """Each definition once, in the order of the tables."""
    told: dict[str, dict[str, str]] = {}
    for _, _, table in document.tables():
        of_table = told.setdefault(table.title, {})
        of_table |= {each.title: each.about for each in table.headings if each.about}
    yield f"<footer>\n<h2>{escape(wording.say('meaning'))}</h2>"
    for title, meanings in told.items():
        if meanings:
            yield f"<h3>{escape(title)}</h3>\n<dl>"
            for name, about in meanings.items():
                yield f"<dt>{escape(name)}</dt><dd>{escape(about)}</dd>"
            yield "</dl>"
    yield "</footer>"
