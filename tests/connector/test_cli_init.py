"""`init` against the sandbox portal: what it asks, writes, refuses and never shows."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from connector.cli.failures import ExitCode
from connector.cli.init import WEBHOOK_VARIABLE
from connector.config import check_secrets, load_config
from connector.sandbox.adapter import SandboxAdapter
from connector.sandbox.portal import SandboxPortal
from pipelines.library import load_shipped, shipped_names
from tests.connector.cli_bench import Program

#: Everything answered but the webhook.
ANSWERED = ("init", "--portal", "main", "--pipeline", "simple_sale", "--time-zone", "Europe/Moscow")


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


@pytest.fixture
def program(tmp_path: Path, portal: SandboxPortal, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.delenv(WEBHOOK_VARIABLE, raising=False)
    return Program(tmp_path / "config.toml", clock=portal.clock, adapters={"main": SandboxAdapter(portal)})


def test_the_questions_can_be_answered_one_after_the_other(program: Program, portal: SandboxPortal) -> None:
    answers = ["main", portal.webhook_url(), "simple_sale, contract_approval", "Europe/Berlin"]
    text = program("init", typed="\n".join(answers) + "\n")
    config = load_config(program.config_path)
    assert set(config.portals["main"].pipelines) == {"simple_sale", "contract_approval"}
    assert config.portals["main"].time_zone == "Europe/Berlin"
    assert all(name in text for name in shipped_names())


def test_what_is_written_is_usable_and_in_shadow_mode(program: Program, portal: SandboxPortal) -> None:
    program(*ANSWERED, typed=portal.webhook_url())
    config = load_config(program.config_path)
    check_secrets(config, program.config_path)
    main = config.portals["main"]
    assert (main.domain, main.technical_user, main.language) == (portal.domain, 1, "en")
    pipeline = main.pipelines["simple_sale"]
    assert pipeline.mode == "shadow"
    assert pipeline.category == 1
    assert pipeline.stages["walked_away"] == "C1:UC_WALKED"
    assert main.webhook.read() == portal.webhook_url()


def test_a_russian_portal_is_matched_and_answered_in_russian(tmp_path: Path) -> None:
    portal = SandboxPortal(language="ru")
    program = Program(tmp_path / "config.toml", clock=portal.clock, adapters={"main": SandboxAdapter(portal)})
    text = program(*ANSWERED, typed=portal.webhook_url())
    config = load_config(program.config_path)
    assert config.portals["main"].language == "ru"
    assert config.portals["main"].pipelines["simple_sale"].stages["deferred"] == "C1:UC_DEFER1"
    assert "6 of 6 stages" in text


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_corporate_sale_finds_its_own_board_with_every_stage_and_field(
    tmp_path: Path, language: str
) -> None:
    portal = SandboxPortal(language=language)
    program = Program(tmp_path / "config.toml", clock=portal.clock, adapters={"main": SandboxAdapter(portal)})
    names = ("--pipeline", "simple_sale", "--pipeline", "corporate_sale")
    text = program("init", "--portal", "main", *names, "--time-zone", "UTC", typed=portal.webhook_url())
    assert "13 of 13 stages" in text
    pipelines = load_config(program.config_path).portals["main"].pipelines
    assert {name: each.category for name, each in pipelines.items()} == {
        "simple_sale": 1,
        "corporate_sale": 3,
    }
    sale, definition = pipelines["corporate_sale"], load_shipped("corporate_sale")
    assert set(sale.fields) == set(definition.fields)
    assert all(
        set(sale.fields[name].options) == set(spec.options) for name, spec in definition.fields.items()
    )


def test_the_webhook_is_kept_for_its_owner_alone_and_never_shown(
    program: Program, portal: SandboxPortal
) -> None:
    text = program(*ANSWERED, typed=portal.webhook_url())
    secret = portal.webhook_secret(1)
    kept = program.config_path.with_name("secrets") / "main-webhook"
    assert secret in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert secret not in text
    assert secret not in program.config_path.read_text()


def test_scripts_give_the_webhook_by_the_environment_or_a_file(
    program: Program, portal: SandboxPortal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(WEBHOOK_VARIABLE, portal.webhook_url())
    program(*ANSWERED)
    monkeypatch.delenv(WEBHOOK_VARIABLE)
    (tmp_path / "address").write_text(portal.webhook_url() + "\n")
    program(*ANSWERED, "--force", "--webhook-file", str(tmp_path / "address"))
    assert load_config(program.config_path).portals["main"].webhook.read() == portal.webhook_url()


def test_a_pipeline_of_ones_own_is_named_by_its_file(
    program: Program, portal: SandboxPortal, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text(
        'id = "mine"\ntitle = "Mine"\nentity = "deal"\n[[entries]]\nstage = "new"\n'
        '[[stages]]\nid = "new"\nnext = "won"\n[[stages]]\nid = "won"\nstatus = "won"\n'
    )
    program(
        "init",
        "--portal",
        "main",
        "--pipeline",
        "mine.toml",
        "--time-zone",
        "UTC",
        typed=portal.webhook_url(),
    )
    assert set(load_config(program.config_path).portals["main"].pipelines) == {"mine"}


def test_what_is_missing_is_listed_with_the_next_steps(program: Program, portal: SandboxPortal) -> None:
    text = program(*ANSWERED, typed=portal.webhook_url())
    assert "missing: teams in the configuration" in text
    assert "https://YOUR-HOST/bitrix24/main/events" in text
    assert "funnelwright check" in text


def test_nothing_is_written_to_the_portal(program: Program, portal: SandboxPortal) -> None:
    before = len(portal.events.subscribers), portal.clock.now()
    program(*ANSWERED, typed=portal.webhook_url())
    assert not portal.deliver(lambda url, body: None)
    assert len(portal.events.subscribers) == before[0]


def test_a_configuration_that_exists_is_not_touched(program: Program, portal: SandboxPortal) -> None:
    program.config_path.write_text("# mine")
    text = program(*ANSWERED, typed=portal.webhook_url(), code=ExitCode.FINDINGS)
    assert "config.toml exists. --force replaces it" in text
    assert program.config_path.read_text() == "# mine"


def test_a_configuration_that_is_replaced_is_kept_beside(program: Program, portal: SandboxPortal) -> None:
    program.config_path.write_text("# mine")
    program(*ANSWERED, "--force", typed=portal.webhook_url())
    assert program.config_path.with_name("config.toml.bak").read_text() == "# mine"


def test_an_address_that_is_no_webhook_is_refused_and_not_repeated(program: Program) -> None:
    text = program(*ANSWERED, typed="https://example.bitrix24.com/crm/s3cret/", code=ExitCode.CONFIG)
    assert "this is not a webhook address" in text
    assert "s3cret" not in text
    assert not program.config_path.exists()


def test_a_revoked_webhook_ends_with_the_code_of_the_portal(program: Program, portal: SandboxPortal) -> None:
    portal.revoke_webhook(1)
    text = program(*ANSWERED, typed=portal.webhook_url(), code=ExitCode.PORTAL)
    assert "Make an inbound webhook" in text
    assert not program.config_path.exists()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--portal", "Main!"), "small letters, digits and -"),
        (("--portal", "main", "--time-zone", "Europe/Moskow"), "no time zone is called 'Europe/Moskow'"),
        (("--portal", "main", "--webhook-file", "nowhere"), "does not exist"),
        (("--portal", "main", "--language", "de"), "'de' is not one of"),
    ],
)
def test_a_wrong_option_is_a_wrong_use(program: Program, args: tuple[str, ...], told: str) -> None:
    assert told in program("init", *args, code=ExitCode.USAGE)


def test_a_pipeline_that_is_not_shipped_is_a_wrong_use(program: Program, portal: SandboxPortal) -> None:
    args = ("init", "--portal", "main", "--time-zone", "UTC", "--pipeline", "simple_sail")
    text = program(*args, typed=portal.webhook_url(), code=ExitCode.USAGE)
    assert "Did you mean 'simple_sale'?" in text


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_cannot_be_written_is_told(
    program: Program, portal: SandboxPortal, tmp_path: Path
) -> None:
    tmp_path.chmod(0o500)
    text = program(*ANSWERED, typed=portal.webhook_url(), code=ExitCode.CONFIG)
    assert "cannot be written" in text
