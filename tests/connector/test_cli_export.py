"""`export`: files that other programs read as they stand, with nothing in them that runs or is secret."""

from __future__ import annotations

import csv
import json
import sys
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from connector.bitrix24.item_rows import item_from
from connector.cli.failures import ExitCode
from connector.records import DEAL, ItemRef
from connector.store import Database, catalogue, mirror, open_data, tasks, visits
from connector.store.open_data import MirroredField
from tests.connector.cli_bench import Program
from tests.connector.store.samples import NOW, deal, made, move
from tests.connector.store.test_catalogue import ANNA, NEW, WON

CONFIG = """
[store]
url = "{url}"

[portals.acme]
webhook = "env:ABSENT"
domain = "example.bitrix24.com"
time_zone = "Europe/Moscow"
technical_user = 1
admin = 1
"""
SECRET = "s3cr3tc0de"
LATER = NOW + timedelta(days=1)


@pytest.fixture
def program(tmp_path: Path, sqlite_url: str) -> Program:
    """A store with three deals, one of them gone, in a portal whose webhook is not even needed."""
    database = Database(sqlite_url)
    hostile = deal(2, title='=HYPERLINK("x")', amount=Decimal("-5"), fields={"ufCrm_1": '+1, "x"\r\n'})
    with database.write() as conn:
        catalogue.replace_people(conn, "acme", [ANNA])
        catalogue.replace_stages(conn, "acme", 2, [NEW, WON])
        open_data.publish(conn, "acme", {2: [MirroredField("phone", "ufCrm_1", "text")]})
        mirror.upsert_items(conn, "acme", [deal(1), hostile, deal(3)], NOW)
        mirror.mark_gone(conn, "acme", [ItemRef(2, 3)], LATER)
        visits.add_many(conn, "acme", [move(1, 1), move(2, 1, "C5:WON", LATER)], NOW)
        tasks.add(conn, made(5), NOW)
    database.close()
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.format(url=sqlite_url))
    return Program(config)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_every_view_is_a_file_and_values_are_as_other_programs_want_them(program: Program, tmp_path: Path):
    written = program.json("export", str(tmp_path / "out"))
    assert {one["view"]: one["rows"] for one in written}["deals"] == 2
    assert len(list((tmp_path / "out").iterdir())) == len(written)
    first, second = rows(tmp_path / "out" / "deals.csv")
    assert first["created_at"] == "2026-03-02T09:00:00Z"
    assert (first["amount"], second["amount"]) == ("1499.9", "-5")
    assert first["stage"] == "New"
    assert rows(tmp_path / "out" / "tasks.csv")[0]["is_overdue"] == "true"
    assert [row["seconds"] for row in rows(tmp_path / "out" / "stage_history.csv")] == ["86400", ""]


def test_no_text_is_taken_for_a_formula(program: Program, tmp_path: Path):
    program("export", str(tmp_path / "out"), "--only", "deals")
    _, hostile = rows(tmp_path / "out" / "deals.csv")
    assert hostile["title"] == '\'=HYPERLINK("x")'
    assert hostile["phone"] == '\'+1, "x"\r\n'
    assert (tmp_path / "out" / "deals.csv").read_bytes().count(b"\r\n") == 3 + 1


def test_since_leaves_out_what_did_not_change_and_tells_what_is_gone(program: Program, tmp_path: Path):
    counts = program.json("export", str(tmp_path / "out"), "--since", LATER.isoformat())
    by_view = {one["view"]: one["rows"] for one in counts}
    assert (by_view["deals"], by_view["stage_history"], by_view["people"]) == (0, 0, 1)
    assert [row["id"] for row in rows(tmp_path / "out" / "deletions.csv")] == ["3"]


def test_a_wrong_name_is_told_with_the_one_that_was_meant(program: Program, tmp_path: Path):
    told = program("export", str(tmp_path / "out"), "--only", "deals,stage_histroy", code=ExitCode.USAGE)
    assert "Did you mean 'stage_history'?" in told
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(program: Program, tmp_path: Path):
    (tmp_path / "file").write_text("")
    told = program("export", str(tmp_path / "file" / "out"), code=ExitCode.FINDINGS)
    assert "cannot be written" in told


def test_a_file_of_an_earlier_export_is_replaced_and_only_its_owner_may_read(
    program: Program, tmp_path: Path
):
    for _ in range(2):
        program("export", str(tmp_path / "out"), "--only", "people")
    (file,) = (tmp_path / "out").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_view_of_somebody_else_is_not_exported_as_ours(program: Program, tmp_path: Path, sqlite_url: str):
    database = Database(sqlite_url)
    with database.write() as conn:
        conn.exec_driver_sql("DROP VIEW leads")
        conn.exec_driver_sql("CREATE VIEW leads AS SELECT 1 AS mine")
        conn.exec_driver_sql("DROP VIEW deals")
    database.close()
    told = program("export", str(tmp_path / "out"), code=ExitCode.FINDINGS)
    assert "not as they should be: the views leads." in told
    assert program.json("export", str(tmp_path / "out"), "--only", "deals")[0]["rows"] == 2


def test_parquet_without_its_library_says_what_to_install(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    told = program("export", str(tmp_path / "out"), "--format", "parquet", code=ExitCode.FINDINGS)
    assert "pip install 'funnelwright[parquet]'" in told
    assert list((tmp_path / "out").iterdir()) == []


def test_parquet_has_types(program: Program, tmp_path: Path):
    parquet = pytest.importorskip("pyarrow.parquet")
    program("export", str(tmp_path / "out"), "--format", "parquet")
    read = parquet.read_table(tmp_path / "out" / "deals.parquet")
    first, _ = read.to_pylist()
    assert (first["id"], first["amount"], first["created_at"]) == (1, 1499.9, NOW)
    assert parquet.read_table(tmp_path / "out" / "people.parquet").to_pylist()[0]["is_active"] is True
    assert parquet.read_table(tmp_path / "out" / "leads.parquet").num_rows == 0


def test_no_credential_is_in_any_file(program: Program, tmp_path: Path, sqlite_url: str):
    link = f"https://example.bitrix24.com/rest/1/{SECRET}/download/?token=crm%7C{SECRET}"
    row = {"id": 9, "title": "Files", "ufCrm_1": [{"id": 4, "url": link, "urlMachine": link}]}
    item = item_from(row, DEAL, ["ufCrm_1"])
    database = Database(sqlite_url)
    with database.write() as conn:
        mirror.upsert_items(conn, "acme", [item], NOW)
    database.close()
    program("export", str(tmp_path / "out"))
    files = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    assert json.dumps({"ufCrm_1": [{"id": 4}]}, separators=(",", ":")) in files["deals.csv"].replace(
        '""', '"'
    )
    assert not [name for name, text in files.items() if SECRET in text]


def test_the_views_look_into_the_mirror_and_nowhere_else(sqlite_database: Database):
    """Hints, settings, commands and the journal stay here; of a process only its pipeline is told."""
    kept_back = ("inbox", "outbox", "setting", "signal", "journal", "watermark", "lease", "timer", "effect")
    with sqlite_database.read() as conn:
        for view in open_data.views(conn):
            words = view.select().replace("(", " ").split()
            sources = {word for before, word in pairwise(words) if before in ("FROM", "JOIN")}
            assert not sources & set(kept_back), view.name
