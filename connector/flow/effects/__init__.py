"""Effects, one for each kind of command. A new kind needs a payload (`commands`), an effect, a line here."""

from __future__ import annotations

from collections.abc import Mapping

from connector.flow import commands, new_records, reporting
from connector.flow.effects.base import MAIN, Effect, Ending, Found, Look, Prepared, Settled
from connector.flow.effects.callout import CallOut
from connector.flow.effects.creation import CreateItem, LinkItem
from connector.flow.effects.items import ECHO_SPAN, MoveStage, SetFields
from connector.flow.effects.messages import Comment, Notify
from connector.flow.effects.outward import MakeDocument, SendEmail, StartWorkflow
from connector.flow.effects.reports import ReportMessage, ReportTask, UploadReport
from connector.flow.effects.tasks import AddResults, CloseTask, CreateTask, UpdateTask
from connector.flow.portal import Portal
from connector.store import Connection
from connector.store.outbox import QueuedCommand


class Unsupported(Effect):
    """A command that this version cannot send: it waits for a person, visibly."""

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        name = command.payload.get("command", command.kind)
        return Settled(
            Ending.PARKED, f"this version cannot send {name}: do it by hand, then drop the command"
        )


EFFECTS: Mapping[str, Effect] = {
    commands.CREATE_TASK: CreateTask(),
    commands.UPDATE_TASK: UpdateTask(),
    commands.CLOSE_TASK: CloseTask(),
    commands.ADD_RESULTS: AddResults(),
    commands.SEND_EMAIL: SendEmail(),
    commands.START_WORKFLOW: StartWorkflow(),
    commands.MAKE_DOCUMENT: MakeDocument(),
    commands.CALL_OUT: CallOut(),
    new_records.CREATE_ITEM: CreateItem(),
    new_records.LINK_ITEM: LinkItem(),
    commands.MOVE_STAGE: MoveStage(),
    commands.SET_FIELDS: SetFields(),
    commands.COMMENT: Comment(),
    commands.NOTIFY: Notify(),
    reporting.UPLOAD_REPORT: UploadReport(),
    reporting.REPORT_TASK: ReportTask(),
    reporting.REPORT_MESSAGE: ReportMessage(),
}
_UNSUPPORTED: Effect = Unsupported()


def effect_of(kind: str) -> Effect:
    """The effect of a kind of command."""
    return EFFECTS.get(kind, _UNSUPPORTED)


__all__ = [
    "ECHO_SPAN",
    "MAIN",
    "Effect",
    "Ending",
    "Found",
    "Look",
    "Prepared",
    "Settled",
    "effect_of",
]
