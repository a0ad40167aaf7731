"""Whatever becomes of an answer, and wherever the program is killed: one task per step, and none missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from sqlalchemy import update

from connector.flow import settling
from connector.records import DEAL, ItemRef
from connector.sandbox.adapter import SandboxAdapter
from connector.sandbox.tasks_state import Status
from connector.store import effects, outbox
from connector.store.outbox import State
from connector.store.schema import outbox as outbox_table
from tests.connector.flow.workshop import LOST, NEW, WORK, Interloper, Workshop, slow

#: The portal's time limit for a call, and ten seconds.
SETTLED = 71


def results_of(workshop: Workshop, deal: ItemRef) -> list[str]:
    (task,) = workshop.tasks(deal)
    return [line.title for line in workshop.sandbox.checklist_of(task.id)]


def test_a_task_whose_answer_was_lost_is_found_by_its_marker(workshop: Workshop) -> None:
    workshop.sandbox.faults.lose_answer("tasks.task.add")
    deal = workshop.deal()
    assert workshop.commands()[State.UNKNOWN] == 1

    workshop.wait(SETTLED)

    assert workshop.open_tasks(deal) == ["Call about Acme"]
    assert State.UNKNOWN not in workshop.commands()
    assert "adopted" in workshop.journal(deal)


def test_a_rep_can_name_a_result_on_a_task_that_was_found_again(workshop: Workshop) -> None:
    workshop.sandbox.faults.lose_answer("tasks.task.add")
    deal = workshop.deal()
    workshop.wait(SETTLED)

    assert results_of(workshop, deal).count("Interested") == 1
    workshop.complete(deal, "Interested")
    assert workshop.stage(deal) == WORK


def test_a_write_that_commits_after_we_gave_up_is_not_repeated(workshop: Workshop) -> None:
    workshop.sandbox.faults.commit_late("tasks.task.add", after=59)
    deal = workshop.deal()

    workshop.wait(SETTLED)
    workshop.wait(60)

    assert workshop.open_tasks(deal) == ["Call about Acme"]


def test_a_write_that_never_arrived_is_repeated_after_two_looks(workshop: Workshop) -> None:
    workshop.sandbox.faults.lose_request("tasks.task.add")
    deal = workshop.deal()
    workshop.wait(SETTLED)
    assert workshop.open_tasks(deal) == []

    workshop.wait(11)

    assert workshop.open_tasks(deal) == ["Call about Acme"]


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_page_instead_of_an_answer_says_nothing(workshop: Workshop, is_committed: bool) -> None:
    workshop.sandbox.faults.answer(
        502, body="<html>Bad Gateway</html>", method="tasks.task.add", is_committed=is_committed
    )
    deal = workshop.deal()

    workshop.wait(SETTLED)
    workshop.wait(11)

    assert workshop.open_tasks(deal) == ["Call about Acme"]


def test_what_was_under_way_when_the_program_was_stopped_for_days_is_looked_for_in_spite_of_a_bad_start(
    workshop: Workshop,
) -> None:
    workshop.sandbox.faults.lose_answer("tasks.task.add")
    deal = workshop.deal()
    workshop.clock.advance(3 * 86_400)
    workshop.restart()
    workshop.sandbox.faults.lose_request(times=3)
    workshop.app.work("main")
    for _ in range(3):
        workshop.wait(SETTLED)

    assert workshop.commands().keys() == {State.DONE}
    assert workshop.open_tasks(deal) == ["Call about Acme"]


def test_what_could_not_be_looked_for_in_a_day_waits_for_a_person(workshop: Workshop) -> None:
    workshop.sandbox.faults.lose_answer("tasks.task.add")
    workshop.deal()
    workshop.sandbox.faults.answer(503, "OVERLOAD_LIMIT", "blocked", times=1_000)
    for _ in range(3):
        workshop.clock.advance(3_600)
        workshop.app.work("main")
    assert workshop.commands() == {State.UNKNOWN: 1}

    with workshop.app.database.write() as conn:
        conn.execute(update(outbox_table).values(delays=outbox_table.c.delays + settling.MOST_LOOKS - 3))
    workshop.clock.advance(300)
    workshop.app.work("main")
    assert workshop.commands()[State.PARKED] == 1


def test_a_full_bucket_only_delays(workshop: Workshop) -> None:
    workshop.sandbox.faults.answer(503, "QUERY_LIMIT_EXCEEDED", method="tasks.task.add", times=3)
    deal = workshop.deal()
    workshop.wait(60)

    assert workshop.open_tasks(deal) == ["Call about Acme"]
    assert set(workshop.commands()) <= {State.DONE}


def test_a_refused_write_waits_for_a_person_with_its_reason(workshop: Workshop) -> None:
    workshop.sandbox.faults.refuse("ERROR_CORE", "Incorrect responsible<br>", method="tasks.task.add")
    deal = workshop.deal()

    assert workshop.commands()[State.PARKED] == 1
    assert "parked" in workshop.journal(deal)


class AtTheLook(Interloper):
    """A rep who acts while the connector looks whether it may push: after the decision, before the push."""

    named = b"OWNER_ID"


def test_a_rep_who_is_quicker_than_our_push_wins(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, adapter=AtTheLook)
    deal = workshop.deal()
    workshop.adapter.act = lambda: workshop.sandbox.move(deal, "C1:WON")

    workshop.complete(deal, "Interested")

    assert workshop.stage(deal) == "C1:WON"
    assert workshop.process_stage(deal) == "won"
    assert workshop.commands()[State.CONFLICT] == 1
    workshop.app.close()


def test_a_rep_whose_move_the_history_does_not_show_yet_wins(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, adapter=AtTheLook)
    deal = workshop.deal()
    workshop.clock.advance(10)

    def move_unseen() -> None:
        workshop.sandbox.faults.history_lag_seconds = 90
        workshop.sandbox.move(deal, "C1:WON")

    workshop.adapter.act = move_unseen
    workshop.complete(deal, "Interested")
    assert workshop.stage(deal) == "C1:WON"
    for _ in range(5):
        workshop.wait(60)

    assert workshop.stage(deal) == "C1:WON"
    assert workshop.process_stage(deal) == "won"
    workshop.app.close()


def test_what_was_looked_at_too_long_ago_is_looked_at_again_before_it_is_sent(
    tmp_path: Path, sqlite_url: str
) -> None:
    workshop = Workshop(tmp_path, sqlite_url, adapter=AtTheLook)
    deal = workshop.deal()
    workshop.clock.advance(98)  # half of the lease is over, and the look takes a minute
    workshop.adapter.act = lambda: workshop.clock.advance(60)

    workshop.complete(deal, "Interested")

    with workshop.app.database.read() as conn:
        (move,) = [row for row in outbox.of_item(conn, "main", deal) if row.kind == "move_stage"]
    assert (workshop.stage(deal), move.state, move.delays) == (WORK, State.DONE, 1)
    workshop.app.close()


class Killed(BaseException):
    """The process is gone: nothing in the program may catch this."""


class Killer(SandboxAdapter):
    """A network that outlives the program: at the n-th call it dies, before or after the portal acts."""

    calls = 0
    dies_at: int | None = None
    is_after = False

    def send(self, request: requests.PreparedRequest, *args: object, **kwargs: object) -> requests.Response:
        self.calls += 1
        dies = self.dies_at is not None and self.calls == self.dies_at
        if dies and not self.is_after:
            raise Killed
        answer = super().send(request, *args, **kwargs)  # type: ignore[arg-type]
        if dies:
            raise Killed
        return answer


def story(workshop: Workshop, deals: list[ItemRef]) -> list[Callable[[], object]]:
    """What reps do, step by step, whether or not the product has caught up."""
    sandbox = workshop.sandbox
    return [
        lambda: sandbox.move(deals[1], WORK),
        lambda: sandbox.move(deals[2], LOST),
        lambda: sandbox.edit(deals[0], TITLE="Deal 0, larger"),
        lambda: None,
    ]


@pytest.mark.parametrize("is_after", [False, True], ids=["before the portal acts", "after it acted"])
@pytest.mark.parametrize("dies_at", [call if call % 3 == 1 else slow(call) for call in range(1, 13)])
def test_a_program_killed_at_any_call_goes_on_without_loss_or_double(
    tmp_path: Path, sqlite_url: str, dies_at: int, is_after: bool
) -> None:
    workshop = Workshop(tmp_path, sqlite_url, adapter=Killer)
    killer = workshop.adapter
    killer.dies_at, killer.is_after = killer.calls + dies_at, is_after

    records = [
        workshop.sandbox.deal(stage=NEW, TITLE=f"Deal {number}", ASSIGNED_BY_ID=5) for number in range(3)
    ]
    deals = [ItemRef(DEAL, record.id) for record in records]
    for act in story(workshop, deals):
        try:
            workshop.settle()
        except Killed:
            workshop.kill()
        act()
    for _ in range(4):
        workshop.wait(SETTLED)

    markers = [task.xml_id for deal in deals for task in workshop.tasks(deal)]
    assert len(markers) == len(set(markers))
    assert set(workshop.commands()) <= {State.DONE, State.SUPERSEDED, State.CONFLICT}
    first, second, third = (workshop.open_tasks(deal) for deal in deals)
    assert first == ["Call about Deal 0"]
    assert second == ["Send an offer"]
    assert len(third) == 2  # the call goes on, and what is missing is asked for
    workshop.app.close()


def test_a_move_that_was_sent_twice_is_expected_once(workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.sandbox.faults.lose_request("crm.item.update")
    workshop.complete(deal, "Interested")
    for _ in range(3):
        workshop.wait(SETTLED / 2)
    assert workshop.stage(deal) == WORK

    with workshop.app.database.read() as conn:
        assert effects.expected_of(conn, "main", "stage") == set()


class AtTheHandOver(Interloper):
    """A rep who acts while the connector hands a task to somebody else."""

    named = b"tasks.task.update"


def test_a_result_that_comes_while_the_task_is_handed_over_counts(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, adapter=AtTheHandOver)
    deal = workshop.deal()
    (task,) = workshop.tasks(deal)

    def finish() -> None:
        workshop.sandbox.tick(task.id, "Interested")
        workshop.sandbox.complete_task(task.id)

    workshop.adapter.act = finish
    workshop.sandbox.edit(deal, ASSIGNED_BY_ID=6)
    workshop.settle()

    assert workshop.adapter.act is None
    assert workshop.stage(deal) == WORK
    assert workshop.tasks(deal)[0].status == Status.COMPLETED
    workshop.app.close()
