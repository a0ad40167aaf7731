"""What every portal begins with: the stages and directories that Bitrix24 makes by itself.

Codes, colours and order from api-reference/crm/status/index.md; names in English and Russian.
"""

from __future__ import annotations

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.stages import StageSpec
from connector.sandbox.crm.types import COMPANY, CONTACT, DEAL, INVOICE, LEAD


def _stage(
    code: str, en: str, ru: str, color: str, semantics: str = "", *, system: bool = False
) -> StageSpec:
    group = "apology" if code == "APOLOGY" else ""
    return StageSpec(code, {"en": en, "ru": ru}, semantics, color, system, group)


LEAD_STAGES = (
    _stage("NEW", "Unassigned", "Не обработан", "#00FFFF", system=True),
    _stage("IN_PROCESS", "In progress", "В работе", "#00BFFF"),
    _stage("PROCESSED", "Processed", "Обработан", "#FFFF00"),
    _stage("CONVERTED", "Good lead", "Качественный лид", "#37B44A", "S", system=True),
    _stage("JUNK", "Junk lead", "Некачественный лид", "#F54819", "F", system=True),
)
DEAL_STAGES = (
    _stage("NEW", "New", "Новая", "#39A8EF", system=True),
    _stage("PREPARATION", "Document preparation", "Подготовка документов", "#2FC6F6"),
    _stage("PREPAYMENT_INVOICE", "Prepayment invoice", "Счёт на предоплату", "#55D0E0"),
    _stage("EXECUTING", "In progress", "В работе", "#47E4C2"),
    _stage("FINAL_INVOICE", "Final invoice", "Финальный счёт", "#FFA900"),
    _stage("WON", "Deal successful", "Сделка успешна", "#7BD500", "S", system=True),
    _stage("LOSE", "Deal lost", "Сделка провалена", "#FF5752", "F", system=True),
    _stage("APOLOGY", "Analyze failure", "Анализ причины провала", "#FF5752", "F"),
)
SMART_STAGES = (
    _stage("NEW", "Start", "Начало", "#22B9FF", system=True),
    _stage("PREPARATION", "Preparation", "Подготовка", "#88B9FF"),
    _stage("CLIENT", "Agreement", "Согласование", "#10e5fc"),
    _stage("SUCCESS", "Success", "Успех", "#00ff00", "S", system=True),
    _stage("FAIL", "Fail", "Провал", "#ff0000", "F", system=True),
)
INVOICE_STAGES = (
    _stage("N", "New", "Новый", "#39A8EF", system=True),
    _stage("S", "Sent", "Отправлен клиенту", "#2FC6F6"),
    _stage("P", "Paid", "Оплачен", "#7BD500", "S", system=True),
    _stage("D", "Unpaid", "Не оплачен", "#FF5752", "F", system=True),
)

_DIRECTORIES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "SOURCE": (
        ("CALL", "Call", "Звонок"),
        ("EMAIL", "E-mail", "Электронная почта"),
        ("WEB", "Website", "Веб-сайт"),
        ("ADVERTISING", "Advertising", "Реклама"),
        ("PARTNER", "Existing client", "Существующий клиент"),
        ("RECOMMENDATION", "By recommendation", "По рекомендации"),
        ("TRADE_SHOW", "Show/Exhibition", "Выставка"),
        ("WEBFORM", "CRM form", "CRM-форма"),
        ("CALLBACK", "Callback", "Обратный звонок"),
        ("RC_GENERATOR", "Sales boost", "Генератор продаж"),
        ("STORE", "Online store", "Интернет-магазин"),
        ("OTHER", "Other", "Другое"),
    ),
    "DEAL_TYPE": (
        ("SALE", "Sales", "Продажа"),
        ("COMPLEX", "Integrated sales", "Комплексная продажа"),
        ("SERVICES", "Services", "Услуги"),
        ("SERVICE", "After-sale service", "Сервисное обслуживание"),
    ),
    "CONTACT_TYPE": (("CLIENT", "Clients", "Клиенты"), ("PARTNER", "Partners", "Партнёры")),
    "COMPANY_TYPE": (("CUSTOMER", "Client", "Клиент"), ("PARTNER", "Partner", "Партнёр")),
    "INDUSTRY": (
        ("IT", "Information technology", "Информационные технологии"),
        ("MANUFACTURING", "Manufacturing", "Производство"),
        ("OTHER", "Other", "Другое"),
    ),
    "EMPLOYEES": (("EMPLOYEES_1", "less than 50", "менее 50"), ("EMPLOYEES_2", "50-250", "50-250")),
    "HONORIFIC": (("HNR_EN_1", "Mr", "г-н"), ("HNR_EN_2", "Ms", "г-жа")),
    "CALL_LIST": (("IN_WORK", "In progress", "В работе"), ("SUCCESS", "Successful", "Успешно")),
}

GENERAL = {"en": "General", "ru": "Общая"}


def furnish(crm: Crm) -> None:
    """Make the directories, the lead's stages and the first pipeline of every type."""
    stages, russian = crm.stages, crm.stages.language == "ru"
    for entity_id, rows in _DIRECTORIES.items():
        for place, (code, english, in_russian) in enumerate(rows, start=1):
            stages.add(entity_id, code, in_russian if russian else english, place * 10, is_system=place == 1)
    lead = crm.entity_type(LEAD)
    for place, spec in enumerate(LEAD_STAGES, start=1):
        stages.add_stage(lead, 0, spec, sort=place * 10)
    name = GENERAL["ru" if russian else "en"]
    stages.add_category(crm.entity_type(DEAL), name, DEAL_STAGES, number=0, sort=300, is_default=True)
    for number in (CONTACT, COMPANY):
        stages.add_category(crm.entity_type(number), name, (), number=0, is_default=True)
    stages.add_category(crm.entity_type(INVOICE), name, INVOICE_STAGES, is_default=True)
