"""Whatever a page says, it says in Russian too."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract, extract_python
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

import webhooks.dashboard
from webhooks.dashboard.words import FOLDER, KEYWORDS

ROOM = Path(webhooks.dashboard.__file__).parent
EXTENSIONS = {"trim_blocks": "true", "lstrip_blocks": "true"}
PLACE = re.compile(r"%\((\w+)\)s")

Message = str | tuple[str, ...]


def said() -> Iterator[tuple[Message, str]]:
    """Every text that is translated, and the file that says it."""
    for path in sorted(ROOM.rglob("*.py")):
        with path.open("rb") as file:
            for _, message, _, _ in extract(extract_python, file, keywords=KEYWORDS):
                yield message, path.name
    for path in sorted(ROOM.rglob("*.html")):
        with path.open("rb") as file:
            for _, message, _, _ in extract(babel_extract, file, keywords=KEYWORDS, options=EXTENSIONS):
                yield message, path.name


def russian() -> dict[str, list[tuple[Message, Message, str]]]:
    """Everything that is translated: by its (first) English form, with the file."""
    found: dict[str, list[tuple[Message, Message, str]]] = defaultdict(list)
    for path in sorted((FOLDER / "ru").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="ru", abort_invalid=True):
                if message.id:
                    first = message.id if isinstance(message.id, str) else message.id[0]
                    found[first].append((message.id, message.string, path.name))
    return found


def test_every_text_of_every_page_is_there_in_russian() -> None:
    known = russian()
    missing = set()
    for message, file in said():
        first = message if isinstance(message, str) else message[0]
        ways = [
            string
            for id_, string, _ in known.get(first, [])
            if isinstance(id_, str) == isinstance(message, str)
        ]
        if not ways or not all(ways[0] if isinstance(ways[0], tuple) else [ways[0]]):
            missing.add((file, first))
    assert sorted(missing) == []


def test_no_text_is_translated_in_two_ways_and_none_that_nobody_says() -> None:
    spoken = {message if isinstance(message, str) else message[0] for message, _ in said()}
    for first, ways in russian().items():
        assert len({string for _, string, _ in ways}) == 1, (first, ways)
        assert first in spoken, (first, [file for _, _, file in ways])


def test_translations_have_the_same_gaps_as_what_they_translate() -> None:
    for first, ways in russian().items():
        for id_, string, file in ways:
            plural = id_[-1] if isinstance(id_, tuple) else id_
            for form in string if isinstance(string, tuple) else [string]:
                assert set(PLACE.findall(form)) == set(PLACE.findall(str(plural))), (file, first)
