"""The rule behind a line of the journal: which line of which version of a pipeline, and what it is called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from connector.store.journal import Line
from pipelines.engine.model import Language

#: As `connector.flow.keeping` writes it; line 0: the engine's own, which stands in no file.
_WRITTEN = re.compile(r"(?P<file>.+?):(?P<line>\d+) (?P<name>.*)")


#: What rules begin with, where a reader wants it in Russian; the ids behind are those of the file.
_RUSSIAN: Mapping[str, str] = {
    "moved by the connector": "перевод Funnelwright",
    "choice of": "выбор после",
    "next of": "переход после",
    "escalation of": "эскалация",
    "escalation": "эскалация",
    "follow-on": "продолжение",
    "stage": "стадия",
    "step": "шаг",
    "outcome": "результат",
    "entry": "вход",
    "start": "начало",
    "route": "маршрут",
    "routes": "маршруты",
    "owner": "ответственный",
    "missing": "недостающее",
    "offer": "предложение",
    "button": "кнопка",
    "report": "ответ",
    "signal": "сигнал",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Why: `step call` in line 42 of a version of a pipeline."""

    name: str
    #: 0 when the rule stands in no file.
    line: int = 0
    file: str = ""
    pipeline: str | None = None
    version: str | None = None

    def said(self, language: Language) -> str:
        """What it is called in the reader's language."""
        if language != "ru":
            return self.name
        words = self.name.split(" ")
        for number in range(len(words), 0, -1):
            noun = _RUSSIAN.get(" ".join(words[:number]))
            if noun is not None:
                return " ".join([noun, *words[number:]])
        return self.name


def rule_of(line: Line) -> Rule | None:
    """The rule that the line names; None when it names none."""
    if not line.rule:
        return None
    found = _WRITTEN.fullmatch(line.rule)
    if found is None:
        return Rule(line.rule, pipeline=line.pipeline, version=line.version)
    return Rule(found["name"], int(found["line"]), found["file"], line.pipeline, line.version)
