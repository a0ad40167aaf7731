"""Reports: files on the drive of the webhook's user, tasks that carry them, messages that carry one each.

A file is looked for by its name before it is sent, a task by its marker. A message has no marker but a short
code in its text: no answer and no trace of it means that it is given up, and said so, but never sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from connector.bitrix24 import drive
from connector.bitrix24 import tasks as wire_tasks
from connector.bitrix24.bbcode import escape_text
from connector.bitrix24.call import Call
from connector.bitrix24.outcome import Answer, Outcome
from connector.flow.effects.base import MAIN, Effect, Ending, Found, Look, Prepared, Settled
from connector.flow.effects.tasks import TAG
from connector.flow.portal import Portal
from connector.store import Connection, outbox
from connector.store.outbox import QueuedCommand


class UploadReport(Effect):
    """A file of a report, on the drive of the webhook's user."""

    is_repeatable = False

    def guard(self, portal: Portal, commands: Sequence[QueuedCommand]) -> Mapping[str, Settled | Prepared]:
        there: dict[str, Settled | Prepared] = {}
        for command in commands:
            answers = portal.client.ask_many(self.probe(portal, command))
            if answers[drive.SEEN].outcome is Outcome.REJECTED:
                continue  # the upload will say why
            found = drive.file_named(answers, command.payload["name"])
            if found is not None:
                there[command.key] = Settled(Ending.DONE, "the file is there already", remote_id=str(found))
        return there

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        content = _content(command.payload)
        if isinstance(content, Settled):
            return content
        calls = drive.upload_file(portal.config.technical_user, command.payload["name"], content)
        return Prepared(calls, main=drive.UPLOADED)

    def keep(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> str | None:
        return str(drive.uploaded_id(answers[drive.UPLOADED]))

    def probe(self, portal: Portal, command: QueuedCommand) -> Mapping[str, Call]:
        return drive.find_file(portal.config.technical_user, command.payload["name"])

    def look(self, portal: Portal, command: QueuedCommand, answers: Mapping[str, Answer]) -> Look:
        found = drive.file_named(answers, command.payload["name"])
        return Look(Found.NOTHING) if found is None else Look(Found.DONE, str(found))


class ReportTask(Effect):
    """A task that carries the files of a report; the marker is the command's key."""

    is_repeatable = False

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        payload = command.payload
        uploads = [outbox.get(conn, portal.name, key) for key in payload["files"]]
        if any(each is not None and each.finished_at is None for each in uploads):
            return Settled(Ending.PUT_BACK, "its files are not on the drive yet")
        add = wire_tasks.add_task(
            title=payload["title"],
            description=escape_text(payload["text"]),
            responsible_id=payload["user"],
            marker=command.key,
            tags=[TAG],
            # One that a person has dropped is missing, and the task comes without it.
            files=[int(each.remote_id) for each in uploads if each is not None and each.remote_id],
        )
        return Prepared({MAIN: add})

    def keep(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> str | None:
        return str(wire_tasks.task_of(answers[MAIN]).id)

    def probe(self, portal: Portal, command: QueuedCommand) -> Mapping[str, Call]:
        return {"find": wire_tasks.find_by_marker(command.key)}

    def look(self, portal: Portal, command: QueuedCommand, answers: Mapping[str, Answer]) -> Look:
        found = wire_tasks.tasks_with_marker(answers["find"], command.key)
        return Look(Found.DONE, str(found[0].id)) if found else Look(Found.NOTHING)


class ReportMessage(Effect):
    """A file of a report in the chat with a person."""

    is_repeatable = False

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        payload, content = command.payload, _content(command.payload)
        if isinstance(content, Settled):
            return content
        text, name = escape_text(payload["text"]), payload["name"]
        send = drive.send_file(payload["user"], text, name, content, key=command.key)
        return Prepared({MAIN: send})

    def probe(self, portal: Portal, command: QueuedCommand) -> Mapping[str, Call]:
        return {"find": drive.find_message(command.payload["user"])}

    def look(self, portal: Portal, command: QueuedCommand, answers: Mapping[str, Answer]) -> Look:
        if drive.was_sent(answers["find"], command.key):
            return Look(Found.DONE)
        return Look(Found.GIVEN_UP, reason="no answer came, and a message is sent at most once")


def _content(payload: Mapping[str, Any]) -> bytes | Settled:
    path = Path(payload["path"])
    try:
        return path.read_bytes()
    except OSError as error:
        again = "make the report again (`funnelwright reports run`), then drop this"
        return Settled(Ending.PARKED, f"{path} cannot be read ({error.strerror}): {again}")
