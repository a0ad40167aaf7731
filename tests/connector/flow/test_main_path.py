"""What a rep does in the CRM and what comes of it there, through everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.records import DEAL, ItemRef
from tests.connector.flow.workshop import LOST, NEW, WON, WORK, Workshop


@pytest.fixture
def workshop(tmp_path: Path, database_url: str) -> Iterator[Workshop]:
    """The main path is walked on SQLite and on PostgreSQL."""
    opened = Workshop(tmp_path, database_url)
    yield opened
    opened.app.close()


def test_a_new_deal_gets_its_first_task_with_the_results_to_choose(workshop: Workshop) -> None:
    deal = workshop.deal()

    (task,) = workshop.tasks(deal)
    assert task.title == "Call about Acme"
    assert task.responsible_id == 5
    lines = [line.title for line in workshop.sandbox.checklist_of(task.id)]
    assert lines[1:] == ["Interested", "Redial later", "Refused", "Not needed"]


def test_a_named_result_moves_the_card_and_opens_the_next_task(workshop: Workshop) -> None:
    deal = workshop.deal()

    workshop.complete(deal, "Interested")

    assert workshop.stage(deal) == WORK
    assert workshop.open_tasks(deal) == ["Send an offer"]


def test_a_card_dragged_by_a_rep_closes_the_tasks_of_the_stage_it_left(workshop: Workshop) -> None:
    deal = workshop.deal()

    workshop.move(deal, WORK)

    assert workshop.open_tasks(deal) == ["Send an offer"]
    assert workshop.process_stage(deal) == "work"


def test_a_move_without_the_required_field_goes_back_and_says_what_is_missing(workshop: Workshop) -> None:
    deal = workshop.deal()

    workshop.move(deal, LOST)

    assert workshop.stage(deal) == NEW
    assert "Call about Acme" in workshop.open_tasks(deal)
    assert len(workshop.open_tasks(deal)) == 2
    workshop.sandbox.edit(deal, ufCrm_WALK_REASON="no budget")
    workshop.settle()
    workshop.move(deal, LOST)
    assert workshop.stage(deal) == LOST
    assert workshop.open_tasks(deal) == []


def test_a_task_that_we_closed_ourselves_is_no_news(workshop: Workshop) -> None:
    deal = workshop.deal()

    workshop.move(deal, WORK)

    assert "ignored" not in workshop.journal(deal)


def test_our_own_writes_come_back_and_mean_nothing(workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.complete(deal, "Interested")
    made = len(workshop.tasks(deal))

    for _ in range(5):
        workshop.wait(60)

    assert len(workshop.tasks(deal)) == made
    assert workshop.stage(deal) == WORK


def test_without_any_event_everything_happens_by_asking(workshop: Workshop) -> None:
    workshop.sandbox.faults.events.lost = 1.0
    deal = workshop.deal()
    assert workshop.tasks(deal) == []

    workshop.wait(60)
    assert workshop.open_tasks(deal) == ["Call about Acme"]

    workshop.move(deal, WON)
    workshop.wait(60)
    assert workshop.open_tasks(deal) == []
    assert workshop.process_stage(deal) == "won"


def test_redial_brings_the_call_back_the_next_day(workshop: Workshop) -> None:
    deal = workshop.deal()

    workshop.complete(deal, "Redial later")
    assert workshop.open_tasks(deal) == []

    workshop.wait(24 * 3600)
    assert workshop.open_tasks(deal) == ["Call about Acme"]


def test_a_card_that_an_import_makes_won_is_left_where_it_is(workshop: Workshop) -> None:
    record = workshop.sandbox.deal(stage=WON, TITLE="Sold last year", ASSIGNED_BY_ID=5)
    workshop.settle()

    ref = ItemRef(DEAL, record.id)
    assert workshop.stage(ref) == WON
    assert workshop.open_tasks(ref) == []
