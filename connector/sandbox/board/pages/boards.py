"""A board: columns of cards, moved from stage to stage; and the form for a new card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.board.columns import MORE_CARDS, Column, Look, columns_of, stages_of
from connector.sandbox.board.fields import InputMaker, Inputs
from connector.sandbox.board.form import Filled
from connector.sandbox.board.persons import categories, employees
from connector.sandbox.board.posting import rest, sent, settle
from connector.sandbox.board.visitor import actor, portal, words
from connector.sandbox.crm.types import EntityType

blueprint = Blueprint("boards", __name__)

_SIZE = "n."


def entity_type_or_404(entity_type_id: int) -> EntityType:
    found = portal().crm.types.get(entity_type_id)
    if found is None:
        abort(404)
    return found


def _board_or_404(entity_type_id: int, category_id: int) -> tuple[EntityType, str]:
    """The type and the name of a board that the person may see."""
    entity_type = entity_type_or_404(entity_type_id)
    names = dict(categories(portal(), entity_type))
    if not entity_type.has_stages or category_id not in names:
        abort(404)
    if not portal().crm.rights.may_read_category(actor(), entity_type_id, category_id):
        abort(403)
    return entity_type, names[category_id]


@blueprint.get("/<int:entity_type_id>/<int:category_id>")
def show(entity_type_id: int, category_id: int) -> str:
    with portal().lock:
        entity_type, name = _board_or_404(entity_type_id, category_id)
        look = _look()
        columns = columns_of(portal(), actor(), entity_type, category_id, look)
        people = employees(portal())
    session["last"] = [entity_type_id, category_id]
    return render_template(
        "board.html",
        entity_type=entity_type,
        category_id=category_id,
        name=name,
        columns=columns,
        look=look,
        owner=request.args.get("owner", ""),
        people=people,
        opens=_toggled(look),
        more=_more,
    )


def _look() -> Look:
    """What the address asks for."""
    owner = request.args.get("owner", "")
    sizes = {
        name.removeprefix(_SIZE): min(int(value), 100_000)
        for name, value in request.args.items()
        if name.startswith(_SIZE) and value.isdecimal()
    }
    return Look(
        actor() if owner == "me" else int(owner) if owner.isdecimal() else None,
        request.args.get("q", "").strip(),
        sizes,
        frozenset(request.args.getlist("open")),
    )


def _address(pairs: list[tuple[str, str]]) -> str:
    return request.path + ("?" + urlencode(pairs) if pairs else "")


def _pairs(*, without: str = "") -> list[tuple[str, str]]:
    """The address's own parameters, but for one and for the key of a refusal."""
    names = ("refused", without)
    return [(name, value) for name, value in request.args.items(multi=True) if name not in names]


def _toggled(look: Look) -> Callable[[Column], str]:
    """The address with a closed stage opened, or made narrow again."""

    def address(column: Column) -> str:
        stage_id = column.stage.id
        if stage_id in look.opened:
            return _address([pair for pair in _pairs() if pair != ("open", stage_id)])
        return _address([*_pairs(), ("open", stage_id)])

    return address


def _more(column: Column) -> str:
    """The address with more cards of a column."""
    name = _SIZE + column.stage.id
    return _address([*_pairs(without=name), (name, str(len(column.tiles) + MORE_CARDS))])


@blueprint.post("/<int:entity_type_id>/item/<int:item_id>/move")
def move(entity_type_id: int, item_id: int) -> AnyResponse:
    """Into another stage, of another pipeline too."""

    def run() -> None:
        fields: dict[str, Any] = {}
        if request.form.get("stage"):
            fields["stageId"] = request.form["stage"]
        if request.form.get("category", "").isdecimal():
            fields["categoryId"] = int(request.form["category"])
        rest("crm.item.update", {"entityTypeId": entity_type_id, "id": item_id, "fields": fields})

    return settle(run)


@blueprint.get("/<int:entity_type_id>/<int:category_id>/new")
def new(entity_type_id: int, category_id: int) -> str:
    with portal().lock:
        entity_type, name = _board_or_404(entity_type_id, category_id)
        inputs = InputMaker(portal(), words(), entity_type).inputs(None)
        stages = [each for each in stages_of(portal().crm, entity_type, category_id) if not each.is_final]
    return render_template(
        "new.html",
        entity_type=entity_type,
        category_id=category_id,
        name=name,
        inputs=inputs,
        stages=stages,
        stage=request.args.get("stage", ""),
        presets=_presets(),
    )


def _presets() -> dict[str, str]:
    """What a new card has unless somebody says otherwise; `of` and `parent` name the card above it."""
    presets = {"assignedById": str(actor()), "currencyId": portal().crm.currency}
    if request.args.get("parent", "").isdecimal() and request.args.get("of", "").isdecimal():
        presets[f"parentId{request.args['of']}"] = request.args["parent"]
    return presets


@blueprint.post("/<int:entity_type_id>/<int:category_id>/new")
def add(entity_type_id: int, category_id: int) -> AnyResponse:
    """Make a card and show it; what was left empty gets the portal's defaults."""

    def run() -> str:
        with portal().lock:
            entity_type, _ = _board_or_404(entity_type_id, category_id)
            inputs: Inputs = InputMaker(portal(), words(), entity_type).inputs(None)
        fields = Filled(portal(), actor(), words(), inputs, sent()).changes()
        if entity_type.has_categories:
            fields["categoryId"] = category_id
        if request.form.get("stage"):
            fields["stageId"] = request.form["stage"]
        reached = _reached()
        if reached:
            fields["fm"] = reached
        made = rest("crm.item.add", {"entityTypeId": entity_type_id, "fields": fields})
        return url_for("cards.show", entity_type_id=entity_type_id, item_id=made["item"]["id"])

    return settle(run)


def _reached() -> list[dict[str, str]]:
    """Phone and e-mail of a new lead."""
    return [
        {"typeId": kind, "valueType": "WORK", "value": request.form[kind.lower()].strip()}
        for kind in ("PHONE", "EMAIL")
        if request.form.get(kind.lower(), "").strip()
    ]
