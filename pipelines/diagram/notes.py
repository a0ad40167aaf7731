"""What stands beside the picture: how an item joins, who owns it, follow-ons, which moves are free."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipelines.diagram.model import Note
from pipelines.diagram.titles import plain, stage_title

if TYPE_CHECKING:
    from pipelines.definition import FollowOn, Route
    from pipelines.diagram.sayings import Sayings


def notes_of(sayings: Sayings) -> Iterator[Note]:
    """The notes that a definition gives cause for."""
    definition = sayings.definition
    yield Note(sayings.word("starts"), tuple(_starts(sayings)))
    if definition.routes:
        title = sayings.word("owners" if definition.start.route == "now" else "owners_later")
        lines = (f"{number}. {_route(sayings, each)}" for number, each in enumerate(definition.routes, 1))
        yield Note(title, tuple(lines))
    if definition.follow_ons:
        yield Note(
            sayings.word("follow_ons"), tuple(_follow_on(sayings, each) for each in definition.follow_ons)
        )


def _starts(sayings: Sayings) -> Iterator[str]:
    start = sayings.definition.start
    if start.on_create:
        yield sayings.word("on_create")
    for point in start.points:
        stage = sayings.stage(point.pipeline, point.stage)
        yield sayings.word(
            "on_stage", pipeline=sayings.quoted(sayings.pipeline(point.pipeline)), stage=sayings.quoted(stage)
        )
    if start.schedule is not None:
        every, source = sayings.moment(start.schedule.every), sayings.word(start.schedule.source)
        condition = sayings.condition(start.schedule.when)
        name = "schedule" if condition else "schedule_all"
        yield sayings.word(name, span=every, source=source, condition=condition)
    if start.manual:
        yield sayings.word("manual")


def _route(sayings: Sayings, route: Route) -> str:
    who = sayings.word("keeps") if route.keep else sayings.person(route.to)
    condition = sayings.condition(route.when)
    said = f"{who} ({sayings.word('when', condition=condition)})" if condition else who
    name = plain(route.name, sayings.language)
    return f"{name}: {said}" if name else said


def _follow_on(sayings: Sayings, follow_on: FollowOn) -> str:
    title = plain(follow_on.title, sayings.language) or follow_on.id
    pipeline = sayings.quoted(sayings.pipeline(follow_on.pipeline))
    said = f"{title}: {pipeline}"
    if follow_on.stage is not None:
        stage = sayings.quoted(sayings.stage(follow_on.pipeline, follow_on.stage))
        said = sayings.word("follow_on_at", title=title, pipeline=pipeline, stage=stage)
    stages = ", ".join(stage_title(sayings.definition, each, sayings.language) for each in follow_on.on)
    return f"{said}; {sayings.word('made_on', stages=stages) if stages else sayings.word('offered')}"
