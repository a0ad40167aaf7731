"""Reports: how each stands, its files, one of them now; and only the files that are a report's."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from connector.reports.charts import Studio
from connector.store import journal
from tests.connector.flow.workshop import Workshop
from tests.connector.test_reports_issued import DAY, REPORT
from tests.webhooks.dashboard.visitor import Visitor

REPORTS = "/portals/main/reports"


@pytest.fixture
def folder(workshop: Workshop) -> Path:
    """Where the files of a weekly report of sales are put; an engine has seen it on a Monday."""
    configure(workshop, REPORT)
    workshop.app.make_reports("main")
    return workshop.folder / "reports" / "main"


def configure(workshop: Workshop, text: str) -> None:
    workshop.more += text
    workshop.restart()
    workshop.app._studio = Studio(is_apart=False)


def test_where_there_is_none_the_page_says_how_to_have_one(viewer: Visitor) -> None:
    said = viewer.open(REPORTS)
    assert "No report is made by itself yet." in said
    assert '[[portals.main.reports]] name = "weekly" pipelines = ["sale"]' in said


def test_a_report_says_what_it_is_about_when_it_is_made_and_who_gets_it(
    viewer: Visitor, folder: Path
) -> None:
    said = viewer.open(REPORTS)
    assert "Sales weekly" in said
    assert "About Sale: Funnel" in said
    assert "every week: Monday, 08:00 Last made – Next 19 Jan 2026, 08:00" in said
    assert "(about 12–18 Jan 2026)" in said
    assert "(as a task)" in said
    assert "Nothing was made yet." in said


def test_what_was_made_on_schedule_is_there_to_be_taken(
    viewer: Visitor, workshop: Workshop, folder: Path
) -> None:
    workshop.clock.advance(7 * DAY)
    workshop.app.make_reports("main")
    said = viewer.sign_in().open(REPORTS)
    assert "12–18 Jan 2026 Tables (CSV) Workbook" in said
    name = "weekly_2026-01-12_2026-01-18.xlsx"
    assert f'href="{REPORTS}/weekly/files/{name}"' in viewer.page
    file = viewer.fetch(f"{REPORTS}/weekly/files/{name}")
    assert openpyxl.load_workbook(io.BytesIO(file.data)).sheetnames[-1] == "About this file"
    assert file.headers["Content-Disposition"] == f"attachment; filename={name}"


def test_an_operator_has_one_made_now_and_the_journal_says_who(
    operator: Visitor, workshop: Workshop, folder: Path
) -> None:
    operator.open(REPORTS)
    said = operator.post(f"{REPORTS}/make", {"report": "weekly"})
    assert "Made: its files are below." in said
    assert "by hand, 12 Jan 2026" in said
    assert workshop.commands() == {}
    with workshop.app.database.read() as conn:
        assert [line.actor for line in journal.of_portal(conn, "main", limit=1)] == ["dashboard:olga"]


def test_it_is_sent_only_when_that_is_asked_for(operator: Visitor, workshop: Workshop, folder: Path) -> None:
    operator.open(REPORTS)
    assert "Make and send" in operator.text
    said = operator.post(f"{REPORTS}/make", {"report": "weekly", "deliver": "1"})
    assert "Made, and on its way to 1 person" in said
    assert "Sales weekly on its way" in said
    for _ in range(3):  # the files, the task, and what the portal's limit puts off
        workshop.clock.advance(30)
        workshop.settle()
    assert "on its way" not in operator.open(REPORTS)


def test_a_viewer_makes_none(viewer: Visitor, folder: Path) -> None:
    assert "Make now" not in viewer.open(REPORTS)
    viewer.post(f"{REPORTS}/make", {"report": "weekly"})
    assert viewer.status == 403
    assert not folder.exists()


def test_a_page_of_a_report_is_shown_and_can_neither_run_nor_call_anything(
    operator: Visitor, workshop: Workshop
) -> None:
    configure(workshop, REPORT.replace('"xlsx", "csv"', '"html"'))
    operator.open(REPORTS)
    operator.post(f"{REPORTS}/make", {"report": "weekly"})
    (path,) = (workshop.folder / "reports" / "main").iterdir()
    file = operator.fetch(f"{REPORTS}/weekly/files/{path.name}")
    assert file.data == path.read_bytes()
    assert file.headers["Content-Disposition"].startswith("inline")
    policy = file.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("sandbox")


def test_nothing_but_files_of_the_report_is_given_away(
    viewer: Visitor, workshop: Workshop, folder: Path
) -> None:
    folder.mkdir(parents=True)
    for name in (
        "weekly.toml",
        "weekly_2026-13-45.html",
        "weekly_east_2026-01-12.html",
        "other_2026-01-12.html",
    ):
        (folder / name).write_text("secret")
        assert viewer.fetch(f"{REPORTS}/weekly/files/{name}").status_code == 404
    assert "secret" not in viewer.open(REPORTS)
    for name in ("..%2f..%2fconfig.toml", "%2e%2e/config.toml", "weekly_2026-01-12_2026-01-18.xlsx"):
        assert viewer.fetch(f"{REPORTS}/weekly/files/{name}").status_code == 404
    assert viewer.fetch(f"{REPORTS}/monthly/files/weekly.toml").status_code == 404


def test_what_cannot_be_made_says_why_and_the_page_is_still_there(
    operator: Visitor, workshop: Workshop
) -> None:
    configure(workshop, REPORT + 'department = "Salse"\n')
    said = operator.open(REPORTS)
    assert "cannot be made" in said
    assert "no department is called 'Salse'" in said
    said = operator.post(f"{REPORTS}/make", {"report": "weekly"})
    assert operator.status == 409
    assert "It could not be made. weekly: no department is called 'Salse'" in said


def test_a_delivery_that_the_portal_refuses_leads_to_where_it_is_mended(
    operator: Visitor, workshop: Workshop, folder: Path
) -> None:
    workshop.sandbox.faults.refuse("ERROR_CORE", "no room", method="disk.storage.uploadfile")
    operator.open(REPORTS)
    operator.post(f"{REPORTS}/make", {"report": "weekly", "deliver": "1"})
    workshop.settle()
    assert "1 delivery waits for a person" in operator.open(REPORTS)
    assert 'href="/portals/main/health#parked"' in operator.page


def test_the_newest_days_come_first_and_old_ones_are_folded(
    viewer: Visitor, workshop: Workshop, folder: Path
) -> None:
    folder.mkdir(parents=True)
    for day in range(1, 8):
        (folder / f"weekly_2026-01-0{day}.csv.zip").write_bytes(b"")
    viewer.open(REPORTS)
    shown, _, folded = viewer.text.partition("3 earlier")
    assert [f"{day} Jan 2026 Tables" in shown for day in (7, 4, 3)] == [True, True, False]
    assert folded.index("3 Jan 2026") < folded.index("1 Jan 2026")


def test_a_folder_of_years_is_not_cut_off_without_a_word(
    viewer: Visitor, workshop: Workshop, folder: Path
) -> None:
    folder.mkdir(parents=True)
    for year in range(1960, 2026):
        (folder / f"weekly_{year}-01-05.xlsx").write_bytes(b"")
    assert "56 earlier" in viewer.open(REPORTS)
    assert "6 older ones are in the folder alone." in viewer.text
