"""Which fields every type of record has without anybody's doing.

From api-reference/crm/universal/object-fields.md and api-reference/crm/main-entities-fields.md; how a line is
read says `fields.read_field`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from connector.sandbox.crm.fields import Field, read_field
from connector.sandbox.crm.types import COMPANY, CONTACT, DEAL, INVOICE, LEAD, EntityType

_COMMON = """
ID integer ID | r
CREATED_TIME datetime Created on | r c:DATE_CREATE
UPDATED_TIME datetime Modified on | r c:DATE_MODIFY
CREATED_BY user Created by | r c:CREATED_BY_ID
UPDATED_BY user Modified by | r c:MODIFY_BY_ID
ASSIGNED_BY_ID user Responsible person
OPENED boolean Available to everyone | q
WEBFORM_ID integer Created by CRM form | c:
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
_SHORT_DATES = """
DATE_CREATE_SHORT string DATE_CREATE_SHORT | 0 c:
DATE_MODIFY_SHORT string DATE_MODIFY_SHORT | 0 c:
PRODUCT_ID string PRODUCT_ID | 0 c:
SEARCH_CONTENT string SEARCH_CONTENT | 0 c:
"""
_ADDRESS = """
ADDRESS string Street, house
ADDRESS_2 string Suite, apartment | x
ADDRESS_CITY string City | x
ADDRESS_POSTAL_CODE string Postal code | x
ADDRESS_REGION string Region | x
ADDRESS_PROVINCE string Province | x
ADDRESS_COUNTRY string Country | x
ADDRESS_COUNTRY_CODE string Country code | x
ADDRESS_LOC_ADDR_ID integer Location address ID | x
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
SHORT_NAME string SHORT_NAME | 0 c:
LOGIN string LOGIN | 0 c:
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
BEGINDATE_SHORT string BEGINDATE_SHORT | 0 c:
CLOSEDATE_SHORT string CLOSEDATE_SHORT | 0 c:
EVENT_DATE datetime Event date | c:
EVENT_DATE_SHORT string EVENT_DATE_SHORT | 0 c:
EVENT_ID crm_status Event type | c:
EVENT_DESCRIPTION string Event description | c:
"""
_CONTACT = """
PHOTO file Photo | r
FACE_ID integer FaceID | r x
TYPE_ID crm_status Contact type | s:CONTACT_TYPE
CATEGORY_ID crm_category Category | r c:
COMPANY_ID crm_company Company | d p:4
COMPANY_IDS crm_company COMPANY_IDS | m
COMMENTS string Comment
EXPORT boolean Included in export
LEAD_ID crm_lead Lead | p:1
ORIGIN_VERSION string Version in the external source
"""
_REGISTERED_ADDRESS = """
ADDRESS_LEGAL string Registered address | x
REG_ADDRESS string Registered: street, house | x
REG_ADDRESS_2 string Registered: suite | x
REG_ADDRESS_CITY string Registered: city | x
REG_ADDRESS_POSTAL_CODE string Registered: postal code | x
REG_ADDRESS_REGION string Registered: region | x
REG_ADDRESS_PROVINCE string Registered: province | x
REG_ADDRESS_COUNTRY string Registered: country | x
REG_ADDRESS_COUNTRY_CODE string Registered: country code | x
REG_ADDRESS_LOC_ADDR_ID integer Registered: location address ID | x
"""
_COMPANY = """
LOGO file Logo | r
LAST_COMMUNICATION_TIME datetime Last communication | r x
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
_OBSERVERS = """
OBSERVERS user Observers | m c:
"""
_INVOICE = """
ACCOUNT_NUMBER string Number | r
COMMENTS string Comment
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


_TABLES: dict[int, tuple[str, ...]] = {
    LEAD: (
        *(_MOVED, _LEAD, _PERSON, _CLIENT, _MONEY, _SOURCE, _ORIGIN),
        *(_MULTIFIELDS, _ADDRESS, _SHORT_DATES),
    ),
    DEAL: (_MOVED, _DEAL, _CLIENT, _MONEY, _SOURCE, _ORIGIN, _SHORT_DATES),
    CONTACT: (_CONTACT, _PERSON, _SOURCE, _ORIGIN, _MULTIFIELDS, _ADDRESS, _OBSERVERS),
    COMPANY: (_COMPANY, _ORIGIN, _MULTIFIELDS, _ADDRESS, _REGISTERED_ADDRESS, _OBSERVERS),
}


def _tables(entity_type: EntityType) -> tuple[str, ...]:
    own = _TABLES.get(entity_type.id)
    if own is None:
        stages = (_MOVED, _DYNAMIC_STAGES) if entity_type.has_stages else ()
        number = (_INVOICE,) if entity_type.id == INVOICE else ()
        own = (_DYNAMIC, *stages, _CLIENT, _MONEY, _SOURCE, *number)
    return _COMMON, *own, _UTM


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
    fields = [read_field(line) for table in _tables(entity_type) for line in table.strip().splitlines()]
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
