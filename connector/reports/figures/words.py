"""Every word of a report, in both languages, in one table: titles of tables and columns, statuses."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.engine.model import Language

WORDS: Mapping[str, Mapping[Language, str]] = {
    # tables
    "funnel_stages": {"en": "Open stages", "ru": "Открытые стадии"},
    "funnel_closed": {"en": "Closed in the period", "ru": "Закрыто за период"},
    "funnel_weeks": {"en": "Weeks", "ru": "По неделям"},
    # columns
    "stage": {"en": "Stage", "ru": "Стадия"},
    "status": {"en": "Status", "ru": "Статус"},
    "now": {"en": "Now", "ru": "Сейчас"},
    "amount": {"en": "Amount", "ru": "Сумма"},
    "came": {"en": "Came in", "ru": "Пришло"},
    "next": {"en": "To the next stage", "ru": "На следующую стадию"},
    "next_share": {"en": "To the next, share", "ru": "На следующую, доля"},
    "onward": {"en": "Went on", "ru": "Прошло дальше"},
    "onward_share": {"en": "Went on, share", "ru": "Прошло дальше, доля"},
    "dropped": {"en": "Lost or archived", "ru": "Проиграно или в архиве"},
    "items": {"en": "Items", "ru": "Элементов"},
    "week": {"en": "Week from", "ru": "Неделя с"},
    "won": {"en": "Won", "ru": "Выиграно"},
    "lost": {"en": "Lost", "ru": "Проиграно"},
    "archived": {"en": "Archived", "ru": "В архиве"},
    # statuses of stages
    "status_open": {"en": "open", "ru": "открыта"},
    "status_won": {"en": "won", "ru": "выиграна"},
    "status_lost": {"en": "lost", "ru": "проиграна"},
    "status_archived": {"en": "archived", "ru": "архив"},
}


def word(name: str, language: Language) -> str:
    """What people read for it."""
    return WORDS[name][language]
