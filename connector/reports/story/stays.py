"""Stays: how long an item was in each stage, and how long it may be there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connector.reports.story.story import Story
from connector.store.views import RecentSignal
from pipelines.calendar import WorkingCalendar
from pipelines.definition import Stage


@dataclass(frozen=True, slots=True)
class Stay:
    """One visit of a stage. Times in seconds, of the whole day and of working hours."""

    visit: str
    title: str
    since: datetime
    #: None: the item is there now.
    until: datetime | None
    seconds: float
    working_seconds: float
    #: How long it might last, as people say it; "" where the pipeline sets no limit.
    limit: str
    is_over: bool
    #: Who brought the card there; "" where that is not known any more.
    by: str


def stays(story: Story, calendar: WorkingCalendar) -> list[Stay]:
    """The visits of the item, the newest first."""
    return list(_stays(story, calendar))[::-1]


def _stays(story: Story, calendar: WorkingCalendar) -> Iterator[Stay]:
    ends = [move.at for move in story.moves[1:]]
    news = {
        each.signal.payload["visit"]: each.signal
        for each in story.chain
        if each.signal is not None and each.signal.kind == "visit"
    }
    for number, move in enumerate(story.moves):
        until = ends[number] if number < len(ends) else None
        end = until or story.now
        stage, limit = _stage(story, move.stage_id), ""
        due = None
        if stage is not None and stage.limit is not None:
            limit, due = story.speaker.span(stage.limit), calendar.add(move.at, stage.limit)
        yield Stay(
            visit=move.id,
            title=_title(story, stage, move.stage_id),
            since=move.at,
            until=until,
            seconds=(end - move.at).total_seconds(),
            working_seconds=calendar.between(move.at, end).total_seconds(),
            limit=limit,
            is_over=due is not None and due < end,
            by=_by(story, news.get(move.id)),
        )


def _stage(story: Story, stage_id: str) -> Stage | None:
    """What the item's pipeline calls a stage of the CRM, in the version that its process runs on."""
    for process in story.processes:
        bound = story.config.pipelines.get(process.pipeline)
        definition = story.versions.get(process.version)
        if bound is not None and definition is not None:
            names = (name for name, each in bound.stages.items() if each == stage_id)
            stage = definition.stage(next(names, ""))
            if stage is not None:
                return stage
    return None


def _title(story: Story, stage: Stage | None, stage_id: str) -> str:
    """As the portal calls it; a stage that it has no more, as the pipeline does."""
    return story.stages.get(stage_id) or (stage.id if stage is not None else stage_id)


def _by(story: Story, signal: RecentSignal | None) -> str:
    if signal is None:
        return ""
    if signal.payload.get("command"):
        return story.speaker.word("connector")
    by = signal.payload.get("by")
    return story.speaker.person(by) if by is not None else ""
