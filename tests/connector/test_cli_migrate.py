"""`migrate`: running items go on under a newer version, told first, one by one, and back again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from connector.cli.failures import ExitCode
from connector.portal.pulse import Pulse, give
from connector.records import ItemRef
from connector.store import journal, processes, tasks
from connector.store.processes import StoredProcess
from pipelines.engine import Process
from tests.connector.cli_bench import Program
from tests.connector.flow.workshop import PIPELINE, WORK, Workshop

#: The same steps, and a task that comes after the call.
LONGER = PIPELINE.replace(
    '[[stages]]\nid = "work"',
    '[[stages.steps]]\nid = "note"\ntask = { title = "Write down what was said" }\n\n[[stages]]\nid = "work"',
)
RENAMED = PIPELINE.replace('id = "call"', 'id = "ring"')
SHORTER = PIPELINE.replace('  { id = "redial", title = "Redial later", again = "1 day" },\n', "")
PARALLEL = LONGER.replace('id = "note"', 'id = "note"\nafter = []')


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    opened = Workshop(tmp_path, sqlite_url)
    yield opened
    opened.app.close()


@pytest.fixture
def program(workshop: Workshop) -> Program:
    return Program(workshop.folder / "config.toml", clock=workshop.clock, adapters={"main": workshop.adapter})


def put_to_use(workshop: Workshop, text: str) -> None:
    """The file is changed, and the engine started on it."""
    workshop.rewrite("sale.toml", text)
    workshop.restart()


def process(workshop: Workshop, deal: ItemRef) -> StoredProcess:
    with workshop.app.database.read() as conn:
        (found,) = processes.of_item(conn, "main", deal)
    return found


def state_of(workshop: Workshop, deal: ItemRef) -> Process:
    return Process.from_json(process(workshop, deal).state)


def newest(workshop: Workshop) -> str:
    return workshop.portal.bindings["sale"].definition.hash


def test_a_running_item_keeps_its_version_until_its_next_stage(workshop: Workshop) -> None:
    deal = workshop.deal()
    before = process(workshop, deal).version
    put_to_use(workshop, LONGER)
    workshop.clock.advance(60)
    workshop.settle()
    assert process(workshop, deal).version == before
    workshop.move(deal, WORK)
    assert process(workshop, deal).version == newest(workshop) != before


def test_the_plan_lists_each_item_and_changes_nothing(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal()
    put_to_use(workshop, LONGER)
    before = process(workshop, deal)
    text = program("migrate", "sale", "--plan")
    assert "safe" in text
    assert "deal:1" in text
    assert "1 item: 1 safe, 0 needs mapping, 0 blocked" in text
    assert process(workshop, deal) == before


def test_a_safe_item_goes_on_under_the_new_version_with_the_task_that_it_has(
    program: Program, workshop: Workshop
) -> None:
    deal = workshop.deal()
    put_to_use(workshop, LONGER)
    text = program("migrate", "sale", typed="y\n")
    assert f"Let 1 item of sale go on to version {newest(workshop)[:8]}?" in text
    assert "1 item changed" in text
    workshop.settle()
    assert workshop.open_tasks(deal) == ["Call about Acme"]

    workshop.complete(deal, "Interested")

    assert workshop.open_tasks(deal) == ["Write down what was said"]


def test_whoever_says_no_has_changed_nothing(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal()
    put_to_use(workshop, LONGER)
    program("migrate", "sale", typed="n\n", code=ExitCode.FINDINGS)
    assert process(workshop, deal).version != newest(workshop)


def test_a_renamed_step_needs_a_mapping_and_the_message_says_which(
    program: Program, workshop: Workshop
) -> None:
    deal = workshop.deal()
    put_to_use(workshop, RENAMED)
    (item,) = program.json("migrate", "sale", "--plan", code=ExitCode.FINDINGS)["items"]
    assert item["verdict"] == "needs mapping"
    assert item["reasons"] == ["there is no step call any more, and it is open: --map call=…"]

    program("migrate", "sale", "--map", "call=ring", "--yes")
    workshop.complete(deal, "Interested")

    assert workshop.stage(deal) == WORK


def test_an_open_task_that_offers_a_result_which_is_gone_needs_a_mapping(
    program: Program, workshop: Workshop
) -> None:
    deal = workshop.deal()
    put_to_use(workshop, SHORTER)
    text = program("migrate", "sale", "--yes", code=ExitCode.FINDINGS)
    assert "the open task of call offers redial, which is no result there: --map call.redial=" in text
    assert "0 safe, 1 needs mapping, 0 blocked" in text
    assert process(workshop, deal).version != newest(workshop)


def test_the_lines_of_an_open_task_mean_what_their_results_are_called_now(
    program: Program, workshop: Workshop
) -> None:
    deal = workshop.deal()
    put_to_use(workshop, RENAMED.replace('id = "redial"', 'id = "later"'))
    program("migrate", "sale", "--map", "call=ring", "--map", "call.redial=later", "--yes")

    workshop.complete(deal, "Redial later")

    state = state_of(workshop, deal)
    assert state.outcomes == {"ring": "later"}
    assert [(run.step, run.state) for run in state.runs] == [("ring", "later")]


def test_a_result_that_is_gone_may_count_as_one_that_stays_and_undoing_gives_it_back(
    program: Program, workshop: Workshop
) -> None:
    deal = workshop.deal()
    put_to_use(workshop, SHORTER)
    program("migrate", "sale", "--map", "call.redial=interested", "--yes")
    program("migrate", "sale", "--revert", "--yes")
    workshop.complete(deal, "Redial later")
    assert state_of(workshop, deal).outcomes == {"call": "redial"}


def test_a_result_is_not_renamed_while_one_waits_to_be_decided_on(
    program: Program, workshop: Workshop
) -> None:
    deal = workshop.deal()
    put_to_use(workshop, SHORTER)
    program("signal", str(deal), "paid")
    text = program("migrate", "sale", "--map", "call.redial=interested", "--yes", code=ExitCode.FINDINGS)
    assert "what just happened has yet to be decided on" in text
    workshop.settle()
    program("migrate", "sale", "--map", "call.redial=interested", "--yes")


def test_the_lines_of_a_choice_mean_the_stages_by_their_new_names(
    program: Program, workshop: Workshop
) -> None:
    put_to_use(workshop, PIPELINE.replace('next = "work"', 'next = { choose = ["work", "lost"] }'))
    deal = workshop.deal()
    workshop.complete(deal, "Interested")
    workshop.more = workshop.more.replace("work = ", "talks = ")
    choosing = PIPELINE.replace('next = "work"', 'next = { choose = ["talks", "lost"] }')
    put_to_use(workshop, choosing.replace('id = "work"', 'id = "talks"'))
    program("migrate", "sale", "--map", "work=talks", "--yes")

    workshop.complete(deal, "Work")

    assert (workshop.stage(deal), workshop.process_stage(deal)) == (WORK, "talks")


def test_what_follows_at_once_is_told_and_done(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal()
    put_to_use(workshop, PARALLEL)
    (item,) = program.json("migrate", "sale", "--plan")["items"]
    assert item["commands"] == ["CreateTask Write down what was said"]
    program("migrate", "sale", "--yes")
    workshop.settle()
    assert workshop.open_tasks(deal) == ["Call about Acme", "Write down what was said"]


def test_at_most_so_many_items_are_changed(program: Program, workshop: Workshop) -> None:
    deals = [workshop.deal(TITLE=f"Deal {number}") for number in range(3)]
    put_to_use(workshop, LONGER)
    assert "2 items changed" in program("migrate", "sale", "--limit", "2", "--yes")
    moved = [process(workshop, deal).version == newest(workshop) for deal in deals]
    assert moved == [True, True, False]


def test_a_migration_has_a_line_in_the_journal_with_what_was_before(
    program: Program, workshop: Workshop
) -> None:
    deal = workshop.deal()
    before = process(workshop, deal)
    put_to_use(workshop, LONGER)
    program("migrate", "sale", "--yes")
    with workshop.app.database.read() as conn:
        line = journal.of_item(conn, "main", deal)[-1]
        assert journal.verify(conn, "main") is None
    assert (line.kind, line.version) == ("migrated", newest(workshop))
    assert line.details["from"] == before.version
    assert line.details["state"] == before.state
    assert (line.actor or "").startswith("admin:")
    assert "Goes on under version" in program("why", str(deal))


def test_a_migration_is_undone_to_exactly_what_was_before(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal()
    before = process(workshop, deal)
    put_to_use(workshop, LONGER)
    program("migrate", "sale", "--yes")

    assert "it is as it was" in program("migrate", "sale", "--revert", "--yes")

    after = process(workshop, deal)
    assert (after.version, after.state) == (before.version, before.state)
    assert "No item of sale was migrated" in program("migrate", "sale", "--revert")


def test_undoing_keeps_what_happened_since(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal()
    put_to_use(workshop, RENAMED)
    program("migrate", "sale", "--map", "call=ring", "--yes")
    workshop.complete(deal, "Redial later")

    program("migrate", "sale", "--revert", "--yes")

    state = state_of(workshop, deal)
    assert state.outcomes == {"call": "redial"}
    assert [run.step for run in state.runs] == ["call"]


def test_an_item_that_went_on_to_another_stage_is_not_taken_back(
    program: Program, workshop: Workshop
) -> None:
    deal = workshop.deal()
    put_to_use(workshop, LONGER)
    program("migrate", "sale", "--yes")
    workshop.move(deal, WORK)
    text = program("migrate", "sale", "--revert", "--yes", code=ExitCode.FINDINGS)
    assert "it is on another visit now, which began under this version" in text


def test_an_engine_that_has_another_version_in_force_must_take_the_newest_first(
    program: Program, workshop: Workshop
) -> None:
    workshop.deal()
    workshop.rewrite("sale.toml", LONGER)
    with workshop.app.database.write() as conn:
        give(conn, "main", Pulse(workshop.clock.now(), "process 7 on crm", {}, 0.0))
    text = program("migrate", "sale", "--yes", code=ExitCode.FINDINGS)
    assert "the running engine (process 7 on crm) has version" in text
    assert "it takes an edited file within a minute" in text


def test_nothing_is_migrated_to_a_broken_file(program: Program, workshop: Workshop) -> None:
    workshop.deal()
    put_to_use(workshop, LONGER)
    workshop.rewrite("sale.toml", "this is no TOML")
    text = program("migrate", "sale", "--yes", code=ExitCode.FINDINGS)
    assert "the newest version cannot be used: sale: version" in text
    assert "not TOML" in text


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("call", "'call': expected old=new, two stages or two steps, or step.old=new, two outcomes"),
        ("cal.redial=later", "'cal' is no step of any version in use. Did you mean 'call'?"),
        (
            "call.redail=redial",
            "'redail' is no outcome of call in any version in use. Did you mean 'redial'?",
        ),
        ("call.redial=later", "'later' is no outcome of call in the new version"),
        ("cal=ring", "'cal' is no stage and no step of any version in use. Did you mean 'call'?"),
        ("call=rng", "'rng' is no stage and no step of the new version. Did you mean 'ring'?"),
        ("call=work", "'call=work': call is a step, work is a stage"),
    ],
)
def test_a_mapping_that_leads_nowhere_is_a_wrong_use(
    program: Program, workshop: Workshop, pair: str, message: str
) -> None:
    workshop.deal()
    put_to_use(workshop, RENAMED)
    assert message in program("migrate", "sale", "--map", pair, code=ExitCode.USAGE)


def test_two_old_names_do_not_become_one(program: Program, workshop: Workshop) -> None:
    workshop.deal()
    put_to_use(workshop, RENAMED)
    pairs = ("--map", "call=offer", "--map", "offer=offer")
    assert "call and offer would both become offer" in program("migrate", "sale", *pairs, code=ExitCode.USAGE)


def test_wrong_use_of_migrate_is_told(program: Program, workshop: Workshop) -> None:
    assert "Did you mean 'sale'?" in program("migrate", "sael", "--plan", code=ExitCode.USAGE)
    assert "it takes no --map" in program("migrate", "sale", "--revert", "--map", "a=b", code=ExitCode.USAGE)
    assert "there is nothing to map" in program("migrate", "sale", "--map", "a=b", code=ExitCode.FINDINGS)
    assert "No item of sale runs on an older version." in program("migrate", "sale")


# --- stopped in the middle ----------------------------------------------------------------------------------


class Killed(BaseException):
    """Nothing catches a kill."""


class Kill:
    """Whoever wants to commit once more than so many times is killed instead: nothing of that is kept."""

    def __init__(self, commits: int) -> None:
        self.left = commits

    def __call__(self, conn: Connection) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed

    def __enter__(self) -> Kill:
        event.listen(Engine, "commit", self)
        return self

    def __exit__(self, *failure: object) -> None:
        event.remove(Engine, "commit", self)


def test_a_migration_that_is_killed_leaves_each_item_migrated_or_not_and_is_finished_by_the_next(
    program: Program, workshop: Workshop
) -> None:
    deals = [workshop.deal(TITLE=f"Deal {number}") for number in range(2)]
    put_to_use(workshop, RENAMED.replace('id = "redial"', 'id = "later"'))
    options = ("--map", "call=ring", "--map", "call.redial=later", "--yes")
    commits, halves, was_killed = 0, set(), True
    while was_killed:
        was_killed = False
        with Kill(commits):
            try:
                program("migrate", "sale", *options)
            except Killed:
                was_killed = True
        halves.add(sum(is_migrated(workshop, deal) for deal in deals))
        if was_killed:
            program("migrate", "sale", *options)
        assert all(is_migrated(workshop, deal) for deal in deals)
        program("migrate", "sale", "--revert", "--yes")
        assert not any(is_migrated(workshop, deal) for deal in deals)
        commits += 1
    assert halves == {0, 1, 2}


def is_migrated(workshop: Workshop, deal: ItemRef) -> bool:
    """Whether the item is migrated in every respect; all or nothing."""
    stored, state = process(workshop, deal), state_of(workshop, deal)
    with workshop.app.database.read() as conn:
        last = [line.kind for line in journal.of_item(conn, "main", deal) if line.kind.startswith("migrat")]
        (made,) = tasks.of_item(conn, "main", deal)
    answers = {
        stored.version == newest(workshop),
        state.version == newest(workshop),
        [run.step for run in state.runs] == ["ring"],
        last[-1:] == ["migrated"],
        "later" in made.outcome_lines.values(),
    }
    assert len(answers) == 1, "it is neither here nor there"
    return answers.pop()


# --- a broken file, as people hear of it --------------------------------------------------------------------


def test_status_and_doctor_tell_of_a_pipeline_that_is_broken(program: Program, workshop: Workshop) -> None:
    workshop.rewrite("sale.toml", "this is no TOML")
    workshop.restart()
    told = "sale: version"
    text = program("status")
    assert "BROKEN" in text
    assert told in text
    assert "stays in force" in text
    assert "sale.toml:1: error: not TOML" in text
    assert program.json("status")["main"]["broken"][0]["pipeline"] == "sale"
    assert "the last engine found a mistake in sale: version" in program("doctor", code=ExitCode.FINDINGS)


def test_a_command_about_a_pipeline_that_was_never_good_says_why_it_cannot(
    program: Program, workshop: Workshop
) -> None:
    workshop.more += (
        '[portals.main.pipelines.other]\ndefinition = "other.toml"\ncategory = 2\nowner = 2\n'
        'stages = { fresh = "C2:NEW" }\n'
    )
    workshop.rewrite("other.toml", "this is no TOML")
    workshop.restart()
    text = program("adopt", "other", "--dry-run", code=ExitCode.FINDINGS)
    assert "other: it is left out" in text
    assert "not TOML" in text
