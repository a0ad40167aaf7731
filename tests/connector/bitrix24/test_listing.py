"""A list is read to its end, or it raises and says how far it got; never a short one."""

from __future__ import annotations

import math
from collections import Counter
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.bitrix24 import FULL_LISTING, Client, CutOffError
from connector.bitrix24.list_call import ListCall
from connector.bitrix24.listing import list_all, list_many
from connector.bitrix24.windows import RANGES
from connector.clock import VirtualClock
from connector.errors import FatalError, RetriableError
from tests.connector.bitrix24.portal import Refusal, StandIn, pages, table

ITEMS = ListCall("crm.item.list", params={"entityTypeId": 2}, select=("id", "title"))


def rows(count: int, first: int = 1) -> list[dict[str, Any]]:
    return [{"id": number, "title": f"Deal {number}"} for number in range(first, first + count)]


def ids_of(client: Client, call: ListCall = ITEMS, **settings: Any) -> list[int]:
    return [int(row[call.row_id]) for row in pages(list_all(client, call, **settings))]


def commands(portal: StandIn) -> int:
    return Counter(one.method for one in portal.commands)["crm.item.list"]


def test_a_poll_that_finds_nothing_is_one_command(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.list", table([]))
    assert ids_of(client) == []
    assert (client.requests_sent, commands(portal)) == (1, 1)


def test_a_poll_that_finds_sixty_rows_is_three_commands(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.list", table(rows(60)))
    assert ids_of(client) == list(range(1, 61))
    assert commands(portal) <= 3
    assert client.requests_sent == 2


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 2_499, 2_500, 2_501, 7_510])
def test_a_full_listing_costs_a_request_for_2500_rows_and_two_more_at_most(
    portal: StandIn, client: Client, count: int
) -> None:
    portal.says("crm.item.list", table(rows(count)))
    assert ids_of(client, expected=FULL_LISTING) == list(range(1, count + 1))
    assert client.requests_sent <= math.ceil(count / 2_500) + 2
    assert commands(portal) <= math.ceil(count / 50) + 4


