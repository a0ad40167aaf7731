"""What the views say of a row in the same words: whose it is, of which type, in which stage."""

from __future__ import annotations

from connector.records import COMPANY, CONTACT, DEAL, LEAD, SMART_INVOICE
from connector.store.open_data.model import Column

PORTAL = "Name of the portal in config.toml"
ITEM_TYPE = "deal, lead, contact, company, invoice, or smart_1046 by the number of a smart process"
ITEM_NAMES = {DEAL: "deal", LEAD: "lead", CONTACT: "contact", COMPANY: "company", SMART_INVOICE: "invoice"}


def item_type(type_id: str) -> str:
    """The name of a type, for an expression that is its number."""
    names = " ".join(f"WHEN {number} THEN '{name}'" for number, name in ITEM_NAMES.items())
    return f"CASE {type_id} {names} ELSE 'smart_' || {type_id} END"


def status(semantics: str) -> str:
    """open, won or lost, for an expression that is the portal's P, S or F."""
    return f"CASE {semantics} WHEN 'P' THEN 'open' WHEN 'S' THEN 'won' WHEN 'F' THEN 'lost' END"


def person(row: str, user: str) -> str:
    """The name of the user of a row."""
    return f"(SELECT p.name FROM person p WHERE p.portal = {row}.portal AND p.id = {row}.{user})"


def stage(row: str, what: str) -> str:
    """A column of the stage of a row."""
    return (
        f"(SELECT s.{what} FROM stage s WHERE s.portal = {row}.portal "
        f"AND s.entity_type_id = {row}.entity_type_id AND s.id = {row}.stage_id)"
    )


def category(row: str) -> str:
    """The name of the category of a row."""
    return (
        f"(SELECT c.name FROM category c WHERE c.portal = {row}.portal "
        f"AND c.entity_type_id = {row}.entity_type_id AND c.id = {row}.category_id)"
    )


def of_type(row: str) -> tuple[Column, ...]:
    """Portal and type of a row."""
    return (
        Column("portal", "text", f"{row}.portal", PORTAL),
        Column("item_type", "text", item_type(f"{row}.entity_type_id"), ITEM_TYPE),
        Column("entity_type_id", "integer", f"{row}.entity_type_id", "The same as the CRM's number"),
    )
