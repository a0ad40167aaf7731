"""What a person has to know of a write is told in the CRM, once, to the one who can mend it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from connector.bitrix24.call import Call
from connector.records import DEAL, ItemRef
from connector.sandbox.messages import Mailbox
from connector.sandbox.timeline import Timeline
from connector.store import outbox
from connector.store.outbox import State
from tests.connector.flow.workshop import DEFERRED, NEW, PIPELINE, WON, WORK, Interloper, Workshop

OWNER, ADMIN = 5, 1
#: The portal's time limit for a call, ten seconds, and the next look.
SETTLED = 75


def messages(workshop: Workshop, user: int) -> list[str]:
    return [each.text for each in workshop.sandbox.part(Mailbox).of(user)]


def comments(workshop: Workshop, deal: ItemRef) -> list[str]:
    return [each.text for each in workshop.sandbox.part(Timeline).comments_of("deal", deal.id)]


def flags(workshop: Workshop, deal: ItemRef) -> list[str]:
    with workshop.app.database.read() as conn:
        return [row.flag for row in outbox.of_item(conn, "main", deal) if row.flag]


def an_admin(workshop: Workshop, method: str, **params: Any) -> Any:
    """Somebody changes the portal's settings."""
    answer = workshop.portal.client.send(Call(method, params))
    assert answer.is_done, answer
    return answer.result


class AtTheWrite(Interloper):
    """A rep who acts between our last look and the write."""

    named = b"crm.item.update"


def away_and_back(workshop: Workshop, deal: ItemRef, *stages: str) -> None:
    """The card stands where it stood, but it is another visit: only the history could tell."""
    for stage in (*stages, NEW):
        workshop.clock.advance(15)
        workshop.sandbox.move(deal, stage)
    workshop.clock.advance(15)


def test_a_rep_who_moves_the_card_after_our_last_look_wins_and_nothing_has_to_be_said(
    tmp_path: Path, sqlite_url: str
) -> None:
    workshop = Workshop(tmp_path, sqlite_url, adapter=AtTheWrite)
    deal = workshop.deal()
    workshop.adapter.act = lambda: workshop.sandbox.move(deal, WON)

    workshop.complete(deal, "Interested")
    workshop.wait(SETTLED)

    assert workshop.adapter.act is None
    assert workshop.stage(deal) == WON
    assert flags(workshop, deal) == comments(workshop, deal) == []
    assert workshop.commands()[State.CONFLICT] == 1
    workshop.app.close()


def test_a_card_that_stands_elsewhere_than_its_history_says_is_given_to_a_person(
    tmp_path: Path, sqlite_url: str
) -> None:
    workshop = Workshop(tmp_path, sqlite_url, adapter=AtTheWrite)
    deal = workshop.deal()
    workshop.clock.advance(30 * 3_600)

    def move_unseen() -> None:
        workshop.sandbox.faults.history_lag_seconds = 24 * 3_600
        workshop.sandbox.move(deal, WON)

    workshop.adapter.act = move_unseen
    workshop.complete(deal, "Interested")
    for _ in range(20):
        workshop.wait(60)

    assert workshop.stage(deal) == WON
    assert workshop.commands()[State.PARKED] == 1
    with workshop.app.database.read() as conn:
        (parked,) = [row for row in outbox.of_item(conn, "main", deal) if row.state is State.PARKED]
    assert (parked.kind, parked.reason) == ("move_stage", "the card does not stand where its history says")
    workshop.app.close()


def test_a_rep_whose_move_was_overridden_is_told_on_the_card_and_wins_by_moving_again(
    tmp_path: Path, sqlite_url: str
) -> None:
    workshop = Workshop(tmp_path, sqlite_url, adapter=AtTheWrite)
    deal = workshop.deal()
    workshop.adapter.act = lambda: away_and_back(workshop, deal, DEFERRED)

    workshop.complete(deal, "Interested")
    workshop.wait(SETTLED)

    assert workshop.stage(deal) == WORK
    assert flags(workshop, deal) == ["override"]
    assert "override" in workshop.journal(deal)
    (comment,) = comments(workshop, deal)
    assert 'moved to "New"' in comment
    workshop.move(deal, WON)
    workshop.wait(SETTLED)
    assert workshop.stage(deal) == WON
    assert len(comments(workshop, deal)) == 1
    workshop.app.close()


def test_an_override_is_found_too_when_the_answer_to_our_move_was_lost(
    tmp_path: Path, sqlite_url: str
) -> None:
    workshop = Workshop(tmp_path, sqlite_url, adapter=AtTheWrite)
    deal = workshop.deal()
    workshop.adapter.act = lambda: away_and_back(workshop, deal, DEFERRED)
    workshop.sandbox.faults.lose_answer("crm.item.update")

    workshop.complete(deal, "Interested")
    workshop.wait(SETTLED)
    workshop.wait(SETTLED)

    assert workshop.commands()[State.CONFLICT] == 1
    assert flags(workshop, deal) == ["override"]
    workshop.app.close()


