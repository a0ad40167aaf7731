"""From a file to a `Config`, or to every mistake in it at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from connector.config.models import Config
from connector.errors import ConfigError
from connector.secrets import SecretRef
from pipelines.elements import Element, UnknownKey, as_written
from pipelines.findings import Finding, KeyPath, nearest, show_path
from pipelines.lines import index_lines, line_of, locate

_EXPECTED = {
    "bool_type": "expected true or false",
    "date_type": "expected a date such as 2026-12-31",
    "dict_type": "expected a table",
    "int_type": "expected a whole number",
    "mapping_type": "expected a table",
    "model_type": "expected a table",
    "string_type": "expected a text in quotes",
    "too_short": "expected at least one",
    "tuple_type": "expected a list",
}


class ConfigFileError(ConfigError):
    """The configuration cannot be used; `findings` holds every mistake, in the order of the file."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(sorted(findings, key=lambda finding: finding.line))
        super().__init__("\n".join(map(str, self.findings)))


def load_config(path: Path) -> Config:
    """Read and check the file; ConfigFileError holds all that is wrong. Secrets stay unread."""
    text = _read(path)
    raw = _parse(path, text)
    lines = index_lines(text)
    unknown: list[UnknownKey] = []
    findings: list[Finding] = []
    config = None
    try:
        config = Config.model_validate(
            locate(raw, text), context={"folder": path.absolute().parent, "unknown": unknown}
        )
    except ValidationError as error:
        findings += _findings(path, lines, _errors(error), unknown)
    findings += [
        Finding("error", str(path), key.line, show_path(key.path), key.message, key.suggestion)
        for key in unknown
    ]
    if findings or config is None:
        raise ConfigFileError(findings)
    return config


def check_secrets(config: Config, path: Path) -> None:
    """Read every secret that the configuration names; ConfigFileError holds all that cannot be read."""
    findings = []
    for place, line, secret in _secrets_of(config, (), 0):
        try:
            secret.read()
        except ConfigError as error:
            findings.append(Finding("error", str(path), line, show_path(place), str(error)))
    if findings:
        raise ConfigFileError(findings)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        message = "there is no such file: `funnelwright init` writes one, `--config FILE` names another"
        raise _unusable(path, message) from None
    except OSError as error:
        raise _unusable(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _unusable(path, "is not UTF-8 text") from None


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise _unusable(path, f"not TOML: {error}", line) from None


def _unusable(path: Path, message: str, line: int = 0) -> ConfigFileError:
    return ConfigFileError([Finding("error", str(path), line, "", message)])


def _errors(error: ValidationError) -> list[ErrorDetails]:
    """Without the echo that pydantic adds: a list whose elements are all wrong is "too short" as well."""
    errors = error.errors(include_url=False)
    inside = {details["loc"][:-1] for details in errors}
    return [details for details in errors if details["type"] != "too_short" or details["loc"] not in inside]


def _findings(
    path: Path, lines: Mapping[KeyPath, int], errors: Iterable[ErrorDetails], unknown: Sequence[UnknownKey]
) -> Iterator[Finding]:
    """One for each, but for what follows from a key that is not known: the nearest was read in its place."""
    for details in errors:
        place = as_written(tuple(key for key in details["loc"] if key != "[key]"), unknown)
        message, suggestion = _message(details)
        if all(place != key.path for key in unknown):
            yield Finding("error", str(path), line_of(lines, place), show_path(place), message, suggestion)


def _message(details: ErrorDetails) -> tuple[str, str]:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "missing":
        return "this key is missing", ""
    if kind == "literal_error":
        # Which word was written is safe to look at here: nothing secret is one of a few words.
        known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return f"expected one of: {', '.join(known)}", nearest(str(details["input"]), known)
    if kind == "greater_than_equal":
        return f"expected {context['ge']} or more", ""
    if kind == "less_than_equal":
        return f"expected {context['le']} or less", ""
    if kind == "string_pattern_mismatch":
        return f"expected the form {context['pattern']}", ""
    return _EXPECTED.get(kind, details["msg"]), ""


def _secrets_of(value: object, place: KeyPath, line: int) -> Iterator[tuple[KeyPath, int, SecretRef]]:
    if isinstance(value, SecretRef):
        yield place, line, value
    elif isinstance(value, Element):
        for name, field in type(value).model_fields.items():
            key = field.alias or name
            yield from _secrets_of(getattr(value, name), (*place, key), value.line_of(key))
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from _secrets_of(child, (*place, key), line)
    elif isinstance(value, tuple):
        for number, child in enumerate(value):
            yield from _secrets_of(child, (*place, number), line)
