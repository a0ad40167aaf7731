"""Reports on a schedule: what is in them, when they are made, who gets them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from connector.config.base import Part, Several
from connector.config.values import LogicalName, UserId, wrong
from pipelines.findings import nearest
from pipelines.texts import Text

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
#: Who gets a report, beside the roles of the portal: the head of its department (or of the nearest above),
#: all heads in it, who owns its pipelines, the portal's admin.
HEAD, HEADS, OWNER, ADMIN = "head", "heads", "owner", "admin"
_ABOVE_ALL = (HEAD, HEADS, OWNER, ADMIN)
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_PERIOD = re.compile(r"day|week|month|quarter|year|[1-9][0-9]{0,3} days?")


def _clock(value: str) -> str:
    if not _CLOCK.fullmatch(value):
        raise wrong('expected a time of day such as "08:00"')
    return value


def _period(value: str) -> str:
    if not _PERIOD.fullmatch(value):
        raise wrong(
            'expected "day", "week", "month", "quarter", "year" or a number of days such as "30 days"'
        )
    return value


def _folder(value: Any, info: ValidationInfo) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise wrong('expected the path of a folder such as "reports"')
    return ((info.context["folder"] if info.context else Path()) / value).absolute()


def _recipient(value: Any) -> Any:
    if type(value) is int and value >= 1:
        return value
    if isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,63}", value):
        return value
    raise wrong(f"expected the id of a user, the name of a role, or one of: {', '.join(_ABOVE_ALL)}")


def _once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    repeated = next((each for place, each in enumerate(values) if each in values[:place]), None)
    if repeated is not None:
        raise wrong(f"{repeated!r} is listed twice")
    return values


Recipient = Annotated[UserId | str, BeforeValidator(_recipient)]


class ReportConfig(Part):
    """A report that is made by itself."""

    noun: ClassVar[str] = "report"
    name: LogicalName
    """Part of the names of its files."""
    title: Text | None = None
    """What people read over it; without one, the titles of its pipelines."""
    pipelines: Annotated[Several[LogicalName], Field(min_length=1), AfterValidator(_once)]
    sections: Annotated[
        Several[Literal["funnel", "people", "delays", "outcomes"]], Field(min_length=1), AfterValidator(_once)
    ] = ("funnel", "people", "delays", "outcomes")
    department: Annotated[str, Field(min_length=1)] | None = None
    """Items of its people and of those below it: a name or an id of the portal."""
    owner: Annotated[str, Field(min_length=1)] | None = None
    """Items of this person."""
    source: Annotated[str, Field(min_length=1)] | None = None
    """Items that came from there."""
    every: Literal["day", "week", "month"]
    at: Annotated[str, AfterValidator(_clock)] = "08:00"
    """By the clock of the portal."""
    weekday: Weekday = "mon"
    """Of a weekly report."""
    day: Annotated[int, Field(ge=1, le=31)] = 1
    """Of a monthly report; the last day where a month is shorter."""
    period: Annotated[str, AfterValidator(_period)] | None = None
    """The day, week, month, quarter or year that ended last, or so many days; without it: as `every`."""
    formats: Annotated[
        Several[Literal["html", "xlsx", "csv", "png"]], Field(min_length=1), AfterValidator(_once)
    ] = ("html",)
    language: Literal["en", "ru"] | None = None
    """Without it, the portal's."""
    to: Annotated[Several[Recipient], AfterValidator(_once)] = ()
    """Users, roles, and head, heads, owner, admin."""
    by: Literal["task", "message"] | None = None
    """How they get it."""
    folder: Annotated[Path, BeforeValidator(_folder)] = Field(default="reports", validate_default=True)
    """Where its files are put; a relative path starts at the folder of config.toml."""

    @model_validator(mode="after")
    def _reaches_somebody(self) -> ReportConfig:
        if self.to and self.by is None:
            raise wrong('`to` says who gets it; how? by = "task" or by = "message"')
        if self.by is not None and not self.to:
            raise wrong("`by` says how it is delivered; to whom? give `to`")
        return self

    @model_validator(mode="after")
    def _says_whose_heads(self) -> ReportConfig:
        heads = [each for each in self.to if each in (HEAD, HEADS)]
        if heads and self.department is None:
            raise wrong(f'"{heads[0]}" is who heads the `department` of the report: give one')
        return self

    @model_validator(mode="after")
    def _says_only_when_it_is_made(self) -> ReportConfig:
        for key, every in (("weekday", "week"), ("day", "month")):
            if key in self.model_fields_set and self.every != every:
                raise wrong(f'`{key}` is for every = "{every}"')
        return self


def check_names(
    reports: tuple[ReportConfig, ...], pipelines: Collection[str] | None, roles: Collection[str] | None
) -> None:
    """Refuse names of pipelines and roles that the portal has not, and two reports of one name.

    None: the table itself could not be read, and its mistakes are told anyway.
    """
    errors = [
        InitErrorDetails(
            type=PydanticCustomError("config", "{message}", {"message": message}), loc=place, input=None
        )
        for place, message in _mistakes(reports, pipelines, roles)
    ]
    if errors:
        raise ValidationError.from_exception_data("reports", errors)


def _mistakes(
    reports: tuple[ReportConfig, ...], pipelines: Collection[str] | None, roles: Collection[str] | None
) -> Iterator[tuple[tuple[int | str, ...], str]]:
    first: dict[str, int] = {}
    for number, report in enumerate(reports):
        if first.setdefault(report.name, number) != number:
            yield (number, "name"), f"another report is called {report.name!r}: its files would be lost"
        for place, name in enumerate(report.pipelines if pipelines is not None else ()):
            if name not in (pipelines or ()):
                yield (number, "pipelines", place), _unknown("pipeline", name, pipelines or ())
        for place, each in enumerate(report.to if roles is not None else ()):
            known = [*(roles or ()), *_ABOVE_ALL]
            if isinstance(each, str) and each not in known:
                yield (number, "to", place), _unknown("role", each, known)


def _unknown(noun: str, name: str, known: Collection[str]) -> str:
    meant = nearest(name, known)
    hint = f" Did you mean {meant!r}?" if meant else ""
    return (
        f"no {noun} of the portal is called {name!r}; there is: {', '.join(sorted(known)) or 'none'}.{hint}"
    )
