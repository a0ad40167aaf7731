"""Migration: whether a process may go on under another version of its pipeline in the middle of a visit.

Pure judgement: old version, new version, process -> *safe*, *needs mapping* or *blocked*, each with its
reasons, and the process as it would be. A new visit takes the newest version by itself; migrating is for
visits that are long. What was done stays done, the tasks that are open stay the same tasks, clocks go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pipelines.definition import Choose
from pipelines.engine.plan import plan_of
from pipelines.engine.process import Result
from pipelines.engine.timers import ESCALATION, LIMIT, split_name
from pipelines.findings import nearest
from pipelines.renaming import Names, renamed
from pipelines.steps import WaitStep

if TYPE_CHECKING:
    from pipelines.definition import Definition
    from pipelines.engine.plan import Plan, StagePlan, StepPlan
    from pipelines.engine.process import Process, Run


class Verdict(Enum):
    """What can be said of one process; the hardest of its problems decides."""

    SAFE = "safe"
    #: A stage, a step or an outcome is called otherwise now: `--map old=new` says how.
    NEEDS_MAPPING = "needs mapping"
    #: It stays on its version until its visit ends, or until what the reason names is over.
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is in the way."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer for one process."""

    verdict: Verdict
    #: Why it is not safe; empty when it is.
    reasons: tuple[str, ...] = ()
    #: What a person should know, although it is safe.
    notes: tuple[str, ...] = ()
    #: The process under the new version; None unless it is safe.
    moved: Process | None = None


def judge(old: Definition, new: Definition, process: Process, names: Names | None = None) -> Judgement:
    """Whether `process`, which runs on `old`, can go on under `new`; nothing is changed by asking."""
    names = names or Names()
    after = renamed(process, names)
    problems = list(_problems(plan_of(old), plan_of(new), process, after, names))
    if problems:
        hardest = max((each.verdict for each in problems), key=list(Verdict).index)
        return Judgement(hardest, tuple(dict.fromkeys(each.reason for each in problems)))
    moved, notes = _fit(plan_of(old), plan_of(new), process, after)
    return Judgement(Verdict.SAFE, (), tuple(notes), moved)


# --- what is in the way -------------------------------------------------------------------------------------


def _problems(old: Plan, new: Plan, before: Process, after: Process, names: Names) -> Iterator[Problem]:
    if (old.definition.id, old.definition.entity) != (new.definition.id, new.definition.entity):
        yield _blocked(f"{new.definition.id} is not another version of {old.definition.id}")
        return
    yield from _about_stage(old, new, before, after)
    for was, run in zip(before.runs, after.runs, strict=True):
        if run.step:
            yield from _about_step(old, new, was, run, after, names)
        elif run.kind == "choice":
            yield from _about_choice(old, new, before, after, names)
        elif run.target is not None:
            yield from _need_stage(new, run.target, "the list of what is missing is for it")


def _about_stage(old: Plan, new: Plan, before: Process, after: Process) -> Iterator[Problem]:
    intent, refusal = after.intent, after.refusal
    if intent is not None and intent.is_sent:
        yield _blocked(f"the card is on its way to {before.intent and before.intent.stage}: wait for it")
    elif intent is not None:
        yield from _need_stage(new, intent.stage, "the item is to go there")
    if refusal is not None and refusal.stage:
        yield from _need_stage(new, refusal.stage, "a move there was refused")
    if not after.stage:
        return
    yield from _need_stage(new, after.stage, "the item stands in it")
    here, there = old.stages.get(before.stage), new.stages.get(after.stage)
    if here and there and here.stage.status != there.stage.status:
        yield _blocked(f"stage {after.stage} is {there.stage.status} there, it was {here.stage.status}")


def _need_stage(new: Plan, stage: str, why: str) -> Iterator[Problem]:
    if stage not in new.stages:
        meant = nearest(stage, new.stages)
        example = f": --map {stage}={meant or '…'}"
        yield Problem(Verdict.NEEDS_MAPPING, f"there is no stage {stage} any more, and {why}{example}")


def _about_step(old: Plan, new: Plan, was: Run, run: Run, after: Process, names: Names) -> Iterator[Problem]:
    here, there = old.steps.get(was.step), new.steps.get(run.step)
    if there is None:
        meant = nearest(run.step, new.steps)
        example = f": --map {run.step}={meant or '…'}"
        yield Problem(Verdict.NEEDS_MAPPING, f"there is no step {run.step} any more, and it is open{example}")
        return
    if there.step.kind != run.kind:
        yield _blocked(f"step {run.step} is open as {_a(run.kind)}, and is {_a(there.step.kind)} there")
        return
    if run.is_process_wide and not there.is_process_wide:
        yield _blocked(f"step {run.step} is open, and no longer belongs to the whole process")
    if not run.is_process_wide and there.stage != after.stage:
        yield _blocked(f"step {run.step} is open, and belongs to the stage {there.stage} there")
    if here is not None:
        yield from _about_outcomes(here, there, was, names)
        yield from _about_words(here, there, was, _dropped(old, new))


