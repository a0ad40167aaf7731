"""The verdict on one seed: the nine promises of docs/reliability.md, asked of the histories alone.

Jepsen's way: what happened in the portal is the truth, what the store says must agree with it in both
directions, and nothing is asked of the program while it runs.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from connector.records import DEAL
from tests.simulation.histories import Histories, Ref, Request, Stay
from tests.simulation.office import CONNECTOR
from tests.simulation.pipeline import CALL, CONTRACT, NEW, STAGES

Row = dict[str, Any]
#: Moves of one card that the connector may make by itself within ten minutes (config: limits).
MOST_MOVES, MOST_REVERTS, WINDOW_SECONDS = 3, 9, 600.0
#: A write that is not held up has landed by then.
PROMPT_SECONDS = 1.0
#: The portal counts seconds, and its item and its history may differ by one.
ROW_SPAN = 2.0
#: Rows of the history may be listed so late.
MOST_LAG = 30.0
#: A command that certainly did not run comes again after 2, 4, 8 … seconds.
MOST_DELAYS = 10
#: Why a command may wait for a person here: the portal refuses nothing, so it can only have gone unanswered.
_FOR_A_PERSON = "sent "
_CODE = re.compile(r"#[0-9a-f]{8}$")
_STATUSES = {2: "pending", 3: "in_progress", 4: "awaiting_control", 5: "completed", 6: "deferred"}


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was not kept."""

    promise: str
    text: str


@dataclass(slots=True)
class Pushes:
    """Moves that the connector made, each with the command that it comes from."""

    of_command: dict[str, Stay]
    without_command: list[Stay]
    #: Commands that landed after somebody else had moved the card.
    overrides: list[str]


def check(histories: Histories) -> list[Violation]:
    """Everything that is wrong; an empty list for a good seed."""
    return [Violation(promise, text) for promise, ask in PROMISES.items() for text in ask(histories)]


# --- I1: no change is lost --------------------------------------------------------------------------------


def no_change_is_lost(h: Histories) -> Iterator[str]:
    """Every stay on a bound board was seen, told and decided on; so was every task that a rep finished."""
    seen = {(row["entity_type_id"], row["history_id"]): row for row in h.store.visits}
    told = {(row["entity_type_id"], row["item_id"], row["key"]): row for row in h.store.signals}
    for stay in _lasting(h):
        row = seen.get((stay.ref[0], str(stay.id)))
        if row is None:
            yield f"visit {stay.id} of {stay.ref} was never seen"
            continue
        if _is_found_by_sweep(h, stay, row):
            yield f"visit {stay.id} of {stay.ref} was seen by the sweep, {row['seen_at']}, and by no poll"
        if not _is_bound(stay):
            continue
        signal = told.get((*stay.ref, f"visit:{stay.id}"))
        if signal is None:
            yield f"visit {stay.id} of {stay.ref} was never told"
        elif signal["handled_at"] is None:
            yield f"visit {stay.id} of {stay.ref} was never decided on"
    yield from _forgotten_hints(h)
    keys = {key for _, _, key in told}
    for act in h.log.acts:
        if act.what == "finish" and act.ref not in h.log.deleted:
            task_id = int(act.detail.partition(":")[0])
            if h.task_states.get(task_id) == 5 and not _is_heard(h, task_id, keys):
                yield f"nobody heard that task {task_id} of {act.ref} was finished"


def _is_found_by_sweep(h: Histories, stay: Stay, row: Row) -> bool:
    """A poll reads two minutes again, and no row is listed later than that: it leaves the sweep nothing."""
    if h.has_clock_jump or h.counts["blocked"]:
        return False
    return stay.seconds + MOST_LAG < h.swept_at and row["seen_at"] >= h.instant(h.swept_at)


def _forgotten_hints(h: Histories) -> Iterator[str]:
    """What was answered with 200 is on disk, and is done with only when it has been read since."""
    if h.has_clock_jump:
        return  # instants of the store do not follow each other
    rows: dict[tuple[str, int, int], list[Row]] = defaultdict(list)
    for row in h.store.inbox:
        rows[row["kind"], row["entity_type_id"], row["entity_id"]].append(row)
    for at, *record in h.acknowledged:
        if not any(row["last_received_at"] >= at for row in rows[tuple(record)]):  # type: ignore[index]
            yield f"a hint of {record} was answered with 200 and is on no disk"
    reads = {
        kind: sorted(each.started_at for each in h.requests if each.ended == "200" and method in each.methods)
        for kind, method in (("item", "crm.item.list"), ("task", "tasks.task.list"))
    }
    ours_since = {row["id"]: row["added_at"] for row in h.store.tasks}
    for key, found in rows.items():
        for row in found:
            # That a task was made, nobody knows better than who made it.
            is_news = row["event"] != "ONTASKADD" or row["hits"] > 1
            is_ours = key[0] == "item" or ours_since.get(key[2], "Z") < row["received_at"]
            if is_news and is_ours and row["state"] == "done" and not _is_read(reads[key[0]], row):
                yield f"hint {row['row_id']} of {key} is done with, and nothing was read"


