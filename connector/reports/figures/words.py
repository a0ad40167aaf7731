"""Every word of a report, in both languages, in one table: titles of tables and columns, statuses."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.engine.model import Language

WORDS: Mapping[str, Mapping[Language, str]] = {
    # tables
    "funnel_stages": {"en": "Open stages", "ru": "Открытые стадии"},
    "funnel_closed": {"en": "Closed in the period", "ru": "Закрыто за период"},
    "funnel_weeks": {"en": "Weeks", "ru": "По неделям"},
    "people_load": {
        "en": "Items by person and stage, now",
        "ru": "Элементы по сотрудникам и стадиям, сейчас",
    },
    "people_results": {"en": "Tasks and results by person", "ru": "Задачи и результаты по сотрудникам"},
    "people_routing": {"en": "Given out by routing", "ru": "Роздано маршрутизацией"},
    "delays_stages": {"en": "Time in stage", "ru": "Время на стадии"},
    "delays_waiting": {
        "en": "Waiting longest, over the limit first",
        "ru": "Ждут дольше всех, сначала сверх предела",
    },
    "delays_stalled": {
        "en": "Nothing happens, nothing is planned",
        "ru": "Ничего не происходит и не запланировано",
    },
    "delays_behind": {"en": "Who is behind", "ru": "Кто отстаёт"},
    "delays_waits": {"en": "What open items wait for", "ru": "Чего ждут открытые элементы"},
    "outcomes_steps": {"en": "How steps ended", "ru": "Чем закончились шаги"},
    "outcomes_reasons": {"en": "Reasons of loss", "ru": "Причины проигрыша"},
    "outcomes_competitors": {"en": "Lost to competitors", "ru": "Проиграно конкурентам"},
    # of charts alone
    "chart_now": {"en": "Standing there now", "ru": "Стоит сейчас"},
    "chart_came": {"en": "Came in during the period → went on", "ru": "Пришло за период → прошло дальше"},
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
    "step": {"en": "Step", "ru": "Шаг"},
    "outcome": {"en": "Outcome", "ru": "Итог"},
    "share": {"en": "Share", "ru": "Доля"},
    "reason": {"en": "Reason", "ru": "Причина"},
    "not_said": {"en": "(not said)", "ru": "(не указана)"},
    "competitor": {"en": "Competitor", "ru": "Конкурент"},
    "person": {"en": "Person", "ru": "Сотрудник"},
    "nobody": {"en": "nobody", "ru": "никто"},
    "total": {"en": "Total", "ru": "Всего"},
    "tasks_open": {"en": "Open tasks", "ru": "Открытые задачи"},
    "tasks_overdue": {"en": "Overdue tasks", "ru": "Просроченные задачи"},
    "tasks_completed": {"en": "Completed tasks", "ru": "Завершённые задачи"},
    "conversion": {"en": "Conversion", "ru": "Конверсия"},
    "hours_to_win": {"en": "Hours to win, median", "ru": "Часов до выигрыша, медиана"},
    "ended": {"en": "Stays ended", "ru": "Ушло со стадии"},
    "ended_median": {"en": "Hours, median", "ru": "Часов, медиана"},
    "ended_p90": {"en": "Hours, p90", "ru": "Часов, p90"},
    "worked_median": {"en": "Working hours, median", "ru": "Рабочих часов, медиана"},
    "worked_p90": {"en": "Working hours, p90", "ru": "Рабочих часов, p90"},
    "here_median": {"en": "Hours so far, median", "ru": "Уже часов, медиана"},
    "here_worked_median": {"en": "Working hours so far, median", "ru": "Уже рабочих часов, медиана"},
    "limit": {"en": "Limit", "ru": "Предел"},
    "over": {"en": "Over the limit", "ru": "Сверх предела"},
    "stalled": {"en": "At a standstill", "ru": "Без движения"},
    "item": {"en": "Item", "ru": "Элемент"},
    "title": {"en": "Title", "ru": "Название"},
    "since": {"en": "Since", "ru": "С какого времени"},
    "hours": {"en": "Hours", "ru": "Часов"},
    "working_hours": {"en": "Working hours", "ru": "Рабочих часов"},
    "due": {"en": "Limit reached", "ru": "Предел достигнут"},
    "is_over": {"en": "Over the limit", "ru": "Сверх предела"},
    "yes": {"en": "yes", "ru": "да"},
    "no": {"en": "no", "ru": "нет"},
    "team": {"en": "Team", "ru": "Команда"},
    "got": {"en": "Got", "ru": "Получено"},
    "fair_share": {"en": "Fair share", "ru": "Справедливая доля"},
    "open_items": {"en": "Open items", "ru": "Открытых элементов"},
    "longest_over": {"en": "Longest over, working hours", "ru": "Дольше всего сверх, рабочих часов"},
    "waits_for": {"en": "Waits for", "ru": "Ждёт"},
    "what": {"en": "What", "ru": "Чего"},
    "asked": {"en": "Of whom", "ru": "От кого"},
    "until": {"en": "By when", "ru": "К сроку"},
    "ours_now": {"en": "Our work", "ru": "Наша работа"},
    "ours_median": {"en": "Our work, working hours, median", "ru": "Наша работа, рабочих часов, медиана"},
    "customer_now": {"en": "Customer", "ru": "Клиент"},
    "customer_median": {"en": "Customer, working hours, median", "ru": "Клиент, рабочих часов, медиана"},
    "approval_now": {"en": "Approval", "ru": "Согласование"},
    "approval_median": {
        "en": "Approval, working hours, median",
        "ru": "Согласование, рабочих часов, медиана",
    },
    # what an item waits for, and why where no step says it
    "waits_ours": {"en": "our work", "ru": "нашей работы"},
    "waits_customer": {"en": "the customer", "ru": "клиента"},
    "waits_approval": {"en": "approval", "ru": "согласования"},
    "wait_nothing": {
        "en": "nothing is open: somebody must move the card",
        "ru": "ничего не открыто: кто-то должен двинуть карточку",
    },
    "wait_no_process": {"en": "no process runs on it", "ru": "процесс не запущен"},
    "wait_missing": {"en": "fields to be filled in", "ru": "заполнения полей"},
    "wait_choice": {"en": "a decision where it goes", "ru": "решения, куда дальше"},
    # units of limits, short so that one form does for all numbers
    "unit_minute": {"en": "min", "ru": "мин"},
    "unit_hour": {"en": "h", "ru": "ч"},
    "unit_day": {"en": "d", "ru": "дн."},
    "unit_week": {"en": "wk", "ru": "нед."},
    "unit_working minute": {"en": "working min", "ru": "раб. мин"},
    "unit_working hour": {"en": "working h", "ru": "раб. ч"},
    "unit_working day": {"en": "working d", "ru": "раб. дн."},
    "unit_working week": {"en": "working wk", "ru": "раб. нед."},
    # statuses of stages
    "status_open": {"en": "open", "ru": "открыта"},
    "status_won": {"en": "won", "ru": "выиграна"},
    "status_lost": {"en": "lost", "ru": "проиграна"},
    "status_archived": {"en": "archived", "ru": "архив"},
}


def word(name: str, language: Language) -> str:
    """What people read for it."""
    return WORDS[name][language]
