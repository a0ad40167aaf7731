"""Items: finding a card, and all that is known of one: what it waits for, its process, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from connector.bitrix24.items import card_address
from connector.flow.portal import Portal
from connector.records import COMPANY, CONTACT, Item, ItemRef, Task, type_id_of
from connector.reports.story import (
    Notice,
    Story,
    read_story,
    relatives,
    rule_of,
    stays,
    step_runs,
    times,
    what_waits,
)
from connector.reports.story.picture import draw
from connector.store import Connection, catalogue, search
from connector.store.processes import StoredProcess
from pipelines.diagram import Diagram, to_svg
from pipelines.diagram.model import StageBox
from webhooks.dashboard import current
from webhooks.dashboard.pages.items_source import show_source

blueprint = Blueprint("items", __name__)
blueprint.add_url_rule("/pipelines/<pipeline>/source", "source", show_source)

#: So many records one search shows.
MOST_FOUND: Final = 50
_NEWEST: Final = 20
#: So many happenings of the log stand open; the older ones are folded.
_OPEN_LOG: Final = 25
#: /crm/deal/details/7405/, /crm/type/1046/details/17/; the old cards end in /show/.
_ADDRESS = re.compile(r"/crm/(?:type/)?(?P<kind>[a-z]+|\d+)/(?:details|show)/(?P<id>\d{1,18})\b")
#: Nothing but the style that the picture brings along.
_PICTURE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


@blueprint.get("/items")
def show() -> str | BaseResponse:
    """Records by id, a part of the title, or the address of the card; without a question, the newest."""
    asked = request.args.get("q", "").strip()
    ref = _ref_in(asked)
    if ref is not None:
        return redirect(url_for("items.item", ref=str(ref)))
    portal = current.portal()
    with current.application().database.read() as conn:
        types = _searched(portal)
        if asked:
            found = search.find_items(conn, portal.name, asked, types, limit=MOST_FOUND + 1)
        else:
            found = search.newest(conn, portal.name, types, limit=_NEWEST)
        people = catalogue.get_people(conn, portal.name)
        stages = _stage_names(conn, portal)
    return render_template(
        "items.html",
        asked=asked,
        found=found[:MOST_FOUND],
        has_more=len(found) > MOST_FOUND,
        most=MOST_FOUND,
        people=people,
        stages=stages,
    )


def _searched(portal: Portal) -> list[int]:
    """The types of records that go through stages: customers are looked for in the CRM."""
    return [type_id for type_id in portal.entity_type_ids if type_id not in (CONTACT, COMPANY)]


def _stage_names(conn: Connection, portal: Portal) -> dict[tuple[int, str | None], str]:
    return {
        (type_id, stage.id): stage.name
        for type_id in _searched(portal)
        for stage in catalogue.get_stages(conn, portal.name, type_id)
    }


def _ref_in(asked: str) -> ItemRef | None:
    """The record that an address of the CRM, or `deal:7405`, names."""
    found = _ADDRESS.search(asked)
    if found is not None:
        type_id = type_id_of(found["kind"])
        return ItemRef(type_id, int(found["id"])) if type_id else None
    try:
        return ItemRef.parse(asked)
    except ValueError:
        return None


# --- one item -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProcessView:
    """A process of the item, and where its card may go; `diagram` None: it cannot be drawn (any more)."""

    stored: StoredProcess
    title: str
    diagram: Diagram | None

    @property
    def moves(self) -> list[StageBox]:
        """The other stages, those that are open first."""
        order = ("allowed", "flag", "hold", "revert", "closed")
        stages = self.diagram.stages if self.diagram is not None else ()
        return sorted(
            (each for each in stages if each.state in order), key=lambda each: order.index(each.state)
        )


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task of the card."""

    task: Task
    is_ours: bool
    is_gone: bool
    is_open: bool
    is_overdue: bool


