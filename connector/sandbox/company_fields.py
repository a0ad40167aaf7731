"""The user fields of the sandbox's company, beside the standard ones of leads, deals and smart processes.

They are what the processes of the product's sources speak of (questionnaires, reasons, dates, follow-ups).
"""

from __future__ import annotations

from connector.sandbox.company_boards import CONTRACT_APPROVAL, CORRECTIVE_ACTIONS, MEETINGS, Names

#: Name, type, labels, options.
FieldSpec = tuple[str, str, Names, tuple[Names, ...]]


def _names(en: str, ru: str) -> Names:
    return {"en": en, "ru": ru}


def _text(name: str, en: str, ru: str, type_: str = "string") -> FieldSpec:
    return (name, type_, _names(en, ru), ())


def _choice(name: str, en: str, ru: str, *options: tuple[str, str]) -> FieldSpec:
    return (name, "enumeration", _names(en, ru), tuple(_names(*option) for option in options))


_REGIONS = (("Central", "Центр"), ("East", "Восток"), ("West", "Запад"))
_SECTORS = (
    ("Manufacturing", "Производство"),
    ("Retail", "Розница"),
    ("Medical", "Медицина"),
    ("IT", "ИТ"),
    ("Industry", "Промышленность"),
    ("Other", "Другая"),
)
_LOSS = (
    ("Price", "Цена"),
    ("Competitor", "Конкурент"),
    ("No budget", "Нет бюджета"),
    ("No answer", "Нет ответа"),
)
_ORIGINS = (("Found by the rep", "Нашёл сам менеджер"), ("Marketing", "Маркетинг"), ("Partner", "Партнёр"))
_REJECTED = (
    ("Not interested", "Нет интереса"),
    ("Not our client", "Не наш клиент"),
    ("Too expensive", "Дорого"),
    ("Could not be reached", "Не дозвонились"),
    ("Duplicate", "Дубль"),
)
_SIZES = (("Up to 50 people", "До 50 человек"), ("51 to 500", "51–500"), ("Over 500", "Больше 500"))
_PLACES = (("At the client's", "У клиента"), ("In our office", "В нашем офисе"), ("Online", "Онлайн"))
_FOUND_BY = (
    ("Complaint of a client", "Жалоба клиента"),
    ("Audit", "Аудит"),
    ("Report of an employee", "Сообщение сотрудника"),
)
_KINDS = (
    ("Supply", "Поставка"),
    ("Services", "Услуги"),
    ("Confidentiality", "Соглашение о конфиденциальности"),
    ("Other", "Другое"),
)
_DIVISIONS = (("Hardware", "Оборудование"), ("Services", "Услуги"))
_FORMATS = (("At a meeting", "На встрече"), ("Online", "Онлайн"), ("From materials", "По материалам"))
_CLOSED = (
    ("A competitor has won", "Победил конкурент"),
    ("Price", "Цена"),
    ("No budget", "Нет бюджета"),
    ("No interest", "Нет интереса"),
    ("We cannot meet the need", "Не можем закрыть потребность"),
)

