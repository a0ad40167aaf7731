"""Words inside the portal: comments on the card (at most once), notifications (one replaces the last)."""

from __future__ import annotations

from collections.abc import Mapping

from connector.bitrix24 import timeline
from connector.bitrix24.bbcode import escape_text
from connector.bitrix24.call import Call
from connector.bitrix24.outcome import Answer
from connector.flow.effects.base import MAIN, Effect, Ending, Found, Look, Prepared, Settled
from connector.flow.portal import Portal
from connector.store import Connection
from connector.store.outbox import QueuedCommand


class Message(Effect):
    """Words that nothing else depends on: one that the portal refuses is given up, and holds nobody up."""

    def refused(self, command: QueuedCommand, answers: Mapping[str, Answer]) -> Settled | None:
        return Settled(Ending.GIVEN_UP, f"the portal refused it: {answers[MAIN].description}")


class Comment(Message):
    """A comment in the card's timeline: no marker but a short code in its text, so never repeated."""

    is_repeatable = False

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        text = escape_text(command.payload["text"])
        return Prepared(
            {MAIN: timeline.add_comment(command.ref, text, code=timeline.short_code(command.key))}
        )

    def probe(self, portal: Portal, command: QueuedCommand) -> Mapping[str, Call]:
        return {"find": timeline.find_comments(command.ref)}

    def look(self, portal: Portal, command: QueuedCommand, answers: Mapping[str, Answer]) -> Look:
        if timeline.has_code(answers["find"], timeline.short_code(command.key)):
            return Look(Found.DONE)
        return Look(Found.GIVEN_UP, reason="no answer came, and a comment is sent at most once")


class Notify(Message):
    """A notification in the portal; sent again, it replaces itself."""

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        text = escape_text(command.payload["text"])
        return Prepared({MAIN: timeline.notify(command.payload["user"], text, tag=command.key)})