@blueprint.get("/items/<ref>")
def item(ref: str) -> str:
    """All that the store has of one record."""
    portal, known = current.portal(), _parse(ref)
    with current.application().database.read() as conn:
        story = _read(conn, portal, known)
        family = relatives(conn, story)
        processes = [_process(conn, portal, story, each) for each in story.processes]
    if not story.is_known:
        raise NotFound
    notices = what_waits(story)
    chain = list(story.chain)[::-1]
    return render_template(
        "item.html",
        rule_of=rule_of,
        story=story,
        speaker=story.speaker,
        ref=story.ref,
        record=story.item,
        card=card_address(portal.config.domain, story.ref),
        notices=notices,
        tone=_tone(notices),
        processes=processes,
        stays=stays(story, portal.calendar),
        steps=step_runs(story),
        tasks=_tasks(story),
        task_address=lambda task: _task_address(portal, task),
        family=family,
        commands=list(story.commands)[::-1],
        chain=chain[:_OPEN_LOG],
        older=chain[_OPEN_LOG:],
        lasted=lambda seconds: times.span(seconds, current.language()),
        worked=lambda seconds: times.working(seconds, current.language()),
    )


@blueprint.get("/items/<ref>/process.svg")
def picture(ref: str) -> Response:
    """The item's process as a picture, in the language and the colours of the viewer."""
    portal, known = current.portal(), _parse(ref)
    with current.application().database.read() as conn:
        story = _read(conn, portal, known)
        wanted = request.args.get("pipeline")
        stored = next((each for each in story.processes if wanted in (None, each.pipeline)), None)
        diagram = _draw(conn, portal, story.item, stored) if stored is not None else None
    if diagram is None:
        raise NotFound
    theme = request.args.get("theme", "auto")
    text = to_svg(diagram, theme if theme in ("light", "dark") else "auto")  # type: ignore[arg-type]
    headers = {"Content-Security-Policy": _PICTURE_POLICY}
    return Response(text, mimetype="image/svg+xml", headers=headers)


def _parse(ref: str) -> ItemRef:
    try:
        return ItemRef.parse(ref)
    except ValueError:
        raise NotFound from None


def _read(conn: Connection, portal: Portal, ref: ItemRef) -> Story:
    return read_story(
        *(conn, portal.name, portal.config, ref, current.now()),
        language=current.language(),
        versions=portal.versions,
    )


def _process(conn: Connection, portal: Portal, story: Story, stored: StoredProcess) -> ProcessView:
    diagram = _draw(conn, portal, story.item, stored)
    return ProcessView(stored, story.speaker.pipeline(stored.pipeline), diagram)


def _draw(conn: Connection, portal: Portal, record: Item | None, stored: StoredProcess) -> Diagram | None:
    """None where the pipeline is not bound any more, or the record was never mirrored."""
    if record is None or stored.pipeline not in portal.bindings:
        return None
    return draw(conn, portal, stored, record, current.language())


def _tone(notices: Sequence[Notice]) -> str:
    tones = {
        "parked": "bad",
        "overdue": "bad",
        "late": "bad",
        "held": "fair",
        "nothing": "fair",
        "outside": "fair",
    }
    return tones.get(notices[0].kind, "") if notices else ""


def _tasks(story: Story) -> list[TaskView]:
    """The tasks of the card, ours and people's, open ones first, then the newest."""
    made = [_task(story, each.task, is_ours=True, is_gone=each.is_gone) for each in story.made_tasks]
    others = [_task(story, each) for each in story.other_tasks]
    return sorted([*made, *others], key=lambda view: (not view.is_open, -view.task.id))


def _task(story: Story, task: Task, *, is_ours: bool = False, is_gone: bool = False) -> TaskView:
    is_open = task.status != "completed" and not is_gone
    is_overdue = is_open and task.deadline is not None and task.deadline < story.now
    return TaskView(task, is_ours, is_gone, is_open, is_overdue)


def _task_address(portal: Portal, task: Task) -> str:
    """Where people open a task in a browser."""
    user = task.responsible_id or portal.config.admin
    return f"https://{portal.config.domain}/company/personal/user/{user}/tasks/task/view/{task.id}/"
