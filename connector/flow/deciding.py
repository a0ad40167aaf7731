"""Deciding: what a person says about what waits for one, each with a line in the journal of who said it.

The command line and the dashboard do the same thing by calling the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from connector.flow.commands import CREATE_TASK
from connector.flow.signals import dropped_task_signal
from connector.records import ItemRef
from connector.store import Connection, journal, outbox, settings, signals
from connector.store.journal import NewLine
from connector.store.outbox import QueuedCommand


def retry(
    conn: Connection, portal: str, commands: Iterable[QueuedCommand], now: datetime, by: str
) -> list[QueuedCommand]:
    """Send parked commands again, their tries counted anew; returns those that were parked.

    What the portal may have done already is looked for first.
    """

    def release(command: QueuedCommand) -> bool:
        return outbox.release(conn, portal, command.key, now)

    return _decide(conn, portal, commands, release, now, ("retried", "goes out again", by))


def drop(
    conn: Connection, portal: str, commands: Iterable[QueuedCommand], now: datetime, by: str, reason: str
) -> list[QueuedCommand]:
    """Never send these parked or pending commands; returns those that were. Later ones of the items go on.

    A task that is never made counts as not needed: its process goes on as if a rep had said so.
    """

    def forget(command: QueuedCommand) -> bool:
        is_dropped = outbox.drop(conn, portal, command.key, now, reason)
        if is_dropped and command.kind == CREATE_TASK:
            signals.add_many(conn, portal, command.ref, [dropped_task_signal(command, now, reason)], now)
        return is_dropped

    return _decide(conn, portal, commands, forget, now, ("dropped", f"is dropped: {reason}", by))


def decide_again(conn: Connection, portal: str, ref: ItemRef, now: datetime, by: str) -> int:
    """Parked signals of an item are put to the engine once more; returns how many."""
    number = signals.release(conn, portal, ref)
    if number:
        text = f"signals: {number} put to the engine again, by {by}"
        journal.add_many(conn, portal, [NewLine(kind="retried", text=text, ref=ref, actor=by)], now)
    return number


def leave_undecided(conn: Connection, portal: str, ref: ItemRef, now: datetime, by: str, reason: str) -> int:
    """Parked signals of an item are never decided on; its later ones go on. Returns how many."""
    number = signals.drop(conn, portal, ref, now)
    if number:
        text = f"signals: {number} left undecided: {reason}, by {by}"
        journal.add_many(conn, portal, [NewLine(kind="dropped", text=text, ref=ref, actor=by)], now)
    return number


def pause(
    conn: Connection, portal: str, now: datetime, by: str, reason: str, *, pipeline: str | None = None
) -> None:
    """Nothing more is sent for the pipeline, the portal (None), or all of them (`settings.ALL_PORTALS`)."""
    settings.pause(conn, portal, now, by=by, reason=reason, pipeline=pipeline)
    _note(conn, portal, pipeline, "paused", f"sending is paused, by {by}: {reason}", now, by)


def resume(conn: Connection, portal: str, now: datetime, by: str, *, pipeline: str | None = None) -> bool:
    """Go on; False if it was not paused. What the brake stopped also wants `brake.approve`."""
    is_lifted = settings.resume(conn, portal, pipeline=pipeline)
    if is_lifted:
        _note(conn, portal, pipeline, "resumed", f"sending goes on, by {by}", now, by)
    return is_lifted


def _decide(
    conn: Connection,
    portal: str,
    commands: Iterable[QueuedCommand],
    act: Callable[[QueuedCommand], bool],
    now: datetime,
    words: tuple[str, str, str],
) -> list[QueuedCommand]:
    kind, says, by = words
    done = [command for command in commands if act(command)]
    lines = [
        NewLine(
            kind=kind,
            text=f"{command.kind}: {says}, by {by}",
            ref=command.ref,
            pipeline=command.pipeline,
            actor=by,
            signal_key=command.cause,
            command_key=command.key,
        )
        for command in done
    ]
    journal.add_many(conn, portal, lines, now)
    return done


def _note(
    conn: Connection, portal: str, pipeline: str | None, kind: str, text: str, now: datetime, by: str
) -> None:
    """In the portal's journal; a switch of all portals stands in none, but in the log of who turns it."""
    if portal != settings.ALL_PORTALS:
        journal.add_many(conn, portal, [NewLine(kind=kind, text=text, pipeline=pipeline, actor=by)], now)
