"""What the mirror promises, with a clock to turn: nothing is missed, whatever becomes of the hints."""

from __future__ import annotations

import pytest

from connector.records import CONTACT, DEAL, LEAD, ItemRef
from connector.store import tasks, visits
from tests.connector.flow.mirrored import differences, mirrored, poll
from tests.connector.flow.workshop import NEW, WORK, Workshop

#: The promise for moves and task outcomes, for every other change, in seconds.
MOVES, CHANGES = 90, 360
GENERAL = "PREPARATION"


@pytest.fixture
def deaf(workshop: Workshop) -> Workshop:
    """From now on no event arrives."""
    workshop.sandbox.faults.events.lost = 1.0
    return workshop


def test_unannounced_moves_and_task_outcomes_are_in_the_mirror_within_90_seconds(deaf: Workshop) -> None:
    sandbox = deaf.sandbox
    poll(deaf, 60)
    moved, sent_away, done, cancelled = (sandbox.deal(stage=NEW, ASSIGNED_BY_ID=5) for _ in range(4))
    lead = sandbox.lead(TITLE="Ask us")
    poll(deaf, 60)
    # Worst case: a second after the poll.
    deaf.clock.advance(1)
    sandbox.move(moved, WORK)
    sandbox.move(sent_away, GENERAL)
    sandbox.move(lead, "IN_PROCESS")
    (task,) = deaf.tasks(ItemRef(DEAL, done.id))
    sandbox.tick(task.id, "Interested")
    sandbox.complete_task(task.id)
    (unwanted,) = deaf.tasks(ItemRef(DEAL, cancelled.id))
    sandbox.delete_task(unwanted.id)

    poll(deaf, MOVES - 1)

    with deaf.app.database.read() as conn:
        for ref, stage in ((moved, WORK), (sent_away, GENERAL), (done, WORK)):
            latest = visits.latest(conn, "main", ItemRef(DEAL, ref.id))
            assert latest is not None
            assert latest.stage_id == stage
        assert visits.latest(conn, "main", ItemRef(LEAD, lead.id)).stage_id == "IN_PROCESS"  # type: ignore[union-attr]
        lost = tasks.get(conn, "main", unwanted.id)
        ended = tasks.get(conn, "main", task.id)
    assert lost is not None
    assert lost.is_gone
    assert ended is not None
    assert ended.task.status == "completed"
    assert [line.title for line in ended.task.checklist or () if line.is_complete] == ["Interested"]
    assert mirrored(deaf, ItemRef(DEAL, sent_away.id)).category_id == 0
    # Tasks that were made of it are read with the next poll.
    poll(deaf, 60)
    assert differences(deaf) == []


def test_a_line_that_was_ticked_on_an_open_task_is_in_the_mirror_within_90_seconds(deaf: Workshop) -> None:
    deal = deaf.sandbox.deal(stage=NEW, ASSIGNED_BY_ID=5)
    poll(deaf, 120)
    (task,) = deaf.tasks(ItemRef(DEAL, deal.id))
    deaf.sandbox.tick(task.id, "Interested")

    poll(deaf, MOVES)

    with deaf.app.database.read() as conn:
        made = tasks.get(conn, "main", task.id)
    assert made is not None
    assert made.task.status != "completed"
    assert [line.title for line in made.task.checklist or () if line.is_complete] == ["Interested"]


def test_an_ended_task_that_was_taken_up_again_is_open_in_the_mirror_within_90_seconds(
    deaf: Workshop,
) -> None:
    deal = deaf.sandbox.deal(stage=NEW, ASSIGNED_BY_ID=5)
    poll(deaf, 120)
    (task,) = deaf.tasks(ItemRef(DEAL, deal.id))
    deaf.sandbox.complete_task(task.id)
    poll(deaf, 120)
    deaf.sandbox.renew_task(task.id)

    poll(deaf, MOVES)

    assert differences(deaf) == []


def test_every_other_unannounced_change_is_in_the_mirror_within_6_minutes(deaf: Workshop) -> None:
    sandbox = deaf.sandbox
    deal = sandbox.deal(stage=NEW)
    contact = sandbox.contact(NAME="Ann")
    poll(deaf, 300)
    deaf.clock.advance(1)
    sandbox.edit(deal, OPPORTUNITY=900, UF_CRM_WALK_REASON="slow", ASSIGNED_BY_ID=6)
    sandbox.edit(contact, NAME="Anna")
    new = sandbox.contact(NAME="Ben")
    other = sandbox.deal(stage=GENERAL)

    poll(deaf, CHANGES - 1)

    assert differences(deaf) == []
    assert mirrored(deaf, ItemRef(DEAL, deal.id)).owner_id == 6
    assert mirrored(deaf, ItemRef(CONTACT, new.id)) is not None
    assert mirrored(deaf, ItemRef(DEAL, other.id)).stage_id == GENERAL


def test_a_deletion_is_believed_after_two_sweeps_and_a_read_and_a_merge_takes_the_other_card_along(
    deaf: Workshop,
) -> None:
    sandbox = deaf.sandbox
    kept, twin = sandbox.contact(NAME="Ann"), sandbox.contact(NAME="Ann B.")
    deal = sandbox.deal(stage=NEW, CONTACT_IDS=[twin.id])
    poll(deaf, 300)
    # What the portal makes of a merge: the references go to the first card, the other one is deleted.
    sandbox.edit(deal, CONTACT_IDS=[kept.id])
    sandbox.delete(twin)
    poll(deaf, CHANGES)
    assert mirrored(deaf, ItemRef(DEAL, deal.id)).contact_ids == (kept.id,)

    deaf.app.sweep("main")
    assert mirrored(deaf, ItemRef(CONTACT, twin.id)) is not None
    deaf.app.sweep("main")

    assert mirrored(deaf, ItemRef(CONTACT, twin.id)) is None
    assert differences(deaf) == []


def test_a_card_out_of_the_recycle_bin_loses_its_tombstone(deaf: Workshop) -> None:
    sandbox = deaf.sandbox
    deal = sandbox.deal(stage=NEW)
    poll(deaf, 60)
    ref = ItemRef(DEAL, deal.id)
    sandbox.delete(deal)
    deaf.app.sweep("main")
    deaf.app.sweep("main")
    assert mirrored(deaf, ref) is None

    sandbox.restore(deal)
    poll(deaf, MOVES)

    assert mirrored(deaf, ref) is not None
    poll(deaf, 60)
    assert differences(deaf) == []
    assert "restored" in deaf.journal(ref) or deaf.process_stage(ref) == "new"


def test_what_one_sweep_missed_and_the_next_one_saw_is_not_even_looked_up(deaf: Workshop) -> None:
    deal = deaf.sandbox.deal(stage=GENERAL)
    poll(deaf, 300)
    deaf.sandbox.delete(deal)
    deaf.app.sweep("main")
    deaf.sandbox.restore(deal)
    poll(deaf, 60)

    def swept() -> int:
        before = deaf.portal.client.requests_sent
        deaf.app.sweep("main")
        return deaf.portal.client.requests_sent - before

    assert swept() == swept()
    assert differences(deaf) == []