def _is_read(reads: list[str], row: Row) -> bool:
    place = bisect_right(reads, row["done_at"])
    return place > 0 and reads[place - 1] >= row["last_received_at"]


def _lasting(h: Histories) -> Iterator[Stay]:
    """Rows that the portal still has: a deleted card takes its history along."""
    return (stay for stay in h.log.stays if stay.ref not in h.log.deleted)


def _is_bound(stay: Stay) -> bool:
    return (stay.ref[0] == DEAL and stay.category_id == 1) or (stay.ref[0] == CONTRACT)


def _is_heard(h: Histories, task_id: int, keys: set[str]) -> bool:
    if any(
        key.startswith((f"task:{task_id}:task_completed", f"task:{task_id}:task_cancelled")) for key in keys
    ):
        return True
    # The connector wanted it closed as well: then nothing follows from who was first.
    made = next((row for row in h.store.tasks if row["id"] == task_id), None)
    return made is not None and any(
        row["kind"] == "close_task" and json.loads(row["payload"])["run"] == made["run"]
        for row in h.store.outbox
    )


# --- I2: nothing is done twice ----------------------------------------------------------------------------


def nothing_is_done_twice(h: Histories) -> Iterator[str]:
    """One record for a key, one task for a step run, and none of ours that the outbox does not know."""
    known = h.store.by_key
    removed = _removed(h)
    for what, markers in (
        (
            "task",
            [task.marker for task in h.log.tasks if task.author == CONNECTOR and task.id not in removed],
        ),
        ("card", [record.marker for record in h.log.records]),
        ("comment", [match[0] for _, text in h.log.comments if (match := _CODE.search(text))]),
    ):
        for marker, times in Counter(markers).items():
            if times > 1:
                yield f"{what} {marker} is there {times} times"
            if what != "comment" and marker not in known:
                yield f"{what} {marker} is of no command"
    runs = Counter(
        (row["item_id"], row["pipeline"], json.loads(row["payload"])["run"])
        for row in h.store.outbox
        if row["kind"] == "create_task"
    )
    yield from (f"the step run {run} has {times} tasks" for run, times in runs.items() if times > 1)
    yield from _too_many_tasks(h)


def _removed(h: Histories) -> set[int]:
    """Tasks that a rep deleted. One that goes while nobody knows yet that it was made, is made again."""
    return {int(act.detail) for act in h.log.acts if act.what == "delete task"}


def _too_many_tasks(h: Histories) -> Iterator[str]:
    """What reps see: no more calls to make than stays in the first stage and calls put off."""
    made = Counter(
        task.codes[0]
        for task in h.log.tasks
        if task.title.startswith(CALL) and task.author == CONNECTOR and task.id not in _removed(h)
    )
    for code, times in made.items():
        ref = (DEAL, int(code.partition("_")[2]))
        stays = sum(stay.ref == ref and stay.stage_id == NEW for stay in h.log.stays)
        again = sum(act.ref == ref and act.what == "finish" for act in h.log.acts)
        if times > stays + again:
            yield f"{code} has {times} calls for {stays} stays in the first stage"


# --- I3, I5: moves -----------------------------------------------------------------------------------------


def pushes_of(h: Histories) -> Pushes:
    """Which command each of the connector's moves comes from."""
    waiting: dict[Ref, list[Row]] = defaultdict(list)
    for row in h.store.outbox:
        if row["kind"] == "move_stage":
            waiting[row["entity_type_id"], row["item_id"]].append(row)
    of_command: dict[str, Stay] = {}
    without, overrides = [], []
    for stay in h.log.stays:
        if stay.author != CONNECTOR or stay.type_id == 1:
            continue
        # What was not sent by then did not make the move.
        rows = [
            row
            for row in waiting[stay.ref]
            if json.loads(row["payload"])["stage_id"] == stay.stage_id
            if h.has_clock_jump or (row["first_sent_at"] or "9") <= h.instant(stay.seconds)
        ]
        exact = [row for row in rows if row["visit"] == str(stay.after) or row["visit"].startswith("s:")]
        late = [row for row in rows if row["visit"].isdecimal() and int(row["visit"]) < stay.id]
        if exact:
            row = exact[0]
        elif late:
            row = late[-1]
            overrides.append(row["key"])
        else:
            without.append(stay)
            continue
        waiting[stay.ref].remove(row)
        of_command[row["key"]] = stay
    return Pushes(of_command, without, overrides)


