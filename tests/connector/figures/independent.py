"""The figures once more: by pandas, from the raw rows of the tables, written from docs/figures.md alone.

Nothing of the product is used here but the names of its tables and columns. What differs from the product's
own tables is a mistake of one of the two, and the page says of which.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

DEAL = 2
_INSTANTS = {"at", "updated_at", "moved_at", "created_at", "deadline", "closed_at", "gone_at", "due_at"}
_OPENS, _CLOSES = 9 * 3_600, 18 * 3_600
_HOUR = 3_600


@dataclass(frozen=True)
class Board:
    """A pipeline: its category; its stages by id with what they mean, in order; their limits."""

    category: int
    stages: Mapping[str, str]
    titles: Mapping[str, str]
    #: Of open stages: ("days" | "working days", number).
    limits: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def open(self) -> list[str]:
        return [stage for stage, status in self.stages.items() if status == "open"]

    @property
    def final(self) -> list[str]:
        return [stage for stage, status in self.stages.items() if status != "open"]


@dataclass(frozen=True)
class Asked:
    """A question: from `since` on, before `until`, as of `now`; whose items, and from where."""

    since: datetime
    until: datetime
    now: datetime
    zone: ZoneInfo
    owners: frozenset[int] | None = None
    source: str | None = None


class Independent:
    """Answers from the rows of a SQLite file."""

    def __init__(self, path: str, portal: str, pipeline: str, board: Board, asked: Asked) -> None:
        self.board, self.asked = board, asked
        with closing(sqlite3.connect(path)) as file:

            def read(query: str) -> pd.DataFrame:
                return _typed(pd.read_sql_query(query, file, params=[portal], dtype=object))

            items = read("SELECT * FROM item WHERE portal = ? AND entity_type_id = 2 AND gone_at IS NULL")
            visits = read("SELECT * FROM visit WHERE portal = ? AND entity_type_id = 2")
            tasks = read(
                "SELECT task.*, process.pipeline FROM task JOIN process ON process.id = task.process_id "
                "WHERE task.portal = ? AND task.gone_at IS NULL"
            )
            plans = read("SELECT * FROM task WHERE portal = ? AND gone_at IS NULL")
            people = read("SELECT * FROM person WHERE portal = ?")
        self.names = dict(zip(people["id"], people["name"], strict=True))
        if asked.source is not None:
            items = items[items["source_id"] == asked.source]
        self.of_all_owners = items
        if asked.owners is not None:
            items = items[items["owner_id"].isin(asked.owners)]
        self.items = items.set_index("id", drop=False).rename_axis(None)
        visits = visits[visits["item_id"].isin(self.items.index)]
        self.visits = visits.sort_values(["item_id", "at", "history_number"], kind="stable")
        self.tasks = tasks[tasks["pipeline"] == pipeline]
        self.plans = plans

    # --- what everything is made of -------------------------------------------------------------------------

    @property
    def past(self) -> pd.DataFrame:
        """Arrivals before the end of the period, those in other categories too, with what came next."""
        past = self.visits[self.visits["at"] < self.asked.until].copy()
        past["left_at"] = past.groupby("item_id")["at"].shift(-1)
        past["is_last"] = past.groupby("item_id").cumcount(ascending=False) == 0
        past["is_here"] = past["category_id"] == self.board.category
        return past

    @property
    def course(self) -> pd.DataFrame:
        """Arrivals in the category within the period, numbered."""
        past = self.past
        course = past[past["is_here"] & (past["at"] >= self.asked.since)].copy()
        course["place"] = range(len(course))
        return course

    @property
    def standing(self) -> pd.DataFrame:
        """Items that stand in an open stage now."""
        items = self.items
        here = items[(items["category_id"] == self.board.category) & items["stage_id"].isin(self.board.open)]
        entered = self.visits.groupby("item_id")["at"].max()
        entered_at = here["id"].map(entered).fillna(here["moved_at"]).fillna(here["created_at"])
        return here.assign(entered_at=pd.to_datetime(entered_at, utc=True))

    @property
    def closed(self) -> pd.DataFrame:
        """Items whose last arrival is in a final stage, within the period; with what they are worth."""
        past = self.past
        last = past[past["is_last"] & past["is_here"] & (past["at"] >= self.asked.since)]
        last = last[last["stage_id"].isin(self.board.final)]
        came = past[past["is_here"]].groupby("item_id")["at"].min()
        closed = last.assign(came_at=last["item_id"].map(came))
        for name in ("owner_id", "amount", "currency"):
            closed[name] = closed["item_id"].map(self.items[name])
        return closed.assign(status=closed["stage_id"].map(dict(self.board.stages)))

    # --- funnel ---------------------------------------------------------------------------------------------

    def funnel(self) -> list[dict[str, Any]]:
        course, standing, board = self.course, self.standing, self.board
        won = [stage for stage, status in board.stages.items() if status == "won"]
        over = [stage for stage, status in board.stages.items() if status in ("lost", "archived")]
        last = course.groupby("item_id").tail(1).set_index("item_id")["stage_id"]
        rows = []
        for number, stage in enumerate(board.open):
            here = standing[standing["stage_id"] == stage]
            first = course[course["stage_id"] == stage].groupby("item_id")["place"].min()
            after = course[course["item_id"].isin(first.index)]
            after = after[after["place"] > after["item_id"].map(first)]
            later = board.open[number + 1 :]

            def came_into(stages: Sequence[str], after: pd.DataFrame = after) -> int:
                return int(after[after["stage_id"].isin(stages)]["item_id"].nunique())

            came = len(first)
            following, onward = came_into(later[:1] or won), came_into([*later, *won])
            rows.append(
                {
                    "stage": board.titles[stage],
                    "now": len(here),
                    **_sums(here),
                    "came": came,
                    "next": following,
                    "onward": onward,
                    "dropped": int(last[last.index.isin(first.index)].isin(over).sum()),
                    "next_share": following / came if came else None,
                    "onward_share": onward / came if came else None,
                }
            )
        return rows

    def ended(self) -> list[dict[str, Any]]:
        closed = self.closed
        return [
            {
                "stage": self.board.titles[stage],
                "status": self.board.stages[stage],
                "items": int((closed["stage_id"] == stage).sum()),
                **_sums(closed[closed["stage_id"] == stage]),
            }
            for stage in self.board.final
        ]

    def weeks(self) -> list[dict[str, Any]]:
        past, closed = self.past, self.closed
        first = past[past["is_here"]].groupby("item_id")["at"].min()
        first = first[first >= self.asked.since]
        came = self._mondays(first).value_counts()
        ends = closed.assign(week=self._mondays(closed["at"]))
        monday = self._mondays(pd.Series([pd.Timestamp(self.asked.since)])).iloc[0]
        rows = []
        while pd.Timestamp(monday, tz=self.asked.zone) < self.asked.until:
            of_week = ends[ends["week"] == monday]["status"].value_counts()
            counts = {status: int(of_week.get(status, 0)) for status in ("won", "lost", "archived")}
            rows.append({"week": monday, "came": int(came.get(monday, 0)), **counts})
            monday = (pd.Timestamp(monday) + pd.Timedelta(days=7)).date()
        return rows

    def _mondays(self, at: pd.Series) -> pd.Series:
        local = pd.to_datetime(at, utc=True).dt.tz_convert(self.asked.zone).dt.tz_localize(None)
        return (local.dt.normalize() - pd.to_timedelta(local.dt.day_of_week, unit="D")).dt.date

    # --- people ---------------------------------------------------------------------------------------------

    def load(self) -> dict[str, dict[str, Any]]:
        """Who has items in open stages, by name."""
        standing = self.standing
        table = pd.crosstab(standing["owner_id"].fillna(0), standing["stage_id"])
        return {
            self._name(owner): {
                "total": int(counts.sum()),
                **{stage: int(counts.get(stage, 0)) for stage in self.board.open},
                **_sums(standing[standing["owner_id"].fillna(0) == owner]),
            }
            for owner, counts in table.iterrows()
        }

    def results(self) -> dict[str, dict[str, Any]]:
        """Tasks and closings by name."""
        closed, tasks, asked = self.closed, self._tasks_of_these(), self.asked
        is_open = tasks["status"] != "completed"
        is_overdue = is_open & (tasks["deadline"] < asked.now)
        is_done = ~is_open & (tasks["closed_at"] >= asked.since) & (tasks["closed_at"] < asked.until)
        rows = {}
        owners = {*closed["owner_id"].fillna(0), *tasks["responsible_id"].fillna(0)}
        owners |= set(self.standing["owner_id"].fillna(0))
        for owner in owners:
            mine, theirs = tasks["responsible_id"].fillna(0) == owner, closed["owner_id"].fillna(0) == owner
            counts = closed[theirs]["status"].value_counts()
            won, lost = int(counts.get("won", 0)), int(counts.get("lost", 0))
            wins = closed[theirs & (closed["status"] == "won")]
            hours = (wins["at"] - wins["came_at"]).dt.total_seconds() / _HOUR
            rows[self._name(owner)] = {
                "tasks_open": int((mine & is_open).sum()),
                "tasks_overdue": int((mine & is_overdue).sum()),
                "tasks_completed": int((mine & is_done).sum()),
                "won": won,
                "lost": lost,
                "archived": int(counts.get("archived", 0)),
                "conversion": won / (won + lost) if won + lost else None,
                "hours_to_win": _number(hours.median()),
            }
        return rows

    def _tasks_of_these(self) -> pd.DataFrame:
        """With owners asked for, tasks are those that these people are to do, whoever the item belongs to."""
        tasks = self.tasks[self.tasks["item_id"].isin(self.of_all_owners["id"])]
        if self.asked.owners is not None:
            tasks = tasks[tasks["responsible_id"].isin(self.asked.owners)]
        return tasks

    def _name(self, owner: Any) -> str:
        return str(self.names[int(owner)]) if owner else "nobody"

    # --- delays ---------------------------------------------------------------------------------------------

    def delays(self) -> list[dict[str, Any]]:
        past, standing, asked = self.past, self._standing_with_limits(), self.asked
        stays = past[past["is_here"] & (past["left_at"] >= asked.since)]
        stalled = self.stalled()
        rows = []
        for stage in self.board.open:
            ended, here = stays[stays["stage_id"] == stage], standing[standing["stage_id"] == stage]
            hours = (ended["left_at"] - ended["at"]).dt.total_seconds() / _HOUR
            worked = self._worked(ended["at"], ended["left_at"])
            now = pd.Series(
                [pd.Timestamp(asked.now)] * len(here), index=here.index, dtype=here["entered_at"].dtype
            )
            rows.append(
                {
                    "stage": self.board.titles[stage],
                    "ended": len(ended),
                    "ended_median": _number(hours.quantile(0.5)),
                    "ended_p90": _number(hours.quantile(0.9)),
                    "worked_median": _number(worked.quantile(0.5)),
                    "worked_p90": _number(worked.quantile(0.9)),
                    "now": len(here),
                    "here_median": _number(((now - here["entered_at"]).dt.total_seconds() / _HOUR).median()),
                    "here_worked_median": _number(self._worked(here["entered_at"], now).median()),
                    "over": int(here["is_over"].sum()),
                    "stalled": int((stalled["stage_id"] == stage).sum()),
                }
            )
        return rows

    def waiting(self) -> list[int]:
        """Ids, in the order in which they are listed."""
        standing = self._standing_with_limits()
        over = standing[standing["is_over"]].sort_values(["due_at", "id"])
        rest = standing[~standing["is_over"]].sort_values(["entered_at", "id"])
        return [int(number) for number in pd.concat([over["id"], rest["id"]])[:50]]

    def behind(self) -> dict[str, dict[str, Any]]:
        """Who has something over the limit or at a standstill, by name."""
        standing, stalled = self._standing_with_limits(), self.stalled()
        over = standing[standing["is_over"]]
        now = pd.Series(pd.Timestamp(self.asked.now), index=over.index)
        worked = self._worked(over["due_at"], now)
        rows = {}
        for owner in {*over["owner_id"].fillna(0), *stalled["owner_id"].fillna(0)}:
            theirs = over["owner_id"].fillna(0) == owner
            first = over[theirs]["due_at"].min()
            rows[self._name(owner)] = {
                "open_items": int((standing["owner_id"].fillna(0) == owner).sum()),
                "over": int(theirs.sum()),
                "longest_over": _number(worked[theirs & (over["due_at"] == first)].max()),
                "stalled": int((stalled["owner_id"].fillna(0) == owner).sum()),
            }
        return rows

    def stalled(self) -> pd.DataFrame:
        """Items with nothing happening and nothing planned, the longest first."""
        standing, now = self.standing, pd.Timestamp(self.asked.now)
        touched = standing[["entered_at", "updated_at"]].max(axis=1)
        plans = self.plans[(self.plans["status"] != "completed") & (self.plans["deadline"] >= now)]
        is_idle = (now - touched >= pd.Timedelta(days=14)) & ~standing["id"].isin(plans["item_id"])
        return standing.assign(touched=touched)[is_idle].sort_values(["touched", "id"])

    def _standing_with_limits(self) -> pd.DataFrame:
        standing = self.standing
        local = standing["entered_at"].dt.tz_convert(self.asked.zone).dt.tz_localize(None)
        due = pd.Series(pd.NaT, index=standing.index, dtype=local.dtype)
        for stage, (unit, number) in self.board.limits.items():
            rows = standing["stage_id"] == stage
            if unit == "days":
                due[rows] = local[rows] + pd.Timedelta(days=number)
            else:
                opened = self._next_opening(local[rows])
                days = opened.dt.normalize()
                # The same time of day, so many working days later.
                moved = np.busday_offset(days.to_numpy().astype("datetime64[D]"), number)
                due[rows] = pd.to_datetime(moved).to_numpy() + (opened - days).to_numpy()
        due_at = due.dt.tz_localize(self.asked.zone).dt.tz_convert("UTC")
        return standing.assign(due_at=due_at, is_over=due_at < self.asked.now)

    def _next_opening(self, local: pd.Series) -> pd.Series:
        """What starts outside working hours counts from the next opening (docs/pipelines.md)."""
        days = local.dt.normalize()
        of_day = (local - days).dt.total_seconds()
        is_over = of_day >= _CLOSES
        numbers = (days + pd.to_timedelta(is_over.astype(int), unit="D")).to_numpy().astype("datetime64[D]")
        opens = pd.to_datetime(np.busday_offset(numbers, 0, roll="forward")) + pd.Timedelta(seconds=_OPENS)
        is_open = np.is_busday(days.to_numpy().astype("datetime64[D]")) & (of_day >= _OPENS) & ~is_over
        return local.where(is_open, pd.Series(opens, index=local.index))

    def _worked(self, start: pd.Series, end: pd.Series) -> pd.Series:
        """Hours between nine and six on weekdays of the zone; there is no change of clocks in these years."""
        return (self._worked_until(end) - self._worked_until(start)) / _HOUR

    def _worked_until(self, at: pd.Series) -> pd.Series:
        local = pd.to_datetime(at, utc=True).dt.tz_convert(self.asked.zone).dt.tz_localize(None)
        days = local.dt.normalize()
        of_day = (local - days).dt.total_seconds().clip(_OPENS, _CLOSES) - _OPENS
        numbers = days.to_numpy().astype("datetime64[D]")
        whole = np.busday_count(np.datetime64("2000-01-03"), numbers) * (_CLOSES - _OPENS)
        return whole + of_day.where(np.is_busday(numbers), 0.0)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    for column in frame.columns:
        if column in _INSTANTS:
            frame[column] = pd.to_datetime(frame[column], utc=True, format="ISO8601")
    return frame


def _sums(rows: pd.DataFrame) -> dict[str, Decimal]:
    """Exact sums by currency; what has no amount adds nothing."""
    worth = rows[rows["amount"].notna()]
    return {
        f"amount_{currency}": sum(map(Decimal, some), Decimal())
        for currency, some in worth.groupby("currency")["amount"]
    }


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
