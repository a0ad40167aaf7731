"""Two ordinary clients that are not ours work with the sandbox as with any portal, over real HTTPS.

`b24pysdk` is Bitrix24's own SDK, `fast_bitrix24` a widely used one; each lists, gets, adds, updates and
batches deals, items of a smart process, and tasks.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
from b24pysdk import BitrixWebhook, Client
from b24pysdk.errors import BitrixAPIError
from fast_bitrix24 import BitrixAsync

from connector.sandbox.company import CONTRACT_APPROVAL, SIMPLE_SALE
from connector.sandbox.portal import SandboxPortal
from connector.sandbox.server import serve
from tests.connector.sandbox.calls import ADMIN, REP

DEALS = 120


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for this machine, and with that of who signed it."""
    folder = tmp_path_factory.mktemp("tls")
    signer = trustme.CA()
    signer.cert_pem.write_to_path(str(folder / "authority.pem"))
    certificate = signer.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    for place, part in enumerate(certificate.cert_chain_pems):
        part.write_to_path(str(folder / "chain.pem"), append=place > 0)
    return folder


@pytest.fixture
def portal(authority: Path) -> Iterator[SandboxPortal]:
    """A portal that listens, with deals, items and tasks for more than two pages."""
    portal = SandboxPortal()
    for place in range(DEALS):
        portal.deal(TITLE=f"Deal {place}", CATEGORY_ID=SIMPLE_SALE, ASSIGNED_BY_ID=REP)
        portal.item(CONTRACT_APPROVAL, TITLE=f"Contract {place}")
        portal.add_task(f"Task {place}", to=REP, by=ADMIN)
    files = str(authority / "chain.pem"), str(authority / "key.pem")
    with serve(portal, certificate=files):
        yield portal


# --- b24pysdk --------------------------------------------------------------------------------------------


