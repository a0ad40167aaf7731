"""crm.item.productrow.*: what is sold in an item (api-reference/crm/universal/product-rows/index.md).

`set` replaces all rows; their total becomes the item's amount unless that is entered by hand. `price` is
the price of one unit, discount and tax included.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from connector.sandbox.crm.records import Record
from connector.sandbox.crm.writing import set_product_rows
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, page_of


def _owner(call: Call, short_code: Any, number: Any) -> Record:
    crm = call.portal.crm
    entity_type = crm.types.of_short_code(str(short_code or ""))
    if entity_type is None:
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", f"Entity type `{short_code}` is not supported")
    record = crm.find(entity_type.id, as_int(number) or 0)
    if record is None:
        raise RestError("OWNER_NOT_FOUND", "Owner was not found")
    if not crm.may_read(call.user_id, record):
        raise RestError("ACCESS_DENIED", "Access denied")
    return record


def _number(raw: Any, default: float) -> float | int:
    try:
        value = Decimal(str(raw))
    except InvalidOperation:
        return default
    return int(value) if value == value.to_integral_value() else float(value)


def _row(call: Call, owner: Record, short_code: str, raw: dict[str, Any], place: int) -> dict[str, Any]:
    price = _number(raw.get("price"), 0)
    tax_rate = None if raw.get("taxRate") in (None, "") else _number(raw.get("taxRate"), 0)
    exclusive = round(price / (1 + (tax_rate or 0) / 100), 2)
    return {
        "id": as_int(raw.get("id")) or call.portal.next_id("product row"),
        "ownerId": owner.id,
        "ownerType": short_code,
        "productId": as_int(raw.get("productId")) or 0,
        "productName": str(raw.get("productName") or ""),
        "price": price,
        "priceAccount": price,
        "priceExclusive": _number(exclusive, 0),
        "priceNetto": price,
        "priceBrutto": price,
        "quantity": _number(raw.get("quantity"), 1),
        "discountTypeId": as_int(raw.get("discountTypeId")) or 2,
        "discountRate": _number(raw.get("discountRate"), 0),
        "discountSum": _number(raw.get("discountSum"), 0),
        "taxRate": tax_rate,
        "taxIncluded": "Y" if raw.get("taxIncluded") == "Y" else "N",
        "customized": "Y",
        "measureCode": as_int(raw.get("measureCode")) or 796,
        "measureName": "pcs",
        "sort": as_int(raw.get("sort")) or place * 10,
        "xmlId": str(raw.get("xmlId") or ""),
        "type": 4,
    }


@method("crm.item.productrow.set", scope="crm", cost="write")
def set_rows(call: Call) -> Any:
    short_code = str(call.require("ownerType"))
    owner = _owner(call, short_code, call.require("ownerId"))
    if not call.portal.crm.rights.may_write(call.user_id, owner):
        raise RestError("ACCESS_DENIED", "Access denied")
    given = [each for each in call.mapping("productRows").values() if isinstance(each, dict)]
    rows = [_row(call, owner, short_code, raw, place) for place, raw in enumerate(given, start=1)]
    set_product_rows(call.portal.crm, owner, rows, call.user_id)
    return {"productRows": rows}


@method("crm.item.productrow.list", scope="crm", cost="list")
def list_rows(call: Call) -> Page:
    """The rows of one item, which the filter has to name."""
    conditions = {name.lstrip("="): value for name, value in call.mapping("filter").items()}
    owner = _owner(call, conditions.get("ownerType"), conditions.get("ownerId"))
    rows = call.portal.crm.product_rows.get((owner.entity_type_id, owner.id), [])
    found = sorted(rows, key=lambda row: (row["sort"], row["id"]))
    return page_of(call, found, write=dict, wrap="productRows")
