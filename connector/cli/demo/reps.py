"""Scripted reps: people who do in the CRM what people do, each with a webhook and an address of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from requests.adapters import HTTPAdapter

from connector.bitrix24.auth import WebhookAuth
from connector.bitrix24.call import Call
from connector.bitrix24.checklists import checklist_call, checklist_of
from connector.bitrix24.client import Client
from connector.bitrix24.task_rows import SELECT, task_from
from connector.bitrix24.throttle import Throttle
from connector.clock import Clock
from connector.errors import ConnectorError
from connector.records import ItemRef, Task

T = TypeVar("T")

PATIENCE_SECONDS, LOOK_SECONDS = 25.0, 0.4


class From(HTTPAdapter):
    """Calls from an address of this machine's own: the portal counts requests by address."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, source_address=(self._address, 0))


class StoryError(ConnectorError):
    """Something that the story waits for did not come."""


@dataclass(frozen=True, slots=True)
class SeenTask:
    """A task as a rep sees it."""

    task: Task
    results: Mapping[str, int]


class Rep:
    """One employee of the portal."""

    def __init__(self, user_id: int, name: str, webhook_url: str, clock: Clock) -> None:
        self.user_id, self.name, self._clock = user_id, name, clock
        adapter = From(f"127.0.1.{user_id % 250 + 1}")
        self._client = Client(
            WebhookAuth(webhook_url), clock=clock, throttle=Throttle(clock), adapter=adapter
        )

    def close(self) -> None:
        self._client.close()

    def do(self, method: str, **params: Any) -> Any:
        """Call the portal as this rep; StoryError when it refuses."""
        answer = self._client.send(Call(method, params))
        if not answer.is_done:
            raise StoryError(f"{self.name}: the portal refused {method}: {answer.description} {answer.error}")
        return answer.result

    def read(self, method: str, **params: Any) -> Any:
        return self._client.ask(Call(method, params)).result

    # --- what a rep does -----------------------------------------------------------------------------------

    def add(self, entity_type_id: int, **fields: Any) -> ItemRef:
        """Make a record."""
        made = self.do("crm.item.add", entityTypeId=entity_type_id, fields=fields)
        return ItemRef(entity_type_id, int(made["item"]["id"]))

    def edit(self, ref: ItemRef, **fields: Any) -> None:
        self.do("crm.item.update", entityTypeId=ref.entity_type_id, id=ref.id, fields=fields)

    def drag(self, ref: ItemRef, stage_id: str) -> None:
        """Move the card."""
        self.edit(ref, stageId=stage_id)

    def complete(self, seen: SeenTask, result: str | None = None) -> None:
        """Tick a result, complete the task."""
        if result is not None:
            self.do("task.checklistitem.complete", TASKID=seen.task.id, ITEMID=seen.results[result])
        self.do("tasks.task.complete", taskId=seen.task.id)

    def postpone(self, seen: SeenTask, until: datetime) -> None:
        self.do("tasks.task.update", taskId=seen.task.id, fields={"DEADLINE": until})

    # --- what a rep sees -----------------------------------------------------------------------------------

    def item(self, ref: ItemRef) -> Mapping[str, Any]:
        answer = self.read("crm.item.get", entityTypeId=ref.entity_type_id, id=ref.id)
        item: Mapping[str, Any] = answer["item"]
        return item

    def open_tasks(self, binding: str) -> list[SeenTask]:
        """The card's tasks that are not completed, with the results that each can be given."""
        rows = self.read(
            "tasks.task.list",
            filter={"UF_CRM_TASK": binding, "!REAL_STATUS": 5},
            select=list(SELECT),
            order={"ID": "asc"},
        )
        return [self._seen(task_from(row)) for row in rows["tasks"]]

    def _seen(self, task: Task) -> SeenTask:
        lines = checklist_of(self._client.ask(checklist_call(task.id)))
        return SeenTask(task, {line.title: line.id for line in lines if line.parent_id})

    def until(self, what: str, look: Callable[[], T | None]) -> T:
        """Look again and again until there is something; StoryError names what did not come."""
        end = self._clock.monotonic() + PATIENCE_SECONDS
        while self._clock.monotonic() < end:
            found = look()
            if found:
                return found
            self._clock.sleep(LOOK_SECONDS)
        raise StoryError(f"{what} did not come within {PATIENCE_SECONDS:.0f} s")

    def task(self, binding: str, title: str) -> SeenTask:
        """The open task of the card whose title begins so, once it is there with its results."""

        def look() -> SeenTask | None:
            found = [each for each in self.open_tasks(binding) if each.task.title.startswith(title)]
            return found[0] if found and found[0].results else None

        return self.until(f'the task "{title}…"', look)

    def at_stage(self, ref: ItemRef, stage_ids: Sequence[str]) -> str:
        """Wait until the card stands in one of these stages."""

        def look() -> str | None:
            stage = str(self.item(ref)["stageId"])
            return stage if stage in stage_ids else None

        return self.until(f"{ref} in {' or '.join(stage_ids)}", look)
