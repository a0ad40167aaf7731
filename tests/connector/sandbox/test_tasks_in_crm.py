"""Tasks on CRM items: bindings, the mirror among the activities, and how the two follow each other."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.company import CONTRACT_APPROVAL
from connector.sandbox.crm.records import Record
from connector.sandbox.portal import SandboxPortal
from connector.sandbox.tasks_state import Status
from tests.connector.sandbox.calls import ADMIN, OTHER, REP, ask, events_of


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


@pytest.fixture
def deal(portal: SandboxPortal) -> Record:
    return portal.deal(ASSIGNED_BY_ID=REP)


def add(portal: SandboxPortal, *codes: str, **fields: Any) -> int:
    given = {"TITLE": "Call back", "RESPONSIBLE_ID": REP, "UF_CRM_TASK": list(codes), **fields}
    return int(ask(portal, "tasks.task.add", {"fields": given}).result["task"]["id"])


def bindings(portal: SandboxPortal, task_id: int) -> list[str]:
    asked = {"taskId": task_id, "select": ["UF_CRM_TASK"]}
    return list(ask(portal, "tasks.task.get", asked).result["task"]["ufCrmTask"])


def mirrors(portal: SandboxPortal, task_id: int) -> list[dict[str, Any]]:
    wanted = {"PROVIDER_ID": "CRM_TASKS_TASK", "ASSOCIATED_ENTITY_ID": task_id}
    return list(ask(portal, "crm.activity.list", {"filter": wanted}).result)


def test_a_task_is_found_by_the_item_that_it_is_bound_to(portal: SandboxPortal, deal: Record) -> None:
    other = portal.deal()
    task_id = add(portal, f"D_{deal.id}", f"D_{other.id}")
    add(portal, f"D_{other.id}")
    listed = {"filter": {"UF_CRM_TASK": f"D_{deal.id}"}, "select": ["ID"]}
    assert [row["id"] for row in ask(portal, "tasks.task.list", listed).result["tasks"]] == [str(task_id)]
    assert [task.id for task in portal.tasks_of(deal)] == [task_id]


def test_the_code_of_a_smart_process_is_its_number_in_lower_case_hex(portal: SandboxPortal) -> None:
    item = portal.item(CONTRACT_APPROVAL)
    code = f"T{CONTRACT_APPROVAL:x}_{item.id}"
    assert bindings(portal, add(portal, code, f"T{CONTRACT_APPROVAL}_{item.id}")) == [code]


@pytest.mark.parametrize("switch", ["isUseInUserfieldEnabled", "linkedUserFields"])
def test_a_smart_process_with_a_switch_off_falls_out_of_the_binding_without_a_word(
    portal: SandboxPortal, switch: str
) -> None:
    item = portal.item(CONTRACT_APPROVAL)
    smart = portal.crm.entity_type(CONTRACT_APPROVAL).smart
    assert smart is not None
    if switch == "linkedUserFields":
        smart.linked_user_fields = {}
    else:
        smart.flags[switch] = False
    task_id = add(portal, f"T{CONTRACT_APPROVAL:x}_{item.id}")
    assert bindings(portal, task_id) == []
    assert mirrors(portal, task_id) == []


def test_a_bound_task_has_a_mirror_among_the_activities(portal: SandboxPortal, deal: Record) -> None:
    task_id = add(portal, f"D_{deal.id}", DEADLINE="2026-03-01T18:00:00+03:00")
    (row,) = mirrors(portal, task_id)
    told = {
        name: row[name] for name in ("OWNER_TYPE_ID", "OWNER_ID", "TYPE_ID", "PROVIDER_TYPE_ID", "SUBJECT")
    }
    assert told == {
        "OWNER_TYPE_ID": "2",
        "OWNER_ID": str(deal.id),
        "TYPE_ID": "6",
        "PROVIDER_TYPE_ID": "TASKS_TASK",
        "SUBJECT": "Call back",
    }
    assert (row["DEADLINE"], row["COMPLETED"]) == ("2026-03-01T18:00:00+03:00", "N")


def test_without_a_deadline_the_mirror_is_due_at_the_end_of_time(portal: SandboxPortal, deal: Record) -> None:
    (row,) = mirrors(portal, add(portal, f"D_{deal.id}"))
    assert row["DEADLINE"] == "9999-12-31T00:00:00+03:00"


def test_the_mirror_follows_the_task(portal: SandboxPortal, deal: Record) -> None:
    task_id = add(portal, f"D_{deal.id}")
    portal.rename_task(task_id, "Call again")
    portal.complete_task(task_id)
    (row,) = mirrors(portal, task_id)
    assert (row["SUBJECT"], row["COMPLETED"], row["STATUS"]) == ("Call again", "Y", "2")
    ask(portal, "tasks.task.update", {"taskId": task_id, "fields": {"UF_CRM_TASK": []}})
    assert mirrors(portal, task_id) == []


def test_completing_the_mirror_completes_the_task_and_back(portal: SandboxPortal, deal: Record) -> None:
    task_id = add(portal, f"D_{deal.id}")
    mirror_id = mirrors(portal, task_id)[0]["ID"]
    told = events_of(portal)
    ask(portal, "crm.activity.update", {"id": mirror_id, "fields": {"COMPLETED": "Y"}}, by=REP)
    assert portal.task(task_id).status == Status.COMPLETED
    assert [name for name, _ in told] == ["ONCRMACTIVITYUPDATE", "ONTASKUPDATE"]
    ask(portal, "crm.activity.update", {"id": mirror_id, "fields": {"COMPLETED": "N"}}, by=REP)
    assert portal.task(task_id).status == Status.PENDING


def test_under_control_completing_the_mirror_awaits_the_creator(portal: SandboxPortal, deal: Record) -> None:
    task_id = add(portal, f"D_{deal.id}", TASK_CONTROL="Y")
    mirror_id = mirrors(portal, task_id)[0]["ID"]
    ask(portal, "crm.activity.update", {"id": mirror_id, "fields": {"COMPLETED": "Y"}}, by=REP)
    assert portal.task(task_id).status == Status.AWAITING_CONTROL
    assert mirrors(portal, task_id)[0]["COMPLETED"] == "Y"
    ask(portal, "crm.activity.update", {"id": mirror_id, "fields": {"COMPLETED": "N"}})
    assert portal.task(task_id).status == Status.PENDING


def test_the_mirror_is_edited_by_the_rules_of_the_task(portal: SandboxPortal, deal: Record) -> None:
    task_id = add(portal, f"D_{deal.id}")
    mirror_id = mirrors(portal, task_id)[0]["ID"]
    renaming = {"id": mirror_id, "fields": {"SUBJECT": "Mine"}}
    assert ask(portal, "crm.activity.update", renaming, by=OTHER).refusal == (400, "")
    ask(portal, "crm.activity.update", renaming)
    assert portal.task(task_id).title == "Mine"


def test_deleting_the_mirror_leaves_the_task_bound_to_nothing(portal: SandboxPortal, deal: Record) -> None:
    task_id = add(portal, f"D_{deal.id}")
    told = events_of(portal)
    ask(portal, "crm.activity.delete", {"id": mirrors(portal, task_id)[0]["ID"]})
    assert bindings(portal, task_id) == []
    assert [name for name, _ in told] == ["ONCRMACTIVITYDELETE", "ONTASKUPDATE"]
    assert portal.tasks_of(deal) == []


def test_deleting_the_task_takes_the_mirror_along(portal: SandboxPortal, deal: Record) -> None:
    task_id = add(portal, f"D_{deal.id}")
    portal.delete_task(task_id, by=ADMIN)
    assert mirrors(portal, task_id) == []
    assert portal.activities_of(deal) == []


def test_one_mirror_hangs_on_every_item_and_is_listed_once_for_each(
    portal: SandboxPortal, deal: Record
) -> None:
    client = portal.company()
    task_id = add(portal, f"D_{deal.id}", f"CO_{client.id}")
    both = [{"OWNER_TYPE_ID": 2, "OWNER_ID": deal.id}, {"OWNER_TYPE_ID": 4}]
    rows = ask(portal, "crm.activity.list", {"filter": {"BINDINGS": both}, "select": ["ID"]}).result
    assert len(rows) == 2
    assert rows[0] == rows[1]
    assert len(mirrors(portal, task_id)) == 1
