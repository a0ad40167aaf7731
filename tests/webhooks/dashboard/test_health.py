"""Health: what is stuck is seen, with its reason, and an operator can mend it."""

from __future__ import annotations

import pytest

from connector.cli.run import give_pulse
from connector.flow.brake import APPROVED
from connector.portal import capabilities
from connector.records import ItemRef
from connector.store import journal, outbox, settings
from tests.connector.flow.workshop import Workshop
from tests.webhooks.dashboard.visitor import Visitor

HEALTH = "/portals/main/health"


@pytest.fixture
def refused(workshop: Workshop) -> ItemRef:
    """A deal whose task the portal refuses, with a title that wants to be a tag."""
    workshop.sandbox.faults.refuse("ERROR_CORE", "Incorrect <b>responsible</b>", method="tasks.task.add")
    return workshop.deal(TITLE="<script>alert(1)</script>")


def key_of(workshop: Workshop, deal: ItemRef) -> str:
    with workshop.app.database.read() as conn:
        return next(row.key for row in outbox.of_item(conn, "main", deal))


def lines(workshop: Workshop, deal: ItemRef) -> list[str]:
    with workshop.app.database.read() as conn:
        return [line.text for line in journal.of_item(conn, "main", deal)]


def test_an_engine_that_does_not_run_is_told_first(viewer: Visitor, workshop: Workshop) -> None:
    assert "No engine is running." in viewer.open(HEALTH)
    give_pulse(workshop.app)
    said = viewer.open(HEALTH)
    assert "No engine is running." not in said
    assert "Health at work" in said
    workshop.clock.advance(61)
    assert "The engine is gone or stuck. It gave its last sign 61 seconds ago" in viewer.open(HEALTH)


def test_what_is_parked_is_shown_with_reason_and_card_and_nothing_in_it_is_a_tag(
    viewer: Visitor, refused: ItemRef
) -> None:
    said = viewer.open(HEALTH)
    assert "Incorrect <b>responsible</b>" in said
    assert "<script>alert(1)</script>" in said
    assert "<b>responsible" not in viewer.page
    assert "<script>" not in viewer.page
    assert f'href="/portals/main/items/{refused}"' in viewer.page
    assert "Make a task" in said


def test_an_operator_lets_a_parked_command_go_again(
    operator: Visitor, workshop: Workshop, refused: ItemRef
) -> None:
    operator.open(HEALTH)
    said = operator.post(f"{HEALTH}/retry", {"key": key_of(workshop, refused)})
    assert "1 command goes out again." in said
    workshop.settle()
    assert len(workshop.open_tasks(refused)) == 1
    assert any("goes out again, by dashboard:olga" in line for line in lines(workshop, refused))


def test_all_of_them_go_again_at_once_when_the_fault_was_one(operator: Visitor, workshop: Workshop) -> None:
    workshop.sandbox.faults.refuse("ERROR_CORE", "no", method="tasks.task.add")
    workshop.sandbox.faults.refuse("ERROR_CORE", "no", method="tasks.task.add")
    deals = [workshop.deal(), workshop.deal()]
    operator.open(HEALTH)
    assert "2 commands go out again." in operator.post(f"{HEALTH}/retry", {"all": "1"})
    workshop.settle()
    assert [len(workshop.open_tasks(deal)) for deal in deals] == [1, 1]


def test_dropping_is_asked_about_first_and_the_log_says_who_and_why(
    operator: Visitor, workshop: Workshop, refused: ItemRef
) -> None:
    key = key_of(workshop, refused)
    assert "Drop this command?" in operator.open(f"{HEALTH}/drop?key={key}")
    said = operator.post(f"{HEALTH}/drop", {"key": key, "reason": "made  by\nhand"})
    assert "1 command was dropped." in said
    assert "Nothing waits for a person." in said
    assert any("is dropped: made by hand, by dashboard:olga" in line for line in lines(workshop, refused))
    operator.open(f"{HEALTH}/drop?key={key}")
    assert operator.status == 404


def test_pausing_holds_what_would_be_sent_until_somebody_lets_it_go(
    operator: Visitor, workshop: Workshop
) -> None:
    operator.open(HEALTH)
    assert "Paused: this portal" in operator.post(f"{HEALTH}/pause", {"reason": "stock-taking"})
    deal = workshop.deal()
    assert workshop.open_tasks(deal) == []
    assert "stock-taking" in operator.open(HEALTH)
    assert "Paused: this portal" not in operator.post(f"{HEALTH}/resume")
    workshop.settle()
    assert len(workshop.open_tasks(deal)) == 1
    with workshop.app.database.read() as conn:
        told = [(line.kind, line.actor) for line in journal.of_portal(conn, "main") if line.ref is None]
    assert told[:2] == [("resumed", "dashboard:olga"), ("paused", "dashboard:olga")]


def test_one_pipeline_is_paused_alone_and_only_one_that_there_is(
    operator: Visitor, workshop: Workshop
) -> None:
    operator.open(HEALTH)
    token = operator.token
    assert "Paused: sale" in operator.post(f"{HEALTH}/pause", {"pipeline": "sale"})
    operator.post(f"{HEALTH}/pause", {"csrf": token, "pipeline": "nonsense"})
    assert operator.status == 404
    with workshop.app.database.read() as conn:
        assert [each.pipeline for each in settings.pauses(conn, "main")] == ["sale"]


def test_the_brake_is_answered_here_and_what_waits_may_go(operator: Visitor, workshop: Workshop) -> None:
    with workshop.app.database.write() as conn:
        settings.pause(conn, "main", workshop.clock.now(), by="brake", reason="3 writes are waiting")
    deals = [workshop.deal(), workshop.deal(), workshop.deal()]
    operator.open(HEALTH)
    assert "The brake holds" in operator.text
    operator.post(f"{HEALTH}/resume")
    with workshop.app.database.read() as conn:
        assert settings.get(conn, "main", APPROVED) == 3
    workshop.settle()
    assert all(workshop.open_tasks(deal) for deal in deals)


def test_what_the_portal_allows_is_shown_as_the_engine_found_it(viewer: Visitor, workshop: Workshop) -> None:
    assert "The portal was not asked yet" in viewer.open(HEALTH)
    workshop.app.copy_catalogue("main")
    said = viewer.open(HEALTH)
    assert "all that are needed" in said
    assert "administrator" in said
    with workshop.app.database.read() as conn:
        known = capabilities.known(conn, "main")
    assert known is not None
    assert known.is_whole
