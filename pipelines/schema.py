"""The JSON Schema of the language, for editors that complete and underline TOML.

Made from the models, never by hand: `python -m pipelines.schema` writes `pipeline.schema.json`, and a test
fails when the file is older than the models. It knows keys and shapes; names that lead nowhere are `check`'s.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.definition import Definition
from pipelines.elements import Element

FILE = Path(__file__).parent / "pipeline.schema.json"
#: Schemas of values that occur everywhere; told once, under their titles.
_SHARED = frozenset({"Text", "Duration", "Expression"})


def make_schema() -> dict[str, Any]:
    """The schema of a pipeline file as a JSON object."""
    raw = Definition.model_json_schema(by_alias=True)
    for model in _models(Element):
        schema = raw if model is Definition else raw["$defs"].get(model.__name__, {})
        for key, text in _key_docs(model):
            if key in schema.get("properties", {}):
                schema["properties"][key]["description"] = text
    shared: dict[str, Any] = {}
    tidy = _tidy(raw, shared)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **tidy,
        "$defs": dict(sorted({**tidy["$defs"], **shared}.items())),
    }


def render(schema: dict[str, Any]) -> str:
    """The text of the schema file."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _models(model: type[Element]) -> Iterator[type[Element]]:
    yield model
    for child in model.__subclasses__():
        yield from _models(child)


def _key_docs(model: type[Element]) -> Iterator[tuple[str, str]]:
    """The text under each key that has one. Pydantic can read it too, at a quarter second of every start."""
    for owner in model.__mro__:
        if issubclass(owner, Element):
            for name, text in _attribute_docs(owner):
                yield model.model_fields[name].alias or name, text


def _attribute_docs(owner: type[Element]) -> Iterator[tuple[str, str]]:
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    lines = found.body if isinstance(found, ast.ClassDef) else []
    for line, following in itertools.pairwise(lines):
        match line, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)


def _tidy(part: Any, shared: dict[str, Any]) -> Any:
    """Without null, which TOML does not have, without defaults and titles that repeat a key."""
    if isinstance(part, list):
        return [_tidy(each, shared) for each in part]
    if not isinstance(part, dict):
        return part
    if part.get("title") in _SHARED and "properties" not in part:
        name = str(part["title"])
        shared[name] = {key: value for key, value in part.items() if key != "title"}
        return {"$ref": f"#/$defs/{name}"}
    kept = {
        key: _tidy_named(value, shared) if key in ("properties", "$defs") else _tidy(value, shared)
        for key, value in part.items()
        if key not in ("default", "title")
    }
    return _without_null(kept)


def _tidy_named(parts: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Keys here are names of the language, not words of JSON Schema: `default` may well be one."""
    return {name: _tidy(part, shared) for name, part in parts.items()}


def _without_null(part: dict[str, Any]) -> dict[str, Any]:
    choices = part.get("anyOf")
    if not isinstance(choices, list) or {"type": "null"} not in choices:
        return part
    left = [choice for choice in choices if choice != {"type": "null"}]
    rest = {key: value for key, value in part.items() if key != "anyOf"}
    return {**rest, **left[0]} if len(left) == 1 else {**rest, "anyOf": left}


if __name__ == "__main__":
    FILE.write_text(render(make_schema()), "utf-8")
