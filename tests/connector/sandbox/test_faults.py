"""Limits and faults, seen by a client in this process: `requests` over the adapter, on a virtual clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from connector.sandbox.adapter import SandboxAdapter
from connector.sandbox.faults import Fault
from connector.sandbox.limits import ENTERPRISE
from connector.sandbox.portal import SandboxPortal


class Client:
    """A plain client of a portal."""

    def __init__(self, portal: SandboxPortal) -> None:
        self.portal = portal
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.mount(portal.base_url, SandboxAdapter(portal))

    def post(self, method: str, *, timeout: float | None = 65.0, **params: object) -> requests.Response:
        url = self.portal.webhook_url() + method
        return self.session.post(url, json=params, timeout=timeout, allow_redirects=False)

    def titles(self) -> list[str]:
        rows = self.post("crm.deal.list", order={"ID": "ASC"}, select=["TITLE"]).json()["result"]
        return [row["TITLE"] for row in rows]

    def add(self, title: str, timeout: float | None = 65.0) -> requests.Response:
        return self.post("crm.deal.add", fields={"TITLE": title}, timeout=timeout)


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


@pytest.fixture
def client(portal: SandboxPortal) -> Iterator[Client]:
    client = Client(portal)
    yield client
    client.session.close()


def test_an_ordinary_client_gets_ordinary_answers(client: Client) -> None:
    answer = client.add("Pumps")
    assert (answer.status_code, answer.json()["result"]) == (200, 1)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert client.titles() == ["Pumps"]


def test_a_lost_request_changes_nothing(client: Client) -> None:
    client.portal.faults.lose_request("crm.deal.add")
    with pytest.raises(requests.ConnectionError):
        client.add("Pumps")
    assert client.titles() == []


def test_a_lost_answer_hides_what_was_done(client: Client) -> None:
    client.portal.faults.lose_answer("crm.deal.add")
    with pytest.raises(requests.ConnectionError):
        client.add("Pumps")
    assert client.titles() == ["Pumps"]
    assert client.add("Scales").status_code == 200


def test_a_late_commit_shows_after_the_client_gave_up(client: Client) -> None:
    client.portal.faults.commit_late("crm.deal.add", after=40)
    started = client.portal.clock.monotonic()
    with pytest.raises(requests.ReadTimeout):
        client.add("Pumps", timeout=10)
    assert client.portal.clock.monotonic() - started == 10
    assert client.titles() == []
    client.portal.clock.sleep(29)
    assert client.titles() == []
    client.portal.clock.sleep(2)
    assert client.titles() == ["Pumps"]
    assert client.portal.value((2, 1), "createdTime").isoformat() == "2026-01-12T06:00:40+00:00"


def test_a_patient_client_gets_the_late_answer(client: Client) -> None:
    client.portal.faults.commit_late("crm.deal.add", after=40)
    assert client.add("Pumps", timeout=65).json()["result"] == 1
    assert client.portal.clock.monotonic() == 40


def test_a_slow_answer_times_out_though_the_work_is_done(client: Client) -> None:
    client.portal.faults.slow_down("crm.deal.add", seconds=20)
    with pytest.raises(requests.ReadTimeout):
        client.add("Pumps", timeout=10)
    assert client.titles() == ["Pumps"]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (503, "QUERY_LIMIT_EXCEEDED"),
        (503, "OVERLOAD_LIMIT"),
        (429, "OPERATION_TIME_LIMIT"),
        (401, "expired_token"),
    ],
)
def test_refusals_run_nothing_and_end_after_their_number(client: Client, status: int, code: str) -> None:
    client.portal.faults.answer(status, code, times=2)
    for _ in range(2):
        answer = client.add("Pumps")
        assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert client.titles() == []


@pytest.mark.parametrize("is_committed", [True, False])
def test_an_html_page_does_not_tell_whether_it_was_done(client: Client, is_committed: bool) -> None:
    page = "<html><body>502 Bad Gateway</body></html>"
    client.portal.faults.answer(502, body=page, method="crm.deal.add", is_committed=is_committed)
    answer = client.add("Pumps")
    assert (answer.status_code, answer.text) == (502, page)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert client.titles() == (["Pumps"] if is_committed else [])


def test_a_renamed_portal_redirects(client: Client) -> None:
    client.portal.faults.answer(302, headers={"Location": "https://renamed.bitrix24.test/rest/"})
    answer = client.add("Pumps")
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://renamed.bitrix24.test/rest/")


def test_a_fault_finds_its_method_inside_a_batch(client: Client) -> None:
    client.portal.faults.lose_answer("crm.deal.add")
    cmd = {"a": "profile", "b": "crm.deal.add?fields[TITLE]=Pumps"}
    assert client.post("batch", cmd={"a": "profile"}).status_code == 200
    with pytest.raises(requests.ConnectionError):
        client.post("batch", cmd=cmd)
    assert client.titles() == ["Pumps"]


def test_single_commands_of_a_batch_can_be_refused(client: Client) -> None:
    client.portal.faults.refuse("OPERATION_TIME_LIMIT", status=429, method="crm.deal.add")
    cmd = [f"crm.deal.add?fields[TITLE]={name}" for name in ("one", "two")]
    result = client.post("batch", cmd=cmd).json()["result"]
    assert result["result_error"][0]["error"] == "OPERATION_TIME_LIMIT"
    assert client.titles() == ["two"]


def test_chances_strike_as_often_as_they_say_and_alike_under_one_seed() -> None:
    def struck(seed: int) -> dict[str, int]:
        portal = SandboxPortal(seed=seed)
        chances = portal.faults.chances
        chances.lost_request = chances.lost_answer = chances.page = chances.too_many = 0.1
        client = Client(portal)
        for number in range(300):
            try:
                client.add(str(number))
            except requests.ConnectionError:
                continue
        client.session.close()
        return dict(portal.faults.struck)

    first = struck(1)
    assert struck(1) == first
    assert struck(2) != first
    assert 80 < sum(first.values()) < 160


def test_switches_are_read_from_outside_and_nonsense_is_refused(portal: SandboxPortal) -> None:
    portal.faults.arm_from({"kind": "lost_answer", "method": "tasks.*", "times": 3})
    portal.faults.arm_from({"events": {"late": 0.5, "late_seconds": [1, 2]}, "chances": {"page": 0.1}})
    assert (portal.faults.armed[0].times, portal.faults.events.late_seconds, portal.faults.chances.page) == (
        3,
        (1, 2),
        0.1,
    )
    portal.faults.arm_from({"clear": True})
    assert portal.faults.are_off
    for switch in ({"kind": "lost_answer", "colour": "red"}, {"chances": {"luck": 1}}, {"kind": "no such"}):
        with pytest.raises(ValueError, match=r".+"):
            portal.faults.arm_from(switch)


# --- limits


@pytest.fixture
def limited() -> Iterator[Client]:
    client = Client(SandboxPortal(limits=True))
    yield client
    client.session.close()


def test_the_bucket_holds_fifty_requests_and_drains_two_a_second(limited: Client) -> None:
    statuses = [limited.post("profile").status_code for _ in range(51)]
    assert statuses == [200] * 50 + [503]
    assert limited.post("profile").json()["error"] == "QUERY_LIMIT_EXCEEDED"
    limited.portal.clock.sleep(1)
    assert [limited.post("profile").status_code for _ in range(3)] == [200, 200, 503]


def test_a_batch_is_one_request_and_other_addresses_have_buckets_of_their_own(limited: Client) -> None:
    for _ in range(49):
        limited.post("profile")
    assert limited.post("batch", cmd=["profile"] * 50).status_code == 200
    assert limited.post("profile").status_code == 503
    limited.session.mount(limited.portal.base_url, SandboxAdapter(limited.portal, source_ip="10.0.0.2"))
    assert limited.post("profile").status_code == 200


def test_an_enterprise_portal_is_more_patient() -> None:
    client = Client(SandboxPortal(limits=True, plan=ENTERPRISE))
    assert [client.post("profile").status_code for _ in range(251)][249:] == [200, 503]
    client.session.close()


def test_a_method_is_blocked_when_its_time_is_used_up_and_others_are_not(limited: Client) -> None:
    limited.portal.prices.list_seconds = 100.0
    operating = []
    for _ in range(5):
        time = limited.post("crm.deal.list", start=-1, timeout=None).json()["time"]
        operating.append((time["operating"], time["operating_reset_at"]))
    assert [round(used) for used, _ in operating] == [100, 200, 300, 400, 500]
    refused = limited.post("crm.deal.list", start=-1)
    assert (refused.status_code, refused.json()["error"]) == (429, "OPERATION_TIME_LIMIT")
    assert limited.post("crm.lead.list", start=-1, timeout=None).status_code == 200
    now = limited.portal.clock.now().timestamp()
    limited.portal.clock.sleep(operating[-1][1] - now)
    assert limited.post("crm.deal.list", start=-1, timeout=None).status_code == 200


def test_a_spent_method_is_refused_by_command_in_a_batch(limited: Client) -> None:
    limited.portal.prices.list_seconds = 500.0
    limited.post("crm.deal.list", start=-1, timeout=None)
    result = limited.post("batch", cmd=["crm.deal.list?start=-1", "profile"]).json()["result"]
    assert (
        result["result_error"]["0"] if isinstance(result["result_error"], dict) else result["result_error"][0]
    )
    assert list(result["result"]) == ["1"]


def test_counting_costs_by_the_rows_that_are_counted(client: Client) -> None:
    client.portal.seed(1000)
    client.portal.prices.count_seconds_per_1000_rows = 2.0
    client.portal.prices.list_seconds = 0.1
    before = client.portal.clock.monotonic()
    client.post("crm.deal.list", start=-1)
    assert client.portal.clock.monotonic() - before == pytest.approx(0.1)
    client.post("crm.deal.list", start=0)
    assert client.portal.clock.monotonic() - before == pytest.approx(2.2)


def test_limits_are_off_unless_asked_for(client: Client) -> None:
    assert {client.post("profile").status_code for _ in range(60)} == {200}


def test_a_batch_that_stops_in_its_middle_has_run_up_to_there(client: Client) -> None:
    commands = {f"c{number}": f"crm.deal.add?fields[TITLE]=Deal {number}" for number in range(9)}
    client.portal.faults.arm(Fault("half_run", "batch"))
    with pytest.raises(requests.ConnectionError):
        client.post("batch", cmd=commands)
    there = client.titles()
    assert there == [f"Deal {number}" for number in range(len(there))]
    assert len(there) < 9


def test_single_commands_of_a_batch_may_be_refused_by_chance(client: Client) -> None:
    client.portal.faults.chances.refused = 0.5
    commands = {f"c{number}": f"crm.deal.add?fields[TITLE]=Deal {number}" for number in range(20)}
    answer = client.post("batch", cmd=commands).json()["result"]
    client.portal.faults.clear()
    assert 0 < len(answer["result_error"]) < 20
    assert len(client.titles()) == len(answer["result"])


def test_rows_of_the_history_may_be_listed_late_but_all_are(client: Client, portal: SandboxPortal) -> None:
    portal.faults.history_lag_seconds = 60
    for number in range(8):
        client.add(f"Deal {number}")

    def rows() -> list[str]:
        items = client.post("crm.stagehistory.list", entityTypeId=2).json()["result"]["items"]
        return [row["OWNER_ID"] for row in items]

    assert len(rows()) < 8
    portal.clock.sleep(60)
    assert len(rows()) == 8
