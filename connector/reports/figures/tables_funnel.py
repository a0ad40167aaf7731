"""The funnel, what was closed, and the weeks, as tables."""

from __future__ import annotations

from connector.reports.figures.funnel import Funnel
from connector.reports.figures.table import Row, Table
from connector.reports.figures.writing import Writer, amounts_of


def funnel_tables(found: Funnel, write: Writer) -> list[Table]:
    return [_flows(found, write), _closed(found, write), _weeks(found, write)]


def _flows(found: Funnel, write: Writer) -> Table:
    amounts = write.sums(each.sums for each in found.flows)
    headings = [
        write.heading("stage", "text"),
        write.heading("now"),
        *amounts,
        *write.headings("integer", "came", "next", "onward", "dropped"),
        *write.headings("share", "next_share", "onward_share"),
    ]
    rows: list[Row] = []
    for each in found.flows:
        counts = (each.came, each.next, each.onward, each.dropped, each.next_share, each.onward_share)
        rows.append((each.stage.title, each.now, *amounts_of(amounts, each.sums), *counts))
    return write.table("funnel", "stages", headings, rows)


def _closed(found: Funnel, write: Writer) -> Table:
    amounts = write.sums(each.sums for each in found.closed)
    headings = [*write.headings("text", "stage", "status"), write.heading("items"), *amounts]
    rows: list[Row] = [
        (each.stage.title, write.status(each.stage), each.count, *amounts_of(amounts, each.sums))
        for each in found.closed
    ]
    return write.table("funnel", "closed", headings, rows)


def _weeks(found: Funnel, write: Writer) -> Table:
    headings = [write.heading("week", "date"), *write.headings("integer", "came", "won", "lost", "archived")]
    rows = [(each.monday, each.came, each.won, each.lost, each.archived) for each in found.weeks]
    return write.table("funnel", "weeks", headings, rows)
