"""A person at the board, without a browser: signs in, reads pages, sends the forms that are on them."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from connector.sandbox.board.app import create_board
from connector.sandbox.board.visitor import Desk
from connector.sandbox.portal import SandboxPortal


@cache
def _board(hosts: tuple[str, ...] | None) -> Flask:
    return create_board(SandboxPortal(), hosts=list(hosts) if hosts else None)


def board_of(portal: SandboxPortal, hosts: tuple[str, ...] | None) -> Flask:
    """Making routes takes longer than a test: one application serves the portals of all of them in turn."""
    board = _board(hosts)
    if board.extensions["board"].portal is not portal:
        board.extensions["board"] = Desk(portal)
    return board


class Page(HTMLParser):
    """What a page says (its text) and the hidden inputs of its forms."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.hidden: dict[str, str] = {}
        self._said: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append((tag, values))
        if tag == "input" and values.get("type") == "hidden":
            self.hidden[values["name"]] = values.get("value") or ""

    def handle_data(self, data: str) -> None:
        self._said += data.split()

    @property
    def words(self) -> str:
        """Everything that is said, one blank between two words."""
        return " ".join(self._said)

    def find(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        """The attributes of the elements that have these."""
        return [
            values
            for name, values in self.tags
            if name == tag and all(values.get(key) == value for key, value in wanted.items())
        ]


class Visitor:
    """Somebody who looks at the board of a portal; as user `by` from the beginning, if one is named."""

    def __init__(
        self, portal: SandboxPortal, by: int | None = None, *, hosts: tuple[str, ...] | None = None
    ) -> None:
        self.client = board_of(portal, hosts).test_client()
        self.token = ""
        if by is not None:
            self.sign_in(by)

    def get(self, address: str, status: int = 200) -> Page:
        response = self.client.get(address, follow_redirects=True)
        assert response.status_code == status, response.text
        page = Page(response.text)
        self.token = page.hidden.get("csrf", self.token)
        return page

    def sign_in(self, user_id: int) -> None:
        self.get("/board/people")
        assert self.send("/board/people", user=str(user_id)).status_code == 303

    def send(self, address: str, *, headers: dict[str, str] | None = None, **form: Any) -> TestResponse:
        """Send a form with this visitor's token, and follow nothing."""
        return self.client.post(address, data={"csrf": self.token, **form}, headers=headers)

    def post(self, address: str, **form: Any) -> Page:
        """Send a form and read the page that follows."""
        response = self.send(address, **form)
        assert response.status_code == 303, response.text
        return self.get(response.location)

    def script(self, address: str, **form: Any) -> tuple[int, dict[str, Any]]:
        """Send a form as the script of the page does."""
        response = self.send(address, headers={"Accept": "application/json"}, **form)
        return response.status_code, response.get_json()
