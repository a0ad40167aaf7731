"""What the task of a run says: for whom, by when, with which results to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from pipelines.engine.model import Choice, TaskKind
from pipelines.engine.records import Record
from pipelines.engine.sheets import sheet_of
from pipelines.engine.values import from_json
from pipelines.recipients import OWNER
from pipelines.steps import AskStep, FormStep, TaskStep

if TYPE_CHECKING:
    from pipelines.durations import Duration
    from pipelines.engine.plan import StepPlan
    from pipelines.engine.process import Run
    from pipelines.engine.turn import Turn
    from pipelines.expressions import Expression
    from pipelines.recipients import Recipient


class Order(Record, frozen=True):
    """A task that is to be given."""

    kind: TaskKind
    title: str
    recipient: Recipient = OWNER
    due: Duration | Expression | None = None
    description: str = ""
    hint: str = ""
    checklist: tuple[str, ...] = ()
    outcomes: tuple[Choice, ...] = ()
    priority: str = "normal"


def order_of(turn: Turn, run: Run) -> Order | None:
    """The task that a run needs now; None when it needs none."""
    if run.kind == "missing":
        return _list_missing(turn, run)
    if run.kind == "choice":
        return _choose_stage(turn)
    if run.kind == "offer":
        return _offer(turn)
    place = turn.place(run)
    if place is None:
        return None
    order = _BY_KIND[run.kind](turn, place, run) if run.kind in _BY_KIND else None
    if run.state == "missing":
        return _renewed(turn, place, run, order or Order(kind="step", title=turn.step_title(place.id)))
    return order


def field_lines(turn: Turn, heading: str, names: Iterable[str]) -> str:
    """A heading and one line for each field, by its title on the card."""
    return "\n".join([heading, *(f"- {turn.field_title(name)}" for name in names)])


def _task(turn: Turn, place: StepPlan, run: Run) -> Order:
    step, sheet = place.step, sheet_of(turn, place)
    assert isinstance(step, TaskStep)
    return Order(
        kind="question" if run.is_asked_again else "step",
        title=turn.say("again_title", title=sheet.title) if run.is_asked_again else sheet.title,
        recipient=step.task.to,
        due=place.due,
        description=sheet.description,
        hint=sheet.hint,
        checklist=sheet.checklist,
        outcomes=sheet.choices,
        priority=step.task.priority,
    )


def _form(turn: Turn, place: StepPlan, run: Run) -> Order:
    step, sheet, others = place.step, sheet_of(turn, place), place.optional
    assert isinstance(step, FormStep)
    lists = [field_lines(turn, turn.say("fields_to_fill"), step.form.require)] if step.form.require else []
    lists += [field_lines(turn, turn.say("fields_optional"), others)] if others else []
    return Order(
        kind="step",
        title=sheet.title or turn.say("form_title"),
        description="\n".join(lists),
        hint=sheet.hint,
        outcomes=(Choice("filled", turn.say("continue")),) if others else (),
    )


def _ask(turn: Turn, place: StepPlan, run: Run) -> Order:
    step, sheet = place.step, sheet_of(turn, place)
    assert isinstance(step, AskStep)
    return Order(
        kind="question",
        title=sheet.title,
        recipient=step.ask.to,
        description=_offered(turn, place, run),
        hint=sheet.hint,
        outcomes=sheet.choices,
    )


def _offered(turn: Turn, place: StepPlan, run: Run) -> str:
    if run.offered is None:
        return ""
    offered = from_json(run.offered)
    answer = answer_of(offered)
    named = place.outcomes.get(answer)
    title = turn.text(named.title) if named else turn.show(offered)
    return turn.say("offered_answer", answer=title or answer)


def _renewed(turn: Turn, place: StepPlan, run: Run, order: Order) -> Order:
    """The same task again, because the result that was named needs fields that are empty."""
    heading = turn.say("for_outcome", outcome=turn.outcome_title(place.id, run.outcome or ""))
    if isinstance(place.step, FormStep):
        heading = turn.say("fields_to_fill")
    return Order(
        kind="missing",
        title=turn.say("missing_title", title=order.title),
        recipient=order.recipient,
        due=order.due,
        description=field_lines(turn, heading, run.missing),
        hint=order.hint,
        outcomes=order.outcomes,
        priority=order.priority,
    )


def _list_missing(turn: Turn, run: Run) -> Order:
    stage = turn.stage_title(run.target or "")
    if run.missing:
        description = field_lines(turn, turn.say("for_stage", stage=stage), run.missing)
    else:
        description = turn.say("not_yet", stage=stage)
    return Order(kind="missing", title=turn.say("missing_title", title=stage), description=description)


def _choose_stage(turn: Turn) -> Order | None:
    stage = turn.plan.stages.get(turn.draft.stage)
    step = stage.stage.next if stage else None
    if stage is None or step is None or isinstance(step, tuple):
        return None
    outcomes = tuple(Choice(each, turn.stage_title(each)) for each in step.choose)
    return Order(
        kind="choice", title=turn.say("choice_title"), recipient=step.to, due=None, outcomes=outcomes
    )


def _offer(turn: Turn) -> Order:
    outcomes = tuple(Choice(each.id, turn.text(each.title) or each.id) for each in turn.plan.offered)
    return Order(kind="choice", title=turn.say("offer_title"), outcomes=outcomes, priority="low")


def answer_of(value: object) -> str:
    """The outcome that a field's value stands for: `yes` or `no` for a bool, else the option's key.

    A list of several options stands for none of the answers.
    """
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


_BY_KIND: dict[str, Callable[[Turn, StepPlan, Run], Order]] = {"task": _task, "form": _form, "ask": _ask}
