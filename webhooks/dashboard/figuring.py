"""What the pages of figures share: the answer to what the address asks, its charts, its tables, its files.

A page shows the figures and names the addresses of the charts: they are drawn when the browser asks for them.
What a page, its charts and its files show is one answer, as long as nothing changes in the store.
"""

from __future__ import annotations

import gzip
import weakref
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, Generic, TypeVar, cast, get_args

from flask import Blueprint, Flask, Response, current_app, g, render_template, request, url_for
from werkzeug.exceptions import NotFound, ServiceUnavailable

from connector.bitrix24.items import card_address
from connector.flow.bindings import Binding
from connector.flow.portal import Portal
from connector.records import ItemRef
from connector.reports.charts import CannotDraw, Chart, Look, Stopped, Theme, Width, charts_of
from connector.reports.documents.workbook import as_workbook
from connector.reports.figures import (
    Closed,
    Delays,
    Figures,
    Flow,
    Question,
    Section,
    Table,
    UnknownName,
    ask,
    compute,
    stuck,
    tabulate,
)
from connector.reports.figures.answers import PATIENCE_SECONDS, RENEWED, Answers
from connector.reports.figures.showing import Report, as_columns
from connector.reports.figures.waits import WaitKind
from connector.reports.figures.words import word
from connector.reports.tables import table_as_csv
from connector.store import Connection, Database
from connector.store.changes import Changes
from pipelines.engine.model import Language
from webhooks.dashboard import current, formats
from webhooks.dashboard.filters import (
    PERIODS,
    Choices,
    Filters,
    WrongFilter,
    binding_of,
    choices_of,
    period_asked,
    read_filters,
)

T = TypeVar("T")

_KEY: Final = "funnelwright.figures"
#: Of the Flask configuration: how long a request waits for newer figures than those that are there.
PATIENCE: Final = "FIGURES_PATIENCE_SECONDS"
#: Nothing but the picture, should somebody open it by itself.
_PICTURE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
_SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Asked:
    """One request for figures: what is asked, of which pipeline."""

    portal: Portal
    filters: Filters
    binding: Binding

    def answer(self, about: str, compute: Callable[[Connection, Question], T]) -> Answer[T]:
        """Computed now, or lately; WrongFilter, UnknownName."""
        return cast("Answer[T]", _room().answers.get(self._key(about), self._computing(compute)))

    def prepare_all(self) -> None:
        """Have all sections computed: who looks at one page with these filters looks at the next."""
        _room().answers.prepare(self._sections())

    def begin_all(self) -> None:
        """Have everything computed that the pages show with these filters, whether or not it takes long."""
        any_time = self.at_any_time()
        _room().answers.begin({any_time._key("stuck"): any_time._computing(stuck)} | self._sections())

    def _sections(self) -> dict[Hashable, Callable[[], Answer[Any]]]:
        return {self._key(each): self._computing(_of_section(each)) for each in get_args(Section)}

    def _key(self, about: str) -> Hashable:
        today = current.now().astimezone(self.portal.calendar.zone).date()
        return (
            about,
            self.portal.name,
            self.filters,
            self.binding.definition.hash,
            current.language(),
            today,
        )

    def _computing(self, compute: Callable[[Connection, Question], T]) -> Callable[[], Answer[T]]:
        database, language = current.application().database, current.language()
        return lambda: self._compute(database, language, compute)

    def at_any_time(self) -> Asked:
        """The same for what depends on no period, asked once for all of them."""
        return replace(self, filters=replace(self.filters, days="7", since="", until=""))

    def _compute(
        self, database: Database, language: Language, compute: Callable[[Connection, Question], T]
    ) -> Answer[T]:
        """Asks nothing of the request: it may be over."""
        filters = self.filters
        with database.read() as conn:
            question = ask(
                conn,
                self.portal,
                self.binding,
                period_asked(conn, filters, self.portal, self.binding),
                owner=filters.owner or None,
                department=filters.department or None,
                source=filters.source or None,
                language=language,
            )
            return Answer(question, compute(conn, question))


@dataclass(frozen=True)
class Answer(Generic[T]):
    """Figures, and the question that they answer."""

    question: Question
    found: T


