"""What stands between the network and the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from connector.config import Config, DashboardConfig
from connector.errors import ConfigError
from connector.store import users
from connector.store.users import Role
from tests.connector.flow.workshop import Workshop
from tests.webhooks.dashboard.visitor import Visitor, add_user
from webhooks.dashboard import create_dashboard
from webhooks.dashboard.serving import open_dashboard

HEALTH = "/portals/main/health"


class Elsewhere:
    """The application of a workshop with another [dashboard]."""

    def __init__(self, workshop: Workshop, **changes: object) -> None:
        app = workshop.app
        self.database, self.clock, self.portals = app.database, app.clock, app.portals
        self.config: Config = app.config.model_copy(update={"dashboard": DashboardConfig(**changes)})


def paths_of(dashboard: Flask, method: str) -> Iterator[tuple[str, str]]:
    """Endpoint and an address of everything that answers to the method."""
    for rule in dashboard.url_map.iter_rules():
        if method in (rule.methods or ()):
            values = {name: sorted(getattr(way, "items", "x"))[0] for name, way in rule._converters.items()}
            built = rule.build(values | ({"portal": "main"} if "portal" in values else {}))
            assert built is not None
            yield rule.endpoint, built[1]


def test_nothing_is_shown_to_strangers_but_what_says_so(dashboard: Flask, stranger: Visitor) -> None:
    public = {"/sign-in", "/healthz", "/readyz", "/metrics"}
    for endpoint, path in paths_of(dashboard, "GET"):
        if path not in public and endpoint != "static":
            stranger.open(path)
            assert stranger.path.startswith("/sign-in") or "used up" in stranger.text, path


def test_nothing_is_changed_without_the_token_of_the_session(dashboard: Flask, operator: Visitor) -> None:
    paths = [path for _, path in paths_of(dashboard, "POST")]
    assert f"{HEALTH}/pause" in paths
    for path in paths:
        for token in ("", "0" * 64):
            said = operator.post(path, {"csrf": token})
            assert operator.status == 403, path
            assert "This form is too old" in said


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_changes_nothing_whatever_it_carries(
    operator: Visitor, headers: dict[str, str]
) -> None:
    operator.open(HEALTH)
    token = operator.token
    operator.post(f"{HEALTH}/pause", headers=headers)
    assert operator.status == 403
    operator.post(f"{HEALTH}/pause", {"csrf": token}, headers={"Origin": "http://localhost"})
    assert operator.status == 200


def test_the_token_of_one_session_is_of_no_use_in_another(
    dashboard: Flask, operator: Visitor, workshop: Workshop
) -> None:
    operator.open(HEALTH)
    other = Visitor(dashboard, workshop.app.database, workshop.clock).sign_in("operator", "boris")
    other.post(f"{HEALTH}/pause", {"csrf": operator.token})
    assert other.status == 403


def test_a_role_may_do_what_those_below_it_may_and_no_more(viewer: Visitor) -> None:
    viewer.open(HEALTH)
    assert "Pause everything" not in viewer.text
    viewer.post(f"{HEALTH}/pause")
    assert viewer.status == 403
    viewer.open("/portals/main/users")
    assert viewer.status == 403


def test_every_answer_has_the_headers_that_keep_a_browser_safe(stranger: Visitor) -> None:
    for path, status in (("/sign-in", 200), ("/nowhere", 404), ("/healthz", 200)):
        stranger.open(path)
        assert stranger.status == status
        headers = stranger.answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in headers


def test_pages_keep_to_their_own_policy(viewer: Visitor) -> None:
    for path in ("/sign-in", HEALTH, "/portals/main/users"):
        viewer.open(path)
        assert " style=" not in viewer.page
        assert "<script>" not in viewer.page
        assert " onclick" not in viewer.page
        assert "http://" not in viewer.page.replace("http://www.w3.org", "")


def test_styles_are_kept_by_the_browser_until_they_change(stranger: Visitor) -> None:
    stranger.open("/sign-in")
    (address,) = [part for part in stranger.page.split('"') if "/static/dashboard.css" in part]
    stranger.open(address)
    assert stranger.answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_another_name_that_leads_here_is_turned_away(stranger: Visitor) -> None:
    stranger.open("/healthz", base_url="http://rebound.example/")
    assert stranger.status == 400
    for name in ("localhost:8081", "127.0.0.1:8081", "[::1]:8081"):
        stranger.open("/healthz", base_url=f"http://{name}/")
        assert stranger.status == 200


def test_behind_a_proxy_its_address_is_known_and_its_word_counts(workshop: Workshop) -> None:
    config = {"address": "https://funnel.example", "proxies": ("10.0.0.1",)}
    client = create_dashboard(Elsewhere(workshop, **config)).test_client()
    for sender, is_believed in (("10.0.0.1", True), ("10.0.0.2", False)):
        page = client.get(
            "/sign-in",
            base_url="http://funnel.example/",
            headers={"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"},
            environ_base={"REMOTE_ADDR": sender},
        )
        assert page.status_code == 200
        assert ("Strict-Transport-Security" in page.headers) is is_believed


def test_guesses_behind_a_proxy_are_counted_for_who_sent_them(workshop: Workshop) -> None:
    app = create_dashboard(Elsewhere(workshop, address="https://funnel.example", proxies=("10.0.0.1",)))
    visitor = Visitor(app, workshop.app.database, workshop.clock)

    def guess(sender: str, number: int) -> int:
        where = {
            "base_url": "https://funnel.example/",
            "headers": {"X-Forwarded-For": sender, "X-Forwarded-Proto": "https"},
            "environ_base": {"REMOTE_ADDR": "10.0.0.1"},
        }
        visitor.open("/sign-in", **where)
        visitor.post("/sign-in", {"name": f"{sender} {number}", "password": "x" * 1001}, **where)
        return visitor.status

    assert {guess("203.0.113.9", number) for number in range(50)} == {403}
    assert guess("203.0.113.9", 50) == 429
    assert guess("203.0.113.10", 0) == 403


def test_other_machines_are_let_in_only_when_an_admin_has_a_password(workshop: Workshop) -> None:
    elsewhere = Elsewhere(workshop, host="0.0.0.0", port=0)
    add_user(workshop.app.database, workshop.clock, "boris", "operator")
    with pytest.raises(ConfigError, match="no admin has a password yet: `funnelwright users add"):
        open_dashboard(elsewhere)
    add_user(workshop.app.database, workshop.clock, "anna", "admin")
    open_dashboard(elsewhere).stop()


def test_a_port_that_somebody_has_is_named(workshop: Workshop) -> None:
    first = open_dashboard(Elsewhere(workshop, port=0))
    with pytest.raises(ConfigError, match=rf"127.0.0.1:{first.port} cannot be listened on"):
        open_dashboard(Elsewhere(workshop, port=first.port))
    first.stop()


def test_what_is_too_large_is_turned_away_in_words(operator: Visitor) -> None:
    operator.open(HEALTH)
    assert "Too large" in operator.post(f"{HEALTH}/pause", {"reason": "x" * 70_000})
    assert operator.status == 413


def test_a_store_that_is_gone_is_told_with_a_number(
    operator: Visitor, workshop: Workshop, tmp_path: Path
) -> None:
    with workshop.app.database.write() as conn:
        users.set_role(conn, "nobody", Role.ADMIN)
    workshop.app.database.close()
    for path in tmp_path.glob("store.db*"):
        path.unlink()
    said = operator.speak("ru").open(HEALTH)
    assert operator.status == 503
    assert "Хранилище сейчас не читается" in said
    assert "Номер сообщения" in said
