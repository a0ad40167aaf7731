"""Renaming: what stages, steps and outcomes of older versions are called in a newer one; a process told so.

A process names them in many places; all of them change together or none does. Keys of runs stay: the tasks in
the CRM carry them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from pipelines.findings import nearest

if TYPE_CHECKING:
    from pipelines.definition import Definition
    from pipelines.engine.process import Process, Result, Run

V = TypeVar("V")
_STEP = "step:"


class MappingMistake(ValueError):
    """A pair `old=new` names nothing; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Names:
    """Old id -> new id; what is not named keeps its name."""

    stages: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    #: Old step -> its old outcome -> the outcome that it counts as; two may become one.
    outcomes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def stage(self, stage: str) -> str:
        return self.stages.get(stage, stage)

    def step(self, step: str) -> str:
        return self.steps.get(step, step)

    def outcome(self, step: str, outcome: str) -> str:
        """`step` by its old name."""
        return self.outcomes.get(step, {}).get(outcome, outcome)

    def answer(self, run: Run, answer: str) -> str:
        """What a line of the open task of a run means: an outcome of its step, or a stage that is chosen."""
        return self.outcome(run.step, answer) if run.step else self.stage(answer)

    def inverted(self, old: Definition) -> Names:
        """The way back. An outcome that `old` has by its new name as well stays what it is."""
        outcomes = {}
        for step, chosen in self.outcomes.items():
            known = _outcomes_of([old], step)
            outcomes[self.step(step)] = {after: was for was, after in chosen.items() if after not in known}
        return Names(_turned(self.stages), _turned(self.steps), outcomes)


def read_names(pairs: Iterable[str], olds: Sequence[Definition], new: Definition) -> Names:
    """Pairs `old=new` as names; MappingMistake when one of them leads nowhere.

    An id that is both a stage and a step of its version stands for both. An outcome is written
    `step.outcome=outcome`, the step by its old name.
    """
    old_stages, old_steps = _ids(olds)
    new_stages, new_steps = _ids([new])
    stages: dict[str, str] = {}
    steps: dict[str, str] = {}
    outcomes: list[tuple[str, str, str]] = []
    for pair in pairs:
        before, _, after = (part.strip() for part in pair.partition("="))
        if not before or not after:
            raise MappingMistake(
                f"{pair!r}: expected old=new, two stages or two steps, or step.old=new, two outcomes"
            )
        if "." in before:
            step, _, outcome = before.partition(".")
            outcomes.append((step, outcome, after))
            continue
        _need(before, old_stages | old_steps, "any version in use")
        _need(after, new_stages | new_steps, "the new version")
        if before in old_stages and after in new_stages:
            stages[before] = after
        if before in old_steps and after in new_steps:
            steps[before] = after
        if before not in stages and before not in steps:
            kind, other = ("stage", "step") if before in old_stages else ("step", "stage")
            raise MappingMistake(f"{pair!r}: {before} is a {kind}, {after} is a {other}")
    for chosen in (stages, steps):
        _refuse_twins(chosen)
    return _with_outcomes(Names(stages, steps), outcomes, olds, new)


def _with_outcomes(
    names: Names, chosen: Iterable[tuple[str, str, str]], olds: Sequence[Definition], new: Definition
) -> Names:
    """Once the steps have their new names: what their outcomes count as."""
    outcomes: dict[str, dict[str, str]] = {}
    _, old_steps = _ids(olds)
    for step, before, after in chosen:
        _need_one_of(step, old_steps, "step of any version in use")
        there = names.step(step)
        _need_one_of(before, _outcomes_of(olds, step), f"outcome of {step} in any version in use")
        _need_one_of(
            after.removeprefix(f"{there}."),
            _outcomes_of([new], there),
            f"outcome of {there} in the new version",
        )
        outcomes.setdefault(step, {})[before] = after.removeprefix(f"{there}.")
    return replace(names, outcomes=outcomes)


def renamed(process: Process, names: Names) -> Process:
    """The process with every stage, step and outcome under its new name."""
    if not names.stages and not names.steps and not names.outcomes:
        return process
    intent, refusal = process.intent, process.refusal
    return process.but(
        stage=names.stage(process.stage),
        runs=tuple(_renamed_run(run, names) for run in process.runs),
        results={names.step(step): _ended(step, each, names) for step, each in process.results.items()},
        counts=_keys(process.counts, names.steps),
        left=_keys(process.left, names.steps),
        outcomes={
            names.step(step): names.outcome(step, outcome) for step, outcome in process.outcomes.items()
        },
        used=_keys(process.used, names.steps),
        visits=_keys(process.visits, names.stages),
        heard={_heard(name, names): count for name, count in process.heard.items()},
        intent=intent and intent.but(stage=names.stage(intent.stage), step=_maybe(intent.step, names)),
        refusal=refusal and refusal.but(stage=names.stage(refusal.stage), step=_maybe(refusal.step, names)),
    )


def _renamed_run(run: Run, names: Names) -> Run:
    return run.but(
        step=names.step(run.step),
        target=None if run.target is None else names.stage(run.target),
        outcome=None if run.outcome is None else names.outcome(run.step, run.outcome),
        offered=names.outcome(run.step, run.offered) if isinstance(run.offered, str) else run.offered,
    )


def _ended(step: str, result: Result, names: Names) -> Result:
    if result.outcome is None:
        return result
    return result.but(outcome=names.outcome(step, result.outcome))


def _maybe(step: str | None, names: Names) -> str | None:
    return None if step is None else names.step(step)


def _heard(name: str, names: Names) -> str:
    return _STEP + names.step(name.removeprefix(_STEP)) if name.startswith(_STEP) else name


def _keys(values: Mapping[str, V], names: Mapping[str, str]) -> dict[str, V]:
    return {names.get(name, name): value for name, value in values.items()}


def _ids(definitions: Iterable[Definition]) -> tuple[set[str], set[str]]:
    """Ids of all stages, and of all steps."""
    stages = [stage for definition in definitions for stage in definition.stages]
    return {stage.id for stage in stages}, {step.id for stage in stages for step in stage.steps}


def _outcomes_of(definitions: Iterable[Definition], step: str) -> set[str]:
    found = (definition.step(None, step) for definition in definitions)
    return {outcome.id for each in found if each is not None for outcome in each.all_outcomes}


def _need(name: str, known: set[str], where: str) -> None:
    _need_one_of(name, known, f"stage and no step of {where}")


def _need_one_of(name: str, known: set[str], what: str) -> None:
    if name not in known:
        meant = nearest(name, sorted(known))
        hint = f". Did you mean {meant!r}?" if meant else ""
        raise MappingMistake(f"{name!r} is no {what}{hint}")


def _refuse_twins(chosen: Mapping[str, str]) -> None:
    """Two old names for one new one: what was kept apart could not be told apart again."""
    first: dict[str, str] = {}
    for before, after in chosen.items():
        if after in first:
            raise MappingMistake(f"{first[after]} and {before} would both become {after}")
        first[after] = before


def _turned(names: Mapping[str, str]) -> dict[str, str]:
    return {after: before for before, after in names.items()}
