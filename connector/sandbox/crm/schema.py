"""The fields of one type of record, ready for use: by both spellings, to be filtered by and to be written.

Built anew when a user field or a type changes; see `Crm.schema`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from connector.sandbox.crm import multifields
from connector.sandbox.crm.fields import Field
from connector.sandbox.crm.projection import Column as Shown
from connector.sandbox.crm.projection import Projection, Read
from connector.sandbox.crm.records import Record
from connector.sandbox.crm.types import COMPANY, CONTACT, LEAD, EntityType
from connector.sandbox.crm.values import Writer, as_it_is, classic_writer, item_writer
from connector.sandbox.filters import Column

if TYPE_CHECKING:
    from connector.sandbox.crm.crm import Crm


class Schema:
    """What fields the records of a type have, and how they are read."""

    def __init__(self, crm: Crm, entity_type: EntityType, fields: Iterable[Field], zone: tzinfo) -> None:
        self.entity_type = entity_type
        self.has_multifields = entity_type.id in (LEAD, CONTACT, COMPANY)
        self.fields = {each.name: each for each in fields}
        self._crm = crm
        self._reads: dict[str, Read] = {each.name: self._reader(each) for each in self.fields.values()}
        self._zone = zone
        #: crm.item.* names; `useOriginalUfNames` names.
        shown = [each for each in self.fields.values() if each.item_name]
        self.by_item_name = {each.item_name: each for each in shown}
        self.by_original_name = {_original(each): each for each in shown}
        self.by_classic_name = {each.classic: each for each in self.fields.values() if each.classic}
        self.item_columns = self._columns(self.by_item_name)
        self.original_columns = self._columns(self.by_original_name)
        self.classic_columns = self._columns(self.by_classic_name)
        self._item_all = self._item_projection(self.by_item_name)
        self._original_all = self._item_projection(self.by_original_name)
        self._classic_all = self._classic_projection(self.by_classic_name)

    # --- reading

    def _reader(self, field: Field) -> Read:
        name = field.name
        computed = self._computed(name)
        if computed is not None:
            return computed
        if field.kind in ("flag", "bit"):
            return lambda record: bool(record.values.get(name))
        if field.is_multiple:
            return lambda record: record.values.get(name, ())
        return lambda record: record.values.get(name)

    def _is_kept(self, field: Field) -> bool:
        """Whether a record keeps the value of the field as `_reader` gives it."""
        is_made = self._computed(field.name) is not None or field.kind in ("flag", "bit") or field.is_multiple
        return not is_made

    def _computed(self, name: str) -> Read | None:
        crm, entity_type = self._crm, self.entity_type
        if name == "ID":
            return lambda record: record.id
        if name == "CONTACT_ID":
            return lambda record: next(iter(record.values.get("CONTACT_IDS", ())), None)
        if name == "COMPANY_ID" and entity_type.id == CONTACT:
            return lambda record: next(iter(record.values.get("COMPANY_IDS", ())), None)
        if name == "IS_NEW":
            return lambda record: crm.stages.is_first(entity_type, record)
        if name == "CLOSED":
            return lambda record: record.values.get("STAGE_SEMANTIC_ID", "P") != "P"
        if name in ("HAS_PHONE", "HAS_EMAIL", "HAS_IMOL"):
            kind = {"HAS_PHONE": "PHONE", "HAS_EMAIL": "EMAIL"}.get(name, "IM")
            return lambda record: any(each.type == kind for each in record.values.get("FM", ()))
        return None

    def read(self, record: Record, name: str) -> Any:
        """The typed value of a field, computed ones included."""
        return self._reads[name](record)

    def _columns(self, names: dict[str, Field]) -> dict[str, Column]:
        columns = {
            name: Column(self._reads[field.name], field.kind)
            for name, field in names.items()
            if not field.is_dead
        }
        if self.has_multifields:
            for kind in ("PHONE", "EMAIL"):
                columns[kind if "ID" in names else kind.lower()] = Column(_multifield_reader(kind))
        return columns

    # --- writing

    def _item_projection(self, names: dict[str, Field]) -> Projection:
        return self._projection(names, item_writer)

    def _classic_projection(self, names: dict[str, Field]) -> Projection:
        return self._projection(names, classic_writer)

    def _projection(self, names: dict[str, Field], writer: Callable[[Field, tzinfo], Writer]) -> Projection:
        return Projection(
            self._column(name, field, writer(field, self._zone)) for name, field in names.items()
        )

    def _column(self, name: str, field: Field, write: Writer) -> Shown:
        read, key, is_kept = self._reads[field.name], field.name, self._is_kept(field)
        if write is as_it_is:
            return Shown(name, key if is_kept else None, read)
        if is_kept:
            return Shown(name, None, lambda record: write(record.values.get(key)))
        return Shown(name, None, lambda record: write(read(record)))

    def item_projection(self, select: list[str], *, is_original: bool) -> tuple[Projection, bool]:
        """The fields that `select` asks for, and whether it asks for everything (`fm` comes only then).

        The flat fields beside `fm` can be named. Unknown names are dropped; `UF_*` is understood too; the id
        always comes.
        """
        everything = self._original_all if is_original else self._item_all
        if not select or "*" in select:
            return everything, True
        fields = self.by_original_name if is_original else self.by_item_name
        wanted = {"id", *select}
        if "UF_*" in wanted:
            wanted |= {name for name, field in fields.items() if field.is_user_field}
        return Projection((*everything.only(wanted).columns, *self._flat(wanted))), False

    def _flat(self, wanted: Collection[str]) -> Iterator[Shown]:
        for name in multifields.FLAT_NAMES if self.has_multifields else ():
            if name in wanted:
                yield Shown(name, None, _flat_reader(name))

    def classic_projection(self, select: list[str]) -> Projection:
        """The fields that `select` asks for: `*` is all but user fields, `UF_*` these; none is both."""
        if not select:
            return self._classic_all
        wanted = set(select)
        return self._classic_all.only(
            {
                name
                for name, field in self.by_classic_name.items()
                if name in wanted or ("UF_*" if field.is_user_field else "*") in wanted
            }
        )

    def write_item(self, record: Record, *, is_original: bool = False) -> dict[str, Any]:
        """Everything about a record, as crm.item.get, add and update answer it."""
        projection = self._original_all if is_original else self._item_all
        return {**projection.write(record), **self.item_extras(record)}

    def item_extras(self, record: Record) -> dict[str, Any]:
        """What comes only with everything: `fm` with its flat fields, and the type."""
        if self.has_multifields:
            reached = multifields.beside_fm(record.values.get("FM", ()))
            return {**reached, "entityTypeId": self.entity_type.id}
        return {"entityTypeId": self.entity_type.id}


def _original(field: Field) -> str:
    return field.name if field.is_user_field else field.item_name


def _flat_reader(name: str) -> Read:
    return lambda record: multifields.flat_value(record.values.get("FM", ()), name)


def _multifield_reader(kind: str) -> Read:
    return lambda record: tuple(each.value for each in record.values.get("FM", ()) if each.type == kind)
