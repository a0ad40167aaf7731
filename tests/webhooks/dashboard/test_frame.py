"""What frames every page: languages, themes, numbers and dates as a language writes them, and wrong turns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from tests.connector.flow.workshop import Workshop
from tests.webhooks.dashboard.visitor import Visitor
from webhooks.dashboard import formats
from webhooks.dashboard.words import _, ngettext

HEALTH = "/portals/main/health"


def test_a_language_is_chosen_once_and_kept(viewer: Visitor) -> None:
    assert "Nothing waits for a person." in viewer.open(f"{HEALTH}?done=paused")
    said = viewer.post("/preferences", {"language": "ru", "next": f"{HEALTH}?done=paused"})
    assert viewer.path == f"{HEALTH}?done=paused"
    assert "Ничто не ждёт человека." in said
    assert "Ничто не ждёт человека." in viewer.open(HEALTH)
    assert "Такой страницы нет" in viewer.open("/nowhere")


def test_until_somebody_chooses_pages_speak_the_language_of_the_portal(
    dashboard: Flask, workshop: Workshop
) -> None:
    config = workshop.app.config
    russian = config.portals["main"].model_copy(update={"language": "ru"})
    workshop.app.config = config.model_copy(update={"portals": {"main": russian}})
    stranger = Visitor(dashboard, workshop.app.database, workshop.clock)
    assert "Вход" in stranger.open("/sign-in")


def test_a_theme_is_one_of_three_and_nonsense_is_not_kept(viewer: Visitor) -> None:
    viewer.open(HEALTH)
    assert '<html lang="en" data-theme="auto">' in viewer.page
    token = viewer.token
    viewer.post("/preferences", {"theme": "dark", "next": HEALTH})
    assert 'data-theme="dark"' in viewer.page
    viewer.post("/preferences", {"csrf": token, "theme": '"><script>', "language": "xx", "next": HEALTH})
    assert 'data-theme="dark"' in viewer.page


def test_choosing_a_language_leads_nowhere_else(viewer: Visitor) -> None:
    viewer.open(HEALTH)
    viewer.post("/preferences", {"language": "ru", "next": "//evil.example/"})
    assert viewer.path == "/portals/main/pipelines"


def test_a_portal_that_there_is_not_has_no_pages(viewer: Visitor) -> None:
    viewer.open("/portals/other/health")
    assert viewer.status == 404


AT = datetime(2026, 3, 4, 21, 5, tzinfo=UTC)


WRITTEN = {
    "en": "14,277.5 | 63% | 66.7% | £1,250,000 | RUB 5 | 5 Mar 2026 | 5 Mar 2026, 00:05 | 90 seconds | –",
    "ru": "14 277,5 | 63 % | 66,7 % | 1 250 000 £ | 5 ₽ | 5 мар. 2026 | 5 мар. 2026, 00:05 | 90 секунд | –",
}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_numbers_and_dates_are_written_as_the_language_does_in_the_portals_time_zone(
    dashboard: Flask, language: str
) -> None:
    with dashboard.test_request_context(headers={"Cookie": f"funnelwright_language={language}"}):
        found = [
            formats.number(14277.5, 1),
            formats.percent(0.634),
            formats.percent(2 / 3, 1),
            formats.money(1250000, "GBP"),
            formats.money(5, "RUB"),
            formats.date(AT),
            formats.instant(AT),
            formats.span(90.0),
            formats.money(None, "GBP"),
        ]
    assert " | ".join(found).replace("\xa0", " ") == WRITTEN[language]


def test_words_go_with_their_number(dashboard: Flask) -> None:
    one, many = "%(num)s command was dropped.", "%(num)s commands were dropped."
    with dashboard.test_request_context(headers={"Cookie": "funnelwright_language=ru"}):
        said = [ngettext(one, many, number).replace("\xa0", " ") for number in (1, 3, 5, 21, 1012)]
        assert said == [
            "1 команда отброшена.",
            "3 команды отброшены.",
            "5 команд отброшено.",
            "21 команда отброшена.",
            "1 012 команд отброшено.",
        ]
        assert _("a text that nobody translated") == "a text that nobody translated"
