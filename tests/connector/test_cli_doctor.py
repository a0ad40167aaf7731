"""`doctor`: what it says of a portal that is well, and of each thing that is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from connector.cli.failures import ExitCode
from connector.clock import VirtualClock
from connector.portal.pulse import SILENCE, Pulse, give
from tests.connector.cli_bench import Program
from tests.connector.flow.workshop import Workshop


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    opened = Workshop(tmp_path, sqlite_url)
    yield opened
    opened.app.close()


@pytest.fixture
def program(workshop: Workshop) -> Program:
    return Program(workshop.folder / "config.toml", clock=workshop.clock, adapters={"main": workshop.adapter})


def notes(program: Program, subject: str, code: int = ExitCode.FINDINGS) -> list[dict[str, Any]]:
    answer = program.json("doctor", code=code)
    return [note for note in answer["notes"] if note["subject"] == subject]


def errors(program: Program, subject: str) -> str:
    found = [note["message"] for note in notes(program, subject) if note["level"] == "error"]
    assert found, program("doctor", code=ExitCode.FINDINGS)
    return "\n".join(found)


def edit(program: Program, old: str, new: str) -> None:
    text = program.config_path.read_text()
    assert old in text
    program.config_path.write_text(text.replace(old, new))


def test_a_portal_that_is_well_has_no_errors(program: Program) -> None:
    text = program("doctor")
    assert "0 errors" in text
    assert "the webhook acts as Anna Fischer (user 1), an administrator" in text
    assert "its 6 stages and fields are there" in text


def test_more_rights_than_needed_are_a_warning(program: Program) -> None:
    (note,) = notes(program, "rights", ExitCode.OK)
    assert note["level"] == "warning"
    assert "bizproc" in note["message"]


def test_the_last_event_is_told(program: Program, workshop: Workshop) -> None:
    assert "none has ever arrived" in notes(program, "events", ExitCode.OK)[0]["message"]
    workshop.deal()
    assert "the last one arrived at 2026-01-12" in notes(program, "events", ExitCode.OK)[0]["message"]


def test_events_that_fail_to_come_are_an_error_that_status_tells_too(
    program: Program, workshop: Workshop
) -> None:
    workshop.sandbox.faults.events.lost = 1.0
    for _ in range(12):
        workshop.sandbox.deal(stage="PREPARATION")
    workshop.wait(900)
    assert "they told of 0 of the 12 records that changed" in errors(program, "events")
    text = program("status")
    assert "SILENT" in text
    assert "events told of 0 of 12 changes; the others were found by asking" in text


def test_without_application_tokens_events_are_a_warning(program: Program) -> None:
    edit(program, 'application_tokens = ["file:token"]', "")
    (note,) = notes(program, "events", ExitCode.OK)
    assert note["level"] == "warning"
    assert "changes are found by asking" in note["message"]


def test_an_engine_that_fell_silent_is_an_error(program: Program, workshop: Workshop) -> None:
    assert notes(program, "engine", ExitCode.OK)[0]["message"] == "none is running"
    with workshop.app.database.write() as conn:
        give(conn, "main", Pulse(workshop.clock.now(), "process 7 on crm", {"refused": 3}, 0.5))
    assert notes(program, "engine", ExitCode.OK)[0]["level"] == "ok"
    assert "3 deliveries were refused" in notes(program, "events", ExitCode.OK)[-1]["message"]
    workshop.clock.advance(SILENCE.total_seconds() + 1)
    assert "has not been stopped" in errors(program, "engine")


def test_a_revoked_webhook_is_an_error_with_what_to_do(program: Program, workshop: Workshop) -> None:
    workshop.sandbox.revoke_webhook(1)
    (note,) = notes(program, "webhook")
    assert note["level"] == "error"
    assert "inbound webhook" in note["advice"]


def test_a_webhook_of_somebody_else_is_an_error(program: Program, workshop: Workshop) -> None:
    (workshop.folder / "webhook").write_text(workshop.sandbox.webhook_url(5))
    assert "acts as user 5, but technical_user says 1" in errors(program, "webhook")


def test_a_webhook_of_another_portal_is_an_error(program: Program, workshop: Workshop) -> None:
    edit(program, f'domain = "{workshop.sandbox.domain}"', 'domain = "other.bitrix24.com"')
    assert "but domain says other.bitrix24.com" in errors(program, "webhook")


def test_a_user_who_does_not_see_everything_is_a_warning(program: Program, workshop: Workshop) -> None:
    (workshop.folder / "webhook").write_text(workshop.sandbox.webhook_url(5))
    edit(program, "technical_user = 1", "technical_user = 5")
    (note,) = notes(program, "user", ExitCode.OK)
    assert note["level"] == "warning"
    assert "acts as Elena Smirnova (user 5), who is no administrator" in note["message"]


def test_a_clock_that_is_off_is_told(program: Program, workshop: Workshop) -> None:
    program.clock = VirtualClock(workshop.clock.now())
    workshop.clock.advance(40)
    assert notes(program, "clock", ExitCode.OK)[0]["level"] == "warning"
    workshop.clock.advance(400)
    assert "440 s ahead" in errors(program, "clock")


def test_a_stage_and_a_field_that_are_gone_are_drift(program: Program, workshop: Workshop) -> None:
    edit(program, '"C1:UC_DEFER1"', '"C1:UC_GONE"')
    edit(program, '"ufCrm_WALK_REASON"', '"ufCrm_GONE"')
    message = errors(program, "sale")
    assert "stage deferred: the board has no C1:UC_GONE" in message
    assert "field reason: the card has no ufCrm_GONE" in message


def test_a_category_that_is_gone_is_drift(program: Program) -> None:
    edit(program, "category = 1", "category = 77")
    assert "the portal has no category 77" in errors(program, "sale")


def test_a_field_of_another_type_is_drift(program: Program) -> None:
    edit(program, '"ufCrm_WALK_REASON"', '"opportunity"')
    assert "is of type double, the pipeline's is text" in errors(program, "sale")


def test_somebody_who_has_left_is_told(program: Program, workshop: Workshop) -> None:
    workshop.sandbox.people.dismiss(2)
    assert "pipelines.sale.owner: Boris Orlov (user 2) has left" in errors(program, "people")


def test_somebody_who_is_unknown_is_told(program: Program) -> None:
    edit(program, "admin = 1\n", "admin = 999\n")
    assert "admin: the portal knows no employee 999" in errors(program, "people")


def test_a_secret_that_others_may_read_is_told(program: Program, workshop: Workshop) -> None:
    (workshop.folder / "token").chmod(0o644)
    assert "may be read by others" in errors(program, "secrets")


def test_a_pipeline_with_mistakes_is_told_with_its_line(program: Program, workshop: Workshop) -> None:
    path = workshop.folder / "sale.toml"
    text = path.read_text().replace('next = "work"', 'next = "wrok"')
    path.write_text(text)
    line = text[: text.index("wrok")].count("\n") + 1
    assert f"sale.toml:{line}: error: stages[0].next" in errors(program, "pipelines")


def test_a_store_without_tables_is_a_warning(program: Program, workshop: Workshop) -> None:
    edit(program, 'url = "file:database"', 'url = "sqlite:///other.db"')
    (note,) = notes(program, "store", ExitCode.OK)
    assert note["level"] == "warning"
    assert "funnelwright db upgrade" in note["advice"]


def test_a_store_that_cannot_be_opened_is_an_error(program: Program, workshop: Workshop) -> None:
    edit(program, 'url = "file:database"', 'url = "sqlite:////dev/null/x.db"')
    assert "cannot be opened" in errors(program, "store")


def test_a_portal_that_is_not_configured_is_a_wrong_use(program: Program) -> None:
    text = program("doctor", "--portal", "mian", code=ExitCode.USAGE)
    assert "Did you mean 'main'?" in text


class Interrupting(BaseAdapter):
    """Somebody presses Ctrl-C while the portal is asked."""

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        raise KeyboardInterrupt

    def close(self) -> None:
        """Nothing is held."""


def test_a_command_that_is_interrupted_says_so_and_ends_with_its_code(workshop: Workshop) -> None:
    program = Program(
        workshop.folder / "config.toml", clock=workshop.clock, adapters={"main": Interrupting()}
    )
    assert "what was done until then is kept" in program("doctor", code=ExitCode.INTERRUPTED)
