"""Reports on a schedule: made when they are due, delivered once, whatever happens in between."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from connector.reports.charts import Studio
from connector.reports.progress import progress_of
from connector.sandbox.adapter import SandboxAdapter
from connector.sandbox.disk import Drive, DriveFile
from connector.sandbox.messages import Mailbox
from connector.sandbox.tasks_chat import ChatBook, Message
from connector.sandbox.tasks_state import Task, TaskBook
from connector.store import Connection, journal, outbox, outbox_queries, settings
from connector.store.outbox import State
from connector.store.outbox_queries import Wanted
from tests.connector.flow.test_once import Killed, Killer
from tests.connector.flow.workshop import WORK, Workshop, slow

#: The head of the region that the reps of the sandbox's company are in.
HEAD = 3
HOUR, DAY = 3_600, 86_400
REPORT = """
[[portals.main.reports]]
name = "weekly"
title = "Sales"
pipelines = ["sale"]
sections = ["funnel"]
every = "week"
formats = ["xlsx", "csv"]
to = [3]
by = "task"
"""


class Press:
    """A workshop whose product makes reports; time passes in it."""

    def __init__(
        self, folder: Path, url: str, text: str = REPORT, adapter: type[SandboxAdapter] = SandboxAdapter
    ) -> None:
        self.workshop = Workshop(folder, url, mode="shadow", adapter=adapter)
        self.sandbox = self.workshop.sandbox
        self.configure(text)
        deal = self.workshop.deal(TITLE="=cmd|' /C calc'!A0<script>")
        self.workshop.move(deal, WORK)

    def configure(self, text: str) -> None:
        """An admin edits config.toml and starts the program again."""
        base = self.workshop.more.partition("\n[[portals.main.reports]]")[0]
        self.workshop.more = base + text
        self.start()

    def start(self) -> None:
        self.workshop.restart()
        self.workshop.app._studio = Studio(is_apart=False)

    def turn(self) -> int:
        """What the runtime does each minute; returns how many reports were made."""
        made = 0
        while self.workshop.app.make_reports("main"):
            made += 1
        self.workshop.settle()
        return made

    def wait(self, seconds: float) -> int:
        self.workshop.clock.advance(seconds)
        made = self.turn()
        # What waits for a file, or for the portal's time limit.
        for _ in range(3):
            self.workshop.clock.advance(30)
            self.workshop.settle()
        return made

    @property
    def tasks(self) -> list[Task]:
        tasks = self.sandbox.part(TaskBook).tasks.values()
        return [task for task in tasks if task.title.startswith(("Report", "Отчёт"))]

    def files(self, task: Task) -> list[DriveFile]:
        return self.sandbox.part(Drive).of_task(task.files)

    def messages(self, user: int) -> list[Message]:
        chat = self.sandbox.part(Mailbox).private_chats.get(frozenset((1, user)))
        return self.sandbox.part(ChatBook).of_chat(chat) if chat else []

    def told(self, user: int) -> list[str]:
        return [each.text for each in self.sandbox.part(Mailbox).of(user)]

    @property
    def folder(self) -> Path:
        return self.workshop.folder / "reports" / "main"

    def states(self) -> dict[State, int]:
        return {state: count for state, count in self.workshop.commands().items() if count}


@pytest.fixture
def press(tmp_path: Path, sqlite_url: str) -> Iterator[Press]:
    opened = Press(tmp_path, sqlite_url)
    opened.turn()
    yield opened
    opened.workshop.app.close()


def test_a_report_that_is_due_lies_in_its_folder_and_in_a_task_of_the_head(press: Press) -> None:
    press.configure(REPORT.replace('"xlsx", "csv"', '"html", "xlsx"'))
    assert press.tasks == []
    assert press.wait(7 * DAY) == 1

    (task,) = press.tasks
    assert (task.responsible_id, task.title) == (HEAD, "Report: Sales, Jan 12 – 18, 2026")
    assert "Open now 1, Came in 1" in task.description
    page, workbook = press.files(task)
    assert {path.name for path in press.folder.iterdir()} == {
        "weekly_2026-01-12_2026-01-18.html",
        "weekly_2026-01-12_2026-01-18.xlsx",
    }
    assert all(path.stat().st_mode & 0o077 == 0 for path in [press.folder, *press.folder.iterdir()])
    assert page.content == (press.folder / "weekly_2026-01-12_2026-01-18.html").read_bytes()
    sheets = openpyxl.load_workbook(io.BytesIO(workbook.content)).sheetnames
    assert sheets == ["Open stages", "Closed in the period", "Weeks", "About this file"]
    assert press.wait(DAY) == 0
    assert len(press.tasks) == 1


def test_what_was_missed_is_made_once_at_the_next_start(press: Press) -> None:
    press.workshop.clock.advance(40 * DAY)
    press.start()
    assert press.wait(0) == 1
    (task,) = press.tasks
    assert task.title.endswith("Feb 9 – 15, 2026")


def test_a_report_that_is_new_is_first_made_when_it_is_next_due(press: Press) -> None:
    press.configure(REPORT.replace('"weekly"', '"new"'))
    assert press.wait(HOUR) == 0


def test_shadow_is_no_matter_to_a_report_and_a_pause_of_the_portal_holds_it(press: Press) -> None:
    with press.workshop.app.database.write() as conn:
        settings.pause(conn, "main", press.workshop.clock.now(), by="test", reason="holiday", pipeline="sale")
        settings.pause(conn, "main", press.workshop.clock.now(), by="test", reason="holiday")
    press.wait(7 * DAY)
    assert press.tasks == []
    with press.workshop.app.database.write() as conn:
        settings.resume(conn, "main")
    press.wait(HOUR)
    assert len(press.tasks) == 1


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("disk.storage.uploadfile", "lose_answer"),
        ("tasks.task.add", "commit_late"),
        slow("disk.storage.uploadfile", "lose_request"),
        slow("disk.storage.uploadfile", "commit_late"),
        slow("tasks.task.add", "lose_answer"),
        slow("tasks.task.add", "lose_request"),
    ],
)
def test_whatever_becomes_of_an_answer_there_is_one_task_with_each_file_once(
    press: Press, method: str, fault: str
) -> None:
    more = {"after": 59} if fault == "commit_late" else {}
    getattr(press.sandbox.faults, fault)(method, **more)
    press.wait(7 * DAY)
    for _ in range(4):
        press.wait(100)
    (task,) = press.tasks
    assert len(press.files(task)) == len(press.sandbox.part(Drive).files) == 2
    assert press.states() == {State.DONE: 3}


@pytest.mark.parametrize("is_after", [False, True], ids=["before the portal acts", "after it acted"])
@pytest.mark.parametrize("dies_at", [slow(1), slow(2), 3, 4, slow(5), slow(6)])
def test_a_program_killed_at_any_call_of_a_delivery_delivers_once(
    tmp_path: Path, sqlite_url: str, dies_at: int, is_after: bool
) -> None:
    press = Press(tmp_path, sqlite_url, adapter=Killer)
    press.turn()
    killer = press.workshop.adapter
    killer.dies_at, killer.is_after = killer.calls + dies_at, is_after
    try:
        press.wait(7 * DAY)
    except Killed:
        press.workshop.kill()
    for _ in range(4):
        press.wait(100)
    (task,) = press.tasks
    assert len(press.files(task)) == len(press.sandbox.part(Drive).files) == 2
    assert press.states() == {State.DONE: 3}
    press.workshop.app.close()


class Stumbling(Studio):
    """The program ends while it draws the second chart: the workbook lies in its folder already."""

    def __init__(self) -> None:
        super().__init__(is_apart=False)
        self.left = 1

    def svg(self, chart: object) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().svg(chart)  # type: ignore[arg-type]


def test_a_program_that_ends_in_the_middle_of_a_report_has_delivered_nothing(press: Press) -> None:
    press.configure(REPORT.replace('"xlsx", "csv"', '"xlsx", "html"'))
    press.workshop.clock.advance(7 * DAY)
    press.workshop.app._studio = Stumbling()
    with pytest.raises(KeyboardInterrupt):
        press.workshop.app.make_reports("main")
    press.workshop.kill()
    press.workshop.app._studio = Studio(is_apart=False)
    assert ([path.suffix for path in press.folder.iterdir()], press.states()) == ([".xlsx"], {})
    assert press.wait(0) == 1
    assert len(press.tasks) == 1


def test_a_program_that_ends_after_a_report_delivers_it_at_the_next_start(press: Press) -> None:
    press.workshop.clock.advance(7 * DAY)
    press.workshop.app.make_reports("main")
    press.workshop.kill()
    press.wait(HOUR)
    assert len(press.tasks) == 1


def test_a_message_carries_each_file_once(press: Press) -> None:
    press.configure(REPORT.replace('"task"', '"message"'))
    press.sandbox.faults.lose_answer("im.v2.File.upload")
    press.wait(7 * DAY)
    for _ in range(2):
        press.wait(100)
    first, second = press.messages(HEAD)
    assert first.text.startswith("Report: Sales, Jan 12 – 18, 2026\nOpen now 1")
    names = [press.sandbox.part(Drive).files[number].name for number in (*first.file_ids, *second.file_ids)]
    assert [name.rpartition(".")[2] for name in names] == ["xlsx", "zip"]
    assert press.states() == {State.DONE: 2}


def test_a_message_that_nobody_can_find_is_given_up_and_flagged_not_sent_twice(press: Press) -> None:
    press.configure(REPORT.replace('"task"', '"message"').replace('"xlsx", "csv"', '"xlsx"'))
    press.sandbox.faults.lose_request("im.v2.File.upload")
    press.wait(7 * DAY)
    for _ in range(3):
        press.wait(100)
    assert press.messages(HEAD) == []
    with press.workshop.app.database.read() as conn:
        kinds = [line.kind for line in journal.of_portal(conn, "main")]
    assert "given_up" in kinds
    assert "report" in kinds


def test_without_the_scope_it_waits_the_admin_is_told_and_it_goes_out_once_granted(press: Press) -> None:
    press.sandbox.faults.refuse("insufficient_scope", "higher privileges", method="disk.*", times=10)
    press.wait(7 * DAY)
    press.wait(HOUR)
    assert press.tasks == []
    assert any('refused a file of a report "weekly"' in text for text in press.told(1))
    press.sandbox.faults.clear()
    with press.workshop.app.database.write() as conn:
        for command in parked(conn):
            outbox.release(conn, "main", command, press.workshop.clock.now())
    press.wait(HOUR)
    press.wait(HOUR)
    assert len(press.tasks) == 1


def parked(conn: Connection) -> list[str]:
    return [each.key for each in outbox_queries.find(conn, "main", Wanted(states=(State.PARKED,)), 10)]


def test_one_that_cannot_be_made_is_told_once_tried_again_and_made_when_it_can_be(press: Press) -> None:
    press.configure(REPORT + 'department = "Nowhere"\n')
    assert press.wait(7 * DAY) == 1
    press.wait(2 * HOUR)
    (told,) = (text for text in press.told(1) if "could not be made" in text)
    assert "no department is called 'Nowhere'" in told
    with press.workshop.app.database.read() as conn:
        progress = progress_of(conn, press.workshop.portal, press.workshop.portal.config.reports[0])
    assert progress is not None
    assert (progress.made_at, "Nowhere" in progress.error) == (None, True)
    press.configure(REPORT)
    press.wait(2 * HOUR)
    assert len(press.tasks) == 1


def test_heads_are_those_of_the_department_and_who_has_left_gets_nothing(press: Press) -> None:
    people = press.sandbox.people
    top = people.departments[people.users[5].department_ids[0]]
    more = f'department = "{top.id}"\n'
    press.configure(REPORT.replace("[3]", '[5, "heads", 6, "owner"]') + more)
    people.users[6].is_active = False
    press.workshop.app.copy_catalogue("main")
    press.wait(7 * DAY)
    heads = {top.head_id} - {None}
    assert {task.responsible_id for task in press.tasks} == {5, 2} | heads


def test_tables_and_pictures_are_files_too_and_nothing_in_them_is_a_formula(press: Press) -> None:
    press.configure(
        REPORT.replace('"xlsx", "csv"', '"csv", "png", "html", "xlsx"').replace('["funnel"]', '["delays"]')
    )
    press.wait(7 * DAY)
    files = {file.name.partition(".")[2]: file.content for file in press.files(press.tasks[0])}
    with zipfile.ZipFile(io.BytesIO(files["csv.zip"])) as archive:
        waiting = archive.read("delays_waiting.csv").decode()
    assert "'=cmd|" in waiting
    page = files["html"].decode()
    assert "<script" not in page.replace("&lt;script", "")
    assert "&lt;script&gt;" in page
    cells = [
        cell
        for sheet in openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
        for row in sheet.iter_rows()
        for cell in row
    ]
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    assert any(str(cell.value).startswith("=cmd|") for cell in cells)
    assert [path.name for path in press.folder.glob("*.png")]
