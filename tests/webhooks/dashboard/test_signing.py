"""Who comes in, how, for how long, and who does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from connector import users as accounts
from connector.store import users
from connector.store.users import Role
from tests.connector.flow.workshop import Workshop
from tests.webhooks.dashboard.visitor import PASSWORD, Visitor, add_user
from webhooks.dashboard.guarding import local_path

HEALTH = "/portals/main/health"


def invitation(workshop: Workshop, name: str = "olga", role: Role = Role.VIEWER) -> str:
    with workshop.app.database.write() as conn:
        users.add(conn, name, role, workshop.clock.now(), "test")
        return f"/invitation/{accounts.invite(conn, name, workshop.clock.now())}"


def choose(visitor: Visitor, link: str, password: str = PASSWORD, again: str = PASSWORD) -> str:
    visitor.open(link)
    return visitor.post(link, {"password": password, "again": again})


def test_a_stranger_is_asked_to_sign_in_and_then_led_to_where_he_wanted_to_go(stranger: Visitor) -> None:
    stranger.open(f"{HEALTH}?done=paused")
    assert stranger.path.startswith("/sign-in?next=")
    add_user(stranger.database, stranger.clock, "olga")
    stranger.post(stranger.path, {"name": "olga", "password": PASSWORD})
    assert stranger.path == f"{HEALTH}?done=paused"


def test_an_invitation_lets_somebody_choose_a_password_and_come_in(
    stranger: Visitor, workshop: Workshop
) -> None:
    link = invitation(workshop)
    for _ in range(2):  # a scanner of mail has looked before
        assert "Choose a password" in stranger.open(link)
    choose(stranger, link)
    assert stranger.path == "/portals/main/pipelines"
    assert "used up" in stranger.open(link)
    stranger.post("/sign-out")
    stranger.post("/sign-in", {"name": "olga", "password": PASSWORD, "next": HEALTH})
    assert stranger.path == HEALTH


def test_an_invitation_is_over_after_an_hour_and_when_there_is_a_newer_one(
    stranger: Visitor, workshop: Workshop
) -> None:
    first = invitation(workshop)
    second = invitation(workshop)
    assert "used up" in stranger.open(first)
    workshop.clock.advance(3601)
    assert "used up" in stranger.open(second)
    assert stranger.status == 404


@pytest.mark.parametrize(
    ("password", "again", "says"),
    [("too short", "too short", "10 characters or more"), (PASSWORD, PASSWORD[::-1], "two passwords differ")],
)
def test_a_password_that_cannot_be_taken_leaves_the_invitation_open(
    stranger: Visitor, workshop: Workshop, password: str, again: str, says: str
) -> None:
    link = invitation(workshop)
    assert says in choose(stranger, link, password, again)
    assert stranger.status == 400
    choose(stranger, link)
    assert stranger.path == "/portals/main/pipelines"


def test_on_this_machine_alone_a_person_may_go_on_without_a_password(
    stranger: Visitor, workshop: Workshop
) -> None:
    link = invitation(workshop)
    stranger.open(link)
    stranger.post(link, {"skip": "1"})
    assert stranger.path == "/portals/main/pipelines"
    with workshop.app.database.read() as conn:
        assert users.get(conn, "olga").password_hash is None


def test_wrong_names_and_wrong_passwords_are_told_alike(stranger: Visitor) -> None:
    add_user(stranger.database, stranger.clock, "olga")
    said = set()
    for name, password in (("olga", "wrong password"), ("nobody", PASSWORD), ("olga", "")):
        stranger.open("/sign-in")
        said.add(stranger.post("/sign-in", {"name": name, "password": password}).replace(name, "…"))
        assert stranger.status == 403
    assert len(said) == 1


def test_a_user_without_a_password_cannot_sign_in_with_any(stranger: Visitor, workshop: Workshop) -> None:
    invitation(workshop)
    for password in ("", "None", PASSWORD):
        stranger.open("/sign-in")
        stranger.post("/sign-in", {"name": "olga", "password": password})
        assert stranger.status == 403


def test_after_ten_wrong_passwords_not_even_the_right_one_counts_for_a_quarter_of_an_hour(
    stranger: Visitor, workshop: Workshop
) -> None:
    add_user(stranger.database, stranger.clock, "olga")
    stranger.open("/sign-in")
    token = stranger.token
    for _ in range(accounts.OF_NAME):
        stranger.post("/sign-in", {"csrf": token, "name": "olga", "password": "x" * 1001})
    stranger.post("/sign-in", {"csrf": token, "name": "olga", "password": PASSWORD})
    assert (stranger.status, stranger.answer.headers["Retry-After"]) == (429, "900")
    workshop.clock.advance(901)
    stranger.post("/sign-in", {"csrf": token, "name": "olga", "password": PASSWORD, "next": HEALTH})
    assert stranger.path == HEALTH


def test_an_address_that_guesses_at_many_names_is_held_up_too(stranger: Visitor) -> None:
    stranger.open("/sign-in")
    token = stranger.token
    for number in range(accounts.OF_ADDRESS + 1):
        stranger.post("/sign-in", {"csrf": token, "name": f"n{number}", "password": "x" * 1001})
    assert stranger.status == 429


@pytest.mark.parametrize("after", [accounts.IDLE, accounts.LONGEST])
def test_a_session_ends_when_nobody_uses_it_and_after_a_week_in_any_case(
    viewer: Visitor, workshop: Workshop, after: timedelta
) -> None:
    spent = timedelta()
    while spent + timedelta(hours=11) < after:
        workshop.clock.advance(timedelta(hours=11).total_seconds())
        spent += timedelta(hours=11)
        viewer.open(HEALTH)
        assert viewer.path == HEALTH
    workshop.clock.advance(timedelta(hours=13).total_seconds())
    viewer.open(HEALTH)
    assert viewer.path.startswith("/sign-in")


@pytest.mark.parametrize("change", ["password", "role", "removal"])
def test_whoever_is_changed_is_signed_out_everywhere(
    viewer: Visitor, workshop: Workshop, change: str
) -> None:
    with workshop.app.database.write() as conn:
        if change == "password":
            users.set_password(conn, "olga", accounts.hash_password("another password"))
        elif change == "role":
            users.set_role(conn, "olga", Role.ADMIN)
        else:
            users.remove(conn, "olga")
    viewer.open(HEALTH)
    assert viewer.path.startswith("/sign-in")


def test_signing_out_ends_the_session_in_the_store_too(viewer: Visitor) -> None:
    token = viewer.cookie("funnelwright_session")
    viewer.open(HEALTH)
    viewer.post("/sign-out")
    assert viewer.cookie("funnelwright_session") is None
    assert accounts.recognise(viewer.database, str(token), viewer.clock.now()) is None


def test_nobody_is_sent_elsewhere_after_signing_in(stranger: Visitor, dashboard: Flask) -> None:
    others = (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "evil",
        "javascript:alert(1)",
        "/a\nb",
    )
    with dashboard.test_request_context():
        assert {local_path(path) for path in (*others, "", None)} == {"/"}
        assert local_path("/portals/main/health?n=1#a") == "/portals/main/health?n=1#a"
    add_user(stranger.database, stranger.clock, "olga")
    stranger.open("/sign-in")
    stranger.post("/sign-in", {"name": "olga", "password": PASSWORD, "next": others[1]})
    assert stranger.path == "/portals/main/pipelines"


def test_the_store_keeps_nothing_that_could_be_used_to_come_in(stranger: Visitor, workshop: Workshop) -> None:
    choose(stranger, invitation(workshop))
    link = invitation(workshop, "anna")
    content = "".join(path.read_bytes().decode("latin-1") for path in workshop.folder.glob("store.db*"))
    for secret in (str(stranger.cookie("funnelwright_session")), link.rpartition("/")[2], PASSWORD):
        assert secret not in content


def test_a_cookie_is_kept_from_scripts_other_sites_and_plain_http(
    dashboard: Flask, workshop: Workshop
) -> None:
    for address, is_secure in (("https://localhost/", True), ("http://localhost/", False)):
        cookie = dashboard.test_client().get("/sign-in", base_url=address).headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert ("Secure" in cookie) is is_secure