def test_a_known_length_is_read_in_one_request(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.list", table(rows(120)))
    assert len(ids_of(client, expected=120)) == 120
    assert (client.requests_sent, commands(portal)) == (1, 3)


def test_it_goes_on_after_an_id(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.list", table(rows(200)))
    assert ids_of(client, after_id=140) == list(range(141, 201))


def test_the_commands_are_those_of_the_documentation(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.list", table(rows(60)))
    call = ListCall("crm.item.list", {"entityTypeId": 2}, {"=categoryId": 5}, ("id",))
    pages(list_all(client, call, expected=60))
    batch = portal.requests[0].params
    assert batch["halt"] == 1
    assert list(batch["cmd"]) == ["p0", "p1"]
    assert batch["cmd"]["p1"] == (
        "crm.item.list?entityTypeId=2&select[0]=id&filter[%3DcategoryId]=5"
        "&filter[%3Eid]=$result[p0][items][49][id]&order[id]=ASC&start=-1"
    )


def test_methods_that_spell_the_id_in_two_ways(portal: StandIn, client: Client) -> None:
    tasks = [{"id": str(number)} for number in range(1, 131)]
    portal.says("tasks.task.list", table(tasks, id_name="ID", at="tasks"))
    call = ListCall("tasks.task.list", rows_at="tasks", id_name="ID")
    assert ids_of(client, call) == list(range(1, 131))


def test_methods_whose_result_is_the_rows(portal: StandIn, client: Client) -> None:
    people = [{"ID": str(number)} for number in range(1, 131)]
    portal.says("user.get", table(people, id_name="ID", row_id="ID", at=""))
    call = ListCall(
        "user.get", rows_at="", id_name="ID", row_id="ID", filter_name="FILTER", order={"sort": "ID"}
    )
    assert ids_of(client, call) == list(range(1, 131))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(gaps=st.lists(st.integers(1, 400), max_size=320), expected=st.sampled_from([0, 60, 2_500]))
def test_whatever_the_ids_are_nothing_is_lost_or_doubled(
    portal: StandIn, client: Client, gaps: list[int], expected: int
) -> None:
    ids = [sum(gaps[: number + 1]) for number in range(len(gaps))]
    portal.says("crm.item.list", table([{"id": one} for one in ids]))
    assert ids_of(client, expected=expected) == ids


def test_rows_that_come_and_go_meanwhile_cost_no_others(portal: StandIn, client: Client) -> None:
    kept = rows(400)
    here = {row["id"]: row for row in kept}
    asked = 0

    def listed(params: dict[str, Any]) -> Any:
        nonlocal asked
        asked += 1
        for gone in (asked * 7, asked * 31):
            here.pop(gone, None)
        here[1_000 + asked] = {"id": 1_000 + asked}
        return table(list(here.values()))(params)

    portal.says("crm.item.list", listed)
    found = ids_of(client)
    assert len(found) == len(set(found))
    always = {row["id"] for row in kept} & set(here)
    assert always <= set(found)


# -- several requests in flight ------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 49, 50, 199, 200, 201, 2_650, 7_510, 12_000])
def test_overlapping_requests_read_the_same_in_the_same_order(
    portal: StandIn, client: Client, count: int
) -> None:
    portal.says("crm.item.list", table(rows(count)))
    assert ids_of(client, expected=FULL_LISTING, overlap=4) == list(range(1, count + 1))
    assert client.requests_sent <= math.ceil(count / 2_500) + 2 + RANGES
    assert commands(portal) <= math.ceil(count / 50) + 4 + 2 * RANGES


@pytest.mark.parametrize(
    "ids",
    [
        [*range(1, 300), *range(1_000_000, 1_003_000)],  # a gap
        [*range(1, 30_000, 100), *range(30_000, 36_000)],  # sparse, then dense
        [*range(1, 6_000), *range(6_000, 900_000, 300)],  # dense, then sparse
        [*range(10**9, 10**9 + 3_000)],  # far from the start
    ],
    ids=["a gap", "ever denser", "ever sparser", "far away"],
)
def test_uneven_ids_cost_no_row_and_no_order(portal: StandIn, client: Client, ids: list[int]) -> None:
    portal.says("crm.item.list", table([{"id": one} for one in ids]))
    assert ids_of(client, expected=FULL_LISTING, overlap=4) == ids


def test_what_is_added_before_the_last_window_is_read_comes_with_it(portal: StandIn, client: Client) -> None:
    here = rows(6_000)

    def listed(params: dict[str, Any]) -> Any:
        if len(here) < 6_120:
            here.append({"id": 10_000 + len(here)})
        return table(here)(params)

    portal.says("crm.item.list", listed)
    found = ids_of(client, expected=FULL_LISTING, overlap=4)
    assert found == [row["id"] for row in here][: len(found)]
    assert len(found) > 6_000


def test_more_added_than_the_last_window_takes_is_read_on(portal: StandIn, client: Client) -> None:
    here = rows(2_000)

    def listed(params: dict[str, Any]) -> Any:
        if params["order"] == {"id": "DESC"}:
            found = table(here)(params)
            here.extend(rows(3_000, first=2_001))
            return found
        return table(here)(params)

    portal.says("crm.item.list", listed)
    assert ids_of(client, expected=FULL_LISTING, overlap=4) == list(range(1, 5_001))


@pytest.mark.parametrize(("count", "requests"), [(49, 1), (500, 2), (2_000, 6)])
def test_a_list_that_ends_with_a_full_page_costs_no_request_to_see_that_it_has_ended(
    portal: StandIn, client: Client, count: int, requests: int
) -> None:
    portal.says("crm.item.list", table(rows(count)))
    assert len(ids_of(client, expected=FULL_LISTING, overlap=4)) == count
    assert client.requests_sent == requests


def test_a_part_of_a_list_is_read_side_by_side_without_finding_out_where_it_ends(
    portal: StandIn, client: Client
) -> None:
    portal.says("crm.item.list", table(rows(12_000)))
    assert ids_of(client, after_id=1_000, upto=10_600, expected=9_600, overlap=4) == list(
        range(1_001, 10_601)
    )
    assert client.requests_sent == 4


@pytest.mark.parametrize("expected", [0, 10, 100_000])
def test_a_part_that_holds_more_or_less_than_was_expected_is_read_to_its_end(
    portal: StandIn, client: Client, expected: int
) -> None:
    portal.says("crm.item.list", table(rows(9_000)))
    assert ids_of(client, after_id=10, upto=7_000, expected=expected, overlap=4) == list(range(11, 7_001))


def test_the_first_pages_of_several_lists_share_a_request(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.list", table(rows(60)))
    portal.says("crm.stagehistory.list", table(rows(3), id_name="ID"))
    calls = {"items": ITEMS, "moves": ListCall("crm.stagehistory.list", id_name="ID")}
    found = {key: len(list(pages(listed))) for key, listed in list_many(client, calls).items()}
    assert found == {"items": 60, "moves": 3}
    assert client.requests_sent == 2


def test_of_several_lists_one_that_is_refused_holds_up_no_other(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.list", table(rows(7)))
    portal.says("crm.stagehistory.list", failing_at(1, Refusal("ACCESS_DENIED", "Access denied", 403)))
    listed = list_many(client, {"moves": ListCall("crm.stagehistory.list"), "items": ITEMS})
    assert len(pages(listed["items"])) == 7
    with pytest.raises(FatalError, match="Access denied"):
        pages(listed["moves"])


def test_a_window_that_fails_raises_after_what_came_before_it(portal: StandIn, client: Client) -> None:
    whole = table(rows(12_000))

    def listed(params: dict[str, Any]) -> Any:
        above = params.get("filter", {}).get(">id", "")
        if str(above).isdecimal() and int(above) > 6_000:
            raise Refusal("OPERATION_TIME_LIMIT", "Method is blocked", 429)
        return whole(params)

    portal.says("crm.item.list", listed)
    found: list[int] = []
    reading = list_all(client, ITEMS, expected=FULL_LISTING, overlap=4)
    with pytest.raises(CutOffError) as cut:
        found.extend(row["id"] for page in reading for row in page)
    assert 200 < len(found) <= 6_050
    assert cut.value.after_id == found[-1] == len(found)
    assert str(cut.value).count("broke off") == 1


def test_a_short_list_is_not_cut_into_many_windows(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.list", table(rows(400)))
    assert len(ids_of(client, expected=FULL_LISTING, overlap=4)) == 400
    assert client.requests_sent <= 3


def test_a_portal_that_does_not_sort_downwards_costs_speed_but_no_row(
    portal: StandIn, client: Client
) -> None:
    upwards = table(rows(3_000))
    portal.says("crm.item.list", lambda params: upwards({**params, "order": {"id": "ASC"}}))
    assert ids_of(client, expected=FULL_LISTING, overlap=4) == list(range(1, 3_001))


# -- what ends a list early --------------------------------------------------------------------------------


def failing_at(page: int, refusal: Refusal, count: int = 400) -> Any:
    whole, asked = table(rows(count)), 0

    def listed(params: dict[str, Any]) -> Any:
        nonlocal asked
        asked += 1
        if asked == page:
            raise refusal
        return whole(params)

    return listed


def test_a_spent_budget_raises_and_says_how_far_it_got(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.list", failing_at(3, Refusal("OPERATION_TIME_LIMIT", "Method is blocked", 429)))
    listed = list_all(client, ITEMS, expected=FULL_LISTING)
    found = [row["id"] for page in islice(listed, 2) for row in page]
    assert found == list(range(1, 101))
    with pytest.raises(CutOffError, match="after id 100") as cut:
        next(listed)
    assert (cut.value.after_id, cut.value.retry_after, cut.value.code) == (100, 60, "OPERATION_TIME_LIMIT")
    assert isinstance(cut.value, RetriableError)


def test_a_cut_off_list_is_read_on_from_where_it_ended(
    portal: StandIn, client: Client, clock: VirtualClock
) -> None:
    portal.says("crm.item.list", failing_at(3, Refusal("OPERATION_TIME_LIMIT", "Method is blocked", 429)))
    found: list[int] = []
    after_id = 0
    try:
        for page in list_all(client, ITEMS, expected=FULL_LISTING):
            found += [row["id"] for row in page]
    except CutOffError as cut:
        after_id = cut.after_id
        clock.advance(cut.retry_after or 0)
    found += ids_of(client, after_id=after_id, expected=FULL_LISTING)
    assert found == list(range(1, 401))


@pytest.mark.parametrize("lost", ["p0", "p2"])
def test_a_missing_page_is_not_an_end(portal: StandIn, client: Client, lost: str) -> None:
    portal.says("crm.item.list", table(rows(400)))
    portal.maim = lambda parts: parts["result"].pop(lost, None)
    with pytest.raises(CutOffError):
        ids_of(client, expected=FULL_LISTING)


def test_an_empty_batch_is_not_an_empty_list(portal: StandIn, client: Client) -> None:
    portal.instead = [(200, '{"result":{"result":[],"result_error":[],"result_time":[]}}')] * 9
    with pytest.raises(CutOffError):
        ids_of(client, expected=FULL_LISTING)


@pytest.mark.parametrize("page", ["<html>maintenance</html>", "", '{"result":', "{}"])
def test_a_page_of_html_is_not_an_empty_list(portal: StandIn, client: Client, page: str) -> None:
    portal.says("crm.item.list", table(rows(400)))
    portal.instead = [None, None, (200, page), (200, page), (200, page), (200, page)]
    with pytest.raises(CutOffError) as cut:
        ids_of(client)
    assert cut.value.after_id == 150


@pytest.mark.parametrize(
    "result",
    [
        {"items": rows(50, first=1)},  # the filter is ignored: the same page again
        {"items": list(reversed(rows(50, first=51)))},
        {"items": [{"id": 51}, {"id": 51}]},
        {"items": [{"title": "no id"}]},
        {"items": [{"id": "x"}]},
        {"items": {"1": {"id": 51}}},
        {"items": None},
        {},
        [],
        "text",
    ],
)
def test_a_page_that_does_not_go_on_from_the_last_is_an_error(
    portal: StandIn, client: Client, result: Any
) -> None:
    first = {"items": rows(50)}
    portal.says("crm.item.list", lambda params: first if str(params["filter"][">id"]) == "0" else result)
    with pytest.raises(FatalError, match="after id 50"):
        ids_of(client)


def test_a_portal_that_does_not_stop_at_a_broken_reference_changes_nothing(
    portal: StandIn, client: Client
) -> None:
    """Some read an empty `>id` as "from the start" instead of refusing it."""
    whole = table(rows(60))

    def listed(params: dict[str, Any]) -> Any:
        above = params["filter"][">id"]
        return whole({**params, "filter": {">id": above or 0}})

    portal.says("crm.item.list", listed)
    assert ids_of(client, expected=FULL_LISTING) == list(range(1, 61))


def test_a_refused_list_raises_what_the_portal_says(portal: StandIn, client: Client) -> None:
    refusal = Refusal("INVALID_ARG_VALUE", "Invalid filter: field 'x' is not allowed in filter")
    portal.says("crm.item.list", failing_at(1, refusal))
    with pytest.raises(FatalError, match="field 'x'"):
        ids_of(client)
