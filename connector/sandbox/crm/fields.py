"""What a field is, and which fields every type of record has.

A field is kept under its upper-case name (the `upperName` of crm.item.fields); `classic` is its name in
crm.deal.* and its like, which differs for a few (api-reference/crm/universal/object-fields.md,
crm-item-add.md; api-reference/crm/main-entities-fields.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from connector.sandbox.crm.names import camel
from connector.sandbox.crm.types import COMPANY, CONTACT, DEAL, INVOICE, LEAD, EntityType
from connector.sandbox.filters import Kind

_KINDS: dict[str, Kind] = {
    "integer": "int",
    "user": "ref",
    "employee": "ref",
    "crm_category": "int",
    "crm_company": "ref",
    "crm_contact": "ref",
    "crm_lead": "ref",
    "crm_quote": "ref",
    "crm_entity": "ref",
    "enumeration": "int",
    "double": "number",
    "boolean": "flag",
    "date": "date",
    "datetime": "datetime",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one type of record."""

    name: str
    type: str
    title: str
    #: Its name in crm.item.*; "" where it is not shown there.
    item_name: str = ""
    #: Its name in the classic methods; "" where it is not shown there.
    classic: str = ""
    is_read_only: bool = False
    is_immutable: bool = False
    is_required: bool = False
    is_multiple: bool = False
    is_dynamic: bool = False
    is_deprecated: bool = False
    #: Shown, but never kept: always null (`isWon`, `receivedAmount` and other left-overs).
    is_dead: bool = False
    status_type: str = ""
    parent_type_id: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    options: tuple[tuple[int, str], ...] = ()

    @property
    def kind(self) -> Kind:
        """How its values are compared."""
        if self.is_dynamic and self.type == "boolean":
            return "bit"
        return _KINDS.get(self.type, "text")

    @property
    def is_user_field(self) -> bool:
        return self.name.startswith("UF_")


def _field(text: str) -> Field:
    """Read one line of the tables below: `NAME type Title | marks`.

    Marks: r read-only, i immutable, m multiple, q required, d deprecated, 0 dead, `c:NAME` its classic
    name (`c:` none, default the same), `s:DIRECTORY` status directory, `p:N` parent type.
    """
    head, _, tail = text.partition("|")
    name, kind, title = head.strip().split(" ", 2)
    marks = tail.split()
    flags = {mark for mark in marks if ":" not in mark}
    named = dict(mark.split(":", 1) for mark in marks if ":" in mark)
    return Field(
        name=name,
        type=kind,
        title=title.strip(),
        item_name=camel(name),
        classic=named.get("c", name),
        is_read_only="r" in flags or "0" in flags,
        is_immutable="i" in flags,
        is_required="q" in flags,
        is_multiple="m" in flags,
        is_deprecated="d" in flags,
        is_dead="0" in flags,
        status_type=named.get("s", ""),
        parent_type_id=int(named.get("p", 0)),
    )


def _fields(table: str) -> list[Field]:
    return [_field(line) for line in table.strip().splitlines()]


