"""A sales department on paper, as big as one gets: a store of deals, their ways, processes, tasks, a journal.

Nothing is left to chance: the same numbers make the same store. The pipeline is the shipped `corporate_sale`
with routes and an approval added, so that every page has something to show.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pipelines
from connector.records import DEAL, Department, Field, Item, ItemRef, Person, Stage, StageMove, Task
from connector.store import (
    Connection,
    Database,
    catalogue,
    definitions,
    journal,
    mirror,
    processes,
    tasks,
    visits,
)
from connector.store.definitions import StoredDefinition
from connector.store.dialect import chunks
from connector.store.journal import NewLine
from connector.store.processes import NewProcess
from connector.store.tasks import MadeTask
from pipelines.definition import Definition
from pipelines.engine.process import Process, Run, Vote
from pipelines.loader import load_text

PORTAL, CATEGORY = "main", 1
#: Monday, noon in Moscow.
NOW = datetime(2026, 3, 30, 9, tzinfo=UTC)
_DAY = timedelta(days=1)
_YEARS = 2
#: How long a deal stays in a stage: days, the middle.
_STAYS = (2.0, 2.0, 6.0, 5.0, 3.0, 5.0, 5.0, 12.0, 9.0)
_NAMES = (
    "Анна Белова", "Борис Громов", "Вера Дорофеева", "Глеб Ершов", "Дарья Жукова", "Егор Зимин",
    "Жанна Ильина", "Захар Калинин", "Инна Лебедева", "Кирилл Мартынов", "Лариса Никитина",
    "Максим Орлов", "Надежда Панова", "Олег Рябов", "Полина Соболева", "Роман Тихонов",
    "Светлана Ушакова", "Тимур Филиппов", "Ульяна Харитонова", "Фёдор Цветков",
    "Александра Константинопольская", "Юрий Шестаков", "Яна Щербакова", "Игорь Яковлев",
)  # fmt: skip
_CUSTOMERS = ("Вектор", "Северсталь-Сервис", "Ромашка", "Технопром", "Восток", "Гранит", "Меридиан", "Заря")
_GOODS = ("Насосы", "Датчики давления", "Шкафы управления", "Лицензии", "Обучение", "Сервисный договор")
_RIVALS = ("Альфа Инжиниринг", "Промтех", "Siemens", "Никому: не купили ни у кого")
_SOURCES = {"WEB": "Сайт", "CALL": "Звонок", "PARTNER": "Партнёр", "TRADE_SHOW": "Выставка"}
_TEAMS = {"north": range(2, 9), "south": range(9, 17), "east": range(17, 22)}

_ROUTES = """
[[routes]]
name = "North"
when = "item.source == 'WEB'"
to   = { team = "north", by = "round_robin" }

[[routes]]
name = "South"
when = "item.source == 'CALL'"
to   = { team = "south", by = "weighted" }

[[routes]]
name = "East"
to   = { team = "east", by = "least_loaded" }
"""
_APPROVAL = """[[stages.steps]]
id    = "approve_terms"
title = { en = "Approve the terms", ru = "Согласовать условия с руководством" }
approve = { by = [{ user = 23 }, { user = 24 }], mode = "all" }

"""


def definition() -> Definition:
    """The pipeline."""
    text = Path(pipelines.__file__).with_name("library").joinpath("corporate_sale.toml").read_text("utf-8")
    place = text.index('[[stages.steps]]\nid    = "sign_contract"')
    return load_text(text[:place] + _APPROVAL + text[place:] + _ROUTES, "corporate_sale.toml")


def stage_id(name: str) -> str:
    return f"C{CATEGORY}:{name.upper()}"


def write_config(folder: Path) -> Path:
    """config.toml beside the store, the pipeline and the secrets."""
    known = definition()
    (folder / "corporate_sale.toml").write_text(known.text, "utf-8")
    for name, secret in (("webhook", "https://example.bitrix24.ru/rest/1/secret/"), ("token", "t" * 32)):
        (folder / name).write_text(secret, "utf-8")
        os.chmod(folder / name, 0o600)
    fields = [f"{name} = {_bound(known, name)}" for name in known.fields]
    teams = [f"[portals.main.teams.{name}]\nmembers = {list(users)}\n" for name, users in _TEAMS.items()]
    path = folder / "config.toml"
    path.write_text(
        f"""
