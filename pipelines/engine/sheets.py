"""Sheets: what the file says on the task of a step, in one language; put together once for each plan.

Only the placeholders are filled in for each task.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from pipelines.engine.model import Choice
from pipelines.engine.records import Record
from pipelines.steps import AskStep, TaskStep

if TYPE_CHECKING:
    from pipelines.engine.model import Language
    from pipelines.engine.plan import StepPlan
    from pipelines.engine.turn import Turn
    from pipelines.texts import Text


class Sheet(Record, frozen=True):
    """The texts of a task."""

    title: str
    description: str
    hint: str
    checklist: tuple[str, ...]
    #: The results that a rep may name.
    choices: tuple[Choice, ...]


class KnownSheet(NamedTuple):
    """A sheet as the file has it, and where there is something to fill in."""

    sheet: Sheet
    has_placeholders: bool
    choices_have: bool


def sheet_of(turn: Turn, place: StepPlan) -> Sheet:
    """The sheet of a step with its placeholders filled."""
    language = turn.facts.language
    known = turn.plan.sheets.get((place.id, language))
    if known is None:
        sheet = _read(place, language)
        known = turn.plan.sheets[place.id, language] = _know(sheet)
    return _filled(turn, known) if known.has_placeholders else known.sheet


def _read(place: StepPlan, language: Language) -> Sheet:
    def plain(text: Text | None) -> str:
        return text.in_language(language) if text is not None else ""

    step = place.step
    title, description = place.title, None
    checklist: tuple[Text, ...] = ()
    if isinstance(step, TaskStep):
        title, description, checklist = step.task.title, step.task.description, step.task.checklist
    elif isinstance(step, AskStep):
        title = step.ask.question
    return Sheet(
        title=plain(title),
        description=plain(description),
        hint=plain(step.hint),
        checklist=tuple(map(plain, checklist)),
        choices=tuple(Choice(each.id, plain(each.title) or each.id) for each in step.choices),
    )


def _know(sheet: Sheet) -> KnownSheet:
    choices_have = _has_placeholders(choice.title for choice in sheet.choices)
    others_have = _has_placeholders((sheet.title, sheet.description, sheet.hint, *sheet.checklist))
    return KnownSheet(sheet, choices_have or others_have, choices_have)


def _has_placeholders(texts: Iterable[str]) -> bool:
    return any("{" in text or "}" in text for text in texts)


def _filled(turn: Turn, known: KnownSheet) -> Sheet:
    sheet, fill = known.sheet, turn.fill
    choices = sheet.choices
    if known.choices_have:
        choices = tuple(Choice(each.id, fill(each.title) or each.id) for each in choices)
    return Sheet(
        title=fill(sheet.title),
        description=sheet.description and fill(sheet.description),
        hint=sheet.hint and fill(sheet.hint),
        checklist=tuple(map(fill, sheet.checklist)),
        choices=choices,
    )
