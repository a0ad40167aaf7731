"""One guarded stage change with one task, by four engines: state from JSON, the change, state back to JSON.

Each gets what its documentation shows for state that is kept outside: python-statemachine a model with a
state field, transitions one machine for many models, SpiffWorkflow its own serializer. What only this product
does (steps, journal, reasons, repeats, versions) it does here too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState
from statemachine import State, StateMachine
from transitions import Machine

from pipelines.calendar import CalendarSpec
from pipelines.engine import CreateTask, Facts, Moved, Process, Started, decide
from pipelines.loader import load_text

#: One event; returns what was saved.
Event = Callable[[], bytes | str]
SAVED = orjson.dumps({"stage": "work", "amount": 5, "owner": 7, "tasks": ["Call the customer"]})
TASK = "Send the offer"


def funnelwright() -> Event:
    """The rep moves the card; the gate is asked, the open task closed, the next one made."""
    definition = load_text(
        """
        id = "sale"
        title = "Sale"
        entity = "deal"
        [[entries]]
        stage = "work"
        [[stages]]
        id = "work"
        [[stages.steps]]
        id = "call"
        task = { title = "Call the customer" }
        [[stages]]
        id = "offer"
        [[stages.steps]]
        id = "send"
        task = { title = "Send the offer" }
        [[stages]]
        id = "won"
        status = "won"
        [[transitions]]
        from = "work"
        to = "offer"
        when = "item.amount > 0"
        """
    )
    now = datetime(2026, 1, 12, 6, tzinfo=UTC)
    item = {"title": "Acme", "amount": 5, "owner": 7, "stage": "work"}
    facts = Facts(calendar=CalendarSpec().build(), item=item)
    start = Started(key="s1", at=now, visit="v1", stage="work", how="create")
    begun = decide(definition, None, start, facts, now, item="deal:1").process
    assert begun is not None
    saved = begun.to_json()
    move = Moved(key="s2", at=now, by=7, visit="v2", stage="offer")

    def event() -> str:
        decision = decide(definition, Process.from_json(saved), move, facts, now)
        assert decision.process is not None
        assert any(isinstance(each, CreateTask) and each.title == TASK for each in decision.commands)
        return decision.process.to_json()

    return event


class Deal:
    """What the two libraries for state machines keep their state in."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.stage, self.amount = values["stage"], values["amount"]
        self.owner, self.tasks = values["owner"], values["tasks"]

    def has_amount(self) -> bool:
        return bool(self.amount > 0)

    def give_task(self) -> None:
        self.tasks = [TASK]

    def dump(self) -> bytes:
        saved = {"stage": self.stage, "amount": self.amount, "owner": self.owner, "tasks": self.tasks}
        return orjson.dumps(saved)


class Sale(StateMachine):
    """The same two stages for python-statemachine."""

    work = State(initial=True)
    offer = State(enter="give_task")
    move = work.to(offer, cond="has_amount")
    back = offer.to(work)


def python_statemachine() -> Event:
    def event() -> bytes:
        deal = Deal(orjson.loads(SAVED))
        Sale(deal, state_field="stage").send("move")
        assert deal.tasks == [TASK]
        return deal.dump()

    return event


def transitions() -> Event:
    """The machine is made once; a model is added, moved and taken out again for each event."""
    states = ["work", {"name": "offer", "on_enter": "give_task"}]
    machine = Machine(
        model=None, states=states, initial="work", auto_transitions=False, model_attribute="stage"
    )
    machine.add_transition("move", "work", "offer", conditions="has_amount")

    def event() -> bytes:
        deal: Any = Deal(orjson.loads(SAVED))
        machine.add_model(deal, initial=deal.stage)
        deal.move()
        machine.remove_model(deal)
        assert deal.tasks == [TASK]
        return bytes(deal.dump())

    return event


def spiff_workflow() -> Event:
    parser = BpmnParser()
    parser.add_bpmn_file(str(Path(__file__).with_name("stage_change.bpmn")))
    workflow, serializer = BpmnWorkflow(parser.get_spec("stage_change")), BpmnWorkflowSerializer()
    workflow.do_engine_steps()
    workflow.get_next_task(state=TaskState.READY).data["amount"] = 5
    saved = serializer.serialize_json(workflow)

    def event() -> str:
        restored = serializer.deserialize_json(saved)
        restored.get_next_task(state=TaskState.READY).run()
        restored.do_engine_steps()
        assert restored.get_next_task(state=TaskState.READY).task_spec.bpmn_name == TASK
        return str(serializer.serialize_json(restored))

    return event
