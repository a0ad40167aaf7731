"""The commands about items and the flow: `start`, `adopt`, `signal`, `press`, `pause`, `status`, `why`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.cli.failures import ExitCode
from connector.portal.pulse import Pulse, give
from connector.records import DEAL, ItemRef
from connector.store import signals
from connector.store.signals import NewSignal
from tests.connector.cli_bench import Program
from tests.connector.flow.workshop import LOST, NEW, PIPELINE, WORK, Workshop


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    opened = Workshop(tmp_path, sqlite_url)
    yield opened
    opened.app.close()


@pytest.fixture
def program(workshop: Workshop) -> Program:
    return program_of(workshop)


@pytest.fixture
def old(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    """Three deals were there before the pipeline was bound: deal:1 and deal:2 are open, deal:3 is lost."""
    opened = Workshop(tmp_path, sqlite_url, is_mirrored=False)
    for number, stage in enumerate((NEW, WORK, LOST), 1):
        opened.sandbox.deal(stage=stage, TITLE=f"Old {number}", ASSIGNED_BY_ID=5, OPPORTUNITY=1000 * number)
    opened.clock.advance(3600)
    opened.deliver()
    opened.mirror()
    opened.settle()
    yield opened
    opened.app.close()


def program_of(workshop: Workshop) -> Program:
    path = workshop.folder / "config.toml"
    return Program(path, clock=workshop.clock, adapters={"main": workshop.adapter})


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def engine_runs(workshop: Workshop) -> None:
    with workshop.app.database.write() as conn:
        found = Pulse(
            workshop.clock.now(),
            "process 7 on crm",
            {"accepted": 9, "refused": 2},
            0.25,
            run_time_used={"crm.item.get": 0.002, "crm.item.list": 0.34},
        )
        give(conn, "main", found)


# --- adopt --------------------------------------------------------------------------------------------------


def test_adopt_shows_what_it_would_do_and_asks(old: Workshop) -> None:
    text = program_of(old)("adopt", "sale", typed="n\n", code=ExitCode.FINDINGS)
    assert "Call about Old 1" in text
    assert "Old 3" not in text
    assert "2 items, 2 commands: 2 CreateTask" in text
    assert "Let 2 items join sale?" in text
    old.settle()
    assert old.process_stage(ItemRef(DEAL, 1)) is None


def test_adopt_lets_them_join_where_they_stand(old: Workshop) -> None:
    text = program_of(old)("adopt", "sale", typed="y\n")
    assert "2 items on the way into sale. No engine is running" in text
    old.settle()
    assert [old.process_stage(ItemRef(DEAL, number)) for number in (1, 2, 3)] == ["new", "work", None]
    assert old.open_tasks(ItemRef(DEAL, 2)) == ["Send an offer"]


def test_adopt_can_be_rehearsed_narrowed_and_limited(old: Workshop) -> None:
    program = program_of(old)
    assert "Old 1" not in program("adopt", "sale", "--dry-run", "--where", "item.amount > 1500.0")
    assert "1 item, 1 command" in program("adopt", "sale", "--dry-run", "--limit", "1")
    (row,) = program.json("adopt", "sale", "--dry-run", "--where", "item.amount > 1500.0")
    assert (row["item"], row["stage"], row["commands"]) == ("deal:2", "work", ["CreateTask Send an offer"])
    old.settle()
    assert old.process_stage(ItemRef(DEAL, 2)) is None


def test_adopt_says_that_too_many_writes_will_wait(old: Workshop) -> None:
    edit(old.folder / "config.toml", "writes_per_run = 500", "writes_per_run = 1")
    assert "That is more than 1 writes" in program_of(old)("adopt", "sale", "--yes")


def test_adopt_says_that_shadow_mode_writes_nothing(old: Workshop) -> None:
    edit(old.folder / "config.toml", 'mode = "live"', 'mode = "shadow"')
    assert "shadow mode" in program_of(old)("adopt", "sale", "--dry-run")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("sael",), "Did you mean 'sale'?"),
        (("sale", "--where", "item.amout > 1.0"), "Did you mean 'item.amount'?"),
        (("sale", "--where", "item.amount >"), "Invalid value for --where"),
        (("sale", "--limit", "0"), "0 is not in the range"),
        (("sale", "--portal", "mian"), "Did you mean 'main'?"),
    ],
)
def test_adopt_refuses_what_it_cannot_understand(old: Workshop, args: tuple[str, ...], told: str) -> None:
    assert told in program_of(old)("adopt", *args, code=ExitCode.USAGE)


# --- start --------------------------------------------------------------------------------------------------


def test_start_puts_an_item_in_at_its_present_stage(old: Workshop) -> None:
    text = program_of(old)("start", "sale", "deal:2")
    assert 'deal:2 "Old 2" joins sale at work.' in text
    old.settle()
    assert old.process_stage(ItemRef(DEAL, 2)) == "work"


def test_start_says_who_takes_it(old: Workshop) -> None:
    engine_runs(old)
    text = program_of(old)("start", "sale", "deal:1")
    assert "The running engine (process 7 on crm) takes it from here." in text


def test_start_twice_is_told(old: Workshop) -> None:
    program = program_of(old)
    program("start", "sale", "deal:1")
    assert "was told to join sale before" in program("start", "sale", "deal:1", code=ExitCode.FINDINGS)
    old.settle()
    assert "is in sale already, at new" in program("start", "sale", "deal:1", code=ExitCode.FINDINGS)


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("deal:99", "deal:99 is not in the mirror"),
        ("lead:1", "sale runs on items such as deal:1, not on lead:1"),
    ],
)
def test_start_refuses_an_item_that_cannot_join(old: Workshop, item: str, told: str) -> None:
    assert told in program_of(old)("start", "sale", item, code=ExitCode.FINDINGS)


def test_start_refuses_an_item_on_another_board(old: Workshop) -> None:
    elsewhere = old.sandbox.deal(stage="NEW", ASSIGNED_BY_ID=5)
    old.settle()
    text = program_of(old)("start", "sale", f"deal:{elsewhere.id}", code=ExitCode.FINDINGS)
    assert "is in the stage NEW of category 0" in text


def test_start_refuses_a_pipeline_that_is_not_started_by_hand(old: Workshop) -> None:
    edit(old.folder / "sale.toml", "[fields]", "[start]\non_create = true\n\n[fields]")
    text = program_of(old)("start", "sale", "deal:1", code=ExitCode.FINDINGS)
    assert "`manual = true`" in text


def test_start_refuses_what_is_no_item(program: Program) -> None:
    assert "expected deal:7405" in program("start", "sale", "7405", code=ExitCode.USAGE)


# --- signal -------------------------------------------------------------------------------------------------


def test_a_signal_is_kept_for_the_processes_of_the_item(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal()
    assert "deal:1 is told: paid." in program("signal", str(deal), "paid")
    with workshop.app.database.read() as conn:
        (waiting,) = signals.waiting(conn, "main", 10)
    assert waiting.signals[0].payload["name"] == "paid"


def test_a_signal_with_a_key_is_heard_once(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal()
    program("signal", str(deal), "paid", "--key", "invoice-7")
    assert "nothing is done twice" in program("signal", str(deal), "paid", "--key", "invoice-7")
    program("signal", str(deal), "paid", "--key", "invoice-8")
    with workshop.app.database.read() as conn:
        assert len(signals.waiting(conn, "main", 10)[0].signals) == 2


def test_a_signal_that_nobody_would_hear_is_refused(program: Program, workshop: Workshop) -> None:
    assert "no process runs on deal:1" in program("signal", "deal:1", "paid", code=ExitCode.FINDINGS)


def test_a_signal_has_a_name_that_a_pipeline_can_wait_for(program: Program) -> None:
    assert "small letters, digits and _" in program("signal", "deal:1", "Paid!", code=ExitCode.USAGE)


# --- press --------------------------------------------------------------------------------------------------


@pytest.fixture
def offering(program: Program, workshop: Workshop) -> Program:
    """The pipeline has a follow-on that nothing begins by itself."""
    follow_on = '[[follow_ons]]\nid = "again"\ntitle = "Once more"\npipeline = "sale"\n'
    workshop.rewrite("sale.toml", PIPELINE + follow_on)
    workshop.restart()
    return program


def test_press_begins_a_follow_on_before_the_process_is_over(offering: Program, workshop: Workshop) -> None:
    deal = workshop.deal()
    assert "deal:1 is told: again is to begin." in offering("press", str(deal), "again", "--by", "5")
    workshop.settle()
    assert workshop.process_stage(ItemRef(DEAL, 2)) == "new"
    assert "again was pressed, by Elena Smirnova (5)" in offering("why", str(deal))


@pytest.mark.parametrize(
    ("args", "told", "code"),
    [
        (("deal:1", "agian"), "sale has no follow-on 'agian'; there is: again. Did you mean 'again'?", 1),
        (("deal:2", "again"), "no process runs on deal:2", 1),
        (("deal:1", "again", "--by", "99"), "nobody in the portal has the id 99", 2),
    ],
)
def test_press_refuses_what_nobody_offers(
    offering: Program, workshop: Workshop, args: tuple[str, ...], told: str, code: ExitCode
) -> None:
    workshop.deal()
    assert told in offering("press", *args, code=code)


# --- pause --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("switch", [(), ("--all",), ("--pipeline", "sale")])
def test_a_pause_stops_all_sending_at_once_and_off_goes_on(
    program: Program, workshop: Workshop, switch: tuple[str, ...]
) -> None:
    program("pause", *switch, "--reason", "stocktaking")
    deal = workshop.deal()
    assert workshop.tasks(deal) == []
    assert "stocktaking" in program("status")
    assert "Resumed" in program("pause", "--off", *switch)
    workshop.settle()
    assert len(workshop.tasks(deal)) == 1


def test_off_lifts_the_kill_switch_where_there_is_one_portal(program: Program, workshop: Workshop) -> None:
    program("pause", "--all")
    assert "Resumed: all portals" in program("pause", "--off")


def test_off_tells_what_is_still_paused(program: Program) -> None:
    program("pause", "--pipeline", "sale", "--reason", "new prices")
    program("pause")
    assert "still paused: sale of main (new prices)" in program("pause", "--off")


def test_what_was_too_much_is_sent_after_somebody_has_looked(program: Program, workshop: Workshop) -> None:
    edit(program.config_path, "writes_per_run = 500", "writes_per_run = 1")
    workshop.writes_per_run = 1
    workshop.restart()
    for number in range(3):
        workshop.sandbox.deal(stage=NEW, TITLE=f"Deal {number}", ASSIGNED_BY_ID=5)
    workshop.settle()
    assert "PAUSED" in program("status")
    assert "3 writes may be sent now" in program("pause", "--off")
    workshop.settle()
    assert [len(workshop.tasks(ItemRef(DEAL, number))) for number in (1, 2, 3)] == [1, 1, 1]


def test_a_pause_needs_no_pipeline_and_no_secret(program: Program, workshop: Workshop) -> None:
    (workshop.folder / "webhook").unlink()
    (workshop.folder / "sale.toml").write_text("broken")
    assert "Paused: all portals" in program("pause", "--all")


@pytest.mark.parametrize(
    ("args", "told", "code"),
    [
        (("--off",), "portal main is not paused", ExitCode.FINDINGS),
        (("--all", "--pipeline", "sale"), "--all is for every portal", ExitCode.USAGE),
        (("--pipeline", "sael"), "Did you mean 'sale'?", ExitCode.USAGE),
        (("--portal", "mian"), "Did you mean 'main'?", ExitCode.USAGE),
    ],
)
def test_pause_refuses_what_makes_no_sense(
    program: Program, args: tuple[str, ...], told: str, code: ExitCode
) -> None:
    assert told in program("pause", *args, code=code)


def test_with_several_portals_somebody_must_say_which(program: Program) -> None:
    text = program.config_path.read_text()
    program.config_path.write_text(
        text + text[text.index("[portals.main]") :].replace("portals.main", "portals.two")
    )
    assert "which portal? --portal NAME, one of: main, two" in program("pause", code=ExitCode.USAGE)


# --- status -------------------------------------------------------------------------------------------------


def test_status_shows_queues_and_processes_by_stage(program: Program, workshop: Workshop) -> None:
    workshop.deal()
    text = program("status")
    assert "engine   not running" in text
    assert "outbox   1 done" in text
    assert re.search(r"inbox    (\d) done; from \1 hints, 0 of records that waited already", text)
    assert "sale live" in text
    assert any(line.split() == ["sale", "new", "open", "running", "live", "1"] for line in text.splitlines())


def test_status_tells_what_waits_for_a_person_and_why(program: Program, workshop: Workshop) -> None:
    deal, now = workshop.deal(), workshop.clock.now()
    with workshop.app.database.write() as conn:
        signals.add_many(conn, "main", deal, [NewSignal("x", "timer", now)], now)
        signals.park(conn, signals.waiting(conn, "main", 1)[0].signals[0], "KeyError: 'name'\x1b[2J", now)
    text = program("status")
    assert "Waiting for a person (1)" in text
    assert r"KeyError: 'name'\x1b[2J" in text
    assert program.json("status")["main"]["parked"][0]["ref"] == "deal:1"


def test_status_tells_of_the_engine_as_long_as_it_gives_signs(program: Program, workshop: Workshop) -> None:
    engine_runs(workshop)
    text = program("status")
    assert (
        "process 7 on crm is running; 25% of the limit in use, of the run time: crm.item.list 34%\n" in text
    )
    assert "11 since the engine started = 9 accepted + 2 refused" in text
    workshop.clock.advance(3600)
    assert "it is gone or stuck" in program("status")


def test_status_without_tables_says_what_to_do(program: Program, workshop: Workshop) -> None:
    edit(program.config_path, "file:database", "sqlite:///other.db")
    assert "run `funnelwright db upgrade`" in program("status", code=ExitCode.STORE)
    assert "up to date" in program("db", "upgrade")
    program("status")


# --- why ----------------------------------------------------------------------------------------------------


def rules(story: dict[str, Any]) -> list[str]:
    return [line["rule"] for happening in story["chain"] for line in happening["lines"]]


def test_why_tells_the_chain_from_top_to_bottom(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal(TITLE="Acme\x1b[31m")
    workshop.complete(deal, "Interested")
    text = program("why", str(deal))
    told = [
        r'deal:1 "Acme\x1b[31m", in "In progress" (C1:UC_WORK01), owner Elena Smirnova (5)',
        "sale: running at work, live",
        "Waiting for Elena Smirnova (5): “Send an offer”, due",
        'The card came into "New" (C1:NEW), visit 1, by Elena Smirnova (5)',
        r'-> Task "Call about Acme\x1b[31m" for Elena Smirnova (5), due',
        "Task 1 was completed: interested, by Elena Smirnova (5)",
        '-> Moves the card to "In progress": done',
        'The card came into "In progress" (C1:UC_WORK01), visit 2, by our own move',
        '-> Task "Send an offer" for Elena Smirnova (5), due',
    ]
    places = [text.index(line) for line in told]
    assert places == sorted(places)


def test_why_names_file_and_line_of_the_rule(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal()
    lines = (workshop.folder / "sale.toml").read_text().splitlines()
    step = next(number for number, line in enumerate(lines, 1) if line == 'id = "call"') - 1
    assert f"[sale.toml:{step} step call]" in program("why", str(deal))
    assert f"{workshop.folder}/sale.toml:{step} step call" in rules(program.json("why", str(deal)))


def test_why_tells_what_became_of_each_command(program: Program, workshop: Workshop) -> None:
    program("pause")
    deal = workshop.deal()
    text = program("why", str(deal))
    assert 'On its way to the CRM: Task "Call about Acme" for Elena Smirnova (5)' in text
    assert ": waits to be sent   [sale.toml" in text
    (command,) = [
        line
        for happening in program.json("why", str(deal))["chain"]
        for line in happening["lines"]
        if line["kind"] == "command"
    ]
    assert (command["state"], command["remote_id"]) == ("pending", None)


def test_why_tells_what_shadow_mode_would_have_done(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, mode="shadow")
    deal = workshop.deal()
    text = program_of(workshop)("why", str(deal))
    assert '-> Task "Call about Acme" for Elena Smirnova (5), due' in text
    assert ": not sent: shadow mode" in text
    assert "Shadow mode, nothing is written to the CRM. It would be: Waiting for Elena Smirnova (5)" in text
    workshop.app.close()


def test_why_speaks_russian_too(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal()
    text = program("why", str(deal), "--language", "ru")
    assert "Карточка пришла на стадию «New» (C1:NEW), заход 1, Elena Smirnova (5)" in text
    assert "Процесс начат (новый элемент)" in text
    assert "-> Задача «Call about Acme» для: Elena Smirnova (5), срок" in text
    assert "Ждём: Elena Smirnova (5) — «Call about Acme», срок" in text


def test_why_shows_a_signal_that_is_not_decided_on_yet(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal()
    program("signal", str(deal), "paid")
    assert "The signal paid came from outside   (not decided on yet" in program("why", str(deal))


def test_why_shows_only_the_newest_if_told_so(program: Program, workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.complete(deal, "Interested")
    story = program.json("why", str(deal), "--last", "1")
    assert [happening["kind"] for happening in story["chain"]] == ["visit"]


def test_why_knows_nothing_of_an_item_that_nobody_has_seen(program: Program) -> None:
    assert "nothing is known of deal:99" in program("why", "deal:99", code=ExitCode.FINDINGS)


def test_why_refuses_what_is_no_item(program: Program) -> None:
    assert "expected deal:7405" in program("why", "Acme", code=ExitCode.USAGE)


def test_why_says_who_had_a_parked_command_tried_again(program: Program, workshop: Workshop) -> None:
    workshop.sandbox.faults.refuse("ERROR_CORE", "Incorrect responsible", method="tasks.task.add")
    deal = workshop.deal()
    parked = program("why", str(deal), "--language", "ru")
    assert "Остановлено: Задача «Call about Acme» для: Elena Smirnova (5)" in parked
    assert "Отложено: новая задача: Incorrect responsible (ERROR_CORE)" in parked
    assert "Ждём: Elena" not in parked
    program("outbox", "retry", "--all")
    workshop.settle()
    text = program("why", str(deal))
    assert re.search(r"Tried again by \S+: a new task", text)
    assert "Waiting for Elena Smirnova (5)" in text
