"""How steps end, and why items are lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from connector.records import Item, ItemRef
from connector.reports.figures.asking import Question
from connector.reports.figures.board import Column
from connector.reports.figures.sums import Sums, sums_of
from connector.reports.figures.ways import closing, course
from connector.store import Connection, catalogue, figures, figures_outcomes, mirror
from connector.store.figures import Way
from pipelines.diagram.sayings import Sayings

#: What pipelines call the field that says why; a stage may ask for one of its own, called `…_reason`.
REASONS = ("lost_reason", "loss_reason", "close_reason", "reason")
COMPETITORS = ("competitor",)
#: How many reasons are told apart: a field of free text has as many as items.
LISTED = 50


@dataclass(frozen=True, slots=True)
class Ending:
    """One outcome of a step.

    *count*: of the items that came into the step's stage in the period, those whose last execution of the
    step, as their processes remember it now, ended so. *share*: of those with any outcome of the step.
    """

    stage: Column
    step: str
    title: str
    outcome: str
    outcome_title: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Reason:
    """Items that were lost in the period for this reason; `share` of all that were lost.

    `text` "": nobody has said why.
    """

    stage: Column
    text: str
    count: int
    share: float
    sums: Sums


@dataclass(frozen=True, slots=True)
class Rival:
    """Items that were lost in the period to this competitor."""

    text: str
    count: int
    sums: Sums


@dataclass(frozen=True, slots=True)
class Outcomes:
    """*endings* in the order of the pipeline's file; *reasons* and *rivals* by how many there were."""

    endings: tuple[Ending, ...]
    reasons: tuple[Reason, ...]
    rivals: tuple[Rival, ...]


def outcomes(conn: Connection, question: Question) -> Outcomes:
    """The outcomes of steps and the reasons of losses in a period."""
    ways = figures.ways(conn, question.scope, question.period)
    lost, reader = _lost(conn, question, ways), _Reader(conn, question)
    return Outcomes(
        tuple(_endings(conn, question, ways)),
        tuple(_reasons(reader, question, lost)),
        tuple(_rivals(reader, lost)),
    )


# --- how steps end ------------------------------------------------------------------------------------------


def _endings(conn: Connection, question: Question, ways: Sequence[Way]) -> Iterable[Ending]:
    counts = _counts(conn, question, ways)
    language = question.language
    sayings = Sayings(question.binding.definition, language)
    for stage in question.board.columns:
        of_file = question.binding.definition.stage(stage.name or "")
        for step in of_file.steps if of_file else ():
            title = sayings.step(step)
            total = sum(count for (of_step, _), count in counts.items() if of_step == step.id)
            for outcome in step.all_outcomes:
                count = counts[step.id, outcome.id]
                if count:
                    shown = outcome.title.in_language(language) if outcome.title else outcome.id
                    yield Ending(stage, step.id, title, outcome.id, shown, count, count / total)


def _counts(conn: Connection, question: Question, ways: Sequence[Way]) -> Counter[tuple[str, str]]:
    """(step, outcome) of those whose stage the item came into."""
    steps_of: dict[str, list[str]] = {}
    for stage in question.binding.definition.stages:
        if (stage_id := question.binding.stage_id(stage.id)) is not None:
            steps_of.setdefault(stage_id, []).extend(step.id for step in stage.steps)
    entered = {way.id: {*course(way, question.period)} & steps_of.keys() for way in ways}
    kept = figures_outcomes.states_of_moved(conn, question.scope, question.binding.pipeline, question.period)
    ended: list[tuple[str, str]] = []
    for item_id, state in kept:
        if stages := entered.get(item_id):
            outcomes = _STATE.decode(state).outcomes
            steps = (step for stage_id in stages for step in steps_of[stage_id])
            ended += [(step, outcomes[step]) for step in steps if step in outcomes]
    return Counter(ended)


class _State(msgspec.Struct):
    """Of the state of a process, how its steps ended."""

    outcomes: dict[str, str] = {}


_STATE = msgspec.json.Decoder(_State)


# --- why items are lost -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Loss:
    item: Item
    stage: Column


def _lost(conn: Connection, question: Question, ways: Sequence[Way]) -> list[_Loss]:
    scope, board = question.scope, question.board
    final = board.ids("lost")
    ends = ((way.id, closing(way, question.period, final)) for way in ways)
    stages = {ItemRef(scope.entity_type_id, id_): board.by_id[end.stage_id] for id_, end in ends if end}
    items = mirror.get_items(conn, scope.portal, stages)
    return [_Loss(items[ref], stage) for ref, stage in stages.items() if ref in items]


def _reasons(reader: _Reader, question: Question, lost: Sequence[_Loss]) -> list[Reason]:
    by_reason: defaultdict[tuple[str, str], list[_Loss]] = defaultdict(list)
    names = {stage.id: (*_asked_for(question, stage), *REASONS) for stage in question.board.final}
    for each in lost:
        by_reason[each.stage.id, reader.first(each.item, names[each.stage.id])].append(each)
    found = [
        Reason(some[0].stage, text, len(some), len(some) / len(lost), sums_of(each.item for each in some))
        for (_, text), some in by_reason.items()
    ]
    return sorted(found, key=lambda each: (-each.count, each.stage.title, each.text))[:LISTED]


def _asked_for(question: Question, stage: Column) -> list[str]:
    """The reasons that the stage does not let an item in without."""
    of_file = question.binding.definition.stage(stage.name or "")
    return [name for name in (of_file.require_on_enter if of_file else ()) if name.endswith("_reason")]


def _rivals(reader: _Reader, lost: Sequence[_Loss]) -> list[Rival]:
    by_name: defaultdict[str, list[_Loss]] = defaultdict(list)
    for each in lost:
        by_name[reader.first(each.item, COMPETITORS)].append(each)
    by_name.pop("", None)
    found = [Rival(name, len(some), sums_of(each.item for each in some)) for name, some in by_name.items()]
    return sorted(found, key=lambda each: (-each.count, each.text))[:LISTED]


class _Reader:
    """Reads values of fields as people see them."""

    def __init__(self, conn: Connection, question: Question) -> None:
        self._binding, self._language = question.binding, question.language
        self._fields = catalogue.get_fields(conn, question.scope.portal, question.scope.entity_type_id)
        # There are many items and few reasons.
        self._known: dict[tuple[str, str], str] = {}

    def first(self, item: Item, names: Iterable[str]) -> str:
        """The first of these fields that is filled in; "" if none is."""
        return next((text for name in names if (text := self._read(item, name))), "")

    def _read(self, item: Item, name: str) -> str:
        raw = self._binding.raw_field(item, name)
        if raw is None:
            return ""
        key = name, repr(raw)
        if key not in self._known:
            self._known[key] = self._text(name, self._binding.read_field(item, name))
        return self._known[key]

    def _text(self, name: str, value: object) -> str:
        if value is None:
            return ""
        several = value if isinstance(value, list) else [value]
        return ", ".join(self._label(name, str(each)) for each in several).strip()

    def _label(self, name: str, value: str) -> str:
        """An option of the pipeline, or else of the portal, by its title."""
        option = self._binding.definition.fields[name].options.get(value)
        if option is not None:
            return option.in_language(self._language)
        field = self._fields.get(self._binding.config.fields[name].field)
        return field.options.get(value, value) if field else value
