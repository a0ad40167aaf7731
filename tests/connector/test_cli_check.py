"""`check` and `test`: offline, with file and line, and an exit code for scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.cli.failures import ExitCode
from pipelines.library import shipped_names
from tests.connector.cli_bench import Program

SALE = """
id = "sale"
title = "Sale"
entity = "deal"

[fields]
budget = { type = "money" }
region = { type = "choice", options = { west = "West", east = "East" } }

[[entries]]
stage = "new"

[[stages]]
id = "new"
title = "New"
next = "won"

[[stages.steps]]
id = "call"
task = { title = "Call", to = { role = "caller" } }

[[stages]]
id = "won"
title = "Won"
status = "won"

[[scenarios]]
name = "A call wins"
people = { 5 = { name = "Elena" } }
roles = { caller = [5] }
item = { owner = 5 }
play = [
  { expect = { tasks = ["call"] } },
  { complete = "call" },
  { expect = { stage = "won" } },
]
"""

CONFIG = """
[portals.main]
webhook = "file:nowhere"
domain = "example.bitrix24.com"
time_zone = "Europe/Moscow"
technical_user = 1
admin = 1

[portals.main.pipelines.sale]
definition = "sale.toml"
category = 0
owner = 1

[portals.main.pipelines.sale.stages]
new = "NEW"
won = "WON"

[portals.main.pipelines.sale.fields]
budget = "ufCrm_1"
region = { field = "ufCrm_2", options = { west = 1, east = 2 } }

[portals.main.roles]
caller = [5]
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "sale.toml").write_text(SALE)
    return Program(tmp_path / "config.toml")


@pytest.fixture
def sale(program: Program) -> Path:
    return program.config_path.with_name("sale.toml")


@pytest.fixture
def config(program: Program) -> Path:
    program.config_path.write_text(CONFIG)
    return program.config_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def line_of(path: Path, text: str) -> int:
    return next(n for n, line in enumerate(path.read_text().splitlines(), 1) if text in line)


def test_a_good_file_passes(program: Program, sale: Path) -> None:
    assert "1 pipeline: 0 errors, 0 warnings" in program("check", str(sale))


def test_items_of_a_pipeline_that_is_not_bound_are_warned_of(
    program: Program, config: Path, sale: Path
) -> None:
    edit(sale, "[[scenarios]]", '[[follow_ons]]\nid = "more"\npipeline = "meetings"\n\n[[scenarios]]')
    text = program("check")
    assert (
        f'{sale}:{line_of(sale, "meetings")}: warning: follow_ons[0].pipeline: "meetings" is not bound'
        in text
    )


def test_a_mistake_is_told_with_file_line_key_path_and_suggestion(program: Program, sale: Path) -> None:
    edit(sale, 'next = "won"', 'next = "wno"')
    text = program("check", str(sale), code=ExitCode.FINDINGS)
    assert f"{sale}:{line_of(sale, 'wno')}: error: stages[0].next" in text
    assert "Did you mean 'won'?" in text
    assert "1 error" in text


def test_a_warning_fails_only_if_strict(program: Program, sale: Path) -> None:
    renamed = sale.rename(sale.with_name("other.toml"))
    assert "warning" in program("check", str(renamed))
    program("check", "--strict", str(renamed), code=ExitCode.FINDINGS)


def test_findings_come_as_json(program: Program, sale: Path) -> None:
    edit(sale, 'next = "won"', 'next = "wno"')
    answer = program.json("check", str(sale), code=ExitCode.FINDINGS)
    assert (answer["pipelines"], answer["errors"]) == (1, 1)
    (finding,) = [each for each in answer["findings"] if each["severity"] == "error"]
    assert finding["line"] == line_of(sale, "wno")
    assert finding["suggestion"] == "won"


def test_a_folder_stands_for_its_files(program: Program, sale: Path) -> None:
    assert "1 pipeline" in program("check", str(sale.parent))


def test_a_shipped_pipeline_goes_by_its_name(program: Program) -> None:
    assert "1 pipeline: 0 errors" in program("check", "simple_sale")


def test_without_files_and_configuration_the_shipped_ones_are_checked(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from connector.cli import main

    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["check"])
    assert result.exit_code == 0, result.output
    assert f"{len(shipped_names())} pipelines: 0 errors" in result.output


def test_a_name_that_leads_nowhere_is_a_wrong_use(program: Program) -> None:
    text = program("check", "simpel_sale", code=ExitCode.USAGE)
    assert "simpel_sale is no file" in text
    assert "Did you mean 'simple_sale'?" in text


def test_a_folder_without_pipelines_is_a_wrong_use(program: Program, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "has no .toml file" in program("check", str(tmp_path / "empty"), code=ExitCode.USAGE)


def test_a_configuration_brings_its_pipelines_and_how_they_are_bound(program: Program, config: Path) -> None:
    assert "1 pipeline: 0 errors, 0 warnings" in program("check")


def test_the_check_needs_no_secret(program: Program, config: Path) -> None:
    assert not config.with_name("nowhere").exists()
    program("check")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('won = "WON"', 'lost = "LOSE"', "the pipeline has no stage 'lost'"),
        ('won = "WON"', "", "not bound: won; they need a stage of the CRM"),
        ('budget = "ufCrm_1"', 'bugdet = "ufCrm_1"', "Did you mean 'budget'?"),
        ("options = { west = 1, east = 2 }", "options = { west = 1, nord = 2 }", "has no option 'nord'"),
        ("category = 0", "", "sale runs on a deal, this binding is on a lead"),
        ("caller = [5]", "caler = [5]", "Did you mean 'caler'?"),
    ],
)
def test_a_binding_that_does_not_fit_is_an_error(
    program: Program, config: Path, old: str, new: str, told: str
) -> None:
    edit(config, old, new)
    assert told in program("check", code=ExitCode.FINDINGS)


