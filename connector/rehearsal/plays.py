"""What the lines of a play are in a portal: people tick, complete, postpone, fill, drag, assign, delete.

Nobody speaks to the engine. Two lines have nobody of the portal behind them: `signal` is the row that
`funnelwright signal` writes, and `advance` is the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connector.flow.signals import external_signal, pressed_signal
from connector.rehearsal.product import PORTAL
from connector.sandbox.tasks_people import Refused
from connector.store import signals
from pipelines.durations import Duration
from pipelines.script import (
    Advance,
    Answer,
    Approve,
    Cancel,
    Complete,
    Delete,
    Fill,
    GiveOutcome,
    GiveOwner,
    GiveSignal,
    Move,
    Postpone,
    Press,
    Reject,
    Verb,
)
from pipelines.world import NotHere, PlayError, show

if TYPE_CHECKING:
    from connector.rehearsal.world import SandboxWorld
    from connector.sandbox.tasks_state import Task
    from connector.store.signals import NewSignal
    from connector.store.tasks import MadeTask
    from pipelines.engine.process import Run

Open = tuple["MadeTask", "Task"]
_CANCELLED = "cancelled"


def _outcome(world: SandboxWorld, verb: GiveOutcome) -> None:
    """Tick the result and complete the task; some results are said by the status of the task."""
    step = verb.of or _only_open(world).step
    match verb.outcome:
        case "postponed":
            _postpone(world, Postpone(postpone=step, by=verb.by))
        case "unspecified":
            _complete(world, Complete(complete=step, by=verb.by))
        case "cancelled":
            _cancel(world, Cancel(cancel=step, by=verb.by))
        case outcome:
            _end(world, _task_of(world, step, verb.by), outcome, verb.by, verb.note)


def _complete(world: SandboxWorld, verb: Complete) -> None:
    """Complete the task and tick nothing."""
    _end(world, _task_of(world, verb.complete, verb.by), None, verb.by, verb.note)


def _cancel(world: SandboxWorld, verb: Cancel) -> None:
    """Tick "Not needed" and complete; a task without that line is deleted by an administrator."""
    made, task = _task_of(world, verb.cancel, verb.by)
    if _CANCELLED in made.outcome_lines.values():
        _end(world, (made, task), _CANCELLED, verb.by, verb.note)
    else:
        world.portal.delete_task(task.id)


def _postpone(world: SandboxWorld, verb: Postpone) -> None:
    """Move the deadline later; without a date, or where there is no earlier deadline, put the task aside."""
    _, task = _task_of(world, verb.postpone, verb.by)
    until = None if verb.until is None else _moment(world, verb.until)
    _as_person(
        lambda: (
            world.portal.defer_task(task.id, verb.by)
            if until is None
            else world.portal.postpone_task(task.id, until, verb.by)
        )
    )


def _answer(world: SandboxWorld, verb: Answer) -> None:
    """Tick the answer on the question's task."""
    answer = verb.answer
    outcome = ("yes" if answer else "no") if isinstance(answer, bool) else str(answer)
    kinds = ("ask", "choice")
    found = _task_of(world, verb.of, verb.by) if verb.of else _task_of_kind(world, kinds)
    _end(world, found, outcome, verb.by, "")


def _approve(world: SandboxWorld, verb: Approve) -> None:
    _end(world, _task_of(world, verb.approve, verb.by), "approved", verb.by, "")


def _reject(world: SandboxWorld, verb: Reject) -> None:
    _end(world, _task_of(world, verb.reject, verb.by), "rejected", verb.by, verb.note)


def _press(world: SandboxWorld, verb: Press) -> None:
    """Tick the line of a task that offers it: of the choice of a stage, or of what to begin afterwards.

    A follow-on that no task offers yet is begun with the row that `funnelwright press` writes.
    """
    if verb.press == "continue":
        _end(world, _task_of_kind(world, ("form",)), "filled", verb.by, "")
        return
    for made, task in world.open_tasks():
        if verb.press in made.outcome_lines.values():
            _end(world, (made, task), verb.press, verb.by, "")
            return
    if world.definition.follow_on(verb.press) is None:
        raise NotHere(f'"{verb.press}" is a button of the card, and with webhooks a card has none')
    by = verb.by if verb.by is not None else world.look().owner
    _tell(world, pressed_signal(verb.press, world.clock.now(), by=by, pipeline=world.definition.id))


def _fill(world: SandboxWorld, verb: Fill) -> None:
    world.portal.edit(world.ref, verb.by, **world.cards.entered(verb.fill))


def _move(world: SandboxWorld, verb: Move) -> None:
    if world.board.stage_of(world.record.stage_id) == verb.move:
        raise PlayError(f'the card somewhere else than in "{verb.move}"', "it is there already")
    world.portal.move(world.ref, world.board.stages[verb.move], verb.by)


def _assign(world: SandboxWorld, verb: GiveOwner) -> None:
    world.portal.edit(world.ref, verb.by, ASSIGNED_BY_ID=verb.assign)


def _signal(world: SandboxWorld, verb: GiveSignal) -> None:
    """A name from outside; of a linked item: somebody moves its card."""
    kind, _, rest = verb.signal.partition(":")
    name, _, last = rest.partition(":")
    if kind in ("child", "stage"):
        _move_linked(world, name, last if kind == "stage" else None, last or "won")
        return
    now = world.clock.now()
    _tell(world, external_signal(verb.signal.removeprefix("signal:"), now.isoformat(), now))


