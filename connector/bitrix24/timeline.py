"""Words to people: comments in a card's timeline, notifications (skeleton)."""

from __future__ import annotations

from connector.bitrix24.call import Call
from connector.bitrix24.outcome import Answer
from connector.records import ItemRef


def short_code(key: str) -> str:
    """`#` and 8 characters that stand for `key` in the text of a comment."""
    raise NotImplementedError


def add_comment(ref: ItemRef, text: str, *, code: str) -> Call:
    """A comment that ends in its short code."""
    raise NotImplementedError


def find_comments(ref: ItemRef) -> Call:
    """The newest 50 comments of a card; look with `has_code`."""
    raise NotImplementedError


def has_code(answer: Answer, code: str) -> bool:
    raise NotImplementedError


def notify(user_id: int, text: str, *, tag: str) -> Call:
    """A personal notification; a later one with the same tag replaces it."""
    raise NotImplementedError
