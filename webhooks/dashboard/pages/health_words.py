"""What queues, commands and answers are called on the page of health."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connector.flow.commands import (
    ADD_RESULTS,
    CALL_OUT,
    CLOSE_TASK,
    COMMENT,
    CREATE_TASK,
    MAKE_DOCUMENT,
    MOVE_STAGE,
    NOTIFY,
    SEND_EMAIL,
    SET_FIELDS,
    START_WORKFLOW,
    UPDATE_TASK,
)
from connector.flow.new_records import CREATE_ITEM, LINK_ITEM
from webhooks.dashboard.words import N_, _, ngettext

#: Commands by their kind; any other is shown by its own name.
KINDS: Final[Mapping[str, str]] = {
    CREATE_TASK: N_("Make a task"),
    UPDATE_TASK: N_("Change a task"),
    CLOSE_TASK: N_("Close a task"),
    ADD_RESULTS: N_("Add results to a task"),
    MOVE_STAGE: N_("Move the card"),
    SET_FIELDS: N_("Fill in fields"),
    COMMENT: N_("Write a comment"),
    NOTIFY: N_("Send a message"),
    SEND_EMAIL: N_("Send a letter"),
    START_WORKFLOW: N_("Start a workflow"),
    MAKE_DOCUMENT: N_("Make a document"),
    CALL_OUT: N_("Call another system"),
    CREATE_ITEM: N_("Create a record"),
    LINK_ITEM: N_("Link a record"),
}

#: States of queues and of deliveries.
STATES: Final[Mapping[str, str]] = {
    "new": N_("waiting"),
    "waiting": N_("waiting"),
    "done": N_("done"),
    "dead": N_("given up"),
    "pending": N_("to be sent"),
    "sending": N_("on its way"),
    "unknown": N_("answer lost, looked for"),
    "parked": N_("waiting for a person"),
    "superseded": N_("not needed any more"),
    "conflict": N_("a rep was quicker"),
    "accepted": N_("kept"),
    "ignored": N_("of no interest"),
    "refused": N_("refused"),
    "malformed": N_("not an event"),
    "too_large": N_("too large"),
    "wrong_type": N_("of a wrong type"),
    "store_down": N_("the store was down"),
    "failed": N_("failed by our mistake"),
}


def said_done(what: str, number: int) -> str:
    """What the last press of a button has done; "" if none was pressed."""
    if what == "retried":
        return ngettext("%(num)s command goes out again.", "%(num)s commands go out again.", number)
    if what == "dropped":
        return ngettext("%(num)s command was dropped.", "%(num)s commands were dropped.", number)
    if what == "heard":
        return ngettext(
            "%(num)s signal is put to the engine.", "%(num)s signals are put to the engine.", number
        )
    if what == "left":
        return ngettext("%(num)s signal was left undecided.", "%(num)s signals were left undecided.", number)
    said = {"paused": N_("Paused: nothing more is sent."), "resumed": N_("Sending goes on.")}
    return _(said[what]) if what in said else ""
