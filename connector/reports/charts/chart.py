"""A chart: what it shows, in words too, and its specification in Vega-Lite."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from pipelines.engine.model import Language

#: A part of a Vega-Lite specification: https://vega.github.io/vega-lite/docs/spec.html
Spec = Mapping[str, Any]


@dataclass(frozen=True)
class Chart:
    """One picture of a section. It knows nothing of files, pages and letters."""

    #: Unique in its section, the same in every language.
    name: str
    #: The table of the section that has the same numbers.
    table: str
    title: str
    #: What is to be seen, for those who do not see it.
    text: str
    language: Language
    spec: Spec

    @cached_property
    def hash(self) -> str:
        """Equal pictures have equal ones."""
        content = orjson.dumps([self.language, self.spec], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(content).hexdigest()
