"""What a person typed, as the fields of a REST request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from connector.sandbox.board.acting import Refused, act
from connector.sandbox.board.fields import Input, Inputs, client_name
from connector.sandbox.board.words import Words
from connector.sandbox.crm.types import COMPANY, CONTACT
from connector.sandbox.portal import SandboxPortal

_BLANKS = re.compile(r"[\s\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]")
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
_NUMBERED = re.compile(r"#\s*(\d+)\s*$")


class Filled:
    """A form that was sent, beside the inputs that it was made of."""

    def __init__(
        self, portal: SandboxPortal, user_id: int, words: Words, inputs: Inputs, form: Mapping[str, str]
    ) -> None:
        self._portal, self._user_id, self._words = portal, user_id, words
        self._inputs, self._form = inputs, form

    def changes(self) -> dict[str, Any]:
        """The fields that differ from what the page was drawn with; Refused when one cannot be read."""
        changes: dict[str, Any] = {}
        for each in self._inputs:
            name = f"f.{each.name}"
            if f"was.{each.name}" not in self._form:
                continue
            typed, was = self._form.get(name, ""), self._form.get(f"was.{each.name}", "")
            if each.kind == "money":
                currency = self._form.get(f"{name}.currency", each.currency)
                was_currency = self._form.get(f"was.{each.name}.currency", each.currency)
                if (typed, currency) != (was, was_currency) and (typed or was):
                    changes[each.name] = f"{self._number(each, typed)}|{currency}" if typed else ""
            elif typed != was:
                changes[each.name] = self._value(each, typed)
        return changes

    def _value(self, each: Input, typed: str) -> Any:
        if each.kind == "flag":
            return typed or "N"
        if each.kind == "choices":
            return [value for value in typed.split(",") if value]
        if not typed.strip():
            return ""
        if each.kind == "number":
            return self._number(each, typed)
        if each.kind == "datetime":
            return read_moment(typed, self._words.zone) or self._refuse(each, typed)
        if each.kind == "client":
            return self._client(each, typed.strip())
        if each.kind == "item":
            found = re.search(r"\d+", typed)
            return int(found[0]) if found else self._refuse(each, typed)
        return typed

    def _number(self, each: Input, typed: str) -> str:
        number = read_number(typed, self._words.language)
        return str(number) if number is not None else self._refuse(each, typed)

    def _refuse(self, each: Input, typed: str) -> Any:
        raise Refused(
            self._words("“{typed}” cannot be read as {title}", typed=typed, title=each.title), "unreadable"
        )

    def _client(self, each: Input, typed: str) -> int:
        """The company or contact that is meant: by `#id`, by its name, else a new one of that name."""
        numbered = _NUMBERED.search(typed)
        if numbered:
            return int(numbered[1])
        with self._portal.lock:
            shelf = self._portal.crm.shelf(each.client_type)
            found = [one.id for one in shelf if client_name(one).casefold() == typed.casefold()]
        if len(found) > 1:
            numbers = ", ".join(f"#{number}" for number in found[:5])
            raise Refused(
                self._words(
                    "Several are called “{name}”; write one of {numbers}", name=typed, numbers=numbers
                )
            )
        return found[0] if found else self._new_client(each.client_type, typed)

    def _new_client(self, client_type: int, name: str) -> int:
        first, _, last = name.partition(" ")
        fields = {"name": first, "lastName": last} if client_type == CONTACT else {"title": name}
        assert client_type in (COMPANY, CONTACT)
        made = act(
            self._portal, self._user_id, "crm.item.add", {"entityTypeId": client_type, "fields": fields}
        )
        return int(made["item"]["id"])


def read_number(typed: str, language: str) -> Decimal | None:
    """`250,000.50`, `250 000,50` and the like; None for what is no number."""
    text = _BLANKS.sub("", typed).lstrip("$€£").rstrip("$€£₽")
    if language != "ru" and _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def read_moment(typed: str, zone: tzinfo) -> str | None:
    """What an input for day and time sends, as the REST API reads it: with the offset of the zone."""
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=zone).isoformat(timespec="seconds")
    except ValueError:
        return None
