"""Reports: those that are made by themselves, how each stands, its files, and one of them now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from connector.config import ReportConfig
from connector.errors import ConnectorError
from connector.reports.issuing import issue_by_hand
from connector.reports.outlook import Outlook, outlook_of
from connector.reports.shelf import Shelved, find_file, shelved
from connector.store.users import Role
from webhooks.dashboard import current
from webhooks.dashboard.guarding import needs
from webhooks.dashboard.words import N_, _, ngettext

blueprint = Blueprint("reports", __name__)

#: Editions of a report that are shown, and how many of them at once.
_MOST: Final = 60
_SHOWN: Final = 4
#: What a browser shows by itself, and what it saves; anything else is bytes to be saved.
_SEEN: Final = {".html": "text/html; charset=utf-8", ".png": "image/png"}
_SAVED: Final = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
#: A report calls nobody, and runs nothing.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
)
_SECTIONS: Final = {
    "funnel": N_("Funnel"),
    "people": N_("People"),
    "delays": N_("Delays"),
    "outcomes": N_("Outcomes"),
}
#: What a file is, by what its name ends in; of pictures there are many.
_KINDS: Final = {".html": N_("Page"), ".xlsx": N_("Workbook"), ".csv.zip": N_("Tables (CSV)")}


@dataclass(frozen=True, slots=True)
class Shown:
    """A report as the page has it."""

    outlook: Outlook
    editions: list[Shelved]
    #: Why its files cannot be shown.
    trouble: str = ""

    @property
    def report(self) -> ReportConfig:
        return self.outlook.report

    @property
    def title(self) -> str:
        """Its own, or else its pipelines'."""
        if self.report.title is not None:
            return self.report.title.in_language(current.language())
        return ", ".join(self.pipelines)

    @property
    def pipelines(self) -> list[str]:
        bindings = current.portal().bindings
        return [
            bindings[name].definition.title.in_language(current.language()) if name in bindings else name
            for name in self.report.pipelines
        ]

    @property
    def recent(self) -> list[Shelved]:
        return self.editions[:_SHOWN]

    @property
    def earlier(self) -> list[Shelved]:
        return self.editions[_SHOWN:_MOST]

    @property
    def hidden(self) -> int:
        """How many older ones are in the folder alone."""
        return len(self.editions[_MOST:])


@blueprint.get("/reports")
def show() -> str:
    """Every report of the portal."""
    return _page(_said(request.args.get("done", ""), request.args.get("n", 0, int)))


@blueprint.get("/reports/<report>/files/<name>")
def file(report: str, name: str) -> Response:
    """A file that a report has left."""
    try:
        path = find_file(current.portal(), _chosen(report), name)
        if path is None:
            raise NotFound
        content = path.read_bytes()
    except (ConnectorError, OSError):  # it was there a moment ago
        raise NotFound from None
    kind = (_SEEN | _SAVED).get(path.suffix, "application/octet-stream")
    answer = Response(content, content_type=kind, headers={"Content-Security-Policy": _POLICY})
    way = "inline" if path.suffix in _SEEN else "attachment"
    answer.headers.set("Content-Disposition", way, filename=name)
    return answer


@blueprint.post("/reports/make")
@needs(Role.OPERATOR)
def make() -> Response | tuple[str, int]:
    """One of them now, beside its schedule; with `deliver` it goes to its readers too."""
    portal, report = current.portal(), _chosen(request.form.get("report", ""))
    delivers = "deliver" in request.form and report.by is not None
    try:
        issued = issue_by_hand(
            portal, current.application().studio, report, delivers=delivers, by=current.actor()
        )
    except ConnectorError as error:
        return _page(mistake=f"{report.name}: {error}"), 409
    done = "made" if not delivers else "sent" if issued.to else "unsent"
    return redirect(url_for(".show", done=done, n=len(issued.to), _anchor=report.name))


def _page(done: str = "", mistake: str = "") -> str:
    portal = current.portal()
    with portal.database.read() as conn:
        outlooks = [outlook_of(conn, portal, report) for report in portal.config.reports]
    return render_template(
        "reports.html",
        reports=[_shown(outlook) for outlook in outlooks],
        example=next(iter(portal.config.pipelines), "simple_sale"),
        kinds=_KINDS,
        seen=tuple(_SEEN),
        sections=_SECTIONS,
        schedule=_schedule,
        done=done,
        mistake=mistake,
    )


def _shown(outlook: Outlook) -> Shown:
    try:
        return Shown(outlook, shelved(current.portal(), outlook.report))
    except ConnectorError as error:
        return Shown(outlook, [], str(error))


def _chosen(name: str) -> ReportConfig:
    found = next((each for each in current.portal().config.reports if each.name == name), None)
    if found is None:
        raise NotFound
    return found


def _schedule(report: ReportConfig) -> str:
    match report.every:
        case "day":
            return _("every day, %(at)s", at=report.at)
        case "week":
            return _("every week: %(day)s, %(at)s", day=_(_WEEKDAYS[report.weekday]), at=report.at)
        case "month":
            return _("every month: day %(day)s, %(at)s", day=report.day, at=report.at)


_WEEKDAYS: Final = {
    "mon": N_("Monday"),
    "tue": N_("Tuesday"),
    "wed": N_("Wednesday"),
    "thu": N_("Thursday"),
    "fri": N_("Friday"),
    "sat": N_("Saturday"),
    "sun": N_("Sunday"),
}


def _said(what: str, number: int) -> str:
    """What the last press of a button has done; "" if none was pressed."""
    if what == "sent":
        return ngettext(
            "Made, and on its way to %(num)s person; it leaves while the engine runs.",
            "Made, and on its way to %(num)s people; it leaves while the engine runs.",
            number,
        )
    said = {
        "made": N_("Made: its files are below."),
        "unsent": N_("Made, but sent to nobody: nobody who gets it works here any more."),
    }
    return _(said[what]) if what in said else ""