[store]
url = "sqlite:///{folder / "funnelwright.db"}"

[dashboard]
port = 0

[portals.main]
webhook = "file:webhook"
application_tokens = ["file:token"]
member_id = "{"0" * 32}"
domain = "example.bitrix24.ru"
time_zone = "Europe/Moscow"
technical_user = 1
admin = 1
language = "ru"

[[portals.main.absences]]
user = 5
from = 2026-01-12
to   = 2026-02-20

[portals.main.divisions]
hardware = {{ head = 23 }}
services = {{ head = 24 }}

{"".join(teams)}
[portals.main.pipelines.corporate_sale]
definition = "corporate_sale.toml"
mode = "live"
category = {CATEGORY}
owner = 1
[portals.main.pipelines.corporate_sale.stages]
{chr(10).join(f'{stage.id} = "{stage_id(stage.id)}"' for stage in known.stages)}
[portals.main.pipelines.corporate_sale.fields]
{chr(10).join(fields)}
""",
        "utf-8",
    )
    os.chmod(path, 0o600)
    return path


def _bound(known: Definition, name: str) -> str:
    options = ", ".join(f'{option} = "{option}"' for option in known.fields[name].options)
    return f'{{ field = "{_field(name)}", options = {{ {options} }} }}'


def _field(name: str) -> str:
    return "ufCrm_" + name.upper()


def write_store(database: Database, items: int = 50_000, lines: int = 1_000_000, seed: int = 1) -> None:
    """Fill an empty store."""
    known = definition()
    department = _Department(known, random.Random(seed))
    with database.write() as conn:
        definitions.put(conn, StoredDefinition(known.hash, known.id, known.file, known.text), NOW)
        _write_catalogue(conn, known)
    deals = [department.deal(number) for number in range(1, items + 1)]
    moves = sorted((at, deal.id, place, name) for deal in deals for place, (name, at) in enumerate(deal.way))
    rows = (
        StageMove(str(number), ItemRef(DEAL, deal_id), 2 if place else 1, CATEGORY, stage_id(name), None, at)
        for number, (at, deal_id, place, name) in enumerate(moves, 1)
    )
    for some in chunks(deals, 5_000):
        with database.write() as conn:
            mirror.upsert_items(conn, PORTAL, [_item(deal) for deal in some], NOW)
    for batch in chunks(rows, 20_000):
        with database.write() as conn:
            visits.add_many(conn, PORTAL, batch, NOW)
    for some in chunks(deals, 5_000):
        with database.write() as conn:
            for deal in some:
                _write_process(conn, known, deal)
    _write_journal(database, known, deals, lines)
    with database.write() as conn:
        conn.exec_driver_sql("ANALYZE")


def _write_catalogue(conn: Connection, known: Definition) -> None:
    semantics = {"open": "P", "won": "S"}
    catalogue.replace_stages(
        conn,
        PORTAL,
        DEAL,
        [
            Stage(
                DEAL, CATEGORY, stage_id(each.id), str(each.title), at * 10, semantics.get(each.status, "F")
            )
            for at, each in enumerate(known.stages)
        ],
    )
    people = [Person(at, name, at != 22, (2 + at % 4,), None) for at, name in enumerate(_NAMES, 1)]
    catalogue.replace_people(conn, PORTAL, people)
    named = ["Отдел продаж", "Север", "Юг", "Восток", "Ключевые клиенты"]
    catalogue.replace_departments(
        conn, PORTAL, [Department(at, name, None if at == 1 else 1, at) for at, name in enumerate(named, 1)]
    )
    catalogue.replace_fields(
        conn, PORTAL, DEAL, [Field(DEAL, "sourceId", "crm_status", "Источник", False, False, False, _SOURCES)]
    )


@dataclass
class _Deal:
    id: int
    way: list[tuple[str, datetime]]
    owner: int
    source: str
    amount: Decimal | None
    run: Run | None
    outcomes: dict[str, str]
    fields: dict[str, str]


class _Department:
    """Makes up deals."""

    def __init__(self, known: Definition, chance: random.Random) -> None:
        self.known, self.chance = known, chance
        self.open = [stage for stage in known.stages if stage.status == "open"]

    def deal(self, number: int) -> _Deal:
        chance = self.chance
        at = (NOW - chance.random() * _YEARS * 365 * _DAY).replace(microsecond=0)
        way, outcomes, fields = [(self.open[0].id, at)], dict[str, str](), dict[str, str]()
        for place, stage in enumerate(self.open):
            if place and chance.random() < 0.85:
                way.append((stage.id, at))
            at += chance.lognormvariate(0, 0.9) * _STAYS[place] * _DAY
            if at >= NOW:
                break
            outcomes.update(self._outcomes(stage.id))
            if chance.random() < 0.13:
                way.append(self._end(at, fields))
                break
        else:
            if at < NOW:
                way.append(("won", at))
        way = [(name, at.replace(microsecond=0)) for name, at in way]
        return _Deal(
            number,
            way,
            owner=chance.choices(range(2, 22), weights=range(40, 20, -1))[0],
            source=chance.choice(list(_SOURCES)),
            amount=None if chance.random() < 0.05 else Decimal(chance.randrange(5_000, 900_000_00)) / 100,
            run=self._run(number, way[-1]),
            outcomes=outcomes,
            fields=fields,
        )

    def _end(self, at: datetime, fields: dict[str, str]) -> tuple[str, datetime]:
        stage = self.chance.choices(["lost", "rejected", "rerouted"], weights=[7, 2, 1])[0]
        reasons = ["competitor", "price", "no_budget", "no_interest", "cannot_help"]
        fields[_field("close_reason")] = self.chance.choices(reasons, weights=[4, 5, 2, 3, 1])[0]
        if stage == "lost":
            fields[_field("competitor")] = self.chance.choice(_RIVALS)
        return stage, at

    def _outcomes(self, stage_id: str) -> Iterator[tuple[str, str]]:
        stage = self.known.stage(stage_id)
        for step in stage.steps if stage else ():
            if step.all_outcomes:
                yield step.id, self.chance.choice(step.all_outcomes[:3]).id

    def _run(self, number: int, last: tuple[str, datetime]) -> Run | None:
        """What is open in the stage where the deal stands."""
        chance, (name, since) = self.chance, last
        stage = self.known.stage(name)
        if stage is None or stage.status != "open" or chance.random() < 0.05:
            return None
        step = chance.choice(stage.steps) if stage.steps else None
        step_id, kind = (step.id, step.kind) if step else ("negotiate", "task")
        began = since + chance.random() * (NOW - since)
        due = began + chance.choice([1, 2, 3, 5, 30]) * _DAY
        run = Run(
            key=f"{number}/{step_id}/1",
            step=step_id,
            kind="task",
            state="open",
            opened_at=began,
            to=2,
            due=due,
        )
        if kind == "approve":
            votes = (Vote(user=23, state="approved"), Vote(user=24, state="asked", tasks=1))
            return run.but(kind="approve", to=None, votes=votes)
        if kind == "wait":
            return run.but(kind="wait", to=None, due=None)
        how = chance.random()
        if how < 0.15:
            return run.but(postponed_until=NOW + chance.randrange(1, 15) * _DAY)
        return run.but(state="later", to=None) if how < 0.25 else run


def _item(deal: _Deal) -> Item:
    title = f"{_GOODS[deal.id % len(_GOODS)]} для «{_CUSTOMERS[deal.id % len(_CUSTOMERS)]}» № {deal.id}"
    return Item(
        ref=ItemRef(DEAL, deal.id),
        title=title,
        category_id=CATEGORY,
        stage_id=stage_id(deal.way[-1][0]),
        semantics=None,
        owner_id=deal.owner,
        amount=deal.amount,
        currency="RUB",
        company_id=None,
        contact_ids=(),
        source_id=deal.source,
        created_at=deal.way[0][1],
        updated_at=deal.way[-1][1],
        moved_at=deal.way[-1][1],
        created_by=1,
        updated_by=1,
        moved_by=1,
        fields=dict(deal.fields),
    )


def _write_process(conn: Connection, known: Definition, deal: _Deal) -> None:
    """The process, and the task that is open for it."""
    name, since = deal.way[-1]
    stage = known.stage(name)
    status = stage.status if stage else "open"
    ref, phase = ItemRef(DEAL, deal.id), "running" if status == "open" else "finished"
    run = deal.run.but(to=deal.owner) if deal.run and deal.run.to else deal.run
    state = Process(
        pipeline=known.id,
        version=known.hash,
        item=str(ref),
        visit=str(deal.id),
        last_visit=str(deal.id),
        stage=name,
        status=status,
        phase=phase,  # type: ignore[arg-type]
        entered_at=since,
        owner=deal.owner,
        runs=(run,) if run else (),
        outcomes=deal.outcomes,
    )
    kept = processes.insert(
        conn,
        NewProcess(
            portal=PORTAL,
            pipeline=known.id,
            ref=ref,
            version=known.hash,
            visit=str(deal.id),
            stage=name,
            status=status,
            phase=phase,
            owner_id=deal.owner,
            mode="live",
            state=state.to_json(),
        ),
        NOW,
    )
    if run and run.has_task:
        made = MadeTask(PORTAL, ref, kept.id, run.key, "step", _task(deal, run))
        tasks.add(conn, made, NOW)


def _task(deal: _Deal, run: Run) -> Task:
    return Task(
        id=deal.id,
        title=run.step,
        status="pending",
        responsible_id=run.to or 24,
        created_by=1,
        deadline=run.postponed_until or run.due,
        created_at=run.opened_at,
        changed_at=run.opened_at,
        changed_by=1,
        status_changed_by=1,
        closed_at=None,
        marker=run.key,
        bindings=(f"D_{deal.id}",),
    )


def _write_journal(database: Database, known: Definition, deals: list[_Deal], lines: int) -> None:
    """Twenty lines a deal, in the order of time; the first say whom it was given to."""
    routes = {"WEB": (1, "north"), "CALL": (2, "south")}
    each = max(lines // len(deals), 3)
    written = ((deal.way[0][1], deal.id, deal) for deal in deals)
    for some in chunks(sorted(written, key=lambda row: row[:2]), max(10_000 // each, 1)):
        with database.write() as conn:
            at = some[0][0]
            rows = [line for _, _, deal in some for line in _lines(known, deal, routes, each)]
            journal.add_many(conn, PORTAL, rows, at)


def _lines(
    known: Definition, deal: _Deal, routes: dict[str, tuple[int, str]], count: int
) -> Iterator[NewLine]:
    number, team = routes.get(deal.source, (3, "east"))
    members = list(_TEAMS[team])
    user = members[deal.id % len(members)]
    common = {"ref": ItemRef(DEAL, deal.id), "pipeline": known.id, "version": known.hash}
    rule, key = f"corporate_sale.toml:900 route {number}", f"start:{deal.id}"
    yield NewLine(kind="assigned", text=f"Owner {user}: route {number}", rule=rule, signal_key=key, **common)
    command = f"{deal.id}/route"
    yield NewLine(
        kind="command", text=f"Assign {user}", rule=rule, signal_key=key, command_key=command, **common
    )
    for at in range(count - 2):
        name = deal.way[at % len(deal.way)][0]
        text = f"Came into the stage “{name}”"
        yield NewLine(
            kind="entered", text=text, rule="corporate_sale.toml:100", signal_key=f"{key}:{at}", **common
        )
