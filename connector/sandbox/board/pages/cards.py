"""A card: its fields, its tasks, its timeline, and what a person does on it."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.board.acting import Refused
from connector.sandbox.board.cards import card_of
from connector.sandbox.board.fields import InputMaker
from connector.sandbox.board.form import Filled, read_moment
from connector.sandbox.board.pages.boards import entity_type_or_404
from connector.sandbox.board.persons import employees
from connector.sandbox.board.posting import rest, sent, settle
from connector.sandbox.board.visitor import actor, portal, words
from connector.sandbox.crm.records import Record
from connector.sandbox.timeline import type_name

blueprint = Blueprint("cards", __name__)


def _record_or_404(entity_type_id: int, item_id: int) -> Record:
    entity_type_or_404(entity_type_id)
    record = portal().crm.find(entity_type_id, item_id)
    if record is None:
        abort(404)
    if not portal().crm.may_read(actor(), record):
        abort(403)
    return record


@blueprint.get("/<int:entity_type_id>/item/<int:item_id>")
def show(entity_type_id: int, item_id: int) -> str:
    with portal().lock:
        record = _record_or_404(entity_type_id, item_id)
        entity_type = portal().crm.entity_type(entity_type_id)
        card = card_of(portal(), record, actor())
        inputs = InputMaker(portal(), words(), entity_type).inputs(record)
        people = employees(portal())
    return render_template("card.html", card=card, inputs=inputs, entity_type=entity_type, people=people)


@blueprint.post("/<int:entity_type_id>/item/<int:item_id>/fields")
def fill(entity_type_id: int, item_id: int) -> AnyResponse:
    """Write what the person changed, and nothing else."""

    def run() -> None:
        with portal().lock:
            record = _record_or_404(entity_type_id, item_id)
            entity_type = portal().crm.entity_type(entity_type_id)
            inputs = InputMaker(portal(), words(), entity_type).inputs(record)
        fields = Filled(portal(), actor(), words(), inputs, sent()).changes()
        if fields:
            rest("crm.item.update", {"entityTypeId": entity_type_id, "id": item_id, "fields": fields})

    return settle(run)


@blueprint.post("/<int:entity_type_id>/item/<int:item_id>/comment")
def comment(entity_type_id: int, item_id: int) -> AnyResponse:
    def run() -> None:
        fields = {
            "ENTITY_ID": item_id,
            "ENTITY_TYPE": type_name(portal(), entity_type_id),
            "COMMENT": sent().get("text", ""),
        }
        rest("crm.timeline.comment.add", {"fields": fields})

    return settle(run)


@blueprint.post("/<int:entity_type_id>/item/<int:item_id>/todo")
def plan(entity_type_id: int, item_id: int) -> AnyResponse:
    """Something to be done on the card, by its owner."""

    def run() -> None:
        due = read_moment(request.form.get("due", ""), words().zone)
        if due is None:
            raise Refused(words()("Say until when."))
        params = {
            "ownerTypeId": entity_type_id,
            "ownerId": item_id,
            "deadline": due,
            "title": sent().get("title", ""),
        }
        rest("crm.activity.todo.add", params)

    return settle(run)


@blueprint.post("/activity/<int:activity_id>/done")
def finish(activity_id: int) -> AnyResponse:
    return settle(
        lambda: rest("crm.activity.update", {"id": activity_id, "fields": {"COMPLETED": "Y"}}) and None
    )
