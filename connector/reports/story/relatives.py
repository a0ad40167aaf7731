"""Relatives: the records that an item's processes made, found or began, and the one that it was made for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from connector.records import Item, ItemRef
from connector.reports.story.story import Story
from connector.store import Connection, catalogue, links, mirror
from connector.store.links import Link


@dataclass(frozen=True, slots=True)
class Relative:
    """A linked record as it stands."""

    kind: Literal["parent", "child"]
    ref: ItemRef
    #: What the parent's pipeline calls the child; "" where it does not say.
    name: str
    title: str
    stage: str
    owner: str
    is_gone: bool


def relatives(conn: Connection, story: Story) -> list[Relative]:
    """Whom the item was made for, then what was made for it, oldest first."""
    above = links.parents(conn, story.portal, story.ref)
    below = links.children(conn, story.portal, story.ref)
    refs = {*(each.parent for each in above), *(each.child for each in below)}
    known = mirror.get_items(conn, story.portal, refs, with_gone=True)
    here = mirror.get_items(conn, story.portal, refs).keys()
    stages = _stages(conn, story.portal, refs)

    def relative(kind: Literal["parent", "child"], link: Link, ref: ItemRef) -> Relative:
        item = known.get(ref)
        return Relative(
            kind,
            ref,
            link.name,
            item.title if item else str(ref),
            stages.get(_stage_of(item), "") if item else "",
            story.speaker.person(item.owner_id) if item else "",
            ref not in here,
        )

    found = [relative("parent", link, link.parent) for link in above]
    return list(_each_once([*found, *(relative("child", link, link.child) for link in below)]))


def _each_once(found: Iterable[Relative]) -> Iterator[Relative]:
    seen: set[tuple[str, ItemRef]] = set()
    for each in found:
        if (each.kind, each.ref) not in seen:
            seen.add((each.kind, each.ref))
            yield each


def _stage_of(item: Item) -> tuple[int, str | None]:
    return item.ref.entity_type_id, item.stage_id


def _stages(conn: Connection, portal: str, refs: Iterable[ItemRef]) -> dict[tuple[int, str | None], str]:
    return {
        (type_id, stage.id): stage.name
        for type_id in sorted({ref.entity_type_id for ref in refs})
        for stage in catalogue.get_stages(conn, portal, type_id)
    }