def _about_outcomes(here: StepPlan, there: StepPlan, run: Run, names: Names) -> Iterator[Problem]:
    """Every result that somebody may still name must be one there."""
    known = [choice.id for choice in there.step.choices]
    offered = [choice.id for choice in here.step.choices] if run.has_task else []
    for outcome in offered:
        if names.outcome(run.step, outcome) not in known:
            yield _unnamed_outcome(f"the open task of {run.step} offers {outcome}", run, outcome, known)
    if run.outcome is not None and names.outcome(run.step, run.outcome) not in there.outcomes:
        yield _unnamed_outcome(f"step {run.step} waits to end with {run.outcome}", run, run.outcome, known)


def _unnamed_outcome(what: str, run: Run, outcome: str, known: list[str]) -> Problem:
    example = f"--map {run.step}.{outcome}={nearest(outcome, known) or '…'}"
    return Problem(Verdict.NEEDS_MAPPING, f"{what}, which is no result there: {example}")


def _about_words(here: StepPlan, there: StepPlan, run: Run, dropped: AbstractSet[str]) -> Iterator[Problem]:
    """What the open task asks for, and what it waits for, must still be there."""
    for name in sorted(dropped & set(run.missing)):
        yield _blocked(f"step {there.id} waits for the field {name}, which is not there any more")
    waited, waits = here.step, there.step
    if isinstance(waited, WaitStep) and isinstance(waits, WaitStep) and waited.wait.text != waits.wait.text:
        yield _blocked(f"step {there.id} waits for something else there")


def _about_choice(old: Plan, new: Plan, before: Process, after: Process, names: Names) -> Iterator[Problem]:
    here, there = old.stages.get(before.stage), new.stages.get(after.stage)
    asked = here.stage.next if here else None
    following = there.stage.next if there else None
    if there is None or not isinstance(asked, Choose):
        return
    known = set(following.choose) if isinstance(following, Choose) else set()
    lost = sorted(stage for stage in asked.choose if names.stage(stage) not in known)
    if lost:
        yield _blocked(f"the rep is asked where to go, and {', '.join(lost)} is no answer there")


def _blocked(reason: str) -> Problem:
    return Problem(Verdict.BLOCKED, reason)


def _dropped(old: Plan, new: Plan) -> AbstractSet[str]:
    """Fields that the new version does not have."""
    return old.definition.fields.keys() - new.definition.fields.keys()


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


# --- how it goes on -----------------------------------------------------------------------------------------


def _fit(old: Plan, new: Plan, before: Process, process: Process) -> tuple[Process, list[str]]:
    """The renamed process under the new version, and what there is to say about it."""
    stage = new.stages.get(process.stage)
    here = stage.steps if stage else {}
    live = {run.step for run in process.runs}
    spanning = {place.id for place in new.steps.values() if place.is_process_wide}
    results = {step: result for step, result in process.results.items() if step in here or step in spanning}
    late = [step for step in here if _is_passed(here[step], results, live)]
    heard = dict(process.heard)
    for step in late:
        results[step] = Result("skipped", is_finished=True)
        heard[f"step:{step}"] = heard.get(f"step:{step}", 0) + 1
    gone = [step for step in process.results if step not in results]
    dropped = _dropped(old, new)
    moved = process.but(
        version=new.version,
        runs=tuple(_of_scope(run, new) for run in process.runs),
        results=results,
        heard=heard,
        written={name: value for name, value in process.written.items() if name not in dropped},
        timers={name: at for name, at in process.timers.items() if _is_kept(name, process, new)},
    )
    notes = [f"{step} comes too late for this item and counts as skipped" for step in late]
    notes += [f"what {step} came to is kept as an outcome only: the stage has no such step" for step in gone]
    return moved, notes + _about_clocks(old.stages.get(before.stage), stage)


def _is_passed(place: StepPlan, results: dict[str, Result], live: set[str]) -> bool:
    """A step that was not there when the item went by: something that follows from it is live or done."""
    if place.id in results or place.id in live:
        return False
    return any(each in live or (each in results and results[each].is_finished) for each in place.followers)


def _of_scope(run: Run, new: Plan) -> Run:
    place = new.steps.get(run.step)
    return run if place is None else run.but(is_process_wide=place.is_process_wide)


def _is_kept(timer: str, process: Process, new: Plan) -> bool:
    """A clock of a limit or an escalation that the new version does not have is taken away."""
    owner, kind, number = split_name(timer)
    run = process.run(owner)
    stage, place = new.stages.get(process.stage), new.steps.get(run.step) if run else None
    watched = place.step if place else stage.stage if stage and owner == process.visit else None
    if watched is None or kind not in (LIMIT, ESCALATION):
        return True
    return watched.limit is not None if kind == LIMIT else number < len(watched.escalations)


def _about_clocks(here: StagePlan | None, there: StagePlan | None) -> list[str]:
    """What a stage is watched by is set when it is entered."""
    before, after = (each.stage.limit if each else None for each in (here, there))
    is_news = after is not None and before != after
    return [f"the limit of the stage ({after}) counts from the next visit"] if is_news else []
