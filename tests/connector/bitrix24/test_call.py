"""Calls as they are written: JSON bodies, and lines of a batch."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.bitrix24.call import Call, Ref, as_body, as_command
from tests.connector.bitrix24.portal import decoded, put_in

MOSCOW = timezone(timedelta(hours=3))


def params_of(call: Call) -> dict[str, Any]:
    return decoded(as_command(call).partition("?")[2])


def test_a_command_without_parameters_is_its_method() -> None:
    assert as_command(Call("crm.enum.ownertype")) == "crm.enum.ownertype"


def test_a_datetime_keeps_its_offset_through_a_query_string() -> None:
    at = datetime(2026, 3, 1, 18, 0, tzinfo=MOSCOW)
    command = as_command(Call("tasks.task.add", {"fields": {"DEADLINE": at}}))
    assert command == "tasks.task.add?fields[DEADLINE]=2026-03-01T18%3A00%3A00%2B03%3A00"
    assert as_body(Call("tasks.task.add", {"d": at})) == {"d": "2026-03-01T18:00:00+03:00"}


@pytest.mark.parametrize("write", [as_body, as_command])
def test_a_datetime_without_an_offset_is_refused(write: Any) -> None:
    with pytest.raises(ValueError, match="offset"):
        write(Call("m", {"d": datetime(2026, 3, 1)}))  # noqa: DTZ001


@pytest.mark.parametrize("write", [as_body, as_command])
def test_a_value_of_no_known_kind_is_refused(write: Any) -> None:
    with pytest.raises(TypeError, match="object"):
        write(Call("m", {"d": object()}))


def test_prefixes_of_filters_survive() -> None:
    call = Call(
        "crm.item.list",
        {"filter": {">=updatedTime": date(2026, 1, 2), "@id": [1, 2], "!=a": Decimal("1.50")}},
    )
    assert params_of(call) == {"filter": {">=updatedTime": "2026-01-02", "@id": ["1", "2"], "!=a": "1.50"}}


def test_lists_of_objects_and_empty_lists_survive() -> None:
    call = Call(
        "m", {"PHONE": [{"VALUE": "+7 1", "TYPE": "WORK"}, {"VALUE": "&=#%"}], "clear": [], "none": None}
    )
    assert params_of(call) == {
        "PHONE": [{"VALUE": "+7 1", "TYPE": "WORK"}, {"VALUE": "&=#%"}],
        "clear": [""],
        "none": "",
    }


def test_booleans_are_written_as_letters_in_a_batch() -> None:
    assert params_of(Call("m", {"yes": True, "no": False})) == {"yes": "Y", "no": "N"}
    assert as_body(Call("m", {"yes": True})) == {"yes": True}


def test_positional_methods_keep_the_order_of_their_parameters() -> None:
    command = as_command(
        Call("task.checklistitem.add", {"TASKID": 7, "FIELDS": {"TITLE": "a", "PARENT_ID": 0}})
    )
    assert command == "task.checklistitem.add?TASKID=7&FIELDS[TITLE]=a&FIELDS[PARENT_ID]=0"


def test_a_reference_survives_as_it_is() -> None:
    command = as_command(Call("crm.item.list", {"filter": {">id": Ref("p0", ("items", 49, "id"))}}))
    assert command == "crm.item.list?filter[%3Eid]=$result[p0][items][49][id]"


def test_a_reference_outside_a_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="batch"):
        as_body(Call("m", {"id": Ref("add", ("task", "id"))}))


@pytest.mark.parametrize("text", ["$result[add][task][id]", "$RESULT[x]", "a $result[x] b"])
def test_text_that_looks_like_a_reference_is_none(text: str) -> None:
    params = params_of(Call("tasks.task.add", {"fields": {"TITLE": text}}))
    title = put_in(params, {"add": {"task": {"id": 7}}, "x": "secret"})["fields"]["TITLE"]
    assert title.replace("\u2060", "") == text


def test_the_two_apis_book_run_time_apart() -> None:
    assert Call("tasks.task.add").account != Call("tasks.task.add", api="v3").account


NAMES = st.text("abcXYZ_>@=!09", min_size=1, max_size=8).filter(lambda name: not name.isdecimal())
SCALARS = st.text(max_size=20) | st.integers()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_text(one) for key, one in value.items()}
    return [as_text(one) for one in value] if isinstance(value, list) else str(value)


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4))
def test_any_parameters_come_back_out_of_a_command_in_their_order(params: dict[str, Any]) -> None:
    command = as_command(Call("m", params))
    command.encode("ascii")
    assert "+" not in command
    found = decoded(command.partition("?")[2])
    assert _unbroken(found) == as_text(params)
    assert list(found) == list(params)


def _unbroken(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unbroken(one) for key, one in value.items()}
    return (
        [_unbroken(one) for one in value]
        if isinstance(value, list)
        else value.replace("$\u2060result", "$result")
    )


def test_utc_is_an_offset_too() -> None:
    assert as_body(Call("m", {"d": datetime(2026, 1, 1, tzinfo=UTC)})) == {"d": "2026-01-01T00:00:00+00:00"}
