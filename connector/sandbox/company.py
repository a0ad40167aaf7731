"""The company whose portal this is: people, departments, pipelines, smart processes and fields; no
records yet.

Sixteen people in six departments (one of them dismissed), four deal pipelines, three smart processes,
and the user fields that the processes of the product's sources speak of.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connector.sandbox.company_boards import (
    CONTRACT_APPROVAL,
    CORPORATE_SALE,
    CORPORATE_SALE_STAGES,
    CORRECTIVE_ACTIONS,
    MEETINGS,
    MORE_LEAD_STAGES,
    RENAMED_LEAD_STAGES,
    SIMPLE_SALE,
    SIMPLE_SALE_STAGES,
    SMART,
    TENDERS,
)
from connector.sandbox.company_fields import (
    CORPORATE_SALE_FIELDS,
    DEAL_FIELDS,
    LEAD_FIELDS,
    MULTIPLE,
    SMART_FIELDS,
    FieldSpec,
)
from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.defaults import DEAL_STAGES
from connector.sandbox.crm.types import DEAL, LEAD, SmartType
from connector.sandbox.people import Department, User

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

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


#: The number in the names of a smart process's user fields; never its entityTypeId.
_FIRST_TYPE_ID = 7


def furnish(portal: SandboxPortal) -> None:
    """Give a new portal its company."""
    language = "ru" if portal.language == "ru" else "en"
    _hire(portal, language)
    _add_pipelines(portal.crm, language)
    _shape_leads(portal.crm, language)
    _add_smart_processes(portal, language)
    _add_fields(portal.crm, "CRM_DEAL", DEAL_FIELDS)
    _add_fields(portal.crm, "CRM_LEAD", LEAD_FIELDS)
    _add_corporate_sale(portal.crm, language)


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


def _add_corporate_sale(crm: Crm, language: str) -> None:
    """Comes last: what was there before keeps its ids."""
    name = {"en": "Corporate sale", "ru": "Корпоративная продажа"}[language]
    stages = CORPORATE_SALE_STAGES
    crm.stages.add_category(crm.entity_type(DEAL), name, stages, number=CORPORATE_SALE, sort=400)
    _add_fields(crm, "CRM_DEAL", CORPORATE_SALE_FIELDS)


def _shape_leads(crm: Crm, language: str) -> None:
    lead = crm.entity_type(LEAD)
    for code, names in RENAMED_LEAD_STAGES.items():
        status = crm.stages.find(lead, 0, code)
        assert status is not None
        status.name = names[language]
    for place, spec in enumerate(MORE_LEAD_STAGES, start=6):
        crm.stages.add_stage(lead, 0, spec, sort=place * 10)


def _add_smart_processes(portal: SandboxPortal, language: str) -> None:
    crm, at = portal.crm, datetime(2024, 9, 2, 8, tzinfo=UTC)
    for place, (entity_type_id, names, stages) in enumerate(SMART):
        smart = SmartType(_FIRST_TYPE_ID + 2 * place, names[language], entity_type_id, 1, at, at, 1)
        smart.relations["parent"] = [
            {"entityTypeId": parent, "isChildrenListEnabled": True, "isPredefined": parent in (3, 4)}
            for parent in (3, 4, LEAD, DEAL)
        ]
        smart.linked_user_fields = {"TASKS_TASK|UF_CRM_TASK": True}
        entity_type = crm.types.register(smart)
        general = {"en": "General", "ru": "Общая"}[language]
        crm.stages.add_category(entity_type, general, stages, is_default=True)
        fields = SMART_FIELDS[entity_type_id]
        prefix = f"UF_{entity_type.uf_entity}_"
        _add_fields(crm, entity_type.uf_entity, tuple((prefix + name, *rest) for name, *rest in fields))  # type: ignore[misc]
    portal.reserve_ids("crm type", _FIRST_TYPE_ID + 2 * len(SMART))
    crm.types_changed()


def _add_fields(crm: Crm, entity: str, fields: tuple[FieldSpec, ...]) -> None:
    for name, type_, labels, options in fields:
        is_multiple = name.rpartition("_")[2] in MULTIPLE
        created = crm.user_fields.add(entity, name, type_, labels=dict(labels), is_multiple=is_multiple)
        for place, option in enumerate(options, start=1):
            crm.user_fields.add_option(created, option[crm.stages.language], sort=place * 10)


__all__ = [
    "CONTRACT_APPROVAL",
    "CORPORATE_SALE",
    "CORRECTIVE_ACTIONS",
    "DISMISSED",
    "MEETINGS",
    "REPS",
    "SIMPLE_SALE",
    "SIMPLE_SALE_STAGES",
    "TENDERS",
    "furnish",
]
