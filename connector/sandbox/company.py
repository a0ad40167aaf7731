"""The company whose portal this is: people, departments, pipelines, smart processes and fields; no
records yet.

Sixteen people in six departments (one of them dismissed), three deal pipelines, three smart processes,
and the user fields that the processes of the product's sources speak of.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.defaults import DEAL_STAGES
from connector.sandbox.crm.stages import StageSpec
from connector.sandbox.crm.types import DEAL, LEAD, SmartType
from connector.sandbox.people import Department, User

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

#: entityTypeIds of the smart processes.
MEETINGS, CORRECTIVE_ACTIONS, CONTRACT_APPROVAL = 1036, 1040, 1046
#: Deal pipelines besides the general one, 0.
SIMPLE_SALE, TENDERS = 1, 2

Names = dict[str, str]

_DEPARTMENTS: tuple[tuple[int, str, str, int | None, int | None], ...] = (
    (1, "Northwind Instruments", "Северные приборы", None, 1),
    (2, "Sales", "Продажи", 1, 2),
    (3, "Sales, Central region", "Продажи, Центр", 2, 3),
    (4, "Sales, West region", "Продажи, Запад", 2, 4),
    (5, "Marketing", "Маркетинг", 1, 13),
    (6, "Legal", "Юристы", 1, 14),
)
_PEOPLE: tuple[tuple[int, str, str, str, str, str, int], ...] = (
    (1, "Anna", "Fischer", "Анна", "Фишер", "Director", 1),
    (2, "Boris", "Orlov", "Борис", "Орлов", "Head of sales", 2),
    (3, "Clara", "Novak", "Клара", "Новак", "Head of region", 3),
    (4, "Dmitri", "Volkov", "Дмитрий", "Волков", "Head of region", 4),
    (5, "Elena", "Smirnova", "Елена", "Смирнова", "Sales rep", 3),
    (6, "Felix", "Braun", "Феликс", "Браун", "Sales rep", 3),
    (7, "Galina", "Petrova", "Галина", "Петрова", "Sales rep", 3),
    (8, "Henry", "Moss", "Генри", "Мосс", "Sales rep", 3),
    (9, "Irina", "Kuznetsova", "Ирина", "Кузнецова", "Sales rep", 4),
    (10, "Jan", "Kowalski", "Ян", "Ковальский", "Sales rep", 4),
    (11, "Kira", "Lebedeva", "Кира", "Лебедева", "Sales rep", 4),
    (12, "Leo", "Martin", "Лео", "Мартин", "Sales rep", 4),
    (13, "Maria", "Sokolova", "Мария", "Соколова", "Head of marketing", 5),
    (14, "Nikolai", "Belov", "Николай", "Белов", "Lawyer", 6),
    (15, "Olga", "Zaitseva", "Ольга", "Зайцева", "Marketing specialist", 5),
    (16, "Pavel", "Gusev", "Павел", "Гусев", "Sales rep", 3),
)
DISMISSED = 16
#: Who works elsewhere than the portal's own zone.
_TIME_ZONES = {10: "Europe/Warsaw", 12: "Asia/Yekaterinburg"}
#: Who sells: deals and leads belong to them.
REPS = (5, 6, 7, 8, 9, 10, 11, 12)


def _stage(
    code: str, en: str, ru: str, semantics: str = "", color: str = "#39A8EF", *, system: bool = False
) -> StageSpec:
    return StageSpec(code, {"en": en, "ru": ru}, semantics, color, system)


SIMPLE_SALE_STAGES = (
    _stage("NEW", "New", "Новая", system=True),
    _stage("UC_WORK01", "In progress", "В работе", color="#2FC6F6"),
    _stage("UC_DEFER1", "Deferred", "Отложена", color="#FFA900"),
    _stage("WON", "Won", "Выиграна", "S", "#7BD500", system=True),
    _stage("LOSE", "Lost", "Проиграна", "F", "#FF5752", system=True),
    _stage("UC_WALKED", "Walked away", "Отказались сами", "F", "#FF5752"),
)
_SMART: tuple[tuple[int, Names, tuple[StageSpec, ...]], ...] = (
    (
        MEETINGS,
        {"en": "Meetings", "ru": "Встречи"},
        (
            _stage("NEW", "New", "Новая", system=True),
            _stage("PLANNED", "Planned", "Запланирована"),
            _stage("CONFIRMED", "Confirmed", "Подтверждена"),
            _stage("REPORT", "Report", "Отчёт"),
            _stage("SUCCESS", "Held", "Состоялась", "S", "#00ff00", system=True),
            _stage("FAIL", "Not held", "Не состоялась", "F", "#ff0000", system=True),
        ),
    ),
    (
        CORRECTIVE_ACTIONS,
        {"en": "Corrective actions", "ru": "Корректирующие действия"},
        (
            _stage("NEW", "Analysis", "Анализ", system=True),
            _stage("MEASURES", "Measures", "Мероприятия"),
            _stage("IMPLEMENT", "Implementation", "Внедрение"),
            _stage("CHECK", "Check", "Проверка"),
            _stage("SUCCESS", "Effective", "Результативно", "S", "#00ff00", system=True),
            _stage("FAIL", "Cancelled", "Отменено", "F", "#ff0000", system=True),
        ),
    ),
    (
        CONTRACT_APPROVAL,
        {"en": "Contract approval", "ru": "Согласование договора"},
        (
            _stage("NEW", "New", "Новый", system=True),
            _stage("PROTOCOL", "Protocol of differences", "Протокол разногласий"),
            _stage("APPROVAL", "Approval", "Согласование"),
            _stage("SIGNING", "Signing", "Подписание"),
            _stage("SUCCESS", "Signed", "Подписан", "S", "#00ff00", system=True),
            _stage("FAIL", "Rejected", "Отклонён", "F", "#ff0000", system=True),
        ),
    ),
)
#: The number in the names of a smart process's user fields; never its entityTypeId.
_FIRST_TYPE_ID = 7

_Field = tuple[str, str, Names, tuple[Names, ...]]
_REGIONS = (
    {"en": "Central", "ru": "Центр"},
    {"en": "East", "ru": "Восток"},
    {"en": "West", "ru": "Запад"},
)
_SECTORS = (
    {"en": "Manufacturing", "ru": "Производство"},
    {"en": "Retail", "ru": "Розница"},
    {"en": "Medical", "ru": "Медицина"},
    {"en": "Software", "ru": "Программное обеспечение"},
)
_LOSS = (
    {"en": "Price", "ru": "Цена"},
    {"en": "Competitor", "ru": "Конкурент"},
    {"en": "No budget", "ru": "Нет бюджета"},
    {"en": "No answer", "ru": "Нет ответа"},
)
_REJECTED = ({"en": "Not our profile", "ru": "Не наш профиль"}, {"en": "Spam", "ru": "Спам"})
_DIVISIONS = ({"en": "Instruments", "ru": "Приборы"}, {"en": "Service", "ru": "Сервис"})

_DEAL_FIELDS: tuple[_Field, ...] = (
    ("UF_CRM_REGION", "enumeration", {"en": "Region", "ru": "Регион"}, _REGIONS),
    ("UF_CRM_SECTOR", "enumeration", {"en": "Sector", "ru": "Отрасль"}, _SECTORS),
    ("UF_CRM_LOSS_REASON", "enumeration", {"en": "Reason of loss", "ru": "Причина проигрыша"}, _LOSS),
    ("UF_CRM_WALK_REASON", "string", {"en": "Why we walked away", "ru": "Почему отказались"}, ()),
    ("UF_CRM_DEFERRED_UNTIL", "date", {"en": "Deferred until", "ru": "Отложена до"}, ()),
    ("UF_CRM_1747309879", "double", {"en": "Expected margin", "ru": "Ожидаемая маржа"}, ()),
    ("UF_CRM_IS_KEY", "boolean", {"en": "Key customer", "ru": "Ключевой клиент"}, ()),
)
_LEAD_FIELDS: tuple[_Field, ...] = (
    ("UF_CRM_BUDGET", "money", {"en": "Budget", "ru": "Бюджет"}, ()),
    ("UF_CRM_NEED", "string", {"en": "Need", "ru": "Потребность"}, ()),
    ("UF_CRM_DIVISION", "enumeration", {"en": "Division", "ru": "Подразделение"}, _DIVISIONS),
    ("UF_CRM_REJECT_REASON", "enumeration", {"en": "Reject reason", "ru": "Причина отказа"}, _REJECTED),
)
_SMART_FIELDS: dict[int, tuple[_Field, ...]] = {
    MEETINGS: (
        ("PLACE", "string", {"en": "Place", "ru": "Место"}, ()),
        ("MEETING_AT", "datetime", {"en": "Meeting time", "ru": "Время встречи"}, ()),
        ("RESULT", "string", {"en": "Result", "ru": "Итог"}, ()),
    ),
    CORRECTIVE_ACTIONS: (
        ("CAUSE", "string", {"en": "Cause", "ru": "Причина"}, ()),
        ("CHECK_ON", "date", {"en": "Check on", "ru": "Проверить"}, ()),
    ),
    CONTRACT_APPROVAL: (
        ("NUMBER", "string", {"en": "Contract number", "ru": "Номер договора"}, ()),
        ("DIFFERENCES", "boolean", {"en": "With protocol", "ru": "С протоколом"}, ()),
        ("APPROVERS", "employee", {"en": "Approvers", "ru": "Согласующие"}, ()),
    ),
}
_MULTIPLE = frozenset({"APPROVERS"})


def furnish(portal: SandboxPortal) -> None:
    """Give a new portal its company."""
    language = "ru" if portal.language == "ru" else "en"
    _hire(portal, language)
    _add_pipelines(portal.crm, language)
    _add_smart_processes(portal, language)
    _add_fields(portal.crm, "CRM_DEAL", _DEAL_FIELDS)
    _add_fields(portal.crm, "CRM_LEAD", _LEAD_FIELDS)


def _hire(portal: SandboxPortal, language: str) -> None:
    people, is_russian = portal.people, language == "ru"
    for number, english, russian, parent_id, head_id in _DEPARTMENTS:
        people.found(Department(number, russian if is_russian else english, parent_id, head_id, number * 100))
    for number, name, last_name, name_ru, last_name_ru, position, department_id in _PEOPLE:
        people.hire(
            User(
                number,
                name_ru if is_russian else name,
                last_name_ru if is_russian else last_name,
                email=f"{name[0].lower()}.{last_name.lower()}@northwind.example",
                position=position,
                department_ids=(department_id,),
                is_active=number != DISMISSED,
                is_admin=number == 1,
                time_zone=_TIME_ZONES.get(number),
                phone=f"+7495123{number:04d}",
                registered_at=datetime(2021, 3, number, 9, tzinfo=UTC),
            )
        )


def _add_pipelines(crm: Crm, language: str) -> None:
    deal = crm.entity_type(DEAL)
    names = {
        SIMPLE_SALE: {"en": "Simple sale", "ru": "Простая продажа"},
        TENDERS: {"en": "Tenders", "ru": "Тендеры"},
    }
    crm.stages.add_category(
        deal, names[SIMPLE_SALE][language], SIMPLE_SALE_STAGES, number=SIMPLE_SALE, sort=100
    )
    crm.stages.add_category(deal, names[TENDERS][language], DEAL_STAGES, number=TENDERS, sort=200)


def _add_smart_processes(portal: SandboxPortal, language: str) -> None:
    crm, at = portal.crm, datetime(2024, 9, 2, 8, tzinfo=UTC)
    for place, (entity_type_id, names, stages) in enumerate(_SMART):
        smart = SmartType(_FIRST_TYPE_ID + 2 * place, names[language], entity_type_id, 1, at, at, 1)
        smart.relations["parent"] = [
            {"entityTypeId": parent, "isChildrenListEnabled": True, "isPredefined": parent in (3, 4)}
            for parent in (3, 4, LEAD, DEAL)
        ]
        smart.linked_user_fields = {"TASKS_TASK|UF_CRM_TASK": True}
        entity_type = crm.types.register(smart)
        general = {"en": "General", "ru": "Общая"}[language]
        crm.stages.add_category(entity_type, general, stages, is_default=True)
        fields = _SMART_FIELDS[entity_type_id]
        prefix = f"UF_{entity_type.uf_entity}_"
        _add_fields(crm, entity_type.uf_entity, tuple((prefix + name, *rest) for name, *rest in fields))  # type: ignore[misc]
    portal.reserve_ids("crm type", _FIRST_TYPE_ID + 2 * len(_SMART))
    crm.types_changed()


def _add_fields(crm: Crm, entity: str, fields: tuple[_Field, ...]) -> None:
    for name, type_, labels, options in fields:
        is_multiple = name.rpartition("_")[2] in _MULTIPLE
        created = crm.user_fields.add(entity, name, type_, labels=dict(labels), is_multiple=is_multiple)
        for place, option in enumerate(options, start=1):
            crm.user_fields.add_option(created, option[crm.stages.language], sort=place * 10)
