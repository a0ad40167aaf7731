"""The four CSV files of the opportunities data set: read whole, checked, made typed; no portal in sight."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

Value = TypeVar("Value")

#: The files, and the columns that each must have.
COLUMNS: dict[str, tuple[str, ...]] = {
    "accounts.csv": ("account", "revenue", "employees"),
    "products.csv": ("product", "sales_price"),
    "sales_teams.csv": ("sales_agent", "manager", "regional_office"),
    "sales_pipeline.csv": (
        "account",
        "opportunity_id",
        "sales_agent",
        "deal_stage",
        "product",
        "close_date",
        "close_value",
        "created_on",
    ),
}
_OPEN, _CLOSED = "In_Progress", ("Won", "Lost")


class BadOpportunities(Exception):
    """The data set cannot be used: the message says which file, line and column, and what was expected."""


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    revenue: Decimal
    employees: int


@dataclass(frozen=True, slots=True)
class Agent:
    """Who sells, for which manager, in which region."""

    name: str
    manager: str
    region: str


@dataclass(frozen=True, slots=True)
class Opportunity:
    id: str
    #: "" where nobody has written down for whom it is.
    account: str
    agent: str
    product: str
    stage: str
    created_on: date
    closed_on: date | None
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Opportunities:
    """The data set; `prices` is the list price of each product."""

    accounts: tuple[Account, ...]
    prices: dict[str, Decimal]
    agents: tuple[Agent, ...]
    opportunities: tuple[Opportunity, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a file, and where it stands."""

    file: str
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column].strip()

    def read(self, column: str, parse: Callable[[str], Value], expected: str) -> Value:
        try:
            return parse(self[column])
        except (ValueError, InvalidOperation):
            raise self.bad(column, expected) from None

    def optional(self, column: str, parse: Callable[[str], Value], expected: str) -> Value | None:
        return self.read(column, parse, expected) if self[column] else None

    def bad(self, column: str, expected: str) -> BadOpportunities:
        return BadOpportunities(
            f"{self.file}, line {self.line}: {column} is {self[column]!r}; expected {expected}"
        )


def read_opportunities(folder: str | Path) -> Opportunities:
    """Read and check the data set; BadOpportunities when a file, a column or a value is not right."""
    place = Path(folder)
    if not place.is_dir():
        raise BadOpportunities(f"{place} is not a folder; it should hold {', '.join(COLUMNS)}")
    accounts = tuple(_account(row) for row in _rows(place, "accounts.csv"))
    prices = {
        row["product"]: row.read("sales_price", Decimal, "a price") for row in _rows(place, "products.csv")
    }
    agents = tuple(
        Agent(row["sales_agent"], row["manager"], row["regional_office"])
        for row in _rows(place, "sales_teams.csv")
    )
    known = {each.name for each in accounts} | {""}, set(prices), {each.name for each in agents}
    opportunities = tuple(_opportunity(row, *known) for row in _rows(place, "sales_pipeline.csv"))
    return Opportunities(accounts, prices, agents, opportunities)


def _account(row: _Row) -> Account:
    return Account(
        row["account"],
        row.read("revenue", Decimal, "a number"),
        row.read("employees", lambda text: int(Decimal(text)), "a number"),
    )


def _opportunity(row: _Row, accounts: set[str], products: set[str], agents: set[str]) -> Opportunity:
    for column, known, file in (
        ("account", accounts, "accounts.csv"),
        ("product", products, "products.csv"),
        ("sales_agent", agents, "sales_teams.csv"),
    ):
        if row[column] not in known:
            raise row.bad(column, f"a name that {file} has")
    stage, closed_on = (
        row["deal_stage"],
        row.optional("close_date", date.fromisoformat, "a day such as 2017-03-01"),
    )
    if stage not in (_OPEN, *_CLOSED):
        raise row.bad("deal_stage", f"{_OPEN}, {' or '.join(_CLOSED)}")
    if (closed_on is None) != (stage == _OPEN):
        raise row.bad("close_date", f"a day if the opportunity is closed, and none if it is {_OPEN}")
    return Opportunity(
        row["opportunity_id"],
        row["account"],
        row["sales_agent"],
        row["product"],
        stage,
        row.read("created_on", date.fromisoformat, "a day such as 2017-03-01"),
        closed_on,
        row.optional("close_value", Decimal, "an amount"),
    )


def _rows(folder: Path, file: str) -> Iterator[_Row]:
    try:
        with (folder / file).open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            found = list(reader.fieldnames or ())
            missing = [column for column in COLUMNS[file] if column not in found]
            if missing:
                raise BadOpportunities(
                    f"{file} has no column {', '.join(missing)}; its first line says: {', '.join(found)}"
                )
            for cells in reader:
                if None in cells.values():
                    raise BadOpportunities(f"{file}, line {reader.line_num}: fewer cells than columns")
                yield _Row(file, reader.line_num, cells)
    except FileNotFoundError:
        raise BadOpportunities(f"{folder} has no {file}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadOpportunities(f"{folder / file} is not a CSV file in UTF-8: {error}") from None