def cards_do_not_oscillate(h: Histories) -> Iterator[str]:
    """A command moves its card once; the connector by itself moves no card for long."""
    pushes = pushes_of(h)
    for stay in pushes.without_command:
        yield f"{stay.ref} was pushed to {stay.stage_id} (row {stay.id}) by no command of its own"
    by_card: dict[tuple[Ref, bool], list[float]] = defaultdict(list)
    for key, stay in pushes.of_command.items():
        is_revert = json.loads(h.store.by_key[key]["payload"])["because"] == "revert"
        by_card[stay.ref, is_revert].append(stay.seconds)
    for (ref, is_revert), times in by_card.items():
        limit = MOST_REVERTS if is_revert else MOST_MOVES
        for start in times:
            if sum(start <= at < start + WINDOW_SECONDS for at in times) > limit:
                yield f"{ref} was pushed more than {limit} times in ten minutes"
                break


def reps_win(h: Histories) -> Iterator[str]:
    """A push that landed on top of a rep's move is flagged."""
    pushes = pushes_of(h)
    for key in pushes.overrides:
        # A deleted card takes along the rows that would show it, and there is nothing to say it on.
        is_gone = pushes.of_command[key].ref in h.log.deleted
        if h.store.by_key[key]["flag"] != "override" and not is_gone:
            yield f"the move {key} overrode a rep, and nobody was told"
        yield from _moved_regardless(h, key, pushes.of_command[key])


def was_late(h: Histories, push: Stay) -> bool:
    """Whether the portal took its time: what has left cannot be called back when a rep moves the card."""
    sent = _requests_for(h, push)
    return bool(sent) and push.seconds - sent[-1].seconds > PROMPT_SECONDS


def _requests_for(h: Histories, push: Stay) -> list[Request]:
    """The requests that asked for this move, the last of them its own."""
    wanted = (*push.ref, push.stage_id)
    # The instants of requests are rounded.
    return [each for each in h.requests if wanted in each.pushes and each.seconds <= push.seconds + 0.001]


def _moved_regardless(h: Histories, key: str, push: Stay) -> Iterator[str]:
    """A rep can be overridden only after we have looked at the history for the last time."""
    visit = h.store.by_key[key]["visit"]
    later = (
        each for each in h.log.stays if each.ref == push.ref and visit.isdecimal() and each.id > int(visit)
    )
    theirs = next(later, push)
    sent = _requests_for(h, push)
    if not sent:
        yield f"the move {key} landed, and no request asked for it"
        return
    looks = [
        each.seconds
        for each in h.requests
        if each.engine == sent[-1].engine and each.ended == "200" and each.seconds < sent[-1].seconds
        if "crm.stagehistory.list" in each.methods
    ]
    # A row may be listed late; and what a second try finds, the first had looked at.
    if looks and theirs.seconds + h.history_lag < looks[-1] and len(sent) == 1:
        yield f"the move {key} went out although row {theirs.id} had been there to be read"


# --- I4: the mirror is the portal --------------------------------------------------------------------------


def the_mirror_is_the_portal(h: Histories) -> Iterator[str]:
    """Field by field; and each process stands where its card stands."""
    mirrored = {ref: card for ref, card in h.store.cards.items() if ref[0] in (DEAL, CONTRACT)}
    for ref in sorted(mirrored.keys() | h.cards.keys()):
        if mirrored.get(ref) != h.cards.get(ref):
            yield f"{ref} is {h.cards.get(ref)} in the portal and {mirrored.get(ref)} in the mirror"
    for row in h.store.signals:
        if row["kind"] == "gone" and (row["entity_type_id"], row["item_id"]) not in h.log.deleted:
            yield f"{row['entity_type_id']}:{row['item_id']} was told to be deleted, and never was"
    for row in h.store.tasks:
        status = h.task_states.get(row["id"])
        if (status is None) != (row["gone_at"] is not None):
            yield f"task {row['id']} is {'gone' if status is None else 'there'}, and the store does not know"
        elif status is not None and row["status"] != _STATUSES[status]:
            yield f"task {row['id']} is {_STATUSES[status]} in the portal and {row['status']} in the store"
    for row in h.store.processes:
        card = h.cards.get((row["entity_type_id"], row["item_id"]))
        if card is None or row["pipeline"] != "sale" or card.category_id != 1 or row["phase"] == "outside":
            continue
        if json.loads(row["state"]).get("refusal"):
            continue  # it has sent the card back, and waits for it
        if card.stage_id is not None and row["stage"] != STAGES[card.stage_id]:
            yield f"deal {row['item_id']} stands in {card.stage_id}, its process in {row['stage']}"


