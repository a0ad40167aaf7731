"""Renaming: what stages and steps of older versions are called in a newer one, and a process told so.

A process names stages and steps in many places; all of them change together or none does. Keys of runs stay:
the tasks in the CRM carry them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from pipelines.findings import nearest

if TYPE_CHECKING:
    from pipelines.definition import Definition
    from pipelines.engine.process import Process, Run

V = TypeVar("V")
_STEP = "step:"


class MappingMistake(ValueError):
    """A pair `old=new` names nothing; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Names:
    """Old id -> new id; what is not named keeps its name."""

    stages: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)

    def stage(self, stage: str) -> str:
        return self.stages.get(stage, stage)

    def step(self, step: str) -> str:
        return self.steps.get(step, step)

    def inverted(self) -> Names:
        """The way back."""
        return Names(_turned(self.stages), _turned(self.steps))


def read_names(pairs: Iterable[str], olds: Sequence[Definition], new: Definition) -> Names:
    """Pairs `old=new` as names; MappingMistake when one of them leads nowhere.

    An id that is both a stage and a step of its version stands for both.
    """
    old_stages, old_steps = _ids(olds)
    new_stages, new_steps = _ids([new])
    stages: dict[str, str] = {}
    steps: dict[str, str] = {}
    for pair in pairs:
        before, _, after = (part.strip() for part in pair.partition("="))
        if not before or not after:
            raise MappingMistake(f"{pair!r}: expected old=new, two stages or two steps")
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
    return Names(stages, steps)


def renamed(process: Process, names: Names) -> Process:
    """The process with every stage and step under its new name."""
    if not names.stages and not names.steps:
        return process
    intent, refusal = process.intent, process.refusal
    return replace(
        process,
        stage=names.stage(process.stage),
        runs=tuple(_renamed_run(run, names) for run in process.runs),
        results=_keys(process.results, names.steps),
        counts=_keys(process.counts, names.steps),
        left=_keys(process.left, names.steps),
        outcomes=_keys(process.outcomes, names.steps),
        used=_keys(process.used, names.steps),
        visits=_keys(process.visits, names.stages),
        heard={_heard(name, names): count for name, count in process.heard.items()},
        intent=intent and replace(intent, stage=names.stage(intent.stage), step=_maybe(intent.step, names)),
        refusal=refusal
        and replace(refusal, stage=names.stage(refusal.stage), step=_maybe(refusal.step, names)),
    )


def _renamed_run(run: Run, names: Names) -> Run:
    target = None if run.target is None else names.stage(run.target)
    return replace(run, step=names.step(run.step), target=target)


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


def _need(name: str, known: set[str], where: str) -> None:
    if name not in known:
        meant = nearest(name, sorted(known))
        hint = f". Did you mean {meant!r}?" if meant else ""
        raise MappingMistake(f"{name!r} is no stage and no step of {where}{hint}")


def _refuse_twins(chosen: Mapping[str, str]) -> None:
    """Two old names for one new one: what was kept apart could not be told apart again."""
    first: dict[str, str] = {}
    for before, after in chosen.items():
        if after in first:
            raise MappingMistake(f"{first[after]} and {before} would both become {after}")
        first[after] = before


def _turned(names: Mapping[str, str]) -> dict[str, str]:
    return {after: before for before, after in names.items()}