def _tell(world: SandboxWorld, new: NewSignal) -> None:
    with world.product.write() as conn:
        signals.add_many(conn, PORTAL, world.ref, [new], new.at)


def _move_linked(world: SandboxWorld, name: str, stage: str | None, status: str) -> None:
    """The card of a linked item goes to a stage of its board, or to the first one of that status."""
    link = next((each for each in reversed(world.links()) if each.name == name), None)
    if link is None:
        if name == "parent":
            raise NotHere("the card of a rehearsal is nobody's child")
        raise PlayError(f'a linked item "{name}"', show([each.name for each in world.links()]))
    neighbour = world.around.neighbours.get(link.child_pipeline or "")
    if neighbour is None:
        raise NotHere(f'no pipeline runs on the linked item "{name}": its card has no stages that are known')
    ends = (each.id for each in neighbour.definition.stages if each.status == status)
    target = stage or next(ends, None)
    if target is None:
        raise PlayError(f'a stage of {neighbour.definition.id} with the status "{status}"', "none")
    world.portal.move(link.child, neighbour.board.stages[target])


def _advance(world: SandboxWorld, verb: Advance) -> None:
    world.product.pass_until(_moment(world, verb.advance))


def _delete(world: SandboxWorld, verb: Delete) -> None:
    if verb.delete == "item":
        world.portal.delete(world.ref, verb.by)
    else:
        _, task = _task_of(world, verb.delete, verb.by)
        world.portal.delete_task(task.id)


# --- tasks


def _end(world: SandboxWorld, found: Open, outcome: str | None, by: int | None, note: str) -> None:
    """Tick the line of an outcome, say why, and complete the task."""
    made, task = found
    _hand_over(world, task, by)
    if outcome is not None:
        _tick(world, made, task, outcome, by)
    if note:
        _as_person(lambda: world.portal.report(task.id, note, by))
    _as_person(lambda: world.portal.complete_task(task.id, by))


def _tick(world: SandboxWorld, made: MadeTask, task: Task, outcome: str, by: int | None) -> None:
    """A result without a line of its own (a task without choices is just done) needs no tick."""
    line_id = next((line for line, meant in made.outcome_lines.items() if meant == outcome), None)
    if line_id is None:
        if outcome in ("done", "filled"):
            return
        raise PlayError(
            f'a line "{outcome}" in the checklist of the task', show(list(made.outcome_lines.values()))
        )
    title = next(line.title for line in world.portal.checklist_of(task.id) if line.id == line_id)
    _as_person(lambda: world.portal.tick(task.id, title, by))


def _as_person(do: Callable[[], None]) -> None:
    try:
        do()
    except Refused as refused:
        raise PlayError("something that the portal lets that person do", str(refused)) from None


def _hand_over(world: SandboxWorld, task: Task, by: int | None) -> None:
    """Who does the work of another is given the task first: the portal lets nobody else complete it."""
    if by is None or by == task.responsible_id:
        return
    user = world.portal.people.get(by)
    if user is None or not user.is_active:
        raise PlayError("somebody who works here", f"user {by}")
    _as_person(lambda: world.portal.delegate_task(task.id, by))


def _task_of(world: SandboxWorld, step: str | None, by: int | None) -> Open:
    """The open task of a step; of several (approvals) the one of `by`, or else the first."""
    run = (
        _only_open(world)
        if step is None
        else next((each for each in _live(world) if each.step == step), None)
    )
    if run is None:
        raise PlayError(f'an open step "{step}"', show([each.step for each in _live(world)]))
    keys = {run.key, *(run.key_of(vote) for vote in run.votes)}
    found = [each for each in world.open_tasks() if each[0].run in keys]
    mine = [each for each in found if each[1].responsible_id == by]
    if not found:
        raise PlayError(f'a task of the step "{run.step}" in the portal', "none")
    return (mine or found)[0]


def _task_of_kind(world: SandboxWorld, kinds: tuple[str, ...]) -> Open:
    runs = [run for run in _live(world) if run.kind in kinds]
    found = [each for each in world.open_tasks() if any(each[0].run == run.key for run in runs)]
    if len(found) != 1:
        raise PlayError(
            "one such task (say `of`)", show([run.step or "the choice of a stage" for run in runs])
        )
    return found[0]


def _only_open(world: SandboxWorld) -> Run:
    live = _live(world)
    if len(live) != 1:
        raise PlayError(
            "one open step (say `of`)", show([run.step or "the choice of a stage" for run in live])
        )
    return live[0]


def _live(world: SandboxWorld) -> list[Run]:
    return [run for run in world.process.runs if run.state != "later" and (run.step or run.kind == "choice")]


def _moment(world: SandboxWorld, moment: Duration | datetime) -> datetime:
    if isinstance(moment, Duration):
        return world.calendar.add(world.clock.now(), moment)
    return world.instant(moment)


PLAYS: Mapping[type[Verb], Callable[[SandboxWorld, Any], None]] = {
    GiveOutcome: _outcome,
    Complete: _complete,
    Cancel: _cancel,
    Postpone: _postpone,
    Fill: _fill,
    Move: _move,
    GiveOwner: _assign,
    Answer: _answer,
    Approve: _approve,
    Reject: _reject,
    Press: _press,
    GiveSignal: _signal,
    Advance: _advance,
    Delete: _delete,
}
