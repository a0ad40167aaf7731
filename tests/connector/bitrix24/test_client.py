"""Reads are repeated and raise; writes are not and never do; every command of a batch has its own outcome."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import requests

from connector.bitrix24 import Call, Client, Outcome, Priority, Ref, Throttle, Trouble, WebhookAuth
from connector.clock import VirtualClock
from connector.errors import AuthError, FatalError, GoneError, RetriableError
from tests.connector.bitrix24.portal import WEBHOOK, Refusal, StandIn

READ = Call("crm.item.get", {"entityTypeId": 2, "id": 7})
WRITE = Call("crm.item.update", {"entityTypeId": 2, "id": 7, "fields": {"stageId": "WON"}})
PAGE = (200, "<html>maintenance</html>")
BUSY = (503, '{"error":"QUERY_LIMIT_EXCEEDED","error_description":"Too many requests"}')
REFUSED = requests.ConnectTimeout("refused")
LOST = requests.ReadTimeout("timed out")


def raising(refusal: Refusal) -> Any:
    def method(params: dict[str, Any]) -> Any:
        raise refusal

    return method


# -- reads ---------------------------------------------------------------------------------------------


def test_a_read_answers(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.get", lambda params: {"item": {"id": params["id"]}})
    assert client.ask(READ).result == {"item": {"id": 7}}
    assert client.requests_sent == 1
    assert client.host == "portal.example"


@pytest.mark.parametrize("fault", [PAGE, BUSY, REFUSED, LOST, (500, '{"error":"INTERNAL_SERVER_ERROR"}')])
def test_a_read_is_repeated_after(portal: StandIn, client: Client, clock: VirtualClock, fault: Any) -> None:
    portal.says("crm.item.get", {"item": {}})
    portal.instead = [fault, fault]
    assert client.ask(READ).is_done
    assert client.requests_sent == 3
    assert 0 < clock.monotonic() < 10


def test_a_read_gives_up_after_some_seconds(portal: StandIn, client: Client, clock: VirtualClock) -> None:
    portal.instead = [LOST] * 9
    with pytest.raises(RetriableError, match="did not answer in time"):
        client.ask(READ)
    assert client.requests_sent == 4
    assert clock.monotonic() == 1 + 2 + 4


def test_a_read_that_took_a_minute_is_not_repeated_at_once(
    portal: StandIn, client: Client, clock: VirtualClock
) -> None:
    def slow(params: dict[str, Any]) -> Any:
        clock.advance(60)
        raise Refusal("INTERNAL_SERVER_ERROR", "", 500)

    portal.says("crm.item.get", slow)
    with pytest.raises(RetriableError):
        client.ask(READ)
    assert client.requests_sent == 1


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (Refusal("NOT_FOUND", "Element not found"), GoneError),
        (Refusal("ACCESS_DENIED", "Access denied"), FatalError),
        (Refusal("insufficient_scope", "", 403), AuthError),
        (Refusal("NO_AUTH_FOUND", "Wrong authorization data", 401), AuthError),
    ],
)
def test_a_refused_read_raises_by_what_to_do(
    portal: StandIn, client: Client, refusal: Refusal, error: type[Exception]
) -> None:
    portal.says("crm.item.get", raising(refusal))
    with pytest.raises(error, match=refusal.code) as raised:
        client.ask(READ)
    assert type(raised.value) is error
    assert client.requests_sent == 1


def test_a_method_without_run_time_is_not_asked(portal: StandIn, client: Client, clock: VirtualClock) -> None:
    portal.says("crm.item.get", {"item": {}})
    portal.times["crm.item.get"] = {"finish": 1000, "operating": 400, "operating_reset_at": 1120}
    client.ask(READ)
    with pytest.raises(RetriableError, match="OPERATION_TIME_LIMIT") as parked:
        client.ask(READ)
    assert parked.value.retry_after == 120
    assert client.requests_sent == 1
    clock.advance(120)
    assert client.ask(READ).is_done


# -- writes --------------------------------------------------------------------------------------------


def test_a_write_is_done(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.update", {"item": {"id": 7}})
    assert client.send(WRITE).outcome is Outcome.DONE


@pytest.mark.parametrize("fault", [PAGE, LOST, (502, ""), (500, '{"error":"INTERNAL_SERVER_ERROR"}')])
def test_a_write_without_an_answer_is_unknown_and_sent_once(
    portal: StandIn, client: Client, fault: Any
) -> None:
    portal.instead = [fault]
    assert client.send(WRITE).outcome is Outcome.UNKNOWN
    assert client.requests_sent == 1


@pytest.mark.parametrize("fault", [BUSY, REFUSED])
def test_a_write_that_certainly_did_not_run_is_repeated(portal: StandIn, client: Client, fault: Any) -> None:
    portal.says("crm.item.update", {"item": {"id": 7}})
    portal.instead = [fault, fault]
    assert client.send(WRITE).is_done
    assert len([one for one in portal.commands if one.method == "crm.item.update"]) == 1


def test_a_portal_that_stays_busy_leaves_a_write_not_run(portal: StandIn, client: Client) -> None:
    portal.instead = [BUSY] * 9
    answer = client.send(WRITE)
    assert (answer.outcome, answer.trouble) == (Outcome.NOT_RUN, Trouble.BUSY)


def test_a_refused_write_is_rejected_and_raises_nothing(portal: StandIn, client: Client) -> None:
    refusal = Refusal("CRM_FIELD_ERROR_REQUIRED", 'The "Amount" field is required')
    portal.says("crm.item.update", raising(refusal))
    answer = client.send(WRITE)
    assert answer.outcome is Outcome.REJECTED
    assert (answer.error, answer.description) == (refusal.code, refusal.text)


def test_a_dead_credential_leaves_writes_waiting_and_blocks_the_portal(
    portal: StandIn, client: Client, clock: VirtualClock
) -> None:
    portal.says("crm.item.update", raising(Refusal("NO_AUTH_FOUND", "Wrong authorization data", 401)))
    for _ in range(20):
        answer = client.send(WRITE)
        assert (answer.outcome, answer.trouble) == (Outcome.NOT_RUN, Trouble.AUTH)
    assert client.requests_sent == 2
    assert client.block is not None
    assert client.block.trouble is Trouble.AUTH
    with pytest.raises(AuthError):
        client.ask(READ)
    portal.says("crm.item.update", {"item": {}})
    clock.advance(1800)
    assert client.send(WRITE).is_done
    assert client.block is None


def test_one_refused_credential_alone_puts_nothing_off(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.update", raising(Refusal("expired_token", "The access token has expired", 401)))
    answer = client.send(WRITE)
    assert (answer.outcome, answer.retry_after) == (Outcome.NOT_RUN, None)
    assert client.block is None


def test_an_overloaded_portal_is_probed_every_half_hour(
    portal: StandIn, client: Client, clock: VirtualClock
) -> None:
    portal.says("crm.item.update", raising(Refusal("OVERLOAD_LIMIT", "REST API is blocked", 503)))
    for _ in range(12):
        assert client.send(WRITE).retry_after is not None
        clock.advance(600)
    assert client.requests_sent == 4


@pytest.mark.parametrize(
    ("location", "trouble"),
    [("https://new.example/rest/", Trouble.RENAMED), ("/coupon_activation.php", Trouble.UNAVAILABLE)],
)
def test_a_portal_that_points_elsewhere_is_not_followed(
    portal: StandIn, client: Client, location: str, trouble: Trouble
) -> None:
    portal.instead = [(302, "", {"Location": location})] * 2
    answer = client.send(WRITE)
    assert (answer.outcome, answer.trouble) == (Outcome.NOT_RUN, trouble)
    assert client.block is not None
    assert client.requests_sent == 1


# -- batches -------------------------------------------------------------------------------------------


def test_many_reads_are_one_request_with_an_answer_each(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.get", lambda params: {"item": {"id": int(params["id"])}})
    portal.says("user.current", {"ID": "1"})
    calls = {f"i{number}": Call("crm.item.get", {"id": number}) for number in range(49)}
    answers = client.ask_many(
        {
            **calls,
            "me": Call("user.current"),
        }
    )
    assert client.requests_sent == 1
    assert answers["i48"].result == {"item": {"id": 48}}
    assert answers["me"].result == {"ID": "1"}


def test_more_than_fifty_reads_are_several_requests(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.get", lambda params: int(params["id"]))
    answers = client.ask_many({f"i{number}": Call("crm.item.get", {"id": number}) for number in range(120)})
    assert [answer.result for answer in answers.values()] == list(range(120))
    assert client.requests_sent == 3


def test_a_batch_of_writes_holds_fifty(client: Client) -> None:
    with pytest.raises(ValueError, match="50"):
        client.send_many({f"i{number}": WRITE for number in range(51)})
    assert client.requests_sent == 0


def test_a_name_that_could_break_a_reference_is_refused(client: Client) -> None:
    with pytest.raises(ValueError, match="name"):
        client.send_many({"a][b": WRITE})


def test_commands_of_a_batch_fail_one_by_one(portal: StandIn, client: Client) -> None:
    def update(params: dict[str, Any]) -> Any:
        if params["id"] == "2":
            raise Refusal("NOT_FOUND", "Element not found")
        return {"item": {"id": params["id"]}}

    portal.says("crm.item.update", update)
    answers = client.send_many({f"u{one}": Call("crm.item.update", {"id": one}) for one in (1, 2, 3)})
    assert [answer.outcome for answer in answers.values()] == [Outcome.DONE, Outcome.REJECTED, Outcome.DONE]
    assert answers["u2"].is_gone


def test_later_commands_use_what_earlier_ones_answered(portal: StandIn, client: Client) -> None:
    portal.says("tasks.task.add", {"task": {"id": "3711"}})
    portal.says("task.checklistitem.add", lambda params: int(params["TASKID"]) + 1)
    answers = client.send_many(
        {
            "add": Call("tasks.task.add", {"fields": {"TITLE": "x"}}),
            "line": Call("task.checklistitem.add", {"TASKID": Ref("add", ("task", "id"))}),
        },
        halt=True,
    )
    assert answers["line"].result == 3712


def test_a_halting_batch_stops_at_the_first_failure(portal: StandIn, client: Client) -> None:
    portal.says("tasks.task.add", raising(Refusal("ERROR_CORE", "no title")))
    answers = client.send_many(
        {"add": Call("tasks.task.add"), "line": Call("task.checklistitem.add")}, halt=True
    )
    assert answers["add"].outcome is Outcome.REJECTED
    assert (answers["line"].outcome, answers["line"].trouble) == (Outcome.NOT_RUN, Trouble.HALTED)


@pytest.mark.parametrize("fault", [LOST, PAGE, (504, "")])
def test_an_unanswered_batch_of_writes_leaves_every_command_unknown(
    portal: StandIn, client: Client, fault: Any
) -> None:
    portal.instead = [fault]
    answers = client.send_many({"a": WRITE, "b": WRITE})
    assert {answer.outcome for answer in answers.values()} == {Outcome.UNKNOWN}
    assert client.requests_sent == 1


def test_a_refused_batch_of_writes_has_not_run_and_is_repeated(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.update", {"item": {}})
    portal.instead = [BUSY]
    answers = client.send_many({"a": WRITE, "b": WRITE})
    assert all(answer.is_done for answer in answers.values())
    assert len([one for one in portal.commands if one.method == "crm.item.update"]) == 2


def test_an_unanswered_batch_of_reads_is_repeated_and_then_raises(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.get", {"item": {}})
    portal.instead = [PAGE]
    assert client.ask_many({"a": READ})["a"].is_done
    portal.instead = [PAGE] * 9
    with pytest.raises(RetriableError, match="batch"):
        client.ask_many({"a": READ})


def test_a_command_the_batch_says_nothing_of_is_not_taken_for_done(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.update", {"item": {}})
    portal.says("crm.item.get", {"item": {}})

    def lose(parts: dict[str, Any]) -> None:
        parts["result"].pop("b")

    portal.maim = lose
    assert client.send_many({"a": WRITE, "b": WRITE})["b"].outcome is Outcome.UNKNOWN
    assert client.ask_many({"a": READ, "b": READ})["b"].outcome is Outcome.NOT_RUN


def test_a_method_refused_in_a_batch_is_parked_and_the_others_go_on(
    portal: StandIn, client: Client, clock: VirtualClock
) -> None:
    portal.says("crm.item.get", raising(Refusal("OPERATION_TIME_LIMIT", "Method is blocked", 429)))
    portal.says("user.current", {"ID": "1"})
    calls = {"item": READ, "me": Call("user.current")}
    first = client.ask_many(calls)
    assert (first["item"].outcome, first["item"].retry_after) == (Outcome.NOT_RUN, 60)
    assert first["me"].is_done

    second = client.ask_many(calls)
    assert second["item"].trouble is Trouble.OPERATING
    assert list(second) == ["item", "me"]
    assert [one.method for one in portal.commands if one.method == "crm.item.get"] == ["crm.item.get"]


def test_a_halting_batch_sends_nothing_behind_a_parked_method(
    portal: StandIn, client: Client, throttle: Throttle
) -> None:
    portal.says("user.current", {"ID": "1"})
    portal.times["crm.item.get"] = {"finish": 0, "operating": 400, "operating_reset_at": 60}
    portal.says("crm.item.get", {"item": {}})
    client.ask_many({"item": READ})
    answers = client.ask_many(
        {"me": Call("user.current"), "item": READ, "again": Call("user.current")}, halt=True
    )
    assert answers["me"].is_done
    assert answers["item"].trouble is Trouble.OPERATING
    assert answers["again"].trouble is Trouble.HALTED


def test_a_command_that_hangs_on_a_parked_one_is_not_sent_either(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.get", {"item": {"id": 7}})
    portal.says("user.current", {"ID": "1"})
    portal.times["crm.item.get"] = {"finish": 0, "operating": 400, "operating_reset_at": 60}
    client.ask(READ)
    hanging = Call("user.get", {"FILTER": {"ID": [Ref("item", ("item", "assignedById"))]}})
    answers = client.send_many({"item": READ, "hanging": hanging, "me": Call("user.current")})
    assert [answer.trouble for answer in answers.values()] == [
        Trouble.OPERATING,
        Trouble.HALTED,
        Trouble.NONE,
    ]
    assert list(answers) == ["item", "hanging", "me"]
    assert [one.method for one in portal.commands] == ["crm.item.get", "user.current"]


def test_run_time_billed_to_the_batch_itself_parks_batches(portal: StandIn, client: Client) -> None:
    portal.says("user.current", {"ID": "1"})
    portal.says("batch", None)
    body = '{"result":{"result":{"me":1}},"time":{"finish":0,"operating":400,"operating_reset_at":60}}'
    portal.instead = [(200, body)]
    client.ask_many({"me": Call("user.current")})
    with pytest.raises(RetriableError, match="OPERATION_TIME_LIMIT"):
        client.ask_many({"me": Call("user.current")})
    assert client.requests_sent == 1


def test_rest_3_calls_go_beside_the_batch(portal: StandIn, client: Client) -> None:
    portal.says("api/tasks.task.get", {"item": {"id": 1}})
    portal.says("tasks.task.get", {"task": {"id": "1"}})
    answers = client.ask_many(
        {"new": Call("tasks.task.get", {"id": 1}, api="v3"), "old": Call("tasks.task.get", {"taskId": 1})}
    )
    assert list(answers) == ["new", "old"]
    assert [one.method for one in portal.requests] == ["batch", "api/tasks.task.get"]
    with pytest.raises(ValueError, match="take part"):
        client.ask_many({"new": Call("tasks.task.get", api="v3")}, halt=True)


def test_a_portal_without_rest_3_is_not_taken_for_a_dead_credential(portal: StandIn, client: Client) -> None:
    portal.says("api/tasks.task.get", raising(Refusal("NO_AUTH_FOUND", "Wrong authorization data", 401)))
    for _ in range(3):
        answer = client.ask_many({"new": Call("tasks.task.get", api="v3")})["new"]
        assert (answer.outcome, answer.trouble) == (Outcome.REJECTED, Trouble.SCOPE)
    assert client.block is None


# -- limits ----------------------------------------------------------------------------------------------


def test_five_thousand_updates_keep_to_two_requests_a_second(
    portal: StandIn, client: Client, clock: VirtualClock
) -> None:
    portal.says("crm.item.update", {"item": {}})
    for _ in range(100):
        answers = client.send_many({f"u{one}": Call("crm.item.update", {"id": one}) for one in range(50)})
        assert all(answer.is_done for answer in answers.values())
    assert clock.monotonic() == pytest.approx((100 - 45) / 1.9)


def test_the_share_of_the_budget_in_use_is_known(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.get", {})
    assert client.budget() == 0
    for _ in range(9):
        client.ask(READ, priority=Priority.REP)
    assert client.budget() == pytest.approx(9 / 45)


def test_refusals_are_counted(portal: StandIn, client: Client) -> None:
    portal.says("crm.item.get", {})
    portal.instead = [BUSY, BUSY]
    client.ask(READ)
    assert (client.requests_sent, client.requests_refused) == (3, 2)


def test_a_blocked_portal_is_logged_once_and_so_is_its_return(
    portal: StandIn, client: Client, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    portal.says(
        "crm.item.update", raising(Refusal("OVERLOAD_LIMIT", "REST API is blocked due to overload", 503))
    )
    for _ in range(3):
        client.send(WRITE)
        clock.advance(1_800)
    portal.says("crm.item.update", {"item": {}})
    client.send(WRITE)
    told = [record.getMessage() for record in caplog.records if "action=portal" in record.getMessage()]
    assert told == [
        "action=portal status=blocked host=portal.example trouble=overload "
        'reason="REST API is blocked due to overload"',
        "action=portal status=open host=portal.example",
    ]


# -- OAuth's seat ----------------------------------------------------------------------------------------


class Token(WebhookAuth):
    """A credential with a token in the body, renewed when it is too old: what OAuth will be."""

    def __init__(self) -> None:
        super().__init__(WEBHOOK)
        self.token, self.renewals = "old", 0

    def parameters(self) -> dict[str, Any]:
        return {"auth": self.token}

    def on_expired(self) -> bool:
        self.renewals += 1
        self.token = "new"
        return True


def test_an_expired_token_is_renewed_once_and_the_call_repeated(
    portal: StandIn, clock: VirtualClock, throttle: Throttle
) -> None:
    def update(params: dict[str, Any]) -> Any:
        if params["auth"] == "old":
            raise Refusal("expired_token", "The access token provided has expired.", 401)
        return {"item": {}}

    portal.says("crm.item.update", update)
    auth = Token()
    client = Client(auth, clock=clock, throttle=throttle)
    assert client.send(WRITE).is_done
    assert auth.renewals == 1
