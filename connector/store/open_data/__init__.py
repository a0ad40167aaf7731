"""Open data: views over the mirror for people who use SQL or a BI tool, and what `export` writes.

The tables are the program's and may change with it; the views are for others, and their names stay. Every
field that a pipeline is bound to, or that config.toml asks for, is a typed column; options, people and stages
have their names beside their ids. Views are made by the program, not by migrations: a portal's fields change
from day to day, and no row is touched when one does.
"""

from connector.store.open_data.build import drop, mirrored_fields, publish, refresh, stale, views
from connector.store.open_data.cards import (
    FieldKind,
    MirroredField,
    free_name,
    standard_columns,
    view_name,
)
from connector.store.open_data.model import Column, ColumnKind, View
from connector.store.open_data.rows import read

__all__ = [
    "Column",
    "ColumnKind",
    "FieldKind",
    "MirroredField",
    "View",
    "drop",
    "free_name",
    "mirrored_fields",
    "publish",
    "read",
    "refresh",
    "stale",
    "standard_columns",
    "view_name",
    "views",
]