_COMMON = """
ID integer ID | r
CREATED_TIME datetime Created on | r c:DATE_CREATE
UPDATED_TIME datetime Modified on | r c:DATE_MODIFY
CREATED_BY user Created by | r c:CREATED_BY_ID
UPDATED_BY user Modified by | r c:MODIFY_BY_ID
ASSIGNED_BY_ID user Responsible person
OPENED boolean Available to everyone | q
WEBFORM_ID integer Created by CRM form
LAST_ACTIVITY_BY user Last activity by | r
LAST_ACTIVITY_TIME datetime Last activity on | r
"""
_UTM = """
UTM_SOURCE string UTM Source
UTM_MEDIUM string UTM Medium
UTM_CAMPAIGN string UTM Campaign
UTM_CONTENT string UTM Content
UTM_TERM string UTM Term
"""
_MOVED = """
MOVED_BY user Moved by | r c:MOVED_BY_ID
MOVED_TIME datetime Moved on | r
"""
_CLIENT = """
COMPANY_ID crm_company Company | p:4
CONTACT_ID crm_contact Contact | d p:3
CONTACT_IDS crm_contact CONTACT_IDS | m
OBSERVERS user Observers | m c:
"""
_MONEY = """
OPPORTUNITY double Amount
IS_MANUAL_OPPORTUNITY boolean Amount is entered by hand
CURRENCY_ID crm_currency Currency
"""
_SOURCE = """
SOURCE_ID crm_status Source | s:SOURCE
SOURCE_DESCRIPTION string Source details
"""
_ORIGIN = """
ORIGINATOR_ID string External source
ORIGIN_ID string Item ID in the external source
"""
_PERSON = """
HONORIFIC crm_status Salutation | s:HONORIFIC
NAME string First name
SECOND_NAME string Middle name
LAST_NAME string Last name
BIRTHDATE date Date of birth
POST string Position
"""
_MULTIFIELDS = """
HAS_PHONE boolean Has a phone | r
HAS_EMAIL boolean Has an e-mail | r
HAS_IMOL boolean Has an open channel | r
"""
_LEAD = """
TITLE string Lead name
STAGE_ID crm_status Stage | c:STATUS_ID s:STATUS
STAGE_SEMANTIC_ID string Stage group | r c:STATUS_SEMANTIC_ID
STATUS_DESCRIPTION string Details of the stage
COMPANY_TITLE string Company name
COMMENTS string Comment
DATE_CLOSED datetime Completed on | r
IS_RETURN_CUSTOMER boolean Repeat lead | r
IS_CONVERT boolean IS_CONVERT | 0 c:
"""
_DEAL = """
TITLE string Name
TYPE_ID crm_status Type | s:DEAL_TYPE
CATEGORY_ID crm_category Pipeline
STAGE_ID crm_status Stage | s:DEAL_STAGE
STAGE_SEMANTIC_ID string Stage group | r
IS_NEW boolean New deal | r
IS_RECURRING boolean Recurring deal | r
IS_RETURN_CUSTOMER boolean Repeat deal | r
IS_REPEATED_APPROACH boolean Repeat approach | r
CLOSED boolean Closed | r
PROBABILITY integer Probability, %
TAX_VALUE double Tax
BEGINDATE date Start date
CLOSEDATE date Expected close date
COMMENTS string Comment
LEAD_ID crm_lead Lead | p:1
QUOTE_ID crm_quote Estimate | p:7
ADDITIONAL_INFO string Additional information
LOCATION_ID integer Location
ORDER_STAGE string Payment stage | r c:
IS_WORK boolean IS_WORK | 0 c:
IS_WON boolean IS_WON | 0 c:
IS_LOSE boolean IS_LOSE | 0 c:
RECEIVED_AMOUNT double RECEIVED_AMOUNT | 0 c:
LOST_AMOUNT double LOST_AMOUNT | 0 c:
HAS_PRODUCTS boolean HAS_PRODUCTS | 0 c:
"""
_CONTACT = """
TYPE_ID crm_status Contact type | s:CONTACT_TYPE
CATEGORY_ID crm_category Category | r c:
COMPANY_ID crm_company Company | d p:4
COMPANY_IDS crm_company COMPANY_IDS | m
COMMENTS string Comment
EXPORT boolean Included in export
LEAD_ID crm_lead Lead | p:1
ORIGIN_VERSION string Version in the external source
"""
_COMPANY = """
TITLE string Company name | q
TYPE_ID crm_status Company type | s:COMPANY_TYPE c:COMPANY_TYPE
CATEGORY_ID crm_category Category | r c:
INDUSTRY crm_status Industry | s:INDUSTRY
EMPLOYEES crm_status Employees | s:EMPLOYEES
REVENUE double Annual income
CURRENCY_ID crm_currency Currency
BANKING_DETAILS string Bank details
COMMENTS string Comment
IS_MY_COMPANY boolean My company
LEAD_ID crm_lead Lead | p:1
CONTACT_IDS crm_contact CONTACT_IDS | m
ORIGIN_VERSION string Version in the external source
"""
_DYNAMIC = """
TITLE string Name
XML_ID string External code
CATEGORY_ID crm_category Pipeline
BEGINDATE date Start date
CLOSEDATE date End date
TAX_VALUE double Tax
MYCOMPANY_ID crm_company My company | p:4
"""
_DYNAMIC_STAGES = """
STAGE_ID crm_status Stage
PREVIOUS_STAGE_ID crm_status Previous stage | r
"""


