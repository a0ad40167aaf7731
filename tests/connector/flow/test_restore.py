"""A store that was lost comes back from a copy of yesterday, and nothing is made twice in the CRM."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from connector.errors import StoreError
from connector.records import ItemRef
from connector.sandbox.timeline import Timeline
from connector.store import backup, settings
from connector.store.database import Database
from connector.store.outbox import State
from tests.connector.flow.family import TENDERS, Family
from tests.connector.flow.workshop import LOST, WON, WORK, Workshop

DAY = 86_400


def comments(workshop: Workshop, deal: ItemRef) -> list[str]:
    return [each.text for each in workshop.sandbox.part(Timeline).comments_of("deal", deal.id)]


def take(workshop: Workshop, name: str = "copy.db") -> Path:
    path = workshop.folder / name
    backup.take(workshop.app.database, path, workshop.clock.now())
    return path


def restore(workshop: Workshop, copy: Path) -> None:
    """The program is stopped, the copy put in place, the program started again."""
    workshop.app.close()
    database = Database(workshop.url)
    backup.restore(database, copy, workshop.clock.now())
    database.close()
    workshop.app = workshop.open()
    workshop.app.prepare()


def catch_up(workshop: Workshop) -> None:
    for _ in range(4):
        workshop.wait(75)


def test_a_day_that_the_store_has_forgotten_is_read_back_without_a_double(workshop: Workshop) -> None:
    before = [workshop.deal(TITLE=f"Before {number}") for number in range(4)]
    copy = take(workshop)
    workshop.wait(DAY / 2)
    workshop.complete(before[0], "Interested")
    workshop.complete(before[1], "Redial later")
    workshop.move(before[2], WORK)
    workshop.move(before[3], LOST)
    later = [workshop.deal(TITLE=f"Later {number}") for number in range(3)]
    workshop.complete(later[0], "Interested")
    workshop.move(later[1], WON)
    workshop.wait(DAY / 2)
    deals = before + later
    tasks = {deal: [(task.xml_id, task.title) for task in workshop.tasks(deal)] for deal in deals}
    stages = {deal: workshop.stage(deal) for deal in deals}
    said = {deal: len(comments(workshop, deal)) for deal in deals}

    restore(workshop, copy)
    catch_up(workshop)

    assert {deal: workshop.stage(deal) for deal in deals} == stages
    for deal in deals:
        markers = Counter(task.xml_id for task in workshop.tasks(deal))
        assert set(markers.values()) <= {1}
        assert [(task.xml_id, task.title) for task in workshop.tasks(deal)] == tasks[deal]
        assert len(comments(workshop, deal)) == said[deal]
    assert set(workshop.commands()) <= {State.DONE, State.SUPERSEDED, State.CONFLICT}


def test_after_a_restore_new_work_goes_on_as_before(workshop: Workshop) -> None:
    copy = take(workshop)
    workshop.wait(3_600)
    restore(workshop, copy)

    deal = workshop.deal()
    workshop.complete(deal, "Interested")
    catch_up(workshop)

    assert workshop.stage(deal) == WORK
    assert workshop.open_tasks(deal) == ["Send an offer"]


def test_what_waited_when_the_copy_was_taken_is_looked_for_before_it_is_sent(workshop: Workshop) -> None:
    workshop.sandbox.faults.refuse("QUERY_LIMIT_EXCEEDED", "Too many requests", method="tasks.task.add")
    deal = workshop.deal()
    copy = take(workshop)
    catch_up(workshop)
    assert len(workshop.tasks(deal)) == 1

    restore(workshop, copy)
    catch_up(workshop)

    assert len(workshop.tasks(deal)) == 1


def test_the_store_that_was_there_is_kept(workshop: Workshop) -> None:
    copy = take(workshop)
    workshop.app.close()
    database = Database(workshop.url)
    done = backup.restore(database, copy, workshop.clock.now())
    database.close()
    assert done.kept_as is not None
    assert done.kept_as.stat().st_size > 0
    assert copy.stat().st_mode & 0o077 == 0
    workshop.app = workshop.open()


def test_a_copy_does_not_write_over_a_file(workshop: Workshop) -> None:
    take(workshop)
    with pytest.raises(StoreError, match="is there already"):
        take(workshop)


@pytest.mark.parametrize(
    ("content", "message"), [(b"hello", "no copy of a store"), (b"", "no copy of a store"), (None, "no file")]
)
def test_what_is_no_copy_is_refused_and_the_store_stays(
    workshop: Workshop, content: bytes | None, message: str
) -> None:
    deal = workshop.deal()
    path = workshop.folder / "other.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=message):
        backup.restore(workshop.app.database, path, workshop.clock.now())
    assert workshop.process_stage(deal) == "new"


def test_a_running_engine_keeps_its_store(workshop: Workshop) -> None:
    copy = take(workshop)
    other = Database(workshop.url)
    with workshop.app.database.engine_lock(), pytest.raises(StoreError, match="in use by"):
        backup.restore(other, copy, workshop.clock.now())
    other.close()


def test_what_could_never_be_sent_waits_for_a_person_and_holds_up_nothing(
    tmp_path: Path, sqlite_url: str
) -> None:
    text = TENDERS.replace('pipeline = "contracts", as', 'pipeline = "nowhere", as')
    family = Family(tmp_path, sqlite_url, texts={"tenders": text})
    with family.app.database.write() as conn:
        settings.pause(conn, "main", family.clock.now(), by="admin", reason="the store moves")
    family.tender()
    copy = take(family)
    with family.app.database.write() as conn:
        settings.resume(conn, "main")

    restore(family, copy)
    with family.app.database.write() as conn:
        settings.resume(conn, "main")
    catch_up(family)

    assert family.commands() == {State.PARKED: 1, State.DONE: 1}  # the admin is told
    family.app.close()
