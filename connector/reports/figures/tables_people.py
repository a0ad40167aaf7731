"""People: what they carry, do and win, as tables."""

from __future__ import annotations

from connector.reports.figures.people import People
from connector.reports.figures.table import Heading, Row, Table
from connector.reports.figures.writing import Writer, amounts_of, hours_of


def people_tables(found: People, write: Writer) -> list[Table]:
    return [_load(found, write), _results(found, write), _dealt(found, write)]


def _load(found: People, write: Writer) -> Table:
    amounts = write.sums(each.sums for each in found.loads)
    headings = [
        write.heading("person", "text"),
        write.heading("total"),
        *(Heading(f"stage_{stage.name or stage.id}", stage.title, "integer") for stage in found.stages),
        *amounts,
    ]
    rows: list[Row] = [
        (write.person(each.user_id, each.name), each.total, *each.standing, *amounts_of(amounts, each.sums))
        for each in found.loads
    ]
    return write.table("people", "load", headings, rows)


def _results(found: People, write: Writer) -> Table:
    headings = [
        write.heading("person", "text"),
        *write.headings("integer", "tasks_open", "tasks_overdue", "tasks_completed"),
        *write.headings("integer", "won", "lost", "archived"),
        write.heading("conversion", "share"),
        write.heading("hours_to_win", "hours"),
    ]
    rows: list[Row] = []
    for each in found.loads:
        tasks = (each.tasks.open, each.tasks.overdue, each.tasks.completed)
        ended = (each.won, each.lost, each.archived, each.conversion, hours_of(each.seconds_to_win))
        rows.append((write.person(each.user_id, each.name), *tasks, *ended))
    return write.table("people", "results", headings, rows)


def _dealt(found: People, write: Writer) -> Table:
    headings = [
        *write.headings("text", "team", "person"),
        write.heading("got"),
        *write.headings("share", "share", "fair_share"),
    ]
    rows: list[Row] = [
        (each.team, write.person(each.user_id, each.name), each.got, each.share, each.fair_share)
        for each in found.dealt
    ]
    return write.table("people", "routing", headings, rows)
