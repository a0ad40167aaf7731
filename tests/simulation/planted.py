"""Known mistakes, planted one at a time into the program, to see that the simulation is not blind.

The one place where patching internals is right: each patch is a mistake that somebody could make there, or
that other connectors make. The program itself has no switch for any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import update

from connector import app
from connector.bitrix24.outcome import Answer, Outcome
from connector.bitrix24.tasks import add_task
from connector.errors import CRMError
from connector.flow import advance as advancing
from connector.flow import (
    commands,
    endings,
    reading,
    reconcile,
    refresh,
    remind,
    sending,
    settling,
    verifying,
)
from connector.flow.effects import creation
from connector.flow.effects import items as item_effects
from connector.flow.effects import tasks as task_effects
from connector.flow.effects.base import Found, Look, Settled
from connector.records import Hint
from connector.store import (
    claims,
    effects,
    inbox,
    journal,
    mirror,
    outbox,
    signals,
    timers,
    visits,
    watermarks,
)
from connector.store import tasks as made_tasks
from connector.store.outbox import State
from connector.store.schema import outbox as outbox_table
from tests.simulation import engine
from tests.simulation.profiles import Profile

#: What is patched where: (object, name, replacement made from the original).
Mistake = tuple[Any, str, Callable[[Any], Any]]


def _constant(value: Any) -> Callable[[Any], Any]:
    return lambda original: value


def _returning(value: Any) -> Callable[[Any], Any]:
    return lambda original: lambda *args, **named: value


# --- sending -----------------------------------------------------------------------------------------------


def _retry_on_error(original: Any) -> Any:
    """What most clients do: no answer, so send it again."""

    def become(conn: Any, portal: Any, command: Any, reason: str, now: datetime) -> None:
        outbox.retry_at(conn, command, now + timedelta(seconds=2), reason)

    return become


def _probe_at_once(original: Any) -> Any:
    def become(conn: Any, portal: Any, command: Any, reason: str, now: datetime) -> None:
        outbox.unknown(conn, command, now, reason)

    return become


def _take_for_done(original: Any) -> Any:
    def become(conn: Any, portal: Any, command: Any, reason: str, now: datetime) -> None:
        outbox.done(conn, command, now, reason=reason)

    return become


def _drop_unknown(original: Any) -> Any:
    def become(conn: Any, portal: Any, command: Any, reason: str, now: datetime) -> None:
        outbox.conflict(conn, command, now, reason)

    return become


def _refusal_is_success(original: Any) -> Any:
    """The batch was answered, so everything in it was done."""

    def record(conn: Any, portal: Any, sent: Any, answers: Mapping[str, Answer]) -> None:
        if answers[sent.main].outcome is Outcome.DONE:
            original(conn, portal, sent, answers)
        else:
            outbox.done(conn, sent.command, portal.clock.now())

    return record


def _failed_batch_not_run(original: Any) -> Any:
    """An error inside a batch means that nothing of the command has happened."""

    def record(conn: Any, portal: Any, sent: Any, answers: Mapping[str, Answer]) -> None:
        main = answers[sent.main]
        if main.outcome is Outcome.UNKNOWN and main.http_status is not None:
            answers = {**answers, sent.main: replace(main, outcome=Outcome.NOT_RUN)}
        original(conn, portal, sent, answers)

    return record


def _recover_as(state: State) -> Callable[[Any], Any]:
    """After a crash, what was being sent is taken to be in this state."""

    def plant(original: Any) -> Any:
        def recover(conn: Any, portal: str, lease: Any, now: datetime, **named: Any) -> list[Any]:
            conn.execute(
                update(outbox_table)
                .where(outbox_table.c.portal == portal, outbox_table.c.state == State.SENDING)
                .values(state=state, due_at=now, finished_at=now if state is State.DONE else None)
            )
            return []

        return recover

    return plant


def _recover_at_once(original: Any) -> Any:
    return lambda conn, portal, lease, now, **named: original(conn, portal, lease, now, cap_seconds=-10.0)


def _write_without_fence(original: Any) -> Any:
    def write(conn: Any, command: Any, *, only: Any = None, **values: Any) -> bool:
        statement = update(outbox_table).where(outbox_table.c.seq == command.seq).values(**values)
        return bool(conn.execute(statement).rowcount == 1)

    return write


def _marker_of_the_try(original: Any) -> Any:
    """Each try gets a marker of its own."""

    def prepare(self: Any, conn: Any, portal: Any, command: Any) -> Any:
        key = command.key if command.tries <= 1 else f"{command.key[:-2]}{command.tries:02}"
        return original(self, conn, portal, replace(command, key=key))

    return prepare


def _one_marker(original: Any) -> Any:
    return lambda **named: add_task(**{**named, "marker": "funnelwright"})


def _key_without_visit(original: Any) -> Any:
    """The key says which step of which card, and not which visit."""

    def marker(portal: Any, pipeline: str, key: str) -> str:
        ref, _, rest = key.partition(":")
        kind, *parts = rest.split("/")
        number = kind.partition(":")[0]
        return str(original(portal, pipeline, f"{ref}:{number}/{'/'.join(parts)}"))

    return marker


def _no_backoff(original: Any) -> Any:
    return lambda command, answer: timedelta(0)


# --- looking for what is unknown ---------------------------------------------------------------------------


def _found_nothing(original: Any) -> Any:
    return lambda self, portal, command, answers: Look(Found.NOTHING)


def _probe_failed_means_nothing(original: Any) -> Any:
    """The probe got no answer, so there is nothing there."""

    def again(conn: Any, portal: Any, command: Any, reason: str, now: datetime) -> None:
        outbox.repeat(conn, command, now, reason)

    return again


def _nothing_is_done(original: Any) -> Any:
    """It is not there: it will have been done and undone."""

    def found(conn: Any, portal: Any, command: Any, look: Any, now: datetime) -> None:
        outbox.done(conn, command, now)

    return found


# --- moves -------------------------------------------------------------------------------------------------


def _compare_stage(original: Any) -> Any:
    """The card is where it was when we decided; that it has been elsewhere meanwhile does not show."""

    def guard(self: Any, portal: Any, claimed: Sequence[Any]) -> Mapping[str, Settled]:
        lists = (
            item_effects.list_moves(portal.client, each.ref.entity_type_id, item_ids=[each.ref.id])
            for each in claimed
        )
        newest = {move.ref: move for pages in lists for page in pages for move in page}
        with portal.database.read() as conn:
            was = {each.key: visits.of(conn, portal.name, each.ref) for each in claimed}
        stages = {key: {move.id: move.stage_id for move in moves} for key, moves in was.items()}
        return {
            each.key: Settled(item_effects.Ending.CONFLICT, "it is elsewhere")
            for each in claimed
            if each.ref in newest and newest[each.ref].stage_id != stages[each.key].get(each.payload["visit"])
        }

    return guard


# --- reading -----------------------------------------------------------------------------------------------


def _after_the_newest_only(original: Any) -> Any:
    """The history is read from its newest known row on: what is listed late is never seen."""

    def since(portal: Any, history_of: Any) -> dict[int, datetime]:
        found = original(portal, history_of)
        return {type_id: at + reading.HISTORY_OVERLAP + timedelta(seconds=1) for type_id, at in found.items()}

    return since


def _watermark_first(original: Any) -> Any:
    """The watermark is moved to now, whatever was read, and before it is kept."""

    def keep(portal: Any, read: Any, *more: Any, **named: Any) -> None:
        now = portal.clock.now()
        with portal.database.write() as conn:
            for type_id in portal.bound_type_ids:
                at = (now + reading.HISTORY_OVERLAP).isoformat()
                watermarks.put(conn, portal.name, f"moves:{type_id}", at, now)
        original(portal, read, *more, **named)

    return keep


def _hint_dropped(original: Any) -> Any:
    """Reading failed: the next event will bring it."""

    def postpone(portal: Any, records: Any, error: CRMError, now: datetime) -> None:
        with portal.database.write() as conn:
            inbox.done(conn, records, now)

    return postpone


def _acknowledged_early(original: Any) -> Any:
    """200 first: the hint is kept in memory and written with the next one."""
    waiting: list[Hint] = []

    def submit(self: Any, hint: Hint) -> None:
        waiting.append(hint)
        if len(waiting) >= 3:
            with self.database.write() as conn:
                inbox.add_many(conn, waiting)
            waiting.clear()
            self.on_hint(hint.portal)

    return submit


def _later_hits_done_too(original: Any) -> Any:
    """Done is done, though another hint came while the record was read."""

    def done(conn: Any, records: Any, now: datetime) -> None:
        rows = [each.row_id for each in records]
        conn.execute(
            update(inbox.inbox).where(inbox.inbox.c.row_id.in_(rows)).values(state="done", done_at=now)
        )

    return done


def _empty_means_gone(original: Any) -> Any:
    """What a list does not show is deleted."""

    def read(client: Any, refs: Any, **named: Any) -> dict[Any, Any]:
        try:
            return dict(original(client, refs, **named))
        except CRMError:
            return dict.fromkeys(refs)

    return read


def _title_does_not_matter(original: Any) -> Any:
    """Only a new stage is a change."""

    def upsert(conn: Any, portal: str, items: Any, now: datetime, **named: Any) -> Any:
        items = list(items)
        known = {each.ref: mirror.get_item(conn, portal, each.ref) for each in items}
        news = [each for each in items if (was := known[each.ref]) is None or was.stage_id != each.stage_id]
        return original(conn, portal, news, now, **named)

    return upsert


def _within_a_transaction(original: Any) -> Any:
    """The snapshot stays open while the portal is asked."""

    def read_back(portal: Any, *args: Any, **named: Any) -> Any:
        with portal.database.read():
            return original(portal, *args, **named)

    return read_back


# --- deciding ----------------------------------------------------------------------------------------------


def _signals_forgotten(original: Any) -> Any:
    """A signal is marked as handled in a transaction of its own, before it is decided on."""

    def advance(portal: Any) -> int:
        now = portal.clock.now()
        with portal.database.read() as conn:
            waiting = signals.waiting(conn, portal.name, 50)
        if not waiting:
            return 0
        with portal.database.write() as conn:
            for item in waiting:
                signals.handled(conn, item.signals, now)
        with portal.database.write() as conn:
            around = advancing.read_surroundings(conn, portal, now)
            for item in waiting:
                advancing._advance_item(conn, around, item, now)
        return len(waiting)

    return advance


def _timers_marked_first(original: Any) -> Any:
    """Fired first, told in another transaction."""

    def remind_all(portal: Any) -> int:
        now = portal.clock.now()
        with portal.database.write() as conn:
            due = timers.due(conn, portal.name, now, 200)
            timers.fired(conn, due, now)
        return len(due)

    return remind_all


def _timer_key_of_the_moment(original: Any) -> Any:
    """The signal of a timer is told from others by when it was noticed, and the timer is left as it is."""
    return lambda pipeline, name, due_at, now: original(pipeline, name, now, now)


def _telling_the_secret(original: Any) -> Any:
    """The reason that is kept names the address that was called."""

    def become(conn: Any, portal: Any, command: Any, reason: str, now: datetime) -> None:
        original(conn, portal, command, f"{reason} at {portal.config.webhook.read()}", now)

    return become


def _journal_without_commands(original: Any) -> Any:
    def add_many(conn: Any, portal: str, lines: Any, now: datetime) -> Any:
        return original(conn, portal, [line for line in lines if line.kind != "command"], now)

    return add_many


#: Name -> what is patched.
BUGS: Mapping[str, Sequence[Mistake]] = {
    "retry on error": [(sending, "become_unknown", _retry_on_error)],
    "no settle: probe at once, then repeat": [
        (sending, "become_unknown", _probe_at_once),
        (settling, "PROBES", _constant(1)),
    ],
    "unknown is taken for done": [(sending, "become_unknown", _take_for_done)],
    "unknown is dropped": [(sending, "become_unknown", _drop_unknown)],
    "a refusal in a batch is taken for done": [(sending, "_record_outcome", _refusal_is_success)],
    "a gateway's page means that nothing ran": [(sending, "_record_outcome", _failed_batch_not_run)],
    "after a crash: send again": [(claims, "recover", _recover_as(State.PENDING))],
    "after a crash: taken for done": [(claims, "recover", _recover_as(State.DONE))],
    "after a crash: nothing is recovered": [(claims, "recover", _returning([]))],
    "after a crash: no settle": [(claims, "recover", _recover_at_once)],
    "no fence": [(claims, "_write", _write_without_fence)],
    "a marker for each try": [(task_effects.CreateTask, "prepare", _marker_of_the_try)],
    "one marker for all": [(task_effects.wire_tasks, "add_task", _one_marker)],
    "a key without the visit": [(commands, "marker", _key_without_visit)],
    "no back-off": [(sending, "delay_of", _no_backoff), (endings, "delay_of", _no_backoff)],
    "the probe of tasks sees nothing": [(task_effects.CreateTask, "look", _found_nothing)],
    # The mirror may have met the new card, and linked it, before the probe looks: it has to be blind as well.
    "neither the probe nor the mirror sees cards": [
        (creation.CreateItem, "look", _found_nothing),
        (creation, "_there", _returning(None)),
    ],
    "a failed probe means nothing is there": [(settling, "_look_again", _probe_failed_means_nothing)],
    "nothing found means done": [(settling, "_found_nothing", _nothing_is_done)],
    "an adopted task is not kept": [(task_effects.CreateTask, "adopt", _returning(None))],
    "moves: compare the stage, not the visit": [(item_effects.MoveStage, "guard", _compare_stage)],
    "moves: no look before": [(item_effects.MoveStage, "guard", _returning({}))],
    "moves: repeated without a look": [(item_effects.MoveStage, "is_repeatable", _constant(True))],
    "moves: not verified": [
        (verifying, "_overridden", _returning(None)),
    ],
    "moves: no brake against another automation": [(item_effects, "_ping_pong", _returning(None))],
    "moves: our own are not known again": [(effects, "meet", _returning(None))],
    "history: only after the newest row": [(reading, "_since", _after_the_newest_only)],
    "history: watermark before keep": [
        (refresh, "keep", _watermark_first),
        (reconcile, "keep", _watermark_first),
    ],
    "no polling of moves": [(engine.DirectApp, "reconcile_moves", _returning(None))],
    "no sweep": [(engine.DirectApp, "sweep", _returning(None))],
    "a hint is dropped when reading fails": [(refresh, "_postpone", _hint_dropped)],
    "200 before the commit": [(engine.DirectApp, "submit", _acknowledged_early)],
    "a hint that came meanwhile is done with too": [(inbox, "done", _later_hits_done_too)],
    "an error of a list means gone": [(reading.items, "read_items", _empty_means_gone)],
    "mirror: only a new stage is a change": [(mirror, "upsert_items", _title_does_not_matter)],
    "mirror: tasks are not taken over": [(made_tasks, "upsert_many", _returning([]))],
    "a transaction stays open during a call": [(refresh, "read_back", _within_a_transaction)],
    "signals are handled before they are decided on": [(app, "advance", _signals_forgotten)],
    "timers are marked, and nobody is told": [(app, "remind", _timers_marked_first)],
    "timers: a key of the moment, never marked": [
        (remind, "timer_signal", _timer_key_of_the_moment),
        (timers, "fired", _returning(None)),
    ],
    "a secret in a reason": [(sending, "become_unknown", _telling_the_secret)],
    "the journal leaves commands out": [(journal, "add_many", _journal_without_commands)],
}
#: What a seed must have in it for a mistake to be able to show; others are not played to look for it.
NEEDS: Mapping[str, Callable[[Profile], bool]] = {
    "no fence": lambda profile: profile.engines > 1 and profile.stall_seconds > 0,
    "no back-off": lambda profile: bool(profile.swizzle),
    "moves: not verified": lambda profile: profile.interlopers > 0,
    "moves: no brake against another automation": lambda profile: profile.has_robot,
    "history: only after the newest row": lambda profile: profile.history_lag > 10,
}
#: `outbox` passes on what is defined in `claims`; who calls it looks it up there.
_PASSED_ON = {(claims, "recover"): outbox}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The program with this mistake, inside the block."""
    with ExitStack() as patches:
        for where, what, plant in BUGS[name]:
            mistaken = plant(getattr(where, what))
            patches.enter_context(patch.object(where, what, mistaken))
            if (where, what) in _PASSED_ON:
                patches.enter_context(patch.object(_PASSED_ON[where, what], what, mistaken))
        yield
