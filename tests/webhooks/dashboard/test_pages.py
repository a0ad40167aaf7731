"""What holds for every page."""

from __future__ import annotations

import pytest

from tests.webhooks.dashboard.visitor import Visitor
from webhooks.dashboard.pages import PAGES


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_page_is_there_for_an_admin_in_both_languages(stranger: Visitor, language: str) -> None:
    stranger.speak(language).sign_in("admin")
    for page in PAGES:
        stranger.open(f"/portals/main/{page.name}")
        assert (stranger.status, page.name) == (200, page.name)
        assert f'<html lang="{language}"' in stranger.page