@dataclass(frozen=True)
class Shown:
    """What a template shows of one section."""

    section: Section
    asked: Asked
    choices: Choices
    answer: Answer[Figures] | None
    #: Why there is no answer.
    mistake: str = ""
    #: Other answers to the same question.
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def filters(self) -> Filters:
        return self.asked.filters

    @cached_property
    def tables(self) -> dict[str, Table]:
        if self.answer is None:
            return {}
        return {each.name: each for each in tabulate(self.answer.found, self.answer.question)}

    @cached_property
    def charts(self) -> dict[str, Chart]:
        """The charts that there are; as pictures they have addresses."""
        if self.answer is None:
            return {}
        return {each.name: each for each in charts_of(self.answer.found, self.answer.question, Look())}

    def picture(self, chart: Chart, theme: Theme, width: Width) -> str:
        """The address of a chart as a picture."""
        return _address(".chart", name=chart.name, form="svg", theme=theme, width=width, **dict(self.filters))

    def file(self, name: str, form: str) -> str:
        """The address of a table, or of a chart (`png`), as a file."""
        endpoint = ".chart" if form == "png" else ".table"
        return _address(endpoint, name=name, form=form, **dict(self.filters))

    def link(self, name: str = "") -> str:
        """The address that shows the same period again, whatever day it is."""
        if self.answer is None:
            return ""
        zone, period = self.asked.portal.calendar.zone, self.answer.question.period
        kept = {name: value for name, value in self.filters if name not in ("days", "since", "until")}
        days = {"since": period.since, "until": self.last_day}
        dates = {name: at.astimezone(zone).date().isoformat() for name, at in days.items()}
        return _address(".show", **kept, **dates) + (f"#{name}" if name else "")

    def narrowed(self, **changes: object) -> str:
        """The address of this page with other filters."""
        values = {**dict(self.filters), **{name: str(value) for name, value in changes.items()}}
        return _address(".show", **values)

    def elsewhere(self, endpoint: str) -> str:
        """The address of another page of figures with the same filters."""
        return _address(endpoint, **dict(self.filters))

    def word(self, name: str) -> str:
        """A word of the figures in the viewer's language."""
        return word(name, current.language())

    @property
    def is_old(self) -> bool:
        """Whether time has passed since; newer figures are being computed then."""
        assert self.answer is not None
        return current.now() - self.answer.question.now >= RENEWED

    @property
    def last_day(self) -> datetime:
        """An instant of the last day of the period."""
        assert self.answer is not None
        return self.answer.question.period.until - timedelta(microseconds=1)

    def worth(self, rows: Sequence[Flow | Closed], status: str = "open") -> str:
        """What the items of all stages of a status are worth, in each currency."""
        sums = Counter[str]()
        for each in rows:
            if each.stage.status == status:
                sums.update(dict(each.sums))
        return ", ".join(formats.money(amount, currency) for currency, amount in sums.items() if amount)

    def meaning(self, table: str, *columns: str) -> str:
        """What these columns of a table mean, one after the other."""
        return " ".join(each.about for each in self.tables[table].headings if each.name in columns)

    def waits_for(self, kind: WaitKind) -> int:
        """How many items wait for that, in all stages."""
        assert self.answer is not None
        assert isinstance(self.answer.found, Delays)
        return sum(each.spans[kind].count for each in self.answer.found.splits)

    def card(self, ref: ItemRef | str) -> str:
        """Where the card of an item is in the CRM."""
        known = ItemRef.parse(ref) if isinstance(ref, str) else ref
        return card_address(self.asked.portal.config.domain, known)

    def ref(self, item_id: int) -> ItemRef:
        """An item of the pipeline."""
        return ItemRef(self.asked.binding.entity_type_id, item_id)


def _address(endpoint: str, **values: str) -> str:
    return url_for(endpoint, **cast("dict[str, Any]", values))


def figure_page(name: str, section: Section, *, with_stuck: bool = False) -> Blueprint:
    """A page of one section, with addresses for its charts and tables; the template is called as the page."""
    blueprint = Blueprint(name, f"webhooks.dashboard.pages.{name}")

    @blueprint.get(f"/{name}")
    def show() -> tuple[str, int]:
        shown = _show(section, with_stuck)
        text = render_template(f"{name}.html", shown=shown, periods=PERIODS)
        return text, 400 if shown.mistake else 200

    @blueprint.get(f"/{name}/charts/<name>.<any(svg, png):form>")
    def chart(name: str, form: str) -> Response:
        answer = _ask_figures(section).answer
        return _picture(answer, name, form)

    @blueprint.get(f"/{name}/tables/<name>.<any(csv, xlsx):form>")
    def table(name: str, form: str) -> Response:
        return _file(_ask_figures(section), section, name, form)

    return blueprint


# --- the page -----------------------------------------------------------------------------------------------


