"""The command `diagram`: which pipeline is meant, where the picture goes, and where an item stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from connector.cli import main
from connector.cli.failures import ExitCode
from pipelines.library import FOLDER
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


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a configuration."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def draw(*args: str) -> Result:
    """A call without a configuration."""
    return CliRunner().invoke(main, ["diagram", *args], prog_name="funnelwright")


@pytest.mark.usefixtures("nowhere")
def test_a_shipped_pipeline_is_drawn_as_mermaid_by_its_name() -> None:
    result = draw("incoming_leads", "--language", "ru")
    assert result.exit_code == 0
    assert result.stdout.startswith('---\ntitle: "Входящие лиды"\n---\nflowchart LR\n')


def test_a_file_is_drawn_into_a_file_of_the_kind_that_its_name_says(nowhere: Path) -> None:
    result = draw(str(FOLDER / "meetings.toml"), "--output", "meetings.svg")
    assert (result.exit_code, result.stdout) == (0, "Drawn into meetings.svg.\n")
    assert (nowhere / "meetings.svg").read_text("utf-8").startswith("<svg xmlns=")
    assert draw("meetings", "--output", "meetings.svg", "--format", "mermaid").exit_code == 0
    assert "flowchart LR" in (nowhere / "meetings.svg").read_text("utf-8")


@pytest.mark.usefixtures("nowhere")
def test_a_picture_that_cannot_be_written_is_told() -> None:
    result = draw("meetings", "--output", "no/such/folder/meetings.svg")
    assert result.exit_code == ExitCode.FINDINGS
    assert "no/such/folder/meetings.svg cannot be written" in result.stderr


@pytest.mark.usefixtures("nowhere")
def test_a_name_that_is_none_gives_the_nearest() -> None:
    result = draw("incoming_laeds")
    assert result.exit_code == ExitCode.USAGE
    assert "Did you mean 'incoming_leads'?" in result.stderr


def test_a_definition_with_mistakes_is_not_drawn(nowhere: Path) -> None:
    (nowhere / "wrong.toml").write_text('id = "wrong"\ntitle = "Wrong"\nentity = "deal"\n')
    result = draw("wrong.toml")
    assert result.exit_code == ExitCode.CONFIG
    assert 'wrong.toml:1: error: stages: "stages" is missing' in result.stderr


def test_a_pipeline_of_the_configuration_is_drawn_by_its_name_there(program: Program) -> None:
    assert 'subgraph stage_work["Work"]' in program("diagram", "sale")


def test_an_item_is_drawn_where_it_stands(workshop: Workshop, program: Program) -> None:
    ref = workshop.deal()
    drawn = program("diagram", "sale", "--item", str(ref))
    assert f'title: "Sale: {ref}"' in drawn
    assert "class stage_new present" in drawn
    assert "class step_call present" in drawn
    assert "class stage_work allowed" in drawn
    assert "class stage_lost shut" in drawn
    workshop.complete(ref, "Interested")
    drawn = program("diagram", "sale", "--item", str(ref), "--format", "svg", "--language", "ru")
    assert f"{ref}: стадия «Work»" in drawn
    assert "пока нельзя: не заполнено:" in drawn


def test_an_item_keeps_the_version_that_its_visit_began_with(workshop: Workshop, program: Program) -> None:
    ref = workshop.deal()
    path = workshop.folder / "sale.toml"
    path.write_text(path.read_text().replace('title = "Work"', 'title = "Working"'))
    assert 'stage_work["Work"]' in program("diagram", "sale", "--item", str(ref))
    assert 'stage_work["Working"]' in program("diagram", "sale")


@pytest.mark.parametrize(
    ("args", "told", "code"),
    [
        (("sale", "--item", "deal:99"), "deal:99 is not in sale", ExitCode.FINDINGS),
        (("sael", "--item", "deal:1"), "Did you mean 'sale'?", ExitCode.USAGE),
        (("sale", "--item", "deal"), "Invalid value for '--item'", ExitCode.USAGE),
        (("sale", "--portal", "mian"), "Did you mean 'main'?", ExitCode.USAGE),
    ],
)
def test_diagram_refuses_what_it_cannot_draw(
    program: Program, args: tuple[str, ...], told: str, code: int
) -> None:
    assert told in program("diagram", *args, code=code)