def test_a_field_that_is_not_bound_is_a_warning_with_the_line(program: Program, config: Path) -> None:
    edit(config, 'budget = "ufCrm_1"', "")
    text = program("check")
    assert "warning: portals.main.pipelines.sale.fields: not bound: budget" in text
    assert f"config.toml:{line_of(config, '.fields]')}:" in text


def test_a_scenario_that_holds_passes(program: Program, sale: Path) -> None:
    text = program("test", str(sale))
    assert f"pass  {sale}:{line_of(sale, '[[scenarios]]')} A call wins" in text
    assert "1 scenario: 1 passed, 0 failed" in text


def test_a_scenario_that_does_not_hold_names_the_line_and_what_came_instead(
    program: Program, sale: Path
) -> None:
    edit(sale, 'expect = { stage = "won" }', 'expect = { stage = "new" }')
    text = program("test", str(sale), code=ExitCode.FINDINGS)
    assert "FAIL" in text
    assert f"{sale}:{line_of(sale, 'expect = { stage')}: stage: expected" in text
    assert "0 passed, 1 failed" in text


def test_results_come_as_json(program: Program, sale: Path) -> None:
    edit(sale, 'expect = { stage = "won" }', 'expect = { stage = "new" }')
    (answer,) = program.json("test", str(sale), code=ExitCode.FINDINGS)
    assert answer["name"] == "A call wins"
    assert answer["has_passed"] is False
    assert answer["failures"][0]["key"] == "stage"


def test_one_scenario_is_played_by_its_name(program: Program, sale: Path) -> None:
    assert "1 scenario: 1 passed" in program("test", "--only", "A call wins", str(sale))
    assert "no scenario is called 'A cal wins'" in program(
        "test", "--only", "A cal wins", str(sale), code=ExitCode.USAGE
    )


def test_a_file_that_cannot_be_used_is_not_played(program: Program, sale: Path) -> None:
    edit(sale, 'next = "won"', 'next = "wno"')
    text = program("test", str(sale), code=ExitCode.CONFIG)
    assert f"{sale}:{line_of(sale, 'wno')}: error" in text


def test_coverage_names_what_no_scenario_takes(program: Program, sale: Path) -> None:
    edit(sale, 'id = "call"', 'id = "call"\noutcomes = [{ id = "done" }, { id = "no", move = "won" }]')
    text = program("test", "--coverage", str(sale))
    assert f"{sale}:{line_of(sale, 'outcomes =')}: no scenario takes outcome no of call" in text
    assert "1 pipeline: 3 of 4 ways taken, 1 not" in text


def test_coverage_below_what_is_required_ends_with_findings(program: Program, sale: Path) -> None:
    assert "0 not" in program("test", "--coverage", "--require", "100", str(sale))
    edit(sale, '{ complete = "call" },', "")
    text = program("test", "--coverage", "--require", "100", str(sale), code=ExitCode.FINDINGS)
    assert "sale: 33.3 % is less than the 100 % that are required" in text
    program("test", "--coverage", "--require", "30", str(sale))


def test_coverage_comes_as_json(program: Program, sale: Path) -> None:
    edit(sale, '{ complete = "call" },', "")
    (answer,) = program.json("test", "--coverage", str(sale))
    assert (answer["pipeline"], answer["percent"]) == ("sale", 33.33)
    assert answer["kinds"]["outcome"] == {"taken": 0, "of": 1}
    assert answer["missed"][0] == {"kind": "next", "name": "new → won", "line": line_of(sale, "next =")}


def test_coverage_is_of_all_scenarios(program: Program, sale: Path) -> None:
    program("test", "--coverage", "--only", "A call wins", str(sale), code=ExitCode.USAGE)
    assert "--require goes with --coverage" in program(
        "test", "--require", "1", str(sale), code=ExitCode.USAGE
    )


def test_a_scenario_is_played_through_the_product_and_a_portal(program: Program, sale: Path) -> None:
    assert "1 scenario: 1 passed, 0 failed" in program("test", "--portal", "sandbox", str(sale))
    edit(sale, 'expect = { stage = "won" }', 'expect = { stage = "new" }')
    text = program("test", "--portal", "sandbox", str(sale), code=ExitCode.FINDINGS)
    assert f"{sale}:{line_of(sale, 'expect = { stage')}: stage: expected 'new', got 'won'" in text


def test_what_a_portal_cannot_play_is_listed_and_counted_apart(program: Program, sale: Path) -> None:
    edit(sale, "item = { owner = 5 }", "item = { owner = 5, last_won_at = 2020-01-01T00:00:00 }")
    text = program("test", "--portal", "sandbox", str(sale))
    assert "not run here: item.last_won_at is that of the customer" in text
    assert "1 scenario: 0 passed, 0 failed, 1 not run here" in text
    (answer,) = program.json("test", "--portal", "sandbox", str(sale))
    assert (answer["has_passed"], answer["failures"]) == (False, [])