def _show(section: Section, with_stuck: bool) -> Shown:
    portal = current.portal()
    filters = read_filters(request.args, portal)
    with current.application().database.read() as conn:
        choices = choices_of(conn, portal, filters)
    try:
        asked = Asked(portal, filters, binding_of(filters, portal))
        answer = asked.answer(section, _of_section(section))
        more = {"stuck": asked.at_any_time().answer("stuck", stuck).found} if with_stuck else {}
        asked.prepare_all()
    except (WrongFilter, UnknownName) as error:
        first = next(iter(portal.bindings.values()), None)
        if first is None:
            raise NotFound from None
        mistake = error.said if isinstance(error, WrongFilter) else str(error)
        return Shown(section, Asked(portal, filters, first), choices, None, mistake)
    return Shown(section, asked, choices, answer, more=more)


def _ask_figures(section: Section) -> Shown:
    """What the address of a chart or a file asks for; NotFound where the page would show a mistake."""
    portal = current.portal()
    filters = read_filters(request.args, portal)
    try:
        asked = Asked(portal, filters, binding_of(filters, portal))
        answer = asked.answer(section, _of_section(section))
    except (WrongFilter, UnknownName):
        raise NotFound from None
    return Shown(section, asked, Choices((), (), (), ()), answer)


def _of_section(section: Section) -> Callable[[Connection, Question], Figures]:
    return lambda conn, question: compute(conn, question, section)


# --- charts and files ---------------------------------------------------------------------------------------


def _picture(answer: Answer[Figures] | None, name: str, form: str) -> Response:
    if answer is None:
        raise NotFound
    look = Look(_one_of(get_args(Theme), "theme"), _one_of(get_args(Width), "width"), is_alone=form == "png")
    found = next((each for each in charts_of(answer.found, answer.question, look) if each.name == name), None)
    if found is None:
        raise NotFound
    response = Response(
        headers={"Content-Security-Policy": _PICTURE_POLICY, "Cache-Control": "private, no-cache"}
    )
    response.set_etag(f"{found.hash}.{form}")
    response.mimetype = "image/png" if form == "png" else "image/svg+xml"
    if response.make_conditional(request).status_code == 304:
        return response
    try:
        studio = current.application().studio
        picture = studio.png(found) if form == "png" else studio.svg(found)
    except Stopped:
        raise ServiceUnavailable from None
    except CannotDraw:
        current_app.logger.exception("a chart cannot be drawn")
        raise NotFound from None
    if form == "svg" and request.accept_encodings.find("gzip") >= 0:
        picture = gzip.compress(picture, 5)
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    response.set_data(picture)
    return response


def _one_of(known: Sequence[Any], name: str) -> Any:
    value = request.args.get(name, "")
    return value if value in known else known[0]


def _file(shown: Shown, section: Section, name: str, form: str) -> Response:
    answer, table = shown.answer, shown.tables.get(name)
    if answer is None or table is None:
        raise NotFound
    question = answer.question
    if form == "csv":
        content, kind = table_as_csv(*as_columns(table)), "text/csv; charset=utf-8"
    else:
        report = Report(
            question.binding.pipeline, question.period, question.calendar.zone, {section: [table]}
        )
        content, kind = as_workbook(report), _SHEET
    last = shown.last_day.astimezone(question.calendar.zone).date()
    called = f"{question.binding.pipeline}_{section}_{name}_{last}.{form}"
    response = Response(content, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=called)
    return response


def begin_usual(app: Flask) -> None:
    """Have computed what people look at first: each portal's first pipeline, in the usual period.

    In the portal's language.
    """
    for name, portal in current.application_of(app).portals.items():
        if portal.bindings:
            with app.test_request_context():
                g.portal_name = name
                filters = read_filters(request.args, portal)
                Asked(portal, filters, binding_of(filters, portal)).begin_all()


# --- what is kept between requests --------------------------------------------------------------------------


class _Room:
    """The answers of one dashboard."""

    def __init__(self) -> None:
        application = current.application()
        self._changes = Changes(application.database)
        self.answers: Answers[Answer[Any]] = Answers(
            self._changes.present,
            application.clock,
            patience_seconds=current_app.config.get(PATIENCE, PATIENCE_SECONDS),
        )

    def close(self) -> None:
        self.answers.close()
        self._changes.close()


def _room() -> _Room:
    if _KEY not in current_app.extensions:
        room = current_app.extensions.setdefault(_KEY, _Room())
        weakref.finalize(current.application(), room.close)
    return cast(_Room, current_app.extensions[_KEY])
