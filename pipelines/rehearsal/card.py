"""The card of a rehearsal: what a portal would hold of one item, and what a command does to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pipelines.engine.model import Assign, Command, CreateItem, MoveStage, Notify, SetFields, StartPipeline
from pipelines.world import Child, plain

if TYPE_CHECKING:
    from pipelines.definition import Definition
    from pipelines.script import Scenario

#: What a command changed: the item's values, or its stage.
CHANGED, MOVED = "changed", "moved"


class Card:
    """One item and everything that came of it."""

    def __init__(
        self, definition: Definition, scenario: Scenario, others: Mapping[str, Definition], zone: ZoneInfo
    ) -> None:
        self._definition, self._others, self._zone = definition, others, zone
        given = dict(scenario.item)
        self.fields = {
            name: self._typed(name, value) for name, value in dict(given.pop("fields", {})).items()
        }
        self.item: dict[str, Any] = {name: self._standard(name, value) for name, value in given.items()}
        self.item.setdefault("title", None)
        if self.item.get("contact") is None and self.item.get("contacts"):
            self.item["contact"] = self.item["contacts"][0]
        self.visit = 1
        self.children: list[Child] = []
        self.links: dict[str, dict[str, Any]] = {}
        self.notified: list[int] = []
        self.turns: dict[str, int] = {}

    @property
    def stage(self) -> str | None:
        """Where the card stands."""
        stage: str | None = self.item.get("stage")
        return stage

    @property
    def owner(self) -> int | None:
        owner: int | None = self.item.get("owner")
        return owner

    def put(self, stage: str) -> None:
        """The card goes to a stage, which makes a visit."""
        self.item["stage"] = stage
        self.visit += 1

    def fill(self, values: Mapping[str, Any]) -> None:
        """Fields of the pipeline first, then standard names of the item."""
        for name, value in values.items():
            if name in self._definition.fields:
                self.fields[name] = self._typed(name, value)
            else:
                self.item[name] = self._standard(name, value)

    def value(self, name: str) -> Any:
        return self.fields.get(name) if name in self._definition.fields else self.item.get(name)

    def obey(self, command: Command) -> str | None:
        """Do what a command asks for; says what changed, if anything that the engine should hear of."""
        does = _DOES.get(type(command))
        return does(self, command) if does is not None else None

    def _write(self, command: SetFields) -> str:
        self.fill(command.values)
        return CHANGED

    def _assign(self, command: Assign) -> str:
        self.item["owner"] = command.user
        if command.team is not None:
            self.turns[command.team] = command.user
        return CHANGED

    def _move(self, command: MoveStage) -> str | None:
        if command.visit != str(self.visit) or command.stage == self.stage:
            return None
        self.put(command.stage)
        return MOVED

    def _create(self, command: CreateItem) -> str:
        names = (command.link, command.pipeline, command.type, command.kind)
        self._make(names, command.link, command.pipeline, None)
        return CHANGED

    def _start(self, command: StartPipeline) -> str:
        names = (command.link, command.follow_on, command.pipeline)
        self._make(names, command.link, command.pipeline, command.stage)
        return CHANGED

    def _make(
        self, names: tuple[str | None, ...], link: str | None, pipeline: str | None, stage: str | None
    ) -> None:
        self.children.append(Child(frozenset(name for name in names if name)))
        if link is not None:
            other = self._others.get(pipeline or "")
            first = stage or (other.stages[0].id if other else None)
            self.links[link] = {"id": len(self.children), "stage": first, "status": "open"}

    def _notify(self, command: Notify) -> None:
        self.notified.append(command.user)

    def _standard(self, name: str, value: Any) -> Any:
        value = plain(value, self._zone)
        return _number(value) if name == "amount" else value

    def _typed(self, name: str, value: Any) -> Any:
        """A field's value as the connector would read it from the card."""
        spec = self._definition.fields.get(name)
        value = plain(value, self._zone)
        if spec is None or value is None:
            return value
        if spec.type == "date" and isinstance(value, str):
            return date.fromisoformat(value)
        if spec.type == "date" and isinstance(value, datetime):
            return value.astimezone(self._zone).date()
        if spec.type in ("number", "money"):
            return _number(value)
        return value


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


_DOES: Mapping[type[Command], Callable[[Card, Any], str | None]] = {
    SetFields: Card._write,
    Assign: Card._assign,
    MoveStage: Card._move,
    CreateItem: Card._create,
    StartPipeline: Card._start,
    Notify: Card._notify,
}
