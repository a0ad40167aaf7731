"""The pages, one module each: `pages/NAME.py` has a `blueprint` of that name whose view `show` is the page.

Their addresses begin with /portals/<portal>, which views do not see: `current.portal()` is that portal.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Final

from flask import Blueprint

from webhooks.dashboard.words import N_


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and what the menu calls it."""

    name: str
    title: str
    is_in_menu: bool = True


#: In the order of the menu; the first is where people come in.
PAGES: Final = (
    Page("pipelines", N_("Pipelines")),
    Page("people", N_("People")),
    Page("delays", N_("Delays")),
    Page("outcomes", N_("Outcomes")),
    Page("items", N_("Items")),
    Page("reports", N_("Reports")),
    Page("health", N_("Health")),
    Page("users", N_("Users"), is_in_menu=False),
)


def blueprint_of(page: Page) -> Blueprint:
    """The blueprint of a page's module."""
    blueprint: Blueprint = import_module(f"{__name__}.{page.name}").blueprint
    return blueprint
