"""The board's words in Russian."""

from __future__ import annotations

MONTHS = ["янв.", "февр.", "марта", "апр.", "мая", "июня", "июля", "авг.", "сент.", "окт.", "нояб.", "дек."]

#: One, two to four, five and more.
NOUNS: dict[str, tuple[str, str, str]] = {
    "task": ("задача", "задачи", "задач"),
    "overdue": ("просрочена", "просрочены", "просрочено"),
    "card": ("карточка", "карточки", "карточек"),
    "day": ("день", "дня", "дней"),
}

RUSSIAN: dict[str, str] = {}
