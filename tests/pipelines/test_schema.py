"""The schema for editors is made from the models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pipelines.definition import Definition, Stage, Transition
from pipelines.schema import FILE, make_schema, render
from pipelines.script import Scenario
from pipelines.steps import KINDS


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return make_schema()


def _parts(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for each in part.values():
            yield from _parts(each)
    elif isinstance(part, list):
        for each in part:
            yield from _parts(each)


def test_the_schema_is_not_older_than_the_models(schema: dict[str, Any]) -> None:
    assert FILE.read_text("utf-8") == render(schema), "run: python -m pipelines.schema"


def test_it_knows_every_key_of_the_language(schema: dict[str, Any]) -> None:
    assert set(schema["properties"]) == set(Definition.known_keys())
    for model in (Stage, Transition, Scenario, *KINDS.values()):
        assert set(schema["$defs"][model.__name__]["properties"]) == set(model.known_keys())
        assert schema["$defs"][model.__name__]["additionalProperties"] is False


def test_every_reference_leads_somewhere_and_nothing_is_null(schema: dict[str, Any]) -> None:
    for part in _parts(schema):
        if isinstance(reference := part.get("$ref"), str):
            assert reference.removeprefix("#/$defs/") in schema["$defs"]
        assert part.get("type") != "null"


def test_short_forms_are_allowed_as_the_models_allow_them(schema: dict[str, Any]) -> None:
    definitions = schema["$defs"]
    assert {"type": "string"} in definitions["Transition"]["properties"]["from"]["anyOf"]
    assert definitions["FormStep"]["properties"]["form"]["anyOf"][0]["type"] == "array"
    assert {"type": "string"} in definitions["Stage"]["properties"]["next"]["anyOf"]
    assert "owner" in definitions["ToPerson"]["enum"]
