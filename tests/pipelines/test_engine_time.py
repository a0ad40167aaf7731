"""Dates and clocks: due dates that follow a field, limits, escalations, what postponing does to them."""

from __future__ import annotations

from datetime import timedelta

from pipelines.engine import Notify, TimerFired, UpdateTask, due_timers
from tests.pipelines.crm import CRM, MONDAY

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def sale(steps: str, stage: str = "") -> str:
    return f"""
id = "sale"
title = "Sale"
entity = "deal"
[fields]
meeting_at = {{ type = "datetime" }}
[[entries]]
stage = "work"
[[stages]]
id = "work"
title = "Work"
{stage}
{steps}
[[stages]]
id = "won"
status = "won"
"""


def task(rest: str = "", name: str = "call", due: str = "") -> str:
    spec = f', due = "{due}"' if due else ""
    return f'[[stages.steps]]\nid = "{name}"\ntask = {{ title = "Call"{spec} }}\n{rest}\n'


def begun(text: str) -> CRM:
    crm = CRM(text)
    crm.start()
    return crm


def test_a_due_date_from_a_field_follows_the_field() -> None:
    crm = CRM(sale(task(due="fields.meeting_at - duration('2h')")))
    crm.fields["meeting_at"] = MONDAY + DAY
    crm.start()
    assert crm.task("call").due == MONDAY + DAY - 2 * HOUR
    crm.fill(meeting_at=MONDAY + 3 * DAY)
    assert [update.due for update in crm.asked(UpdateTask)] == [MONDAY + 3 * DAY - 2 * HOUR]


def test_a_due_date_from_a_field_that_is_filled_later_comes_then() -> None:
    crm = begun(sale(task(due="fields.meeting_at")))
    assert crm.task("call").due is None
    crm.fill(meeting_at=MONDAY + DAY)
    assert crm.task("call").due == MONDAY + DAY


def test_a_date_that_a_person_gave_stays_until_the_field_moves() -> None:
    crm = CRM(sale(task(due="fields.meeting_at")))
    crm.fields["meeting_at"] = MONDAY + DAY
    crm.start()
    crm.postpone("call", MONDAY + 5 * DAY)
    crm.fill(title="Acme Ltd")
    assert crm.asked(UpdateTask) == []
    crm.fill(meeting_at=MONDAY + 2 * DAY)
    assert crm.task("call").due == MONDAY + 2 * DAY


def test_a_date_that_was_worked_out_from_now_is_worked_out_once() -> None:
    crm = begun(sale(task(due="now + duration('24h')")))
    crm.now += HOUR
    crm.fill(title="Acme Ltd")
    assert crm.asked(UpdateTask) == []


def test_a_step_that_takes_too_long_is_written_down_and_escalated() -> None:
    escalation = """limit = "1 working day"
[[stages.steps.escalations]]
after = "2 working days"
do = [{ notify = "head", text = "{item.title}: call is late" }]"""
    crm = begun(sale(task(escalation)))
    crm.advance(DAY)
    assert [entry.text for entry in crm.said("overdue")] == ['"Call" takes longer than it may']
    crm.advance(DAY)
    assert [(told.user, told.text) for told in crm.asked(Notify)] == [(3, "Acme: call is late")]


def test_a_stage_escalates_at_several_levels_from_the_start_of_the_visit() -> None:
    stage = """limit = "1 day"
escalations = [
  { after = "2 days", do = [{ notify = "owner", text = "two" }] },
  { after = "4 days", do = [{ notify = "head", text = "four" }] },
]"""
    crm = begun(sale(task(), stage))
    crm.advance(DAY)
    assert len(crm.said("overdue")) == 1
    crm.complete("call")
    crm.advance(4 * DAY)
    assert [told.text for told in crm.asked(Notify)] == ["two", "four"]


def test_the_clocks_of_a_stage_stop_when_it_is_left() -> None:
    crm = begun(sale(task('limit = "1 day"'), 'limit = "2 days"'))
    assert len(crm.state.timers) == 2
    crm.move("won")
    assert crm.state.timers == {}


def test_postponing_moves_the_limit_as_far_as_the_date() -> None:
    crm = begun(sale(task('limit = "2 days"', due="1 day")))
    crm.postpone("call", MONDAY + 4 * DAY)
    assert list(crm.state.timers.values()) == [MONDAY + 5 * DAY]


def test_a_limit_from_a_field_follows_the_field() -> None:
    crm = CRM(sale(task('limit = "fields.meeting_at"')))
    crm.fields["meeting_at"] = MONDAY + DAY
    crm.start()
    crm.fill(meeting_at=MONDAY + 2 * DAY)
    crm.advance(DAY)
    assert crm.said("overdue") == []
    crm.advance(DAY)
    assert len(crm.said("overdue")) == 1


def test_a_timer_that_is_not_due_or_not_there_means_nothing() -> None:
    crm = begun(sale(task('limit = "2 days"')))
    assert crm.tell(TimerFired, name="v1/call/1#limit").journal == ()
    assert crm.tell(TimerFired, name="v1/other/1#limit").journal == ()
    assert list(crm.state.timers) == ["v1/call/1#limit"]


def test_timers_of_one_instant_fire_in_the_order_of_the_file() -> None:
    steps = task('limit = "1 day"', name="zebra") + task('limit = "1 day"\nafter = []', name="ant")
    crm = begun(sale(steps, 'limit = "1 day"'))
    later = MONDAY + DAY
    assert due_timers(crm.definition, crm.state, later) == ("v1#limit", "v1/zebra/1#limit", "v1/ant/1#limit")
    assert due_timers(crm.definition, crm.state, later - HOUR) == ()
