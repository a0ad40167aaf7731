"""Actions: what a `do` list asks for, in order. One function for each key that an action may have.

The key of a command is the place of its action: where the list stands in the visit, and its number there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pipelines import actions as language
from pipelines.engine import fields, owners, people
from pipelines.engine.model import (
    CallOut,
    Comment,
    CreateItem,
    CreateTask,
    Document,
    Email,
    Notify,
    Sms,
    StartPipeline,
)
from pipelines.engine.records import Record

if TYPE_CHECKING:
    from pipelines.engine.model import Why
    from pipelines.engine.turn import Turn


class At(Record, frozen=True):
    """Which action: the key of its commands, and why it is done."""

    key: str
    why: Why


def perform(turn: Turn, actions: Sequence[language.Action], base: str, rule: str) -> None:
    """Ask for every action of a list; `base` says where the list stands."""
    for number, action in enumerate(actions):
        at = At(f"{base}/{number}", turn.why(rule, action.line))
        _VERBS[type(action)](turn, action, at)


def start_follow_on(turn: Turn, follow_on: str, key: str, why: Why) -> None:
    """Ask for a child item; an id that the definition does not have is said in the journal."""
    found = turn.plan.definition.follow_on(follow_on)
    if found is None:
        turn.note("ignored", why, reason=follow_on)
        return
    turn.note("follow_on", why, name=turn.text(found.title) or found.id)
    command = StartPipeline(
        key=key,
        why=why,
        pipeline=found.pipeline,
        follow_on=found.id,
        stage=found.stage,
        copy=found.copied,
        link=found.id,
    )
    turn.ask(command)


def _set(turn: Turn, action: language.SetFields, at: At) -> None:
    fields.set_expressions(turn, action.set, at.key, at.why)


def _assign(turn: Turn, action: language.Assign, at: At) -> None:
    if action.assign == "routes":
        owners.route(turn, at.key)
    else:
        owners.assign(turn, people.resolve(turn, action.assign), at.key, at.why)


def _task(turn: Turn, action: language.MakeTask, at: At) -> None:
    spec = action.task
    person = people.resolve(turn, spec.to)
    if person.user is None:
        turn.note("nobody", at.why, step=turn.text(spec.title))
        return
    command = CreateTask(
        key=at.key,
        why=at.why,
        run=at.key,
        kind="action",
        title=turn.text(spec.title),
        to=person.user,
        due=turn.moment(spec.due, turn.now, at.why),
        description=turn.text(spec.description),
        checklist=tuple(turn.text(line) for line in spec.checklist),
        priority=spec.priority,
        reason=person.reason,
    )
    turn.ask(command)


def _create(turn: Turn, action: language.Create, at: At) -> None:
    values = {name: turn.evaluate(value, at.why) for name, value in action.fields.items()}
    command = CreateItem(
        key=at.key,
        why=at.why,
        kind=action.create,
        fields=values,
        pipeline=action.pipeline,
        type=action.type,
        link=action.link,
    )
    turn.ask(command)


def _comment(turn: Turn, action: language.Comment, at: At) -> None:
    turn.ask(Comment(key=at.key, why=at.why, text=turn.text(action.comment)))


def _notify(turn: Turn, action: language.Notify, at: At) -> None:
    tell(turn, people.resolve(turn, action.notify).user, turn.text(action.text), at.key, at.why)


def tell(turn: Turn, user: int | None, text: str, key: str, why: Why) -> None:
    """Send somebody a message, if there is somebody."""
    if user is not None:
        turn.ask(Notify(key=key, why=why, user=user, text=text))


def _email(turn: Turn, action: language.Email, at: At) -> None:
    letter = action.email
    if isinstance(letter, str):
        turn.ask(Email(key=at.key, why=at.why, template=letter))
        return
    to = letter.to if isinstance(letter.to, str) else f"user:{people.resolve(turn, letter.to).user}"
    subject, body = turn.text(letter.subject), turn.text(letter.body)
    turn.ask(Email(key=at.key, why=at.why, to=to, subject=subject, body=body))


def _sms(turn: Turn, action: language.Sms, at: At) -> None:
    turn.ask(Sms(key=at.key, why=at.why, workflow=action.workflow))


def _document(turn: Turn, action: language.Document, at: At) -> None:
    turn.ask(Document(key=at.key, why=at.why, template=str(action.template)))


def _signal(turn: Turn, action: language.Signal, at: At) -> None:
    turn.draft.hear(f"signal:{action.signal}")
    turn.note("signal", at.why, name=action.signal)


def _call(turn: Turn, action: language.CallOut, at: At) -> None:
    turn.ask(CallOut(key=at.key, why=at.why, name=action.call))


def _follow_on(turn: Turn, action: language.FollowOnAction, at: At) -> None:
    start_follow_on(turn, action.follow_on, at.key, at.why)


_VERBS: dict[type, Callable[[Turn, Any, At], None]] = {
    language.SetFields: _set,
    language.Assign: _assign,
    language.MakeTask: _task,
    language.Create: _create,
    language.Comment: _comment,
    language.Notify: _notify,
    language.Email: _email,
    language.Sms: _sms,
    language.Document: _document,
    language.Signal: _signal,
    language.CallOut: _call,
    language.FollowOnAction: _follow_on,
}
