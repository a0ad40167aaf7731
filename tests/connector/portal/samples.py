"""A pipeline, and a portal that has something like it."""

from __future__ import annotations

from connector.bitrix24.schema import Catalogue
from connector.records import DEAL, LEAD, Category, EntityType, Field, Stage
from pipelines.definition import Definition
from pipelines.loader import load_text

SALE = """
id = "sale"
title = { en = "Equipment sale", ru = "Продажа оборудования" }
entity = "deal"

[fields]
budget = { type = "money", title = { en = "Budget", ru = "Бюджет" } }
region = { type = "choice", title = "Region", options = { west = "Запад", east = "East" } }
meeting_at = { type = "datetime", title = "Meeting" }

[[routes]]
to = { team = "reps" }

[[stages]]
id = "new"
title = { en = "New request", ru = "Новый запрос" }

[[stages.steps]]
id = "look"
task = { title = "Look", to = { role = "expert" } }

[[stages]]
id = "survey"
title = { en = "Survey", ru = "Обследование" }

[[stages]]
id = "offer"
title = { en = "Commercial proposal", ru = "Коммерческое предложение" }

[[stages]]
id = "won"
title = { en = "Sold", ru = "Продано" }
status = "won"

[[stages]]
id = "refused"
title = { en = "The customer refused", ru = "Отказ клиента" }
status = "lost"
"""

TYPES = (EntityType(LEAD, "Lead", "L"), EntityType(DEAL, "Deal", "D"), EntityType(1046, "Repair", "T416"))


def sale() -> Definition:
    return load_text(SALE, "sale.toml")


def stages(category_id: int | None, *rows: tuple[str, str, str], entity_type_id: int = DEAL) -> list[Stage]:
    """Stages of one board from (code, name, semantics), in this order."""
    prefix = f"C{category_id}:" if category_id else ""
    return [
        Stage(entity_type_id, category_id, prefix + code, name, 10 * place, semantics)
        for place, (code, name, semantics) in enumerate(rows, 1)
    ]


def card_field(name: str, type_: str, title: str, *, multiple: bool = False, **options: str) -> Field:
    by_id = {key.removeprefix("o"): label for key, label in options.items()}
    return Field(DEAL, name, type_, title, False, False, multiple, by_id)


def catalogue(
    *boards: tuple[Category, list[Stage]], fields: tuple[Field, ...] = (), leads: tuple[Stage, ...] = ()
) -> Catalogue:
    return Catalogue(
        types=TYPES,
        categories=tuple(category for category, _ in boards),
        stages=(*leads, *(stage for _, board in boards for stage in board)),
        fields=fields,
    )


def deals(category_id: int, name: str) -> Category:
    return Category(DEAL, category_id, name, category_id == 0)