@pytest.fixture
def client(portal: SandboxPortal, authority: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority / "authority.pem"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return Client(
        BitrixWebhook(domain=portal.domain, webhook_token=f"{ADMIN}/{portal.webhook_secret(ADMIN)}")
    )


def test_b24pysdk_works_on_deals(portal: SandboxPortal, client: Any) -> None:
    number = client.crm.deal.add({"TITLE": "Pumps", "CATEGORY_ID": SIMPLE_SALE}).result
    assert client.crm.deal.update(number, {"OPPORTUNITY": 500}).result is True
    deal = client.crm.deal.get(number).result
    assert (deal["TITLE"], deal["OPPORTUNITY"], deal["STAGE_ID"]) == ("Pumps", "500.00", "C1:NEW")
    paged = client.crm.deal.list(select=["ID"], order={"ID": "ASC"}).as_list().result
    keyset = list(client.crm.deal.list(select=["ID"]).as_list_fast().result)
    assert (
        [row["ID"] for row in paged]
        == [row["ID"] for row in keyset]
        == [str(n + 1) for n in range(DEALS + 1)]
    )


def test_b24pysdk_works_on_items_of_a_smart_process(portal: SandboxPortal, client: Any) -> None:
    items, kind = client.crm.item, CONTRACT_APPROVAL
    item = items.add(kind, {"title": "Contract 17", "xmlId": "cx:1"}).result["item"]
    stage = item["stageId"].replace("NEW", "PROTOCOL")
    assert (
        items.update(kind, item["id"], {"stageId": stage}).result["item"]["previousStageId"]
        == item["stageId"]
    )
    got = items.get(kind, item["id"]).result["item"]
    assert (got["xmlId"], got["stageId"]) == ("cx:1", stage)
    assert len(items.list(kind, select=["id"]).as_list().result) == DEALS + 1


def test_b24pysdk_works_on_tasks(portal: SandboxPortal, client: Any) -> None:
    task = client.tasks.task.add({"TITLE": "Call", "RESPONSIBLE_ID": REP, "XML_ID": "cx:1"}).result["task"]
    number = int(task["id"])
    client.tasks.task.update(number, {"DEADLINE": "2026-03-01T18:00:00+03:00"}).call()
    root = client.task.checklistitem.add(number, {"TITLE": "Outcome", "PARENT_ID": 0}).result
    line = client.task.checklistitem.add(number, {"TITLE": "Interested", "PARENT_ID": root}).result
    assert client.task.checklistitem.complete(number, line).result is True
    assert client.tasks.task.complete(number).result["task"]["status"] == "5"
    got = client.tasks.task.get(number, select=["ID", "XML_ID", "DEADLINE"]).result["task"]
    assert (got["xmlId"], got["deadline"]) == ("cx:1", "2026-03-01T18:00:00+03:00")
    listed = client.tasks.task.list(select=["ID"], order={"ID": "asc"}).as_list().result
    assert len(listed) == DEALS + 1


def test_b24pysdk_batches_a_hundred_commands_in_two_requests(portal: SandboxPortal, client: Any) -> None:
    asked = {f"deal{n}": client.crm.deal.get(n + 1) for n in range(60)}
    asked |= {f"task{n}": client.tasks.task.get(n + 1, select=["ID", "TITLE"]) for n in range(40)}
    result = client.call_batches(asked).result.result
    assert result["deal59"]["ID"] == "60"
    assert result["task39"]["task"]["title"] == "Task 39"


def test_b24pysdk_speaks_v3(portal: SandboxPortal, authority: Path, client: Any) -> None:
    newer = Client(client.get_token(), prefer_version=3)
    fields = {"title": "Call", "creatorId": ADMIN, "responsibleId": REP, "xmlId": "cx:3"}
    item = newer.tasks.task.add(fields).result["item"]
    assert (item["id"], item["status"], item["xmlId"]) == (DEALS + 1, "pending", "cx:3")
    assert "/tasks.task.add" in newer.rest.documentation.openapi().call()["paths"]


def test_b24pysdk_understands_refusals(portal: SandboxPortal, client: Any) -> None:
    with pytest.raises(BitrixAPIError) as refusal:
        client.crm.item.get(CONTRACT_APPROVAL, 999_999).call()
    assert refusal.value.error == "NOT_FOUND"
    with pytest.raises(BitrixAPIError) as refusal:
        client.tasks.task.complete(999_999).call()
    assert str(refusal.value.error) == "0"


# --- fast_bitrix24 ---------------------------------------------------------------------------------------


def run(portal: SandboxPortal, authority: Path, work: Callable[[BitrixAsync], Awaitable[Any]]) -> Any:
    """Do some work with the client, in a session that trusts the sandbox's certificate."""

    async def inside() -> Any:
        trusting = ssl.create_default_context(cafile=str(authority / "authority.pem"))
        connector = aiohttp.TCPConnector(ssl=trusting)
        async with aiohttp.ClientSession(connector=connector, raise_for_status=True) as session:
            return await work(BitrixAsync(portal.webhook_url(ADMIN), verbose=False, client=session))

    return asyncio.run(inside())


def test_fast_bitrix24_works_on_deals(portal: SandboxPortal, authority: Path) -> None:
    async def work(bitrix: BitrixAsync) -> None:
        number = await bitrix.call("crm.deal.add", {"fields": {"TITLE": "Pumps", "CATEGORY_ID": SIMPLE_SALE}})
        await bitrix.call("crm.deal.update", {"ID": number, "fields": {"OPPORTUNITY": 500}})
        deals = await bitrix.get_by_ID("crm.deal.get", [number, 1])
        assert (deals[str(number)]["TITLE"], deals[str(number)]["OPPORTUNITY"]) == ("Pumps", "500.00")
        assert deals["1"]["TITLE"] == "Deal 0"
        rows = await bitrix.get_all("crm.deal.list", {"select": ["ID", "TITLE"]})
        assert {row["ID"] for row in rows} == {str(n + 1) for n in range(DEALS + 1)}

    run(portal, authority, work)


def test_fast_bitrix24_works_on_items_of_a_smart_process(portal: SandboxPortal, authority: Path) -> None:
    kind = {"entityTypeId": CONTRACT_APPROVAL}

    async def work(bitrix: BitrixAsync) -> None:
        made = await bitrix.call(
            "crm.item.add", {**kind, "fields": {"title": "Contract 17", "xmlId": "cx:1"}}
        )
        number = made["id"]
        await bitrix.call("crm.item.update", {**kind, "id": number, "fields": {"opportunity": 12.5}})
        item = await bitrix.call("crm.item.get", {**kind, "id": number})
        assert (item["xmlId"], item["opportunity"]) == ("cx:1", 12.5)
        assert len(await bitrix.get_all("crm.item.list", {**kind, "select": ["id"]})) == DEALS + 1

    run(portal, authority, work)


def test_fast_bitrix24_works_on_tasks(portal: SandboxPortal, authority: Path) -> None:
    async def work(bitrix: BitrixAsync) -> None:
        fields = {"TITLE": "Call", "RESPONSIBLE_ID": REP, "XML_ID": "cx:1"}
        task = await bitrix.call("tasks.task.add", {"fields": fields})
        update = {"taskId": task["id"], "fields": {"PRIORITY": 2}}
        assert (await bitrix.call("tasks.task.update", update))["priority"] == "2"
        got = await bitrix.call("tasks.task.get", {"taskId": task["id"], "select": ["ID", "XML_ID"]})
        assert got["xmlId"] == "cx:1"
        rows = await bitrix.get_all("tasks.task.list", {"select": ["ID"]})
        assert {row["id"] for row in rows} == {str(n + 1) for n in range(DEALS + 1)}

    run(portal, authority, work)


def test_fast_bitrix24_batches_many_commands(portal: SandboxPortal, authority: Path) -> None:
    async def work(bitrix: BitrixAsync) -> None:
        updates = [{"ID": n + 1, "fields": {"TITLE": f"Renamed {n}"}} for n in range(70)]
        assert list(await bitrix.call("crm.deal.update", updates)) == [True] * 70
        commands = {
            "add": "tasks.task.add?fields[TITLE]=Call&fields[RESPONSIBLE_ID]=5",
            "got": "tasks.task.get?taskId=$result[add][task][id]&select[]=TITLE",
        }
        answers = await bitrix.call_batch({"halt": 1, "cmd": commands})
        assert answers["got"]["task"]["title"] == "Call"

    run(portal, authority, work)
    assert portal.value((2, 70), "TITLE") == "Renamed 69"
