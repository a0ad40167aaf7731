"""`rehearse`: what a changed pipeline would have done in the last days, and what that rests on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.cli.failures import ExitCode
from connector.flow.bindings import Binding
from connector.flow.facts import read_nearby, read_surroundings
from connector.records import DEAL
from connector.reports.happenings import happenings_of, read_known
from connector.reports.rehearsal import rehearse
from connector.store import processes, tasks, views, visits
from pipelines.loader import load_text
from tests.connector.cli_bench import Program
from tests.connector.flow.workshop import NEW, PIPELINE, WON, WORK, Workshop

LONGER = PIPELINE.replace(
    '[[stages]]\nid = "work"',
    '[[stages.steps]]\nid = "note"\ntask = { title = "Write down what was said" }\n\n[[stages]]\nid = "work"',
)
GATED = PIPELINE + '\n[[transitions]]\nname = "Paid"\nfrom = "*"\nto = "won"\nrequire = ["reason"]\n'
RICH = PIPELINE.replace('id = "call"', 'id = "call"\nwhen = "item.amount > 1000"')


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    opened = Workshop(tmp_path, sqlite_url)
    yield opened
    opened.app.close()


@pytest.fixture
def program(workshop: Workshop) -> Program:
    return Program(workshop.folder / "config.toml", clock=workshop.clock, adapters={"main": workshop.adapter})


def changed(workshop: Workshop, text: str) -> str:
    """A changed file that lies beside the one in force."""
    path = workshop.folder / "changed.toml"
    path.write_text(text)
    return str(path)


def rehearsed(program: Program, workshop: Workshop, text: str, days: int = 30) -> Any:
    return program.json("rehearse", changed(workshop, text), "--against", str(days))


def told(answer: Any) -> list[tuple[str, str, str | None]]:
    """Item, change and what would be."""
    return [
        (item["item"], f"{each['kind']} {each['change']}", (each["after"] or each["before"])["text"])
        for item in answer["items"]
        for each in item["differences"]
    ]


def differences(answer: Any) -> list[Any]:
    return [each for item in answer["items"] for each in item["differences"]]


def test_an_unchanged_pipeline_makes_no_difference_and_is_true_to_what_happened(
    program: Program, workshop: Workshop
) -> None:
    first, second = workshop.deal(), workshop.deal(TITLE="Beta")
    workshop.complete(first, "Redial later")
    workshop.wait(2 * 86_400)
    workshop.complete(first, "Interested")
    workshop.move(second, WON)

    answer = rehearsed(program, workshop, "# the same\n" + PIPELINE)

    assert answer["items"] == []
    assert answer["summary"] == {"items": 2, "differing": 0, "with_process": 2, "faithful": 2}


def test_a_task_more_is_told_with_its_rule_and_nothing_is_written(
    program: Program, workshop: Workshop
) -> None:
    deal = workshop.deal()
    workshop.complete(deal, "Interested")
    with workshop.app.database.read() as conn:
        before = processes.of_item(conn, "main", deal)

    answer = rehearsed(program, workshop, LONGER)

    (first, *_) = [each for each in differences(answer) if each["kind"] == "task"]
    assert first["after"]["text"].startswith("Write down what was said, for Elena Smirnova")
    assert "changed.toml:" in first["after"]["rule"]
    assert first["before"] is None
    with workshop.app.database.read() as conn:
        assert processes.of_item(conn, "main", deal) == before
    assert workshop.open_tasks(deal) == ["Send an offer"]


def test_a_move_that_would_not_have_been_made_is_told_and_what_follows_is_an_outlook(
    program: Program, workshop: Workshop
) -> None:
    deal = workshop.deal()
    workshop.complete(deal, "Interested")
    answer = rehearsed(program, workshop, LONGER)
    assert (str(deal), "move dropped", "to work") in told(answer)
    (item,) = answer["items"]
    assert item["parted_at"] is not None


def test_a_refusal_is_told_in_the_words_of_the_card(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.move(deal, WON)
    answer = rehearsed(program, workshop, GATED)
    refusals = [text for _, what, text in told(answer) if what == "refusal added"]
    assert len(refusals) == 1
    assert "Why" in (refusals[0] or "")


def test_a_result_that_nobody_would_have_heard_is_named(program: Program, workshop: Workshop) -> None:
    workshop.complete(workshop.deal(), "Interested")
    answer = rehearsed(program, workshop, PIPELINE.replace('id = "call"', 'id = "ring"'))
    (item,) = answer["items"]
    assert item["unheard"] == ["the result interested of call: no such step was open"]


def test_values_that_were_known_then_count_and_not_todays(program: Program, workshop: Workshop) -> None:
    """The amount rose after the call was made: with the amount of the time there is no call."""
    deal = workshop.deal(OPPORTUNITY=500)
    workshop.sandbox.edit(deal, OPPORTUNITY=5000)
    workshop.wait(300)

    answer = rehearsed(program, workshop, RICH)

    assert (str(deal), "task dropped") in [(item, what) for item, what, _ in told(answer)]
    assert all(each["assumed"] == [] for item in answer["items"] for each in item["differences"])


def test_what_rests_on_todays_values_is_marked(tmp_path: Path, sqlite_url: str) -> None:
    """A deal from before the pipeline was bound: nobody kept what it was like then."""
    workshop = Workshop(tmp_path, sqlite_url, is_mirrored=False)
    deal = workshop.sandbox.deal(stage=NEW, ASSIGNED_BY_ID=5, OPPORTUNITY=500)
    workshop.clock.advance(3600)
    workshop.sandbox.edit(deal, OPPORTUNITY=5000)
    workshop.clock.advance(3600)
    workshop.mirror()
    program = Program(tmp_path / "config.toml", clock=workshop.clock, adapters={"main": workshop.adapter})
    rich = PIPELINE.replace('id = "call"', 'id = "call"\nwhen = "item.amount < 1000"')

    answer = program.json("rehearse", changed(workshop, rich), "--against", "30")

    assert [(item, what) for item, what, _ in told(answer)] == [
        ("deal:1", "move added"),
        ("deal:1", "task dropped"),
    ]
    assert all("amount" in each["assumed"] for each in differences(answer) if each["after"])
    text = program("rehearse", changed(workshop, rich), "--against", "30")
    assert "* rests on today's values" in text
    assert "amount" in text
    workshop.app.close()


def test_the_table_shows_each_difference_and_the_summary_counts_them(
    program: Program, workshop: Workshop
) -> None:
    workshop.complete(workshop.deal(), "Interested")
    text = program("rehearse", changed(workshop, LONGER), "--against", "7")
    assert "Write down what was said" in text
    assert "1 item of sale" in text
    assert "1 would differ" in text
    assert "+ 1 task added" in text
    assert "makes the tasks that were really made for 1 of 1 item" in text
    assert "Taken for granted: people, teams, roles and linked records are those of today" in text


def test_only_the_last_days_count(program: Program, workshop: Workshop) -> None:
    workshop.move(workshop.deal(), WON)
    workshop.clock.advance(10 * 86_400)
    assert rehearsed(program, workshop, LONGER, days=5)["summary"]["items"] == 0
    assert rehearsed(program, workshop, LONGER, days=15)["summary"]["items"] == 1


def test_an_item_that_was_on_its_way_before_joins_where_it_stood(workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.move(deal, WORK)
    workshop.clock.advance(10 * 86_400)
    workshop.move(deal, WON)
    portal = workshop.portal
    binding: Binding = portal.bindings["sale"]
    with workshop.app.database.read() as conn:
        now = workshop.clock.now()
        known = read_known(conn, portal, binding, [deal])[deal]
        nearby = read_nearby(conn, portal, binding, [known.past.item])
        assert known is not None
        around = read_surroundings(conn, portal, now)
        found = happenings_of(conn, around, nearby, binding, known, now - timedelta(days=5))
    first = found[0].signal
    assert (first.how, first.stage) == ("adopt", "work")  # type: ignore[attr-defined]


def test_what_is_read_for_many_items_at_once_is_what_is_read_for_each(workshop: Workshop) -> None:
    deals = [workshop.deal(TITLE=f"Deal {number}") for number in range(3)]
    workshop.complete(deals[0], "Interested")
    ids = [deal.id for deal in deals]
    with workshop.app.database.read() as conn:
        for one, many in (
            (visits.of, visits.of_items),
            (processes.of_item, processes.of_items),
            (tasks.of_item, tasks.of_items),
            (views.signals_of, views.signals_of_items),
        ):
            assert many(conn, "main", DEAL, ids) == {deal.id: one(conn, "main", deal) for deal in deals}
            assert many(conn, "main", DEAL, [4711]) == {}


def test_items_are_compared_batch_by_batch_as_they_are_all_together(workshop: Workshop) -> None:
    for number in range(3):
        workshop.complete(workshop.deal(TITLE=f"Deal {number}"), "Interested")
    portal, now = workshop.portal, workshop.clock.now()
    what = portal, portal.bindings["sale"], load_text(LONGER), now - timedelta(days=5), now
    with workshop.app.database.read() as conn:
        together = rehearse(conn, *what)
        assert len(together.items) == 3
        assert rehearse(conn, *what, batch=1) == together


# --- wrong input --------------------------------------------------------------------------------------------


def test_a_file_with_mistakes_is_told_with_line_and_nearest_name(
    program: Program, workshop: Workshop
) -> None:
    path = changed(workshop, PIPELINE.replace('next = "work"', 'next = "wrok"'))
    text = program("rehearse", path, "--against", "7", code=ExitCode.CONFIG)
    assert "changed.toml:" in text
    assert "Did you mean 'work'?" in text


def test_wrong_use_of_rehearse_is_told(program: Program, workshop: Workshop) -> None:
    usage = ExitCode.USAGE
    same = changed(workshop, PIPELINE)
    assert "Missing option '--against'" in program("rehearse", same, code=usage)
    assert "is not in the range x>=1" in program("rehearse", same, "--against", "0", code=usage)
    assert "is no file, and no shipped pipeline is called so" in program(
        "rehearse", "nowhere.toml", "--against", "7", code=usage
    )
    assert "is a folder: name one file of it" in program(
        "rehearse", str(workshop.folder), "--against", "7", code=usage
    )
    other = changed(workshop, PIPELINE.replace('id = "sale"', 'id = "sales"'))
    assert "no pipeline of main has the id 'sales': say --pipeline NAME, one of: sale" in program(
        "rehearse", other, "--against", "7", code=usage
    )
    assert "Did you mean 'sale'?" in program(
        "rehearse", other, "--against", "7", "--pipeline", "sael", code=usage
    )
    lead = changed(workshop, PIPELINE.replace('entity = "deal"', 'entity = "lead"'))
    assert "runs on a lead, sale on a deal" in program(
        "rehearse", lead, "--against", "7", code=ExitCode.FINDINGS
    )
