"""The embedded runtime: one thread per portal, and what it does first."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from connector.app import build_app
from connector.config import Polling, load_config
from connector.runtime.embedded import Chore, EmbeddedRuntime, PortalWorker
from tests.connector.flow.workshop import Workshop
from tests.connector.test_reports_issued import REPORT


class Stormy:
    """An app with a portal that is never quiet: while it works, the next hint comes."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.is_swept = threading.Event()
        self.worker = PortalWorker(self, "main")  # type: ignore[arg-type]

    def work(self, portal: str) -> None:
        self.done.append("work")
        self.worker.want(Chore.WORK)

    def look_at_definitions(self, portal: str) -> None:
        self.done.append("look_at_definitions")

    def take_definitions(self, portal: str) -> None:
        self.done.append("take_definitions")

    def reconcile_moves(self, portal: str) -> None:
        self.done.append("moves")

    def reconcile_items(self, portal: str) -> None:
        self.done.append("items")

    def refresh_catalogue(self, portal: str) -> None:
        raise RuntimeError("a defect")

    def sweep_when_due(self, portal: str) -> bool:
        self.done.append("everything")
        if self.done.count("everything") < 3:
            return True
        self.is_swept.set()
        return False

    def tidy(self, portal: str) -> None:
        self.done.append("tidy")


def test_a_storm_of_hints_does_not_put_off_the_polls_nor_does_a_defect() -> None:
    app = Stormy()
    for chore in (Chore.WORK, Chore.CATALOGUE, Chore.MOVES, Chore.MOVES, Chore.ITEMS, Chore.EVERYTHING):
        app.worker.want(chore)

    app.worker.start()
    assert app.is_swept.wait(30)
    app.worker.stop()

    assert [each for each in app.done if each != "work"] == ["moves", "items", *["everything"] * 3]
    assert app.done[0] == "work"


class Quiet:
    """An app with a portal in which nothing happens."""

    def __init__(self) -> None:
        self.portals = {"main": SimpleNamespace(config=SimpleNamespace(polling=Polling()))}
        self.database = SimpleNamespace(engine_lock=nullcontext)
        self.is_tidy = threading.Event()

    def tidy(self, portal: str) -> None:
        self.is_tidy.set()

    def __getattr__(self, name: str) -> Any:
        return lambda *portal: None


def test_a_program_that_is_started_anew_every_night_is_tidied_all_the_same() -> None:
    app = Quiet()
    runtime = EmbeddedRuntime(app)  # type: ignore[arg-type]
    runtime.start()
    assert app.is_tidy.wait(30)
    runtime.stop()


def test_a_report_that_is_due_at_the_start_is_made_and_delivered(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, mode="shadow")
    workshop.more += REPORT
    workshop.restart()
    workshop.app.make_reports("main")
    workshop.app.close()
    workshop.clock.advance(8 * 86_400)
    config = load_config(workshop.folder / "config.toml")
    app = build_app(config, clock=workshop.clock, adapters={"main": workshop.adapter})
    runtime, has_task = EmbeddedRuntime(app), threading.Event()
    workshop.sandbox.events.listeners.append(
        lambda happening: has_task.set() if happening.name == "ONTASKADD" else None
    )
    runtime.start()
    for _ in range(600):  # the task waits a second or two for its files
        if has_task.wait(0.1):
            break
        workshop.clock.advance(1)
    runtime.stop()
    assert has_task.is_set()
