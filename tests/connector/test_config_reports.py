"""`[[portals.NAME.reports]]`: what is written there names what there is, and says who gets it and how."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.connector.test_config import PORTAL, load, only_mistake

ROLES = "[portals.main.roles]\nlawyer = [7]\n[portals.main.pipelines.sale]\n"
SALE = 'definition = "simple_sale"\ncategory = 0\nowner = 1\nstages = { new = "NEW" }\n'
REPORT = '[[portals.main.reports]]\nname = "weekly"\npipelines = ["sale"]\n'


def text(lines: str) -> str:
    return PORTAL + ROLES + SALE + REPORT + lines


def test_a_report_is_made_in_a_folder_beside_the_configuration(tmp_path: Path) -> None:
    portal = load(tmp_path, text('every = "week"\nto = [7, "lawyer", "owner"]\nby = "task"')).portals["main"]
    (report,) = portal.reports
    assert (report.folder, report.at, report.weekday, report.formats) == (
        tmp_path / "reports",
        "08:00",
        "mon",
        ("html",),
    )
    assert report.to == (7, "lawyer", "owner")


@pytest.mark.parametrize(
    ("lines", "line", "place", "told"),
    [
        ('every = "weekly"', 4, "every", "day, week, month week"),
        ('every = "day"\nat = "8:00"', 5, "at", 'a time of day such as "08:00"'),
        ('every = "day"\nperiod = "decade"', 5, "period", 'or a number of days such as "30 days"'),
        ('every = "day"\nweekday = "mon"', 1, "", '`weekday` is for every = "week"'),
        ('every = "day"\nto = ["lawer"]\nby = "task"', 5, "to[0]", "Did you mean 'lawyer'?"),
        ('every = "day"\nto = [7, 7]\nby = "task"', 5, "to", "7 is listed twice"),
        ('every = "day"\nto = [7]', 1, "", "how?"),
        ('every = "day"\nby = "task"', 1, "", "to whom?"),
        ('every = "day"\nto = ["heads"]\nby = "task"', 1, "", "the `department` of the report"),
        ('every = "day"\nfromat = "html"', 5, "fromat", "folder formats"),
        (
            'every = "day"\n[[portals.main.reports]]\nname = "other"\nevery = "day"\npipelines = ["sael"]',
            8,
            "pipelines[0]",
            "Did you mean 'sale'?",
        ),
        (
            'every = "day"\n[[portals.main.reports]]\nname = "weekly"\nevery = "day"\npipelines = ["sale"]',
            6,
            "name",
            "another report is called 'weekly'",
        ),
    ],
)
def test_a_slip_is_told_where_it_stands(tmp_path: Path, lines: str, line: int, place: str, told: str) -> None:
    found = only_mistake(tmp_path, text(lines))
    before = (PORTAL + ROLES + SALE).count("\n")
    number = int("[[" in lines)
    where = f"portals.main.reports[{number}]" + (f".{place}" if place else "")
    assert found.startswith(f"{before + line} {where}: ")
    assert told in found
