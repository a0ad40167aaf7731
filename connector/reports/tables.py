"""Files that hold one table each: CSV for everybody, Parquet for those who asked for it.

A file appears under its name when it is whole; a run that is cut off leaves the one of the run before. It is
for the owner's eyes only, as the store is: what is in it is people's names and numbers.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

from connector.errors import ConnectorError
from connector.store.open_data import Column, ColumnKind

if TYPE_CHECKING:
    import pyarrow

Format = Literal["csv", "parquet"]
Pages = Iterable[Sequence[Sequence[Any]]]

#: What a spreadsheet takes for a formula when a text begins with it.
_FORMULA = frozenset("=+-@\t\r")


def write_table(path: Path, columns: Sequence[Column], pages: Pages, form: Format) -> int:
    """Write one file; returns its rows. ConnectorError if the folder or a library is not there."""
    with _whole(path) as partial:
        return _WRITERS[form](partial, columns, pages)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A file beside `path`, which takes its place when all is well."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield partial
        partial.replace(path)
    except OSError as error:
        raise ConnectorError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)


def write_file(path: Path, content: bytes) -> None:
    """Put a whole file there, on disk when this returns; ConnectorError if it cannot be."""
    with _whole(path) as partial, partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


# -- CSV -----------------------------------------------------------------------------------------


def table_as_csv(columns: Sequence[Column], pages: Pages) -> bytes:
    """A table as the file would have it, in memory."""
    text = io.StringIO(newline="")
    _write_lines(text, columns, pages)
    return text.getvalue().encode()


def _write_csv(path: Path, columns: Sequence[Column], pages: Pages) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        return _write_lines(file, columns, pages)


def _write_lines(file: TextIO, columns: Sequence[Column], pages: Pages) -> int:
    """RFC 4180 in UTF-8, with a line of names; null is empty, instants are ISO 8601 in UTC."""
    written = 0
    write = [_WRITTEN[column.kind] for column in columns]
    lines = csv.writer(file, lineterminator="\r\n")
    lines.writerow([column.name for column in columns])
    for page in pages:
        # Column by column: a call for each cell would cost more than all the rest.
        cells = [texts(values) for texts, values in zip(write, zip(*page, strict=True), strict=True)]
        lines.writerows(zip(*cells, strict=True))
        written += len(page)
    return written


def _texts(values: Sequence[str | None]) -> list[str]:
    """Texts that no spreadsheet takes for a formula."""
    return ["" if text is None else f"'{text}" if text[:1] in _FORMULA else text for text in values]


def _numbers(values: Sequence[int | float | Decimal | None]) -> list[str]:
    return ["" if one is None else f"{one:f}" if isinstance(one, Decimal) else repr(one) for one in values]


def _flags(values: Sequence[bool | None]) -> list[str]:
    return ["" if one is None else "true" if one else "false" for one in values]


def _dates(values: Sequence[date | None]) -> list[str]:
    return ["" if day is None else day.isoformat() for day in values]


def _instants(values: Sequence[datetime | None]) -> list[str]:
    # In UTC all of them: what they end in is +00:00.
    return ["" if at is None else f"{at.isoformat()[:-6]}Z" for at in values]


_WRITTEN: Mapping[ColumnKind, Callable[[Sequence[Any]], list[str]]] = {
    "text": _texts,
    "json": _texts,
    "integer": _numbers,
    "number": _numbers,
    "amount": _numbers,
    "yes_no": _flags,
    "date": _dates,
    "instant": _instants,
}


# -- Parquet -------------------------------------------------------------------------------------


def _write_parquet(path: Path, columns: Sequence[Column], pages: Pages) -> int:
    """A row group a page; amounts are floats, JSON is text."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ConnectorError(
            "Parquet needs a library that is not installed: pip install 'funnelwright[parquet]'"
        ) from None
    schema = pyarrow.schema([(column.name, _arrow_type(pyarrow, column.kind)) for column in columns])
    written = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as file:
        for page in pages:
            by_column = list(zip(*page, strict=True))
            arrays = [
                pyarrow.array(_floats(values) if column.kind in _FLOATS else values, field.type)
                for column, values, field in zip(columns, by_column, schema, strict=True)
            ]
            file.write_batch(pyarrow.record_batch(arrays, schema=schema))
            written += len(page)
    return written


_FLOATS = ("number", "amount")


def _floats(values: Iterable[Any]) -> list[float | None]:
    return [None if value is None else float(value) for value in values]


def _arrow_type(arrow: Any, kind: ColumnKind) -> pyarrow.DataType:
    return {
        "text": arrow.string(),
        "json": arrow.string(),
        "integer": arrow.int64(),
        "number": arrow.float64(),
        "amount": arrow.float64(),
        "yes_no": arrow.bool_(),
        "date": arrow.date32(),
        "instant": arrow.timestamp("us", "UTC"),
    }[kind]


_WRITERS: Mapping[Format, Callable[[Path, Sequence[Column], Pages], int]] = {
    "csv": _write_csv,
    "parquet": _write_parquet,
}
