"""The portal's set-up is copied; what somebody changes in it is noticed, kept and told, and stops nothing."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from connector.bitrix24.call import Call
from connector.flow.set_up import refresh_catalogue
from connector.records import COMPANY, DEAL, LEAD
from connector.store import catalogue, open_data, schema_changes
from connector.store.schema_changes import SchemaChange
from tests.connector.cli_bench import Program
from tests.connector.flow.workshop import NEW, WORK, Workshop


def an_admin(workshop: Workshop, method: str, **params: Any) -> Any:
    """Somebody changes the portal's settings."""
    answer = workshop.portal.client.send(Call(method, params))
    assert answer.is_done, answer
    return answer.result


def noticed(workshop: Workshop) -> list[SchemaChange]:
    """What a later copy finds."""
    before = workshop.clock.now()
    workshop.clock.advance(86_400)
    workshop.app.copy_catalogue("main")
    with workshop.app.database.read() as conn:
        return schema_changes.since(conn, "main", before + timedelta(seconds=1))


def status_row(workshop: Workshop, stage_id: str) -> str:
    rows = an_admin(workshop, "crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE_1"})
    return str(next(row["ID"] for row in rows if row["STATUS_ID"] == stage_id))


def test_the_first_copy_is_no_change_and_neither_is_a_second(workshop: Workshop) -> None:
    assert noticed(workshop) == []
    assert noticed(workshop) == []


def test_a_renamed_stage_is_kept_with_its_former_name(workshop: Workshop) -> None:
    an_admin(workshop, "crm.status.update", id=status_row(workshop, WORK), fields={"NAME": "Busy"})
    (change,) = noticed(workshop)
    assert (change.what, change.id, change.status) == ("stage", WORK, "changed")
    assert change.before is not None
    assert change.after == {**change.before, "name": "Busy"}


def test_a_bound_field_that_is_deleted_is_told_and_its_column_stays(
    workshop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    fields = an_admin(workshop, "crm.deal.userfield.list", filter={"FIELD_NAME": "UF_CRM_WALK_REASON"})
    an_admin(workshop, "crm.deal.userfield.delete", id=fields[0]["ID"])
    with caplog.at_level(logging.WARNING):
        changes = noticed(workshop)
    assert [(each.id, each.status) for each in changes] == [("ufCrm_WALK_REASON", "removed")]
    assert "used_by=pipelines.sale.fields.reason" in caplog.text
    with workshop.app.database.read() as conn:
        assert [each.column for each in open_data.mirrored_fields(conn, "main")[DEAL]] == ["reason"]


def test_directories_are_options_of_their_fields(workshop: Workshop) -> None:
    with workshop.app.database.read() as conn:
        for type_id in (DEAL, LEAD):
            assert "WEB" in catalogue.get_fields(conn, "main", type_id)["sourceId"].options
            assert catalogue.get_fields(conn, "main", type_id)["stageId"].options == {}


def test_fields_that_the_configuration_names_are_copied_and_have_columns(workshop: Workshop) -> None:
    workshop.more += (
        '\n[portals.main.mirror.fields]\ndeal = ["closedate", "typeId"]\ncompany = ["industry"]\n'
    )
    workshop.restart()
    workshop.app.copy_catalogue("main")
    deal = workshop.sandbox.deal(stage=NEW, TYPE_ID="SALE", CLOSEDATE="2026-04-01")
    workshop.settle()
    with workshop.app.database.read() as conn:
        shown = open_data.mirrored_fields(conn, "main")
        (view,) = (each for each in open_data.views(conn) if each.name == "deals")
        ((values,),) = open_data.read(conn, view, ["main"])
    assert [(each.column, each.kind) for each in shown[DEAL]] == [
        ("closedate", "date"), ("reason", "text"), ("type_id", "choice")
    ]  # fmt: skip
    assert [each.column for each in shown[COMPANY]] == ["industry"]
    row = dict(zip((column.name for column in view.columns), values, strict=True))
    assert (row["id"], str(row["closedate"]), row["type_id"]) == (deal.id, "2026-04-01", "SALE")
    assert row["type_id_label"]


def test_status_and_doctor_tell_what_changed_of_that_which_the_configuration_names(
    workshop: Workshop,
) -> None:
    program = Program(
        workshop.folder / "config.toml", clock=workshop.clock, adapters={"main": workshop.adapter}
    )
    assert "set-up" not in program("status")
    an_admin(workshop, "crm.status.update", id=status_row(workshop, WORK), fields={"NAME": "Busy"})
    an_admin(workshop, "crm.category.update", entityTypeId=DEAL, id=0, fields={"name": "Main"})
    assert len(noticed(workshop)) == 2
    text = program("status")
    assert f'CHANGED  0 seconds ago: stage {WORK} "Busy" of deal: name' in text
    assert "(config.toml names it: pipelines.sale.stages.work)" in text
    assert "1 change in 30 days of what config.toml does not name" in text
    (warning, rest) = (note for note in program.json("doctor")["notes"] if note["subject"] == "set-up")
    assert "pipelines.sale.stages.work" in warning["message"]
    assert (warning["level"], rest["level"]) == ("warning", "ok")


def test_a_start_right_after_the_first_copy_does_not_read_the_set_up_again(workshop: Workshop) -> None:
    before = workshop.portal.client.requests_sent
    refresh_catalogue(workshop.portal)
    assert workshop.portal.client.requests_sent == before

    workshop.sandbox.people.users[6].is_active = False
    workshop.clock.advance(300)
    refresh_catalogue(workshop.portal)
    with workshop.app.database.read() as conn:
        assert not catalogue.get_people(conn, "main")[6].is_active
