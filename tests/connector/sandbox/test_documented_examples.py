"""The documented examples, one by one: the sandbox gives the same kind of answer, in the same shape.

For every example of a method that the sandbox serves the call is made that gives that answer; keys and types
are compared all the way down. What is otherwise stands in `DIFFERENCES`, what cannot be reached in
`NOT_REACHED`, each with a reason. Both tables are exact: an unlisted difference fails, and so does a listed
one that is gone.
"""

from __future__ import annotations

import json
from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox import methods
from connector.sandbox.encoding import read_form
from connector.sandbox.kernel import METHODS
from tests.connector.sandbox import documented_calls, documented_calls_tasks
from tests.connector.sandbox.calls import Reply, ask
from tests.connector.sandbox.documented_differences import DIFFERENCES, NOT_REACHED, Known
from tests.connector.sandbox.documented_happenings import HAPPENINGS
from tests.connector.sandbox.documented_world import HANDLER, World
from tests.connector.sandbox.shapes import differences

Example = dict[str, Any]
#: What is otherwise, by the label of the example.
Found = dict[str, list[str]]

FILE = Path(__file__).parents[2] / "documented" / "examples.jsonl"
SUCCESSES = documented_calls.SUCCESSES | documented_calls_tasks.SUCCESSES
REFUSALS = documented_calls.REFUSALS | documented_calls_tasks.REFUSALS

methods.load()


def is_refusal(example: Example) -> bool:
    return "error" in example["body"]


def label(example: Example) -> str:
    """`crm.deal.get refused`, `v3 tasks.task.list`; the collection calls methods that are v3's alone v2."""
    method = example["method"]
    is_newer = example["api"] == "v3" or (example["api"] == "v2" and ("v2", method.lower()) not in METHODS)
    return f"{'v3 ' if is_newer else ''}{method}{' refused' if is_refusal(example) else ''}"


def read_examples() -> dict[str, Example]:
    """Every example by its label; the second of a kind has a 2 behind it."""
    counts: Counter[str] = Counter()
    examples: dict[str, Example] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        example = json.loads(line)
        name = label(example)
        counts[name] += 1
        examples[name if counts[name] == 1 else f"{name} {counts[name]}"] = example
    return examples


EXAMPLES = read_examples()
CALLED = {name: each for name, each in EXAMPLES.items() if each["api"] != "event"}
RAISED = {name: each for name, each in EXAMPLES.items() if each["api"] == "event"}


def call(world: World, name: str) -> Reply:
    """Make the call that gives the answer of an example."""
    do = (REFUSALS if " refused" in name else SUCCESSES)[name.replace(" refused", "")]
    world.portal.is_https_required = do.is_plain
    return ask(
        world.portal,
        CALLED[name]["method"],
        do.params(world),
        by=do.by,
        api="v3" if name.startswith("v3 ") else "v2",
        token=world.tokens[do.by].access if do.as_app else "",
        is_secure=not do.is_plain,
    )


def in_answer(name: str) -> list[str]:
    """What is otherwise in the sandbox's answer than in its example."""
    example, reply = CALLED[name], call(World(), name)
    if is_refusal(example) != ("error" in reply.body):
        return [f"another kind of answer: {reply.body}"]
    found = differences(example["body"], {key: value for key, value in reply.body.items() if key != "time"})
    if is_refusal(example):
        found += in_codes(example["body"]["error"], reply.body["error"])
    elif "time" not in reply.body:
        found.append("time: missing")
    if example["status"] not in (None, reply.status):
        found.append(f"HTTP {reply.status}, documented as {example['status']}")
    return found


def in_codes(documented: Any, ours: Any) -> list[str]:
    codes = [each["code"] if isinstance(each, dict) else each for each in (documented, ours)]
    return [] if str(codes[0]) == str(codes[1]) else [f"error {codes[1]!r}, documented as {codes[0]!r}"]


def in_event(name: str) -> list[str]:
    """What is otherwise in the form that an application's handler gets; every scalar is a text there."""
    example, world = RAISED[name], World()
    world.app_call("event.bind", event=name, handler=HANDLER)
    bodies: list[bytes] = []
    HAPPENINGS[name.upper()](world)
    world.portal.deliver(lambda url, body: bodies.append(body))
    told = read_form(bodies[0].decode("ascii"))
    documented = as_text({**example["body"], "event": example["body"]["event"].upper()})
    found = differences(documented, {key: value for key, value in told.items() if key != "auth"})
    return found if told["event"] == documented["event"] else [*found, f"event: {told['event']}"]


def as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_text(each) for key, each in value.items()}
    return [as_text(each) for each in value] if isinstance(value, list) else str(value)


def is_about(known: Known, name: str, found: str) -> bool:
    return fnmatchcase(name, known.examples) and any(fnmatchcase(found, each) for each in known.differences)


@pytest.fixture(scope="module")
def found() -> Found:
    """The walk through all examples."""
    walked = {name: in_answer(name) for name in walkable()}
    return walked | {name: in_event(name) for name in RAISED if name not in NOT_REACHED}


def test_every_answer_and_every_event_has_the_documented_shape(found: Found) -> None:
    unlisted = {
        name: left
        for name, each in found.items()
        if (left := [one for one in each if not any(is_about(known, name, one) for known in DIFFERENCES)])
    }
    assert unlisted == {}


def test_every_listed_difference_is_still_there(found: Found) -> None:
    gone = [
        (known.examples, pattern)
        for known in DIFFERENCES
        for pattern in known.differences
        if not any(
            fnmatchcase(name, known.examples) and fnmatchcase(one, pattern)
            for name, each in found.items()
            for one in each
        )
    ]
    assert gone == []


def test_every_difference_has_a_reason() -> None:
    assert all(known.reason for known in DIFFERENCES)
    assert all(NOT_REACHED.values())
    assert set(NOT_REACHED) <= set(EXAMPLES)


def walkable() -> list[str]:
    return [name for name in CALLED if name not in NOT_REACHED]


def test_all_served_methods_that_have_an_example_are_walked() -> None:
    walked = {each["method"].lower() for name, each in CALLED.items() if name not in NOT_REACHED}
    left_out = {each["method"].lower() for each in CALLED.values()} - walked
    configurable = {f"crm.activity.configurable.{word}" for word in ("add", "get", "update")}
    assert left_out == configurable | {"crm.lead.list"}
    assert walked <= {method for _, method in METHODS}
    assert (len(walked), len(walkable()), len(RAISED)) == (142, 271, 37)
