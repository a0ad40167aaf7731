"""What happened on the wire becomes one of four outcomes, whatever it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector.bitrix24.classify import Wire, classify, classify_commands
from connector.bitrix24.outcome import Answer, Outcome, Trouble, error_of
from connector.errors import AuthError, FatalError, GoneError, RetriableError

DONE, REJECTED, NOT_RUN, UNKNOWN = Outcome.DONE, Outcome.REJECTED, Outcome.NOT_RUN, Outcome.UNKNOWN
DOCUMENTED = [
    json.loads(line)
    for line in (Path(__file__).parent / "documented" / "answers.jsonl").read_text("utf-8").splitlines()
]


def body(**parts: Any) -> bytes:
    return json.dumps(parts).encode()


def refusal(code: Any, text: str = "text") -> bytes:
    return body(error=code, error_description=text)


def v3(code: str, text: str = "text") -> bytes:
    return body(error={"code": f"BITRIX_REST_V3_EXCEPTION_{code}", "message": text})


WRITES = [
    # (what, wire, outcome, trouble)
    ("a result", Wire(200, body(result={"item": {}})), DONE, Trouble.NONE),
    ("an empty result", Wire(200, body(result=[])), DONE, Trouble.NONE),
    ("null as result", Wire(200, body(result=None)), DONE, Trouble.NONE),
    ("no connection", Wire(failure="refused", has_left=False), NOT_RUN, Trouble.NETWORK),
    ("no answer", Wire(failure="timeout"), UNKNOWN, Trouble.NETWORK),
    ("half an answer", Wire(200, failure="broke off"), UNKNOWN, Trouble.NETWORK),
    ("too many requests", Wire(503, refusal("QUERY_LIMIT_EXCEEDED")), NOT_RUN, Trouble.BUSY),
    ("the same in lower case", Wire(503, refusal("query_limit_exceeded")), NOT_RUN, Trouble.BUSY),
    ("run time used up", Wire(429, refusal("OPERATION_TIME_LIMIT")), NOT_RUN, Trouble.OPERATING),
    ("blocked by the vendor", Wire(503, refusal("OVERLOAD_LIMIT")), NOT_RUN, Trouble.OVERLOAD),
    ("503 without a code", Wire(503, b"<html>maintenance</html>"), UNKNOWN, Trouble.UNREADABLE),
    ("502 of a proxy", Wire(502, b"<html>bad gateway</html>"), UNKNOWN, Trouble.UNREADABLE),
    ("429 without a code", Wire(429, b"<html>slow down</html>"), UNKNOWN, Trouble.UNREADABLE),
    ("a page with 200", Wire(200, b"<!DOCTYPE html><html>"), UNKNOWN, Trouble.UNREADABLE),
    ("nothing with 200", Wire(200, b""), UNKNOWN, Trouble.UNREADABLE),
    ("half a JSON with 200", Wire(200, b'{"result": {"item"'), UNKNOWN, Trouble.UNREADABLE),
    ("a list with 200", Wire(200, b"[1, 2]"), UNKNOWN, Trouble.UNREADABLE),
    ("an object without a result", Wire(200, b"{}"), UNKNOWN, Trouble.UNREADABLE),
    ("a result with 500", Wire(500, body(result=True)), UNKNOWN, Trouble.UNREADABLE),
    ("a failure inside", Wire(500, refusal("INTERNAL_SERVER_ERROR")), UNKNOWN, Trouble.SERVER),
    ("an unknown code with 500", Wire(500, refusal("SOMETHING")), UNKNOWN, Trouble.SERVER),
    ("an unknown code with 408", Wire(408, refusal("SOMETHING")), UNKNOWN, Trouble.SERVER),
    ("an unknown code with 400", Wire(400, refusal("SOMETHING")), REJECTED, Trouble.REFUSED),
    ("an empty code", Wire(400, refusal("", "Access denied.")), REJECTED, Trouble.REFUSED),
    ("an error with 200", Wire(200, refusal("ERROR_PLACEMENT_MAX_COUNT")), REJECTED, Trouble.REFUSED),
    ("an empty error with 200", Wire(200, refusal("", "Not allowed")), REJECTED, Trouble.REFUSED),
    ("an error beside a result", Wire(200, body(result=1, error="X")), REJECTED, Trouble.REFUSED),
    ("a number as code", Wire(400, refusal(0, "no")), REJECTED, Trouble.REFUSED),
    ("a gone item", Wire(400, refusal("NOT_FOUND", "Element not found")), REJECTED, Trouble.GONE),
    ("gone, as others say it", Wire(404, refusal("NOT_FOUND", "Item not found")), REJECTED, Trouble.GONE),
    ("a gone type", Wire(400, refusal("NOT_FOUND", "Smart process not found")), REJECTED, Trouble.REFUSED),
    ("no right", Wire(400, refusal("ACCESS_DENIED", "Access denied")), REJECTED, Trouble.REFUSED),
    ("no scope", Wire(403, refusal("insufficient_scope")), REJECTED, Trouble.SCOPE),
    ("a dead webhook", Wire(401, refusal("NO_AUTH_FOUND")), NOT_RUN, Trouble.AUTH),
    ("an unknown webhook", Wire(401, refusal("INVALID_CREDENTIALS")), NOT_RUN, Trouble.AUTH),
    ("not this method", Wire(403, refusal("INVALID_CREDENTIALS")), REJECTED, Trouble.SCOPE),
    ("a closed portal", Wire(500, refusal("PORTAL_DELETED")), NOT_RUN, Trouble.AUTH),
    (
        "a lapsed plan",
        Wire(403, refusal("ACCESS_DENIED", "REST API is available only on commercial plans")),
        NOT_RUN,
        Trouble.AUTH,
    ),
    ("an old token", Wire(401, refusal("expired_token")), NOT_RUN, Trouble.EXPIRED),
    ("v3: no right", Wire(403, v3("ACCESSDENIEDEXCEPTION")), REJECTED, Trouble.REFUSED),
    ("v3: no scope", Wire(403, v3("INSUFFICIENTSCOPEEXCEPTION")), REJECTED, Trouble.SCOPE),
    ("v3: another body", Wire(422, v3("IDEMPOTENCYKEYREUSEDEXCEPTION")), REJECTED, Trouble.REFUSED),
    ("v3: an empty object", Wire(400, body(error={})), REJECTED, Trouble.REFUSED),
    (
        "another address",
        Wire(302, redirect_host="new.example"),
        NOT_RUN,
        Trouble.RENAMED,
    ),
    (
        "a page of its own",
        Wire(302, redirect_host="portal.example", is_same_host=True),
        NOT_RUN,
        Trouble.UNAVAILABLE,
    ),
    ("a redirect to nowhere", Wire(302, b""), UNKNOWN, Trouble.UNREADABLE),
    ("no status at all", Wire(), UNKNOWN, Trouble.UNREADABLE),
]


@pytest.mark.parametrize(
    ("wire", "outcome", "trouble"), [row[1:] for row in WRITES], ids=[row[0] for row in WRITES]
)
def test_a_write_that_met(wire: Wire, outcome: Outcome, trouble: Trouble) -> None:
    answer = classify(wire, method="crm.item.update", is_write=True)
    assert (answer.outcome, answer.trouble) == (outcome, trouble)


@pytest.mark.parametrize("wire", [row[1] for row in WRITES], ids=[row[0] for row in WRITES])
def test_a_read_is_never_unknown_and_otherwise_the_same(wire: Wire) -> None:
    written = classify(wire, method="crm.item.update", is_write=True)
    read = classify(wire, method="crm.item.update", is_write=False)
    assert read.outcome is (NOT_RUN if written.outcome is UNKNOWN else written.outcome)
    assert read.trouble is written.trouble


GONE = [
    ("crm.item.get", "NOT_FOUND", "Элемент не найден", True),
    ("crm.item.get", "NOT_FOUND", "Смарт-процесс не найден", False),
    ("crm.item.get", "NOT_FOUND", "SPA not found", False),
    ("crm.item.list", "NOT_FOUND", "Element not found", False),
    ("crm.item.add", "NOT_FOUND", "Element not found", False),
    ("crm.deal.get", "", "Not found", True),
    ("crm.deal.get", "", "Not found.", True),
    ("crm.company.update", "", "Company is not found", True),
    ("crm.deal.get", "", "Access denied.", False),
    ("crm.deal.get", "", "The 'FIELD_NAME' field is not found.", False),
    ("crm.timeline.comment.get", "", "Not found.", True),
    ("tasks.task.get", "BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION", "Record not found", True),
    ("tasks.task.get", "0", "wrong task id", False),
    ("department.update", "ERROR_CORE", "Department not found", False),
    ("user.get", "NOT_FOUND", "Not found", False),
]


@pytest.mark.parametrize(("method", "code", "text", "is_gone"), GONE)
def test_gone_is_a_closed_table(method: str, code: str, text: str, is_gone: bool) -> None:
    answer = classify(Wire(400, refusal(code, text)), method=method, is_write=False)
    assert answer.is_gone is is_gone
    assert answer.outcome is REJECTED


def test_a_v3_error_tells_what_is_wrong_where() -> None:
    error = {
        "code": "C",
        "message": "Error",
        "validation": [{"field": "deadline", "message": "needs a date"}],
    }
    answer = classify(Wire(400, body(error=error)), method="tasks.task.add", is_write=True)
    assert answer.error == "C"
    assert answer.description == "Error; needs a date"


def test_the_budget_of_the_method_is_read_as_a_span() -> None:
    time = {"finish": 1000.5, "operating": 3.3, "operating_reset_at": 1600}
    answer = classify(Wire(200, body(result=1, time=time)), method="m", is_write=False)
    assert answer.operating == 3.3
    assert answer.operating_reset_seconds == 599.5
    assert answer.operating_reset_at is not None
    assert answer.operating_reset_at.timestamp() == 1600


@pytest.mark.parametrize("time", [None, [], "x", {}, {"operating": "much"}, {"operating_reset_at": 1e300}])
def test_a_time_of_any_shape_is_put_up_with(time: Any) -> None:
    answer = classify(Wire(200, body(result=1, time=time)), method="m", is_write=False)
    assert answer.is_done
    assert answer.operating is None


# -- documented answers ----------------------------------------------------------------------------


@pytest.mark.parametrize("row", DOCUMENTED, ids=lambda row: f"{row['method']} {row['api']} {row['section']}")
def test_a_documented_answer_is_done_or_rejected(row: dict[str, Any]) -> None:
    wire = Wire(row["status"] or 400, json.dumps(row["body"]).encode())
    answer = classify(wire, method=row["method"], is_write=True)
    if "error" in row["body"]:
        assert not answer.is_done
        assert answer.outcome in (REJECTED, NOT_RUN)
        assert answer.description
    else:
        assert answer.is_done
        assert answer.result == row["body"]["result"]
        assert answer.total == row["body"].get("total")
        assert answer.next == row["body"].get("next")


# -- batches -----------------------------------------------------------------------------------------


def batch(**parts: Any) -> Answer:
    empty: dict[str, Any] = {
        "result": [],
        "result_error": [],
        "result_time": [],
        "result_total": [],
        "result_next": [],
    }
    return Answer(DONE, result=empty | parts)


METHODS = {"a": "crm.item.get", "b": "crm.item.update", "c": "crm.item.add"}


def test_every_command_of_a_batch_has_its_own_outcome() -> None:
    answers = classify_commands(
        batch(
            result={"a": {"item": 1}},
            result_error={"b": {"error": "NOT_FOUND", "error_description": "Element not found"}},
            result_total={"a": 7},
            result_next={"a": 50},
        ),
        METHODS,
        is_write=True,
    )
    assert answers["a"].is_done
    assert (answers["a"].total, answers["a"].next) == (7, 50)
    assert answers["b"].is_gone
    assert answers["c"].outcome is UNKNOWN
    assert list(answers) == ["a", "b", "c"]


def test_null_is_a_result_and_not_a_missing_key() -> None:
    answers = classify_commands(batch(result={"a": None, "b": False, "c": ""}), METHODS, is_write=True)
    assert all(answer.is_done for answer in answers.values())


def test_a_read_missing_in_both_maps_may_be_repeated() -> None:
    answers = classify_commands(batch(), METHODS, is_write=False)
    assert {answer.outcome for answer in answers.values()} == {NOT_RUN}


def test_what_stands_behind_a_halting_failure_has_not_run() -> None:
    error = {"a": {"error": "ACCESS_DENIED", "error_description": ""}}
    answers = classify_commands(batch(result_error=error), METHODS, is_write=True, halt=True)
    assert answers["a"].outcome is REJECTED
    assert (answers["b"].outcome, answers["b"].trouble) == (NOT_RUN, Trouble.HALTED)


def test_without_a_failure_before_it_a_missing_command_of_a_halting_batch_is_unknown() -> None:
    answers = classify_commands(batch(result={"a": 1}), METHODS, is_write=True, halt=True)
    assert answers["b"].outcome is UNKNOWN


def test_an_operating_refusal_of_one_command_is_seen() -> None:
    error = {"b": {"error": "OPERATION_TIME_LIMIT", "error_description": "blocked"}}
    answers = classify_commands(batch(result={"a": 1, "c": 1}, result_error=error), METHODS, is_write=True)
    assert (answers["b"].outcome, answers["b"].trouble) == (NOT_RUN, Trouble.OPERATING)
    assert answers["c"].is_done


def test_maps_may_come_as_arrays() -> None:
    answers = classify_commands(
        batch(result=[{"item": 1}, {"item": 2}], result_time=[{"operating": 1.5}, {}]),
        {"0": "crm.item.get", "1": "crm.item.get"},
        is_write=False,
    )
    assert answers["1"].result == {"item": 2}
    assert answers["0"].operating == 1.5


def test_an_unanswered_batch_leaves_every_write_unknown() -> None:
    whole = classify(Wire(failure="timeout"), method="batch", is_write=True)
    answers = classify_commands(whole, METHODS, is_write=True)
    assert {answer.outcome for answer in answers.values()} == {UNKNOWN}


def test_a_credential_refused_inside_a_batch_is_a_matter_of_the_method() -> None:
    error = {"a": {"error": "INVALID_CREDENTIALS", "error_description": ""}}
    answers = classify_commands(batch(result_error=error), {"a": "user.get"}, is_write=False)
    assert answers["a"].trouble is Trouble.SCOPE


# -- errors --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wire", "kind"),
    [
        (Wire(400, refusal("NOT_FOUND", "Element not found")), GoneError),
        (Wire(400, refusal("ACCESS_DENIED")), FatalError),
        (Wire(401, refusal("NO_AUTH_FOUND")), AuthError),
        (Wire(403, refusal("insufficient_scope")), AuthError),
        (Wire(503, refusal("QUERY_LIMIT_EXCEEDED")), RetriableError),
        (Wire(200, b"<html>"), RetriableError),
        (Wire(302, redirect_host="new.example"), RetriableError),
    ],
)
def test_a_reader_meets_an_error_by_what_to_do(wire: Wire, kind: type[Exception]) -> None:
    error = error_of(classify(wire, method="crm.item.get", is_write=False), "crm.item.get")
    assert type(error) is kind
    assert "crm.item.get" in str(error)


def test_a_done_answer_is_no_error() -> None:
    assert error_of(Answer(DONE), "m") is None


def test_where_the_portal_has_moved_is_told() -> None:
    answer = classify(Wire(302, redirect_host="new.example"), method="m", is_write=True)
    assert "new.example" in answer.description


# -- totality --------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ENVELOPE = st.dictionaries(
    st.sampled_from(["result", "error", "error_description", "time", "total", "next", "x"]), JSON, max_size=5
)
BODIES = st.binary(max_size=80) | (JSON | ENVELOPE).map(lambda value: json.dumps(value).encode())
WIRES = st.builds(
    Wire,
    status=st.none() | st.integers(-5, 999),
    body=BODIES,
    failure=st.sampled_from(["", "broken"]),
    has_left=st.booleans(),
    redirect_host=st.sampled_from(["", "new.example"]),
    is_same_host=st.booleans(),
)


@given(
    wire=WIRES,
    method=st.sampled_from(["crm.item.get", "batch", "tasks.task.add", ""]),
    is_write=st.booleans(),
)
@example(wire=Wire(200, b"[" * 5_000), method="m", is_write=True)
@example(wire=Wire(200, b'{"result": 1' + b"0" * 400 + b"}"), method="m", is_write=True)
def test_any_status_and_any_body_give_an_outcome(wire: Wire, method: str, is_write: bool) -> None:
    answer = classify(wire, method=method, is_write=is_write)
    assert isinstance(answer.outcome, Outcome)
    assert (error_of(answer, method) is None) is answer.is_done
    if answer.is_done:
        assert wire.status is not None
        assert 200 <= wire.status < 300
    if not is_write:
        assert answer.outcome is not UNKNOWN
    if is_write and wire.failure and wire.has_left:
        assert answer.outcome is UNKNOWN


@given(result=JSON, is_write=st.booleans(), halt=st.booleans())
def test_any_answer_to_a_batch_gives_every_command_an_outcome(
    result: Any, is_write: bool, halt: bool
) -> None:
    answers = classify_commands(Answer(DONE, result=result), METHODS, is_write=is_write, halt=halt)
    assert list(answers) == list(METHODS)
