"""The story of an item: what it waits for now, how long it stood where, which steps it went through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector.records import ItemRef
from connector.reports.story import Story, read_story, stays, step_runs, what_waits
from pipelines.engine.model import Language
from tests.connector.flow.workshop import NEW, WON, Workshop

HOUR, DAY = 3600.0, 86_400.0


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    opened = Workshop(tmp_path, sqlite_url)
    yield opened
    opened.app.close()


def story_of(workshop: Workshop, ref: ItemRef, language: Language = "en") -> Story:
    with workshop.app.database.read() as conn:
        config = workshop.app.config.portals["main"]
        return read_story(conn, "main", config, ref, workshop.clock.now(), language=language)


def waits(workshop: Workshop, ref: ItemRef, language: Language = "en") -> list[tuple[str, str]]:
    return [(each.kind, each.text) for each in what_waits(story_of(workshop, ref, language))]


def test_it_is_said_on_whom_a_card_waits_and_until_when(workshop: Workshop) -> None:
    deal = workshop.deal()
    first, limit = waits(workshop, deal)
    assert first == ("waits", "Waiting for Elena Smirnova: “Call about Acme”, due tomorrow 09:00")
    assert limit[0] == "limit"
    assert waits(workshop, deal, "ru")[0][1] == "Ждём: Elena Smirnova — «Call about Acme», срок завтра 09:00"
    workshop.wait(3 * DAY)
    overdue, late = waits(workshop, deal)
    assert overdue[0] == "overdue"
    assert late[0] == "late"
    assert "“New” should have been left by" in late[1]


def test_what_is_put_off_or_comes_back_is_planned(workshop: Workshop) -> None:
    put_off, again = workshop.deal(TITLE="Put off"), workshop.deal(TITLE="Again")
    (task,) = workshop.tasks(put_off)
    workshop.sandbox.postpone_task(task.id, workshop.clock.now() + timedelta(days=5))
    workshop.complete(again, "Redial later")
    assert waits(workshop, put_off)[0][0] == "later"
    assert "Put off by Elena Smirnova until" in waits(workshop, put_off)[0][1]
    assert waits(workshop, again)[0] == ("later", "“Call about” begins tomorrow 09:00")


def test_a_card_that_nobody_is_asked_about_says_so_unless_a_person_made_a_task(workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.complete(deal, "Interested")
    workshop.complete(deal)
    assert waits(workshop, deal)[0][0] == "nothing"
    workshop.sandbox.add_task("Ask the lawyers", to=6, by=2, on=deal)
    workshop.wait(10 * 60)
    assert waits(workshop, deal) == [
        ("waits", "Waiting for Felix Braun: “Ask the lawyers”, a task of their own")
    ]


def test_a_card_whose_process_is_over_or_that_is_deleted_waits_for_nothing(workshop: Workshop) -> None:
    won, gone = workshop.deal(), workshop.deal()
    workshop.move(won, WON)
    assert waits(workshop, won) == [("over", 'The process is over: "Won"')]
    workshop.sandbox.delete(gone)
    workshop.settle()
    assert waits(workshop, gone) == [("gone", "The record was deleted in the CRM")]


def test_a_refused_move_is_told_until_the_card_is_back(workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.sandbox.faults.refuse("ERROR_CORE", "No", method="crm.item.update")
    workshop.move(deal, "C1:LOSE")
    kinds = [kind for kind, _ in waits(workshop, deal)]
    assert kinds[0] == "parked"
    assert "held" in kinds


def test_each_stay_has_its_time_its_limit_and_who_ended_the_one_before(workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.clock.advance(3 * DAY)
    workshop.complete(deal, "Interested")
    now, before = stays(story_of(workshop, deal), workshop.portal.calendar)
    assert (now.title, now.until, now.limit, now.by) == ("Work", None, "", "Funnelwright")
    assert (before.title, before.limit, before.is_over) == ("New", "2 days", True)
    assert before.seconds == pytest.approx(3 * DAY, abs=60)
    assert before.working_seconds == pytest.approx(3 * 9 * HOUR, abs=60)
    workshop.move(deal, NEW)
    assert stays(story_of(workshop, deal), workshop.portal.calendar)[0].by == "Elena Smirnova"


def test_step_runs_have_their_results_and_tasks(workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.complete(deal, "Redial later")
    workshop.wait(DAY)
    workshop.move(deal, WON)
    second, first = step_runs(story_of(workshop, deal))
    assert (first.state, first.result, first.title) == ("ended", "Redial later", "Call about")
    assert second.state == "cancelled"
    assert "left the stage" in second.result
    assert first.task is not None
    assert first.task.task.title == "Call about Acme"