def tasks_are_those_of_the_process(h: Histories) -> Iterator[str]:
    """Each step that waits for a rep has its open task, and no other task of ours is open."""
    held = {(row["entity_type_id"], row["item_id"]) for row in h.store.outbox if row["state"] == "parked"}
    tasks = {row["id"]: row for row in h.store.tasks}
    for process in h.store.processes:
        ref = (process["entity_type_id"], process["item_id"])
        if ref in held or ref not in h.cards or ref in h.log.deleted:
            continue
        wanted = {
            run["key"] for run in json.loads(process["state"]).get("runs", []) if run.get("to") is not None
        }
        there = {
            row["run"]
            for task_id, row in tasks.items()
            if row["process_id"] == process["id"] and h.task_states.get(task_id, 5) != 5
        }
        if wanted != there:
            yield f"{ref} waits for {sorted(wanted)}, and reps see {sorted(there)}"


def timers_fire_once(h: Histories) -> Iterator[str]:
    """Who leaves a card in the first stage for three minutes hears of it, once for a stay."""
    sent = Counter(
        (row["item_id"], row["visit"])
        for row in h.store.outbox
        if row["kind"] == "notify" and json.loads(row["payload"])["text"].startswith("Still new")
    )
    yield from (f"deal {item} was said to be still new {n} times" for (item, _), n in sent.items() if n > 1)
    late = Counter(
        (row["item_id"], row["payload"], row["at"][:16]) for row in h.store.signals if row["kind"] == "timer"
    )
    yield from (
        f"the timer {payload} of {item} fired {n} times" for (item, payload, _), n in late.items() if n > 1
    )
    items = {row["id"]: row["item_id"] for row in h.store.processes}
    told = [(row["item_id"], row["key"]) for row in h.store.signals if row["kind"] == "timer"]
    for row in h.store.timers:
        key = (items[row["process_id"]], f"{row['name']}:{row['due_at'][:19]}")
        if row["fired_at"] is not None and not any(item == key[0] and key[1] in name for item, name in told):
            yield f"the timer {row['name']} of {key[0]} fired, and nobody was told"
        if row["fired_at"] is None and row["due_at"] < h.due_until:
            yield f"the timer {row['name']} was due at {row['due_at']} and never fired"


# --- I6: everything drains ---------------------------------------------------------------------------------


def everything_drains(h: Histories) -> Iterator[str]:
    """Nothing is under way any more, and what waits for a person says why."""
    if h.drained_at is None:
        yield "it never came to rest"
    for row in h.store.outbox:
        if row["state"] in ("sending", "unknown"):
            yield f"command {row['key']} ({row['kind']}) is {row['state']}: {row['reason']}"
        if row["state"] == "parked" and not (row["reason"] or "").startswith(_FOR_A_PERSON):
            yield f"command {row['key']} ({row['kind']}) is parked: {row['reason']}"
    for row in h.store.signals:
        if row["parked_at"] is not None and row["handled_at"] is None:
            yield f"signal {row['key']} of {row['item_id']} is parked: {row['parked_reason']}"
    for row in h.store.inbox:
        if row["state"] == "dead":
            yield f"record {row['entity_type_id']}:{row['entity_id']} was given up: {row['reason']}"


# --- I7: the journal tells all of it -----------------------------------------------------------------------


