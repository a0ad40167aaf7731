"""`report`: the figures of a pipeline on the screen and in files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from connector.cli.failures import ExitCode
from connector.reports.figures.words import WORDS
from tests.connector.cli_bench import Program
from tests.connector.flow.workshop import WORK, Workshop


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    opened = Workshop(tmp_path, sqlite_url, mode="shadow")
    yield opened
    opened.app.close()


@pytest.fixture
def program(workshop: Workshop) -> Program:
    """The program beside a portal with two deals, one of them in work."""
    for title in ("=HYPERLINK(1)", "Acme"):
        deal = workshop.deal(TITLE=title, OPPORTUNITY="1500", CURRENCY_ID="RUB")
    workshop.wait(3_600)
    workshop.move(deal, WORK)
    path = workshop.folder / "config.toml"
    return Program(path, clock=workshop.clock, adapters={"main": workshop.adapter})


def test_the_same_cells_on_the_screen_in_json_and_in_csv(program: Program) -> None:
    text = program("report", "sale", "--section", "funnel", "--days", "7")
    answer = json.loads(program("report", "sale", "--section", "funnel", "--format", "json"))
    table = program("report", "sale", "--section", "funnel", "--table", "stages", "--format", "csv")

    assert "Open stages" in text
    assert "Went on" in text
    rows = answer["sections"]["funnel"]["stages"]["rows"]
    assert [(row["stage"], row["now"], row["came"], row["onward"]) for row in rows][:2] == [
        ("New", 1, 2, 1),
        ("Work", 1, 1, 0),
    ]
    assert rows[0]["amount_RUB"] == "1500"
    lines = list(csv.DictReader(io.StringIO(table)))
    assert (lines[0]["Stage"], lines[0]["Now"], lines[0]["Went on, share"]) == ("New", "1", "0.5")


def test_all_sections_are_written_in_both_languages(program: Program) -> None:
    english, russian = (program("report", "sale", "--language", language) for language in ("en", "ru"))
    for title in ("Open stages", "Overdue tasks", "Working hours, p90", "How steps ended"):
        assert title in english
        assert title not in russian
    for title in ("Открытые стадии", "Просроченные задачи", "Рабочих часов, p90", "Ждут дольше всех"):
        assert title in russian
    assert all(word.keys() == {"en", "ru"} for word in WORDS.values())


def test_what_people_write_is_no_formula_in_a_file(program: Program) -> None:
    table = program("report", "sale", "--section", "delays", "--table", "waiting", "--format", "csv")
    titles = [line["Title"] for line in csv.DictReader(io.StringIO(table))]
    assert "'=HYPERLINK(1)" in titles


def test_several_tables_as_csv_go_into_a_folder(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    program("report", "sale", "--section", "funnel", "--format", "csv", "--output", str(folder))
    names = {path.name for path in folder.iterdir()}
    assert names == {"funnel_stages.csv", "funnel_closed.csv", "funnel_weeks.csv"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    refused = program("report", "sale", "--section", "funnel", "--format", "csv", code=ExitCode.USAGE)
    assert "--table stages" in refused


def test_a_wrong_name_is_answered_with_the_nearest(program: Program) -> None:
    for option, wrong, right in (
        ("--source", "CAL", "CALL"),
        ("--table", "stage", "stages"),
        ("--department", "Sale", "Sales"),
    ):
        text = program("report", "sale", option, wrong, code=ExitCode.USAGE)
        assert f"Did you mean '{right}" in text, text
    assert "write 2026-03-02" in program("report", "sale", "--since", "March", code=ExitCode.USAGE)
    assert "take one of them" in program(
        "report", "sale", "--since", "2026-03-02", "--days", "3", code=ExitCode.USAGE
    )


def test_a_page_a_workbook_and_pictures_go_into_files(program: Program, tmp_path: Path) -> None:
    page, workbook, pictures = tmp_path / "one.html", tmp_path / "one.xlsx", tmp_path / "pictures"
    section = ("report", "sale", "--section", "funnel")
    program(*section, "--format", "html", "--output", str(page), "--language", "ru")
    program(*section, "--format", "xlsx", "--table", "weeks", "--output", str(workbook))
    program(*section, "--format", "png", "--output", str(pictures))
    assert "<h2>Воронка</h2>" in page.read_text("utf-8")
    assert "<svg" in page.read_text("utf-8")
    assert openpyxl.load_workbook(workbook).sheetnames == ["Weeks"]
    assert all(each.read_bytes().startswith(b"\x89PNG") for each in pictures.iterdir())
    assert page.stat().st_mode & 0o077 == 0
    assert "--output" in program(*section, "--format", "xlsx", code=ExitCode.USAGE)