def test_a_move_that_nobody_crossed_is_verified_and_nothing_is_said(workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.complete(deal, "Interested")
    workshop.wait(SETTLED)

    assert workshop.stage(deal) == WORK
    assert flags(workshop, deal) == []
    assert comments(workshop, deal) == []
    with workshop.app.database.read() as conn:
        assert outbox.to_verify(conn, "main", workshop.clock.now(), 10) == []


def test_a_rep_who_was_in_our_stage_and_left_it_while_our_move_was_under_way_is_told(
    tmp_path: Path, sqlite_url: str
) -> None:
    workshop = Workshop(tmp_path, sqlite_url, adapter=AtTheWrite)
    deal = workshop.deal()

    workshop.adapter.act = lambda: away_and_back(workshop, deal, WORK, DEFERRED)
    workshop.complete(deal, "Interested")
    workshop.wait(SETTLED)

    assert workshop.stage(deal) == WORK
    assert flags(workshop, deal) == ["override"]
    assert any('moved to "New"' in comment for comment in comments(workshop, deal))


def test_the_owner_is_told_once_what_the_card_lacks_and_mending_it_is_enough(workshop: Workshop) -> None:
    workshop.sandbox.require_on_stage(WORK, "UF_CRM_WALK_REASON")
    deal = workshop.deal()

    workshop.complete(deal, "Interested")
    workshop.wait(SETTLED)

    (told,) = messages(workshop, OWNER)
    assert "the move to another stage" in told
    assert "Acme" in told
    assert State.PARKED in workshop.commands()
    workshop.sandbox.edit(deal, TITLE="Acme, Inc.")
    workshop.wait(SETTLED)
    assert State.PARKED in workshop.commands()
    assert len(messages(workshop, OWNER)) == 1

    workshop.sandbox.edit(deal, UF_CRM_WALK_REASON="none")
    workshop.wait(SETTLED)

    assert workshop.stage(deal) == WORK
    assert State.PARKED not in workshop.commands()


def test_a_stage_that_was_deleted_in_the_portal_is_the_admins_to_mend(workshop: Workshop) -> None:
    deal = workshop.deal()
    for number in list(workshop.sandbox.crm.shelf(DEAL).records):
        workshop.sandbox.move(ItemRef(DEAL, number), NEW)
    rows = an_admin(workshop, "crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE_1", "STATUS_ID": WORK})
    an_admin(workshop, "crm.status.delete", id=rows[0]["ID"], params={"FORCED": "Y"})
    workshop.settle()

    workshop.complete(deal, "Interested")
    workshop.sandbox.edit(deal, TITLE="Acme, Inc.")
    workshop.wait(SETTLED)

    assert messages(workshop, OWNER) == []
    (told,) = messages(workshop, ADMIN)
    assert 'Invalid value for field "Stage"' in told


def test_the_admin_is_told_of_an_automation_that_moves_every_card_back(workshop: Workshop) -> None:
    steps = PIPELINE[PIPELINE.index("[[stages.steps]]") : PIPELINE.index('[[stages]]\nid = "work"')]
    workshop.rewrite("sale.toml", PIPELINE.replace(steps, ""))  # on to the next stage at once
    workshop.restart()
    for deal in [workshop.deal(), workshop.deal()]:
        for _ in range(6):
            workshop.sandbox.move(deal, NEW, by=7)
            workshop.settle()
        assert workshop.stage(deal) == NEW

    (told,) = messages(workshop, ADMIN)
    assert "is there another automation?" in told


def test_the_admin_is_told_once_of_a_fault_however_many_cards_it_holds_up(workshop: Workshop) -> None:
    for _ in range(2):
        workshop.sandbox.faults.refuse("ERROR_CORE", "Incorrect responsible<br>", method="tasks.task.add")
        workshop.deal()

    assert workshop.commands()[State.PARKED] == 2
    (told,) = messages(workshop, ADMIN)
    assert "Incorrect responsible" in told
    assert "funnelwright outbox list" in told


def test_the_admin_reads_it_in_the_language_of_the_portal(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, language="ru")
    workshop.sandbox.faults.refuse("ERROR_CORE", "Нельзя", method="tasks.task.add")

    workshop.deal()

    (told,) = messages(workshop, ADMIN)
    assert told.startswith("CRM не приняла новую задачу для «Acme»")
    workshop.app.close()
