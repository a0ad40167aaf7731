"""What keeps the product from doing too much: what was there before, shadow, pause, the brake, adopt."""

from __future__ import annotations

from pathlib import Path

from connector.flow import adopt, brake
from connector.records import DEAL, ItemRef
from connector.store import settings
from connector.store.outbox import State
from pipelines.expressions import Expression
from tests.connector.flow.workshop import NEW, WORK, Workshop


def old_deals(workshop: Workshop, count: int, **fields: object) -> list[ItemRef]:
    """Deals that were there before the pipeline was bound: no hint of them is kept."""
    made = [workshop.sandbox.deal(stage=NEW, ASSIGNED_BY_ID=5, **fields) for _ in range(count)]
    return [ItemRef(DEAL, record.id) for record in made]


def with_old_deals(folder: Path, url: str, count: int, **options: object) -> tuple[Workshop, list[ItemRef]]:
    workshop = Workshop(folder, url, is_mirrored=False, **options)  # type: ignore[arg-type]
    deals = old_deals(workshop, count)
    workshop.clock.advance(3600)
    workshop.deliver()
    workshop.mirror()
    workshop.settle()
    return workshop, deals


def test_what_was_there_before_is_only_mirrored(tmp_path: Path, sqlite_url: str) -> None:
    workshop, deals = with_old_deals(tmp_path, sqlite_url, 3)

    workshop.wait(60)

    assert all(workshop.tasks(deal) == [] for deal in deals)
    assert all(workshop.process_stage(deal) is None for deal in deals)
    workshop.app.close()


def test_an_old_deal_that_is_moved_does_not_join_by_itself(tmp_path: Path, sqlite_url: str) -> None:
    workshop, (deal,) = with_old_deals(tmp_path, sqlite_url, 1)

    workshop.move(deal, WORK)

    assert workshop.process_stage(deal) is None
    workshop.app.close()


def test_adopt_tells_first_and_then_starts_items_where_they_stand(tmp_path: Path, sqlite_url: str) -> None:
    workshop, deals = with_old_deals(tmp_path, sqlite_url, 3)
    workshop.sandbox.edit(deals[1], OPPORTUNITY=900)
    workshop.wait(300)
    binding, where = workshop.portal.bindings["sale"], Expression.parse("item.amount > 100")

    with workshop.app.database.write() as conn:
        found = list(adopt.candidates(conn, workshop.portal, binding, where=where))
        assert [candidate.item.ref for candidate in found] == [deals[1]]
        assert any("Call about" in command for command in found[0].commands)
        adopt.adopt(conn, workshop.portal, binding, [each.item for each in found], workshop.clock.now())
    assert workshop.tasks(deals[1]) == []
    workshop.settle()

    assert len(workshop.open_tasks(deals[1])) == 1
    assert workshop.tasks(deals[0]) == []
    workshop.app.close()


def test_shadow_decides_and_records_and_writes_nothing(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, mode="shadow")

    deal = workshop.deal()
    workshop.move(deal, WORK)

    assert workshop.tasks(deal) == []
    assert workshop.process_stage(deal) == "work"
    assert "would" in workshop.journal(deal)
    assert workshop.commands() == {}
    workshop.app.close()


def test_a_pipeline_that_goes_live_adopts_what_it_watched_in_shadow(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, mode="shadow")
    deal = workshop.deal()
    workshop.set_mode("live")
    workshop.move(deal, WORK)
    assert workshop.tasks(deal) == []

    binding = workshop.portal.bindings["sale"]
    with workshop.app.database.write() as conn:
        found = list(adopt.candidates(conn, workshop.portal, binding))
        adopt.adopt(conn, workshop.portal, binding, [each.item for each in found], workshop.clock.now())
    workshop.settle()

    assert workshop.open_tasks(deal) == ["Send an offer"]
    workshop.app.close()


def test_a_pipeline_that_goes_back_to_shadow_writes_nothing_more(workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.set_mode("shadow")

    workshop.complete(deal, "Interested")

    assert workshop.stage(deal) == NEW
    assert "would" in workshop.journal(deal)


def test_a_pipeline_paused_in_the_configuration_decides_and_sends_nothing(workshop: Workshop) -> None:
    workshop.set_mode("paused")
    deal = workshop.deal()
    assert workshop.commands() == {State.PENDING: 1}

    workshop.set_mode("live")
    workshop.settle()

    assert workshop.open_tasks(deal) == ["Call about Acme"]


def test_a_paused_portal_goes_on_deciding_and_sends_nothing_until_it_is_resumed(workshop: Workshop) -> None:
    now = workshop.clock.now()
    with workshop.app.database.write() as conn:
        settings.pause(conn, settings.ALL_PORTALS, now, by="admin", reason="something is wrong")
    deal = workshop.deal()
    assert workshop.tasks(deal) == []
    assert workshop.commands() == {State.PENDING: 1}

    with workshop.app.database.write() as conn:
        settings.resume(conn, settings.ALL_PORTALS)
    workshop.settle()

    assert workshop.open_tasks(deal) == ["Call about Acme"]


def test_more_writes_than_the_limit_wait_for_a_person(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, writes_per_run=5)
    deals = old_deals(workshop, 8, TITLE="Many")
    workshop.settle()
    assert sum(len(workshop.tasks(deal)) for deal in deals) == 0
    assert workshop.commands() == {State.PENDING: 8}

    with workshop.app.database.write() as conn:
        (pause,) = settings.pauses(conn, "main")
        assert "8 writes are waiting" in pause.reason
        assert brake.approve(conn, "main", workshop.clock.now(), "admin") == 8
        settings.resume(conn, "main")
    workshop.settle()

    assert sum(len(workshop.tasks(deal)) for deal in deals) == 8
    workshop.app.close()


def test_a_task_that_the_portal_refused_does_not_hold_the_card_when_the_rep_goes_on(
    tmp_path: Path, sqlite_url: str
) -> None:
    workshop = Workshop(tmp_path, sqlite_url)
    workshop.sandbox.faults.refuse("ERROR_CORE", "Incorrect responsible<br>", method="tasks.task.add")
    deal = workshop.deal()
    assert workshop.open_tasks(deal) == []
    assert State.PARKED in workshop.commands()

    workshop.move(deal, WORK)

    assert workshop.open_tasks(deal) == ["Send an offer"]
    assert State.PARKED not in workshop.commands()
    workshop.app.close()


def test_a_deal_made_within_the_second_of_the_binding_is_a_new_one(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, is_mirrored=False)
    workshop.clock.advance(0.3)
    workshop.mirror()

    deal = workshop.deal()

    assert len(workshop.open_tasks(deal)) == 1
    workshop.app.close()
