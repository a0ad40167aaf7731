"""Logs: one line per outcome, `action=dispatch status=retry deal=7405 attempt=3`, as key=value text or JSON.

Owns what a log line looks like and what may be in it. Everything passes one choke point, `Redaction`, a
filter of the handler: message, facts and exception text lose credentials (by key, by shape, by literal value)
and line breaks before any formatter sees them. Writing a log never raises: a fact that cannot be shown is
shown as such, a sink that fails is counted.

    log.note(logger, "dispatch", "retry", deal=7405, attempt=3)
    with log.bound(portal="main"): ...
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

HIDDEN = "***"
FACT_CAP = 300  # characters of one fact: bodies of answers do not belong in a log
TEXT_CAP = 4_000
SECRET_KEYS = frozenset(
    {"auth", "access_token", "refresh_token", "application_token", "client_secret", "sessid", "key"}
    | {"signature", "password", "authorization"}
)

_facts: ContextVar[Mapping[str, Any]] = ContextVar("log_facts", default={})  # noqa: B039 - never mutated


def note(
    logger: logging.Logger, action: str, status: str, *, level: int = logging.INFO, **facts: Any
) -> None:
    """Log one outcome: what was done, how it went, and to what (ids, counts; never contact fields)."""
    if not logger.isEnabledFor(level):
        return
    everything = {"action": action, "status": status, **_facts.get(), **facts}
    logger.log(level, "%s", _pairs(clean(everything)), extra={"facts": everything}, stacklevel=2)


@contextmanager
def bound(**facts: Any) -> Iterator[None]:
    """Add these facts to every line noted inside."""
    token = _facts.set({**_facts.get(), **facts})
    try:
        yield
    finally:
        _facts.reset(token)


def configure(
    *, stream: TextIO | None = None, as_json: bool = False, level: int | str = logging.INFO
) -> None:
    """Make our handler the only one of the root logger; called once by the command line."""
    handler = QuietHandler(stream or sys.stderr)
    handler.addFilter(Redaction())
    handler.setFormatter(JsonLines() if as_json else KeyValue())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    guard_http_library()


def guard_http_library() -> None:
    """Let the HTTP library's own debug lines through only redacted: they hold the path, so the secret."""
    for name in ("urllib3.connectionpool", "urllib3.util.retry"):
        logger = logging.getLogger(name)
        if not any(isinstance(old, Redaction) for old in logger.filters):
            logger.addFilter(Redaction())


# -- what may be shown ---------------------------------------------------------------------------

_KEYS = "|".join(sorted(SECRET_KEYS, key=len, reverse=True))
_BY_KEY = re.compile(
    rf"""(?P<key>(?:(?<![A-Za-z0-9])|(?<=%5B))(?:{_KEYS})(?:\]|%5D|\\?["'])*\s*(?:=>?|:)\s*)"""
    r"""(?:\\"(?:(?!\\").)*(?:\\"|$)|"(?:\\.|[^"\\])*(?:"|$)|'(?:\\.|[^'\\])*(?:'|$)|Bearer\s+\S+|[^\s&,;)}\]{\["'][^\s&,;)}\]]*)""",
    re.IGNORECASE,
)
_BY_PATH = re.compile(r"(/rest/(?:api/)?\d+/)[A-Za-z0-9]+", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

_literals: set[str] = set()
_literals_lock = threading.Lock()


def hide(secret: str) -> None:
    """Hide this very value wherever it turns up; one under 8 characters is ignored (it would blank words)."""
    if len(secret) >= 8:
        with _literals_lock:
            _literals.add(secret)


def redact(text: str) -> str:
    """`text` without credentials."""
    for secret in tuple(_literals):
        text = text.replace(secret, HIDDEN)
    return _BY_KEY.sub(rf"\g<key>{HIDDEN}", _BY_PATH.sub(rf"\g<1>{HIDDEN}", text))


def one_line(text: str) -> str:
    """`text` with line breaks and other control characters written out, so that data cannot forge a line."""
    return _CONTROL.sub(lambda found: _NAMED.get(found[0], f"\\x{ord(found[0]):02x}"), text)


def clean(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as they may be shown: secret keys blanked, text redacted, in one line, and of bounded length."""
    return {str(name): _shown(str(name), value) for name, value in facts.items()}


def _shown(name: str, value: Any) -> Any:
    if name.lower() in SECRET_KEYS:
        return HIDDEN
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return clean(value)
    try:
        text = str(value)
    except Exception as error:  # a fact with a broken __str__ must not break its caller
        text = f"<{type(value).__name__} cannot be shown: {type(error).__name__}>"
    return _capped(one_line(redact(text)), FACT_CAP)


def _capped(text: str, cap: int) -> str:
    return text if len(text) <= cap else f"{text[:cap]}… ({len(text)} characters)"


class Redaction(logging.Filter):
    """The choke point: after it, a record holds only what may be shown."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except Exception as error:  # wrong number of arguments, a broken __str__
            message = f"log line could not be written out: {type(error).__name__}"
        record.msg, record.args = _capped(one_line(redact(message)), TEXT_CAP), ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = _exception_text(record.exc_info)
            record.exc_info = None
        elif record.exc_text:
            record.exc_text = redact(record.exc_text)
        facts = getattr(record, "facts", None)
        if isinstance(facts, Mapping):
            record.facts = clean(facts)
        return True


def _exception_text(exc_info: Any) -> str:
    try:
        text = "".join(traceback.format_exception(*exc_info))
    except Exception as error:  # an exception whose own __str__ raises
        text = f"{exc_info[0].__name__} (its text cannot be shown: {type(error).__name__})"
    return _capped(redact(text), 2 * TEXT_CAP)


# -- what a line looks like ----------------------------------------------------------------------


def _pairs(facts: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={_quoted(value)}" for name, value in facts.items())


def _quoted(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else str(value)
    return text if re.fullmatch(r"[^\s\"=]+", text) else json.dumps(text, ensure_ascii=False)


def _at(record: logging.LogRecord) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03d}Z"


class KeyValue(logging.Formatter):
    """`2026-10-05T07:00:00.000Z INFO connector.flow.dispatch action=dispatch status=retry deal=7405`"""

    def format(self, record: logging.LogRecord) -> str:
        error = f" error={json.dumps(record.exc_text, ensure_ascii=False)}" if record.exc_text else ""
        return f"{_at(record)} {record.levelname} {record.name} {record.getMessage()}{error}"


class JsonLines(logging.Formatter):
    """One JSON object per line; facts are its members."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"at": _at(record), "level": record.levelname, "logger": record.name}
        facts = getattr(record, "facts", None)
        line |= facts if isinstance(facts, Mapping) else {"message": record.getMessage()}
        if record.exc_text:
            line["error"] = record.exc_text
        return json.dumps(line, ensure_ascii=False, default=str)


class QuietHandler(logging.StreamHandler[TextIO]):
    """A handler whose failing sink is counted, not raised and not printed."""

    lost = 0

    def handleError(self, record: logging.LogRecord) -> None:
        self.lost += 1
