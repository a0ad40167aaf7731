"""Writing fields of the item: compared before it is asked for, and counted as written from then on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipelines.engine.model import SetFields
from pipelines.engine.process import Written
from pipelines.engine.scope import present_value
from pipelines.engine.values import from_json, settled, to_json

if TYPE_CHECKING:
    from pipelines.engine.model import Why
    from pipelines.engine.turn import Turn
    from pipelines.expressions import Expression


def set_expressions(turn: Turn, values: Mapping[str, Expression], key: str, why: Why) -> None:
    """Work out the values and ask for those that differ."""
    write(turn, {name: turn.evaluate(value, why) for name, value in values.items()}, key, why)


def write(turn: Turn, values: Mapping[str, Any], key: str, why: Why) -> None:
    """Ask for the values that differ from what the fields hold."""
    changed = {name: value for name, value in values.items() if turn.value(name) != value}
    if not changed:
        return
    for name, value in changed.items():
        written = turn.draft.written.get(name)
        before = to_json(present_value(turn.facts, name)) if written is None else written.before
        turn.draft.written[name] = Written(value=to_json(value), before=before)
    turn.ask(SetFields(key=key, why=why, values=changed))


def forget_seen(turn: Turn) -> None:
    """A value that the CRM shows, or that somebody else wrote meanwhile, is the CRM's again."""
    for name, written in tuple(turn.draft.written.items()):
        if settled(present_value(turn.facts, name)) != from_json(written.before):
            del turn.draft.written[name]