def the_journal_is_complete(h: Histories) -> Iterator[str]:
    """What is in the portal is in the outbox as done, and the other way round; each with its cause."""
    known, told = h.store.by_key, _told_commands(h)
    made = {task.marker: task.id for task in h.log.tasks if task.author == CONNECTOR}
    for marker, task_id in made.items():
        row = known.get(marker)
        if (
            row is not None
            and task_id not in _removed(h)
            and (row["state"] != "done" or row["remote_id"] != str(task_id))
        ):
            yield f"task {task_id} is there, and its command is {row['state']} with {row['remote_id']}"
    pushes = pushes_of(h)
    for key, row in known.items():
        if row["cause"] is None:
            yield f"command {key} ({row['kind']}) has no cause"
        if row["kind"] in ("create_task", "move_stage") and key not in told:
            yield f"the journal says nothing of command {key} ({row['kind']})"
        if row["state"] != "done":
            continue
        if row["kind"] == "create_task" and key not in made:
            yield f"command {key} is done, and its task was never made"
        if row["kind"] == "move_stage" and key not in pushes.of_command and not _stood_there(h, row):
            yield f"command {key} is done, and its card was never moved"
    for key, push in pushes.of_command.items():
        row = known[key]
        # Of a deleted card there is no history left to find it in.
        if row["state"] != "done" and row["flag"] != "override" and push.ref not in h.log.deleted:
            yield f"the card of {key} was moved, and the command is {row['state']}: {row['reason']}"


def own_writes_are_known(h: Histories) -> Iterator[str]:
    """A move of ours that comes back is not taken for a rep's."""
    if h.has_clock_jump:
        return  # the portal tells when a card moved, by a clock that is not ours
    known, pushes = h.store.by_key, pushes_of(h)
    signals = {(row["item_id"], row["key"]): row for row in h.store.signals}
    for key, stay in pushes.of_command.items():
        signal = signals.get((stay.ref[1], f"visit:{stay.id}"))
        if signal is None or known[key]["state"] != "done" or key in pushes.overrides:
            continue
        # Rows so close together cannot be told apart: one of them is taken for ours, and only one.
        alike = [f"visit:{each.id}" for each in h.log.stays if _is_alike(each, stay)]
        taken = [signals[stay.ref[1], each] for each in alike if (stay.ref[1], each) in signals]
        if [json.loads(each["payload"])["command"] for each in taken].count(key) != 1:
            yield f"row {stay.id} of {stay.ref} is our own move, and was taken for a rep's"


def _is_alike(stay: Stay, other: Stay) -> bool:
    """Whether nobody who reads the history can tell the two apart but by who was first."""
    is_same = (stay.ref, stay.stage_id) == (other.ref, other.stage_id)
    return is_same and abs(stay.seconds - other.seconds) <= ROW_SPAN


def _told_commands(h: Histories) -> set[str]:
    """The commands that the journal tells of."""
    return {row["command_key"] for row in h.store.journal if row["kind"] == "command"}


def _stood_there(h: Histories, row: Row) -> bool:
    """A person had put the card there, or it is gone with its history: the push left no row."""
    ref, stage_id = (row["entity_type_id"], row["item_id"]), json.loads(row["payload"])["stage_id"]
    return any(
        stay.ref == ref and stay.stage_id == stage_id and str(stay.id) > "" and _is_later(stay, row["visit"])
        for stay in h.log.stays
    )


def _is_later(stay: Stay, visit: str) -> bool:
    return not visit.isdecimal() or stay.id > int(visit)


# --- I8, I9 ------------------------------------------------------------------------------------------------


def no_secret_is_told(h: Histories) -> Iterator[str]:
    yield from h.leaks


def nothing_runs_away(h: Histories) -> Iterator[str]:
    """Requests stay in proportion to what there was to do."""
    counts = h.counts
    polls = counts["chore moves"] + counts["chore items"] + counts["chore everything"]
    tries = sum(max(row["tries"], 1) for row in h.store.outbox)
    limit = 40 + 14 * polls + 3 * counts["hints"] + 6 * tries
    for row in h.store.outbox:
        if row["delays"] > MOST_DELAYS:
            yield f"command {row['key']} ({row['kind']}) was put off {row['delays']} times"
    if len(h.requests) > limit:
        yield f"{len(h.requests)} requests, where {limit} would be many"


def nothing_was_noticed(h: Histories) -> Iterator[str]:
    """What the harness itself saw: a transaction that was open during a call."""
    yield from sorted(set(h.noticed))


PROMISES: dict[str, Callable[[Histories], Iterator[str]]] = {
    "I1 no lost change": no_change_is_lost,
    "I2 no duplicate": nothing_is_done_twice,
    "I3 no oscillation": cards_do_not_oscillate,
    "I4 convergence": the_mirror_is_the_portal,
    "I4 tasks": tasks_are_those_of_the_process,
    "I4 timers": timers_fire_once,
    "I5 reps win": reps_win,
    "I6 drained": everything_drains,
    "I7 complete journal": the_journal_is_complete,
    "I7 own writes": own_writes_are_known,
    "I8 no secret": no_secret_is_told,
    "I9 no runaway": nothing_runs_away,
    "no transaction during a call": nothing_was_noticed,
}
