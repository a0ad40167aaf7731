"""Somebody in front of the dashboard: opens pages, fills in forms as they stand there, reads what is said."""

from __future__ import annotations

import html
import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from connector import users as accounts
from connector.clock import Clock
from connector.store import Database, users
from connector.store.users import Role

PASSWORD = "correct horse battery"
#: Hashing takes a while; every user of the tests has the same password.
_HASHES: dict[str, str] = {}


class Visitor:
    """A browser with its cookies."""

    def __init__(self, app: Flask, database: Database, clock: Clock) -> None:
        self._client = app.test_client()
        self.database, self.clock = database, clock
        self.answer: TestResponse

    def open(self, path: str, **options: Any) -> str:
        """The page after all redirects."""
        self.answer = self._client.get(path, follow_redirects=True, buffered=True, **options)
        return self.text

    def fetch(self, path: str, **options: Any) -> TestResponse:
        """What is not a page: a picture, a file. Redirects are not followed."""
        self.answer = self._client.get(path, **options)
        return self.answer

    def post(self, path: str, fields: dict[str, str] | None = None, **options: Any) -> str:
        """Send a form with the token of the page that was opened last, and go where that leads."""
        self.answer = self._client.post(
            path, data={"csrf": self.token, **(fields or {})}, follow_redirects=True, **options
        )
        return self.text

    def sign_in(self, role: str = "viewer", name: str = "olga") -> Visitor:
        """As a user of that role, who is added if need be; by an invitation, so that nothing is hashed."""
        with self.database.write() as conn:
            users.add(conn, name, Role(role), self.clock.now(), "test")
            invitation = accounts.invite(conn, name, self.clock.now())
        token = accounts.accept(self.database, invitation, None, self.clock.now())
        self._client.set_cookie("funnelwright_session", str(token))
        return self

    def speak(self, language: str) -> Visitor:
        """Choose a language."""
        self._client.set_cookie("funnelwright_language", language)
        return self

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def page(self) -> str:
        """The page as it was sent."""
        return self.answer.get_data(as_text=True)

    @property
    def text(self) -> str:
        """What a person reads: without tags, one space between words."""
        body = re.sub(r"<(script|style|title)\b.*?</\1>", " ", self.page, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())

    @property
    def path(self) -> str:
        """Where it is, with the question."""
        request = self.answer.request
        question = request.query_string.decode()
        return request.path + (f"?{question}" if question else "")

    @property
    def token(self) -> str:
        """What the forms of the page carry; "" before any was opened."""
        if not hasattr(self, "answer"):
            return ""
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.page)
        return found[1] if found else ""

    def cookie(self, name: str) -> str | None:
        found = self._client.get_cookie(name)
        return None if found is None else found.value


def add_user(database: Database, clock: Clock, name: str, role: str = "viewer") -> None:
    """A user with a password."""
    if PASSWORD not in _HASHES:
        _HASHES[PASSWORD] = accounts.hash_password(PASSWORD)
    with database.write() as conn:
        if users.add(conn, name, Role(role), clock.now(), "test"):
            users.set_password(conn, name, _HASHES[PASSWORD])
