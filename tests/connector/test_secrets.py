"""Secrets are named, kept elsewhere, and never shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from connector.errors import ConfigError
from connector.secrets import SecretRef, is_reference, read_secret

CANARY = "s3cr3t-canary-value"


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(f"{CANARY}\n")
    path.chmod(0o600)
    return path


def test_a_secret_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("MY_TOKEN", f" {CANARY} ")
    assert read_secret("env:MY_TOKEN", tmp_path) == CANARY


def test_a_relative_path_starts_at_the_given_folder(secret_file: Path):
    assert read_secret("file:token", secret_file.parent) == CANARY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_file_that_others_may_use_is_refused_with_the_way_out(secret_file: Path, mode: int):
    secret_file.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600") as refusal:
        read_secret("file:token", secret_file.parent)
    assert CANARY not in str(refusal.value)


def test_a_link_to_a_file_that_others_may_read_is_refused(secret_file: Path):
    secret_file.chmod(0o644)
    link = secret_file.with_name("link")
    link.symlink_to(secret_file)
    with pytest.raises(ConfigError, match="may be read by others"):
        read_secret("file:link", secret_file.parent)


def test_a_pipe_in_the_place_of_a_file_does_not_hang(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(ConfigError, match="is not a file"):
        read_secret("file:pipe", tmp_path)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("file:absent", "cannot be read"),
        ("file:.", "is not a file"),
        ("env:NOT_SET_ANYWHERE", "NOT_SET_ANYWHERE is not set"),
    ],
)
def test_a_secret_that_is_not_there_is_told_by_its_name(tmp_path: Path, reference: str, message: str):
    with pytest.raises(ConfigError, match=message):
        read_secret(reference, tmp_path)


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", b"x" * 70_000])
def test_what_cannot_be_a_secret_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "odd"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=r"empty|UTF-8|larger"):
        read_secret("file:odd", tmp_path)


@pytest.mark.parametrize(
    "text", [CANARY, f"https://example.bitrix24.com/rest/1/{CANARY}/", "env:", "env:a-b"]
)
def test_a_secret_written_in_clear_is_not_repeated(tmp_path: Path, text: str):
    with pytest.raises(ConfigError, match="env:NAME or file:PATH") as refusal:
        read_secret(text, tmp_path)
    assert CANARY not in str(refusal.value)


def test_a_reference_prints_as_the_reference(secret_file: Path):
    ref = SecretRef("file:token", secret_file.parent)
    assert ref.read() == CANARY
    assert str(ref) == "file:token"
    assert CANARY not in repr(ref)


def test_addresses_are_not_taken_for_references():
    assert is_reference("env:A")
    assert not is_reference("https://example.com/")