def _tables(entity_type: EntityType) -> tuple[str, ...]:
    if entity_type.id == LEAD:
        return _COMMON, _MOVED, _LEAD, _PERSON, _CLIENT, _MONEY, _SOURCE, _ORIGIN, _MULTIFIELDS, _UTM
    if entity_type.id == DEAL:
        return _COMMON, _MOVED, _DEAL, _CLIENT, _MONEY, _SOURCE, _ORIGIN, _UTM
    if entity_type.id == CONTACT:
        observers = "OBSERVERS user Observers | m c:"
        return _COMMON, _CONTACT, _PERSON, _SOURCE, _ORIGIN, _MULTIFIELDS, _UTM, observers
    if entity_type.id == COMPANY:
        return _COMMON, _COMPANY, _ORIGIN, _MULTIFIELDS, _UTM, "OBSERVERS user Observers | m c:"
    number = "ACCOUNT_NUMBER string Number | r\nCOMMENTS string Comment" if entity_type.id == INVOICE else ""
    stages = (_MOVED, _DYNAMIC_STAGES) if entity_type.has_stages else ()
    return _COMMON, _DYNAMIC, *stages, _CLIENT, _MONEY, _SOURCE, _UTM, number


#: Field names that a portal in Russian shows; those absent are left in English.
RUSSIAN_TITLES = {
    "TITLE": "Название",
    "STAGE_ID": "Стадия",
    "CATEGORY_ID": "Воронка",
    "ASSIGNED_BY_ID": "Ответственный",
    "OPPORTUNITY": "Сумма",
    "CURRENCY_ID": "Валюта",
    "COMPANY_ID": "Компания",
    "CONTACT_ID": "Контакт",
    "SOURCE_ID": "Источник",
    "CLOSEDATE": "Предполагаемая дата закрытия",
    "BEGINDATE": "Дата начала",
    "COMMENTS": "Комментарий",
    "CREATED_TIME": "Дата создания",
    "UPDATED_TIME": "Дата изменения",
}


def system_fields(
    entity_type: EntityType, *, parents: Iterable[EntityType], language: str, default_category_id: int = 0
) -> list[Field]:
    """The fields that a type has of itself, one `PARENT_ID_n` per possible parent among them."""
    fields = [each for table in _tables(entity_type) if table.strip() for each in _fields(table)]
    if entity_type.id in (CONTACT, COMPANY):
        fields = [replace(each, is_required=False) if each.name == "OPENED" else each for each in fields]
    if entity_type.is_dynamic:
        directory = entity_type.directory(default_category_id)
        fields = [
            replace(each, status_type=directory) if each.name.endswith("STAGE_ID") else each
            for each in fields
        ]
    fields += [
        Field(
            f"PARENT_ID_{parent.id}",
            "crm_entity",
            parent.name,
            f"parentId{parent.id}",
            f"PARENT_ID_{parent.id}",
            parent_type_id=parent.id,
        )
        for parent in parents
        if parent.id != entity_type.id
    ]
    if language == "ru":
        fields = [replace(each, title=RUSSIAN_TITLES.get(each.name, each.title)) for each in fields]
    return fields
