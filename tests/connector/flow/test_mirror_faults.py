"""What the portal answers in trouble deletes nothing in the mirror, and is made good after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from connector.errors import ConnectorError
from connector.records import DEAL, ItemRef
from connector.sandbox.adapter import SandboxAdapter
from connector.sandbox.faults import Chances
from connector.store import crm_tasks, mirror
from tests.connector.flow.mirrored import differences
from tests.connector.flow.tampering import Tampered
from tests.connector.flow.workshop import Workshop, slow

DEALS = 60
#: Seeds that share one portal and one store; after each portion mirror and portal are compared.
PORTION = 100
PORTIONS = [range(first, first + PORTION) for first in range(0, 1_000, PORTION)]


@pytest.fixture
def tampered(tmp_path: Path, sqlite_url: str) -> Iterator[tuple[Workshop, Tampered]]:
    """A portal with a past, mirrored, behind a network that can be spoilt."""
    made: list[Tampered] = []

    def adapter(portal: object) -> SandboxAdapter:
        made.append(Tampered(portal))  # type: ignore[arg-type]
        return SandboxAdapter(made[0])  # type: ignore[arg-type]

    workshop = Workshop(tmp_path, sqlite_url, is_mirrored=False, adapter=adapter)
    workshop.sandbox.seed(deals=DEALS)
    for record in list(workshop.sandbox.crm.shelf(DEAL))[:5]:
        workshop.sandbox.add_task("Call", to=5, on=record)
    workshop.mirror()
    yield workshop, made[0]
    workshop.app.close()


@pytest.mark.parametrize(
    "seeds", [range(8), *map(slow, PORTIONS)], ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}"
)
def test_no_fault_deletes_what_is_there(tampered: tuple[Workshop, Tampered], seeds: range) -> None:
    workshop, network = tampered
    there = {
        ItemRef(type_id, number)
        for type_id in workshop.portal.entity_type_ids
        for number in workshop.sandbox.crm.shelf(type_id).records
    }
    with workshop.app.database.read() as conn:
        tasks_there = crm_tasks.ids(conn, "main")
    assert len(tasks_there) >= 5
    for seed in seeds:
        network.begin(seed, share=0.25)
        workshop.sandbox.faults.chances = _chances(seed)
        _work_in_trouble(workshop)
        with workshop.app.database.read() as conn:
            here = mirror.get_items(conn, "main", there)
            tasks_here = crm_tasks.ids(conn, "main")
        assert there == here.keys(), f"seed {seed}"
        assert tasks_there <= tasks_here, f"seed {seed}"
    network.begin(0, share=0.0)
    workshop.sandbox.faults.chances = Chances()
    workshop.clock.advance(3_600)
    workshop.app.sweep("main")
    assert differences(workshop) == []
    assert len(network.struck) > 3


def _chances(seed: int) -> Chances:
    random = Random(seed)
    return Chances(
        lost_request=random.uniform(0, 0.1),
        lost_answer=random.uniform(0, 0.1),
        page=random.uniform(0, 0.1),
        too_many=random.uniform(0, 0.1),
    )


def _work_in_trouble(workshop: Workshop) -> None:
    """Each of the ways in which the mirror is written; one that is barred is tried again next time."""
    ways = (workshop.app.reconcile_moves, workshop.app.reconcile_items, workshop.app.sweep)
    for way in ways:
        try:
            way("main")
        except ConnectorError:
            workshop.clock.advance(30)
    hinted = workshop.sandbox.crm.shelf(2).records
    for number in list(hinted)[:3]:
        workshop.sandbox.edit((2, number), OPPORTUNITY=round(workshop.clock.monotonic()))
    workshop.clock.advance(60)
    workshop.deliver()
    workshop.app.work("main")
