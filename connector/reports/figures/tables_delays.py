"""Delays: time in stage, what waits, for what, and who is behind, as tables."""

from __future__ import annotations

from datetime import datetime

from connector.reports.figures.delays import Delays
from connector.reports.figures.table import Row, Table
from connector.reports.figures.waits import WAIT_KINDS, Wait
from connector.reports.figures.writing import Writer, hours_of


def delay_tables(found: Delays, write: Writer, kind: str) -> list[Table]:
    """`kind`: how items are called, as in deal:15."""
    return [
        _times(found, write),
        _waiting(found, write, kind),
        _stalled(found, write, kind),
        _behind(found, write),
        _splits(found, write),
    ]


def _times(found: Delays, write: Writer) -> Table:
    headings = [
        write.heading("stage", "text"),
        write.heading("ended"),
        *write.headings("hours", "ended_median", "ended_p90", "worked_median", "worked_p90"),
        write.heading("now"),
        *write.headings("hours", "here_median", "here_worked_median"),
        write.heading("limit", "text"),
        *write.headings("integer", "over", "stalled"),
    ]
    rows: list[Row] = []
    for each in found.times:
        spans = (each.ended.median, each.ended.p90, each.worked.median, each.worked.p90)
        here = (each.here.count, hours_of(each.here.median), hours_of(each.here_worked.median))
        late = (write.limit(each.stage), each.over, each.stalled)
        rows.append((each.stage.title, each.ended.count, *map(hours_of, spans), *here, *late))
    return write.table("delays", "stages", headings, rows)


def _waiting(found: Delays, write: Writer, kind: str) -> Table:
    headings = [
        *write.headings("text", "item", "title", "stage", "person"),
        write.heading("since", "instant"),
        *write.headings("hours", "hours", "working_hours"),
        write.heading("due", "instant"),
        write.heading("is_over", "text"),
        *write.headings("text", "waits_for", "what", "asked"),
        write.heading("until", "instant"),
    ]
    rows: list[Row] = []
    for each in found.waiting:
        card = (f"{kind}:{each.id}", each.title, each.stage.title, each.owner)
        hours = (hours_of(each.seconds), hours_of(each.working_seconds))
        limit = (each.due_at, write.say("yes" if each.is_over else "no"))
        rows.append((*card, each.entered_at, *hours, *limit, *_why(each.wait, write)))
    return write.table("delays", "waiting", headings, rows)


def _stalled(found: Delays, write: Writer, kind: str) -> Table:
    headings = [
        *write.headings("text", "item", "title", "stage", "person"),
        write.heading("since", "instant"),
        write.heading("hours", "hours"),
    ]
    rows: list[Row] = []
    for each in found.stalled:
        card = (f"{kind}:{each.id}", each.title, each.stage.title, each.owner)
        rows.append((*card, each.touched_at, hours_of(each.seconds)))
    return write.table("delays", "stalled", headings, rows)


def _why(wait: Wait, write: Writer) -> tuple[str, str, str, datetime | None]:
    what = wait.what if wait.reason == "step" else write.say(f"wait_{wait.reason}")
    return write.say(f"waits_{wait.kind}"), what, ", ".join(wait.who), wait.until


def _behind(found: Delays, write: Writer) -> Table:
    headings = [
        write.heading("person", "text"),
        *write.headings("integer", "open_items", "over"),
        write.heading("longest_over", "hours"),
        write.heading("stalled"),
    ]
    rows: list[Row] = []
    for each in found.behind:
        person, longest = write.person(each.user_id, each.name), hours_of(each.over_seconds)
        rows.append((person, each.items, each.over, longest, each.stalled))
    return write.table("delays", "behind", headings, rows)


def _splits(found: Delays, write: Writer) -> Table:
    headings = [write.heading("stage", "text")]
    for kind in WAIT_KINDS:
        headings += [write.heading(f"{kind}_now"), write.heading(f"{kind}_median", "hours")]
    rows: list[Row] = []
    for each in found.splits:
        spans = [each.spans[kind] for kind in WAIT_KINDS]
        rows.append(
            (each.stage.title, *(cell for one in spans for cell in (one.count, hours_of(one.median))))
        )
    return write.table("delays", "waits", headings, rows)
