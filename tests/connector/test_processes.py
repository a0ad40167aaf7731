"""The product as a user runs it: processes, sockets, signals."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from connector.records import DEAL
from connector.store import Database, inbox
from tests.connector.flow.test_opportunities import DATA, needs_data
from tests.connector.machine import Machine

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def event(machine: Machine, **changes: str) -> str:
    """The body of a genuine event about a deal, or one that differs in what is named."""
    pairs = {
        "event": "ONCRMDEALUPDATE",
        "data[FIELDS][ID]": "999999",
        "ts": "1766047124",
        "auth[domain]": machine.facts["webhook_url"].split("/")[2],
        "auth[member_id]": machine.facts["member_id"],
        "auth[application_token]": machine.facts["application_token"],
    }
    return urlencode({**pairs, **changes})


def test_the_receiver_refuses_what_is_not_the_portals_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    with Machine(tmp_path, "--deals", "0") as machine:
        machine.start()
        many = "&".join(f"a{number}=1" for number in range(201))
        refused = {
            "wrong token": (event(machine, **{"auth[application_token]": "no"}), 403),
            "no token": ("event=ONCRMDEALUPDATE&data[FIELDS][ID]=1", 403),
            "another account": (event(machine, **{"auth[member_id]": "0" * 32}), 403),
            "another address": (event(machine, **{"auth[domain]": "evil.example"}), 403),
            "no number": (event(machine, **{"data[FIELDS][ID]": "x"}), 400),
            "not UTF-8": (event(machine) + "&a=%ff", 400),
            "too many pairs": (event(machine) + "&" + many, 413),
            "too large": (event(machine) + "&a=" + "x" * 70_000, 413),
        }
        for what, (body, status) in refused.items():
            answer = requests.post(machine.events_url, data=body, headers=FORM, timeout=10)
            assert answer.status_code == status, what
        unknown = requests.post(
            machine.events_url.replace("/main/", "/other/"), data=event(machine), headers=FORM
        )
        assert unknown.status_code == 403
        assert requests.post(machine.events_url, json={"event": "x"}, timeout=10).status_code == 415
        machine.stop()

        database = Database(f"sqlite:///{tmp_path}/funnelwright.db")
        with database.read() as conn:
            assert not any(inbox.counts(conn, "main").values())
        database.close()


def test_a_genuine_event_is_on_disk_when_it_is_answered(tmp_path: Path) -> None:
    with Machine(tmp_path, "--deals", "0") as machine:
        machine.start()
        answer = requests.post(machine.events_url, data=event(machine), headers=FORM, timeout=10)
        machine.kill()

        assert answer.status_code == 200
        database = Database(f"sqlite:///{tmp_path}/funnelwright.db")
        with database.read() as conn:
            assert sum(inbox.counts(conn, "main").values()) == 1
        database.close()


@pytest.mark.parametrize("kills", [2, pytest.param(6, marks=pytest.mark.slow)])
def test_killed_at_any_moment_it_goes_on_without_loss_or_double(tmp_path: Path, kills: int) -> None:
    chance = random.Random(7)
    deals: list[int] = []
    with Machine(tmp_path, "--deals", "0") as machine:
        for _ in range(kills):
            machine.start()
            for number in range(6):
                fields = {"title": f"Deal {number}", "categoryId": 1, "assignedById": 5}
                deals.append(machine.call("crm.item.add", entityTypeId=DEAL, fields=fields)["item"]["id"])
            time.sleep(chance.uniform(0.0, 0.7))
            machine.kill()
        machine.start()

        for deal in deals:
            machine.until(f"a task of deal {deal}", lambda deal=deal: bool(machine.open_tasks(deal)))  # type: ignore[misc]
        machine.until("nothing is on its way", lambda: _is_quiet(machine))

        assert all(len(machine.open_tasks(deal)) == 1 for deal in deals)
        assert set(machine.markers(deals).values()) == {1}


def _is_quiet(machine: Machine) -> bool:
    from connector.store import outbox

    database = Database(f"sqlite:///{machine.folder}/funnelwright.db")
    with database.read() as conn:
        counts = outbox.counts(conn, "main")
    database.close()
    return not any(
        counts.get(state) for state in (outbox.State.PENDING, outbox.State.SENDING, outbox.State.UNKNOWN)
    )


@needs_data
@pytest.mark.slow
def test_copying_the_opportunities_stays_under_250_megabytes(tmp_path: Path) -> None:
    with Machine(tmp_path, "--import", str(DATA)) as machine:
        copying = machine.run("sync")
        _, status, usage = os.wait4(copying.pid, 0)
        copying.returncode = os.waitstatus_to_exitcode(status)

        assert copying.returncode == 0
        assert usage.ru_maxrss / 1024 < 250