DEAL_FIELDS: tuple[FieldSpec, ...] = (
    _choice("UF_CRM_REGION", "Region", "Регион", *_REGIONS),
    _choice("UF_CRM_SECTOR", "Sector", "Отрасль", *_SECTORS),
    _choice("UF_CRM_LOSS_REASON", "Reason of the loss", "Причина проигрыша", *_LOSS),
    _text("UF_CRM_WALK_REASON", "Why we do not want it", "Почему отказались"),
    _text("UF_CRM_DEFERRED_UNTIL", "Return to the deal on", "Вернуться к сделке", "date"),
    _text("UF_CRM_1747309879", "Expected margin", "Ожидаемая маржа", "double"),
    _text("UF_CRM_IS_KEY", "Key customer", "Ключевой клиент", "boolean"),
    _choice("UF_CRM_ORIGIN", "Where the deal came from", "Откуда сделка", *_ORIGINS),
    _text("UF_CRM_DECISION_AT", "Decision expected", "Когда ждём решения", "date"),
    _text("UF_CRM_REOPEN_NOTE", "Why it is open again", "Почему открыли снова"),
)
#: Added after all others, so that theirs keep their ids.
CORPORATE_SALE_FIELDS: tuple[FieldSpec, ...] = (
    _text("UF_CRM_NEED", "What the customer needs", "Потребность клиента"),
    _text("UF_CRM_BUDGET", "Budget", "Бюджет", "money"),
    _text("UF_CRM_BUYS_AT", "Decision to buy expected", "Когда примут решение о покупке", "date"),
    _text("UF_CRM_MEETING_AT", "Date and time of the presentation", "Дата и время презентации", "datetime"),
    _choice(
        "UF_CRM_FORMAT",
        "How the customer wants to learn more",
        "Как клиент хочет узнать подробности",
        *_FORMATS,
    ),
    _choice("UF_CRM_DIVISION", "Sales division", "Направление продаж", *_DIVISIONS),
    _text("UF_CRM_MANAGER", "Manager to take the sale", "Кому передать продажу", "employee"),
    _text("UF_CRM_PARTICIPANTS", "Who was at the presentation", "Кто был на презентации"),
    _text("UF_CRM_PRODUCTS", "Products of interest", "Интересующие продукты"),
    _text("UF_CRM_TACTICS", "Sales tactics", "Тактика продажи"),
    _text("UF_CRM_RIVALS", "Competitors: strengths and weaknesses", "Конкуренты: сильные и слабые стороны"),
    _text("UF_CRM_KEY_PEOPLE", "Decision makers and owners", "Лица, принимающие решения, и собственники"),
    _text("UF_CRM_INFLUENCE", "Their influence, loyalty and motives", "Их влияние, лояльность и мотивы"),
    _text("UF_CRM_NEEDS_QUOTE", "A quotation is needed", "Нужен расчёт предложения", "boolean"),
    _text("UF_CRM_DISCUSSED", "Results of the discussion with the head", "Итоги обсуждения с руководителем"),
    _choice("UF_CRM_CLOSE_REASON", "Reason for closing", "Причина закрытия", *_CLOSED),
    _text("UF_CRM_WINNER", "Winning competitor", "Конкурент-победитель"),
)
LEAD_FIELDS: tuple[FieldSpec, ...] = (
    _text("UF_CRM_BUDGET", "Budget", "Бюджет", "money"),
    _text("UF_CRM_NEED", "What the client needs", "Что нужно клиенту"),
    _choice("UF_CRM_DIVISION", "Division", "Направление", *_DIVISIONS),
    _choice("UF_CRM_REJECT_REASON", "Why it failed", "Причина провала", *_REJECTED),
    _choice("UF_CRM_LEAD_REGION", "Region", "Регион", *_REGIONS),
    _choice("UF_CRM_COMPANY_SIZE", "Size of the company", "Размер компании", *_SIZES),
    _text("UF_CRM_RETURN_AT", "Return to the lead on", "Вернуться к лиду", "date"),
    _text("UF_CRM_RETURN_REASON", "Why it was handed back", "Почему вернули"),
)
#: Their names get the type's own prefix.
SMART_FIELDS: dict[int, tuple[FieldSpec, ...]] = {
    MEETINGS: (
        _choice("PLACE", "Where", "Где", *_PLACES),
        _text("MEETING_AT", "Date and time", "Дата и время", "datetime"),
        _text("GOAL", "Goal of the meeting", "Цель встречи"),
        _text("DISCUSSED", "What was discussed", "Что обсудили"),
        _text("INTERNAL_FOLLOW_UP", "Follow-up inside the company", "Внутренний фоллоуап"),
        _text("EXTERNAL_FOLLOW_UP", "Follow-up with the client", "Внешний фоллоуап"),
        _text("GOAL_REACHED", "The goal was reached", "Цель достигнута", "boolean"),
        _text("FAIL_REASON", "Why it failed", "Причина провала"),
    ),
    CORRECTIVE_ACTIONS: (
        _text("PROBLEM", "What went wrong", "Несоответствие"),
        _choice("FOUND_BY", "How it was found", "Как обнаружено", *_FOUND_BY),
        _text("CAUSE", "Root cause", "Коренная причина"),
        _text("MEASURES", "Measures", "Мероприятия"),
        _text("RESPONSIBLE", "Who carries them out", "Ответственный за исполнение", "employee"),
        _text("DUE_AT", "Carried out by", "Срок исполнения", "date"),
        _text("DONE_NOTE", "What was done", "Что сделано"),
        _text("CHECK_RESULT", "Result of the check", "Результат проверки"),
        _text("IS_EFFECTIVE", "The measures worked", "Мероприятия результативны", "boolean"),
        _text("CLOSE_REASON", "Why it was closed without success", "Причина закрытия без успеха"),
    ),
    CONTRACT_APPROVAL: (
        _choice("KIND", "Kind of document", "Вид документа", *_KINDS),
        _text("DRAFT_FILE", "Draft", "Проект договора", "url"),
        _text("TERMS", "Terms: price, time, payment", "Условия: цена, сроки, оплата"),
        _text("RIGHTS", "Rights and duties of the parties", "Права и обязанности сторон"),
        _text("IS_STANDARD", "Our standard form, unchanged", "Наша типовая форма без изменений", "boolean"),
        _text("CLIENT_WISHES", "What the other side wants changed", "Правки контрагента"),
        _text("SIGNED_AT", "Signed on", "Дата подписания", "date"),
        _text("SIGNED_FILE", "Signed copy", "Подписанный экземпляр", "url"),
        _text("CLOSE_REASON", "Why it was not signed", "Почему не подписан"),
        _text("APPROVERS", "Approvers", "Согласующие", "employee"),
    ),
}
#: Fields that hold several values.
MULTIPLE = frozenset({"APPROVERS"})
