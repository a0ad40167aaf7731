"""Charts: the numbers of the table, titles that fit, and no word of the CRM in an expression."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from connector.records import DEAL, ItemRef
from connector.reports.charts import Chart, Look, Stopped, Studio, Theme, charts_of
from connector.reports.charts.look import Palette
from connector.reports.charts.parts import wrap
from connector.reports.figures import Funnel, Section, compute, tabulate
from connector.store import Database, catalogue, tasks
from connector.store.tasks import MadeTask
from pipelines.engine.model import Language
from tests.connector.figures.histories import DAY, NOW, question, random_deals, write
from tests.connector.store.samples import add_process, task

HOSTILE = "\"]});alert('\\u2028');//<b>{x}"
SECTIONS = get_args(Section)


@pytest.fixture
def filled(sqlite_database: Database) -> Database:
    """Deals that were won and lost, over their limits and not, with a task and a process."""
    write(sqlite_database, random_deals(3, 150))
    with sqlite_database.write() as conn:
        of = add_process(conn, 1, portal="main", pipeline="sale").id
        made = task(1, deadline=NOW - DAY)
        tasks.add(conn, MadeTask("main", ItemRef(DEAL, 1), of, "r", "step", made), NOW)
    return sqlite_database


def charts(
    database: Database, section: Section, look: Look | None = None, language: Language = "en"
) -> list[Chart]:
    with database.read() as conn:
        asked = question(conn, NOW - 60 * DAY, NOW, language=language)
        return charts_of(compute(conn, asked, section), asked, look or Look())


def values(part: Any) -> Iterator[dict[str, Any]]:
    """Every row of data of a specification."""
    if isinstance(part, dict):
        yield from part.get("values", []) if isinstance(part.get("values"), list) else []
        for each in part.values():
            yield from values(each)
    elif isinstance(part, list):
        for each in part:
            yield from values(each)


def test_the_funnel_draws_what_its_table_says(filled: Database) -> None:
    with filled.read() as conn:
        asked = question(conn, NOW - 60 * DAY, NOW)
        found = compute(conn, asked, "funnel")
        table = next(each for each in tabulate(found, asked) if each.name == "stages")
    chart = next(each for each in charts_of(found, asked, Look()) if each.name == "stages")
    names = [heading.name for heading in table.headings]
    rows = [dict(zip(names, row, strict=True)) for row in table.rows]
    drawn = list(values(chart.spec))
    assert [row["count"] for row in drawn if "count" in row] == [row["now"] for row in rows]
    assert [(row["came"], row["onward"]) for row in drawn if "came" in row] == [
        (row["came"], row["onward"]) for row in rows
    ]
    assert all(f"{row['stage']}: now {row['now']}" in chart.text for row in rows)


def test_every_section_has_charts_of_tables_that_it_has(filled: Database) -> None:
    with filled.read() as conn:
        asked = question(conn, NOW - 60 * DAY, NOW)
        for section in SECTIONS:
            found = compute(conn, asked, section)
            known = {table.name for table in tabulate(found, asked)}
            drawn = charts_of(found, asked, Look())
            assert {each.table for each in drawn} <= known
            assert len({each.name for each in drawn}) == len(drawn)
            assert drawn or section == "outcomes"


def test_what_has_nothing_to_show_has_no_chart(sqlite_database: Database) -> None:
    write(sqlite_database, [])
    assert [each.name for section in SECTIONS for each in charts(sqlite_database, section)] == ["stages"]


def test_titles_of_the_crm_are_never_part_of_an_expression(filled: Database) -> None:
    with filled.write() as conn:
        people = catalogue.get_people(conn, "main")
        renamed = [type(each)(each.id, HOSTILE, True, each.department_ids, None) for each in people.values()]
        catalogue.replace_people(conn, "main", renamed)
    drawn = charts(filled, "people")
    assert HOSTILE[:9] in drawn[0].text
    for chart in drawn:
        text = json.dumps(chart.spec)
        expressions = re.findall(r'"(?:expr|filter|test|calculate|labelExpr)": "([^"]*)"', text)
        assert all("alert" not in each for each in expressions)
    with Studio(is_apart=False) as studio:
        assert b"<b>" not in studio.svg(drawn[0])


def test_every_chart_fits_a_narrow_page(filled: Database) -> None:
    look = Look("dark", "narrow")
    with Studio(is_apart=False) as studio:
        for chart in (each for section in SECTIONS for each in charts(filled, section, look, "ru")):
            picture = studio.svg(chart).decode()
            width = float(re.findall(r'^<svg[^>]* width="([\d.]+)"', picture)[0])
            assert width <= look.pixels + 20, (chart.name, width)


def test_numbers_and_months_are_written_as_the_language_does(filled: Database) -> None:
    with Studio(is_apart=False) as studio:
        weeks = {
            language: studio.svg(charts(filled, "funnel", language=language)[1]).decode()
            for language in get_args(Language)
        }
        assert studio.png(charts(filled, "funnel")[0]).startswith(b"\x89PNG")
    assert "Mar" in weeks["en"]
    assert "мар" in weeks["ru"]


def test_a_long_title_is_divided_into_lines_and_cut_at_last() -> None:
    assert wrap("Подготовка предложения", 12) == ["Подготовка", "предложения"]
    assert wrap("Сельскохозяйственнопромышленный", 12) == ["Сельскохозя-", "йственнопро-", "мышленный"]
    assert wrap("one two three four five", 5, lines=2) == ["one", "two…"]
    assert wrap("", 10) == [""]


def test_equal_pictures_are_drawn_once(filled: Database) -> None:
    first, again = charts(filled, "funnel")[0], charts(filled, "funnel")[0]
    dark = charts(filled, "funnel", Look("dark"))[0]
    assert first.hash == again.hash != dark.hash
    with Studio(is_apart=False) as studio:
        assert studio.svg(first) is studio.svg(again)
        assert studio.svg(dark) != studio.svg(first)


def test_what_was_not_used_lately_is_not_kept(filled: Database) -> None:
    chart, other, *_ = charts(filled, "funnel")
    with Studio(is_apart=False, kept_bytes=30_000) as studio:
        first = studio.svg(chart)
        assert studio.svg(chart) is first
        studio.png(other, scale=4)
        assert studio.svg(chart) is not first


def test_a_chart_is_drawn_apart_and_who_draws_is_replaced_when_it_dies(filled: Database) -> None:
    first, second, *_ = charts(filled, "funnel")
    with Studio() as studio:
        assert studio.svg(first).startswith(b"<svg")
        process = studio._easel._process  # type: ignore[union-attr]
        assert process is not None
        process.kill()
        process.wait()
        assert studio.svg(second).startswith(b"<svg")


def test_who_stops_the_program_is_not_told_that_charts_cannot_be_drawn(filled: Database) -> None:
    first, *_ = charts(filled, "funnel")
    studio = Studio()
    studio.close()
    with pytest.raises(Stopped):
        studio.svg(first)


def test_weeks_that_are_not_whole_are_told_apart_and_named_by_their_mondays(filled: Database) -> None:
    with filled.read() as conn:
        found = compute(conn, question(conn, NOW - 25 * DAY, NOW), "funnel")
    assert isinstance(found, Funnel)
    assert [week.is_whole for week in found.weeks] == [False, True, True, True, False]
    weeks = next(each for each in charts(filled, "funnel") if each.name == "weeks")
    named = [datetime.fromtimestamp(at / 1_000, UTC) for at in weeks.spec["encoding"]["x"]["axis"]["values"]]
    assert named
    assert all(at.weekday() == 0 for at in named)


@pytest.mark.parametrize("theme", get_args(Theme))
def test_colours_stand_out_from_the_paper(theme: Theme) -> None:
    """WCAG 1.4.11: 3 to 1 for what is drawn, 4.5 to 1 for what is read."""
    palette = Look(theme).palette
    for color in (palette.plain, palette.alarm, *palette.statuses.values()):
        assert contrast(color, palette) >= 3, color
    for color in (palette.ink, palette.faint):
        assert contrast(color, palette) >= 4.5, color


def contrast(color: str, palette: Palette) -> float:
    def luminance(text: str) -> float:
        parts = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
        linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(color), luminance(palette.paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_a_period_is_told_to_its_last_day(filled: Database) -> None:
    with filled.read() as conn:
        midnight = NOW.replace(hour=21) - timedelta(days=7)
        asked = question(conn, midnight - 7 * DAY, midnight)
        found = compute(conn, asked, "funnel")
    title = charts_of(found, asked, Look(is_alone=True))[0].spec["title"]
    assert title["subtitle"] == "Sale · Mar 17, 2026 – Mar 23, 2026"
