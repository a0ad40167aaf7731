"""Outcomes of steps, reasons of losses, competitors, as tables."""

from __future__ import annotations

from connector.reports.figures.outcomes import Outcomes
from connector.reports.figures.table import Row, Table
from connector.reports.figures.writing import Writer, amounts_of


def outcome_tables(found: Outcomes, write: Writer) -> list[Table]:
    return [_endings(found, write), _reasons(found, write), _rivals(found, write)]


def _endings(found: Outcomes, write: Writer) -> Table:
    headings = [
        *write.headings("text", "stage", "step", "outcome"),
        write.heading("items"),
        write.heading("share", "share"),
    ]
    rows: list[Row] = [
        (each.stage.title, each.title, each.outcome_title, each.count, each.share) for each in found.endings
    ]
    return write.table("outcomes", "steps", headings, rows)


def _reasons(found: Outcomes, write: Writer) -> Table:
    amounts = write.sums(each.sums for each in found.reasons)
    headings = [
        *write.headings("text", "stage", "reason"),
        write.heading("items"),
        write.heading("share", "share"),
        *amounts,
    ]
    rows: list[Row] = []
    for each in found.reasons:
        reason = each.text or write.say("not_said")
        rows.append((each.stage.title, reason, each.count, each.share, *amounts_of(amounts, each.sums)))
    return write.table("outcomes", "reasons", headings, rows)


def _rivals(found: Outcomes, write: Writer) -> Table:
    amounts = write.sums(each.sums for each in found.rivals)
    headings = [write.heading("competitor", "text"), write.heading("items"), *amounts]
    rows: list[Row] = [(each.text, each.count, *amounts_of(amounts, each.sums)) for each in found.rivals]
    return write.table("outcomes", "competitors", headings, rows)
