"""Who works in a portal and when: roles, teams, absences, divisions, the working calendar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Annotated

import holidays
from pydantic import AfterValidator, Field, model_validator

from connector.config.base import Part, Several
from connector.config.values import Hours, HourRange, TimeZone, UserId, Weekday, wrong


def _each_once(users: tuple[int, ...]) -> tuple[int, ...]:
    repeated = [user for user, times in Counter(users).items() if times > 1]
    if repeated:
        raise wrong(f"user {repeated[0]} is listed twice")
    return users


Users = Annotated[Several[UserId], Field(min_length=1), AfterValidator(_each_once)]


class Team(Part):
    """People who share work out among themselves."""

    members: Users
    #: Share of work per member, by the user's id as text; a member that is not named has 1.
    weights: Mapping[str, Annotated[int, Field(ge=1, le=1000)]] = Field(default_factory=dict)
    #: Open items that one member may hold; None: no limit.
    capacity: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _weights_are_of_members(self) -> Team:
        strangers = sorted(set(self.weights) - {str(user) for user in self.members})
        if strangers:
            raise wrong(f"weights name {strangers[0]!r}, who is not among the members")
        return self

    def weight_of(self, user: int) -> int:
        return self.weights.get(str(user), 1)


class Absence(Part):
    """One person is away, from the first day to the last, both included."""

    user: UserId
    first_day: date = Field(alias="from")
    last_day: date = Field(alias="to")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Absence:
        if self.last_day < self.first_day:
            raise wrong(f"`to` ({self.last_day}) is before `from` ({self.first_day})")
        return self


class Division(Part):
    """A part of the company that pipelines hand items to."""

    head: UserId


def _country(code: str) -> str:
    if code not in holidays.list_supported_countries(include_aliases=False):
        raise wrong(f'no public holidays are known for {code!r}: expected a country code such as "RU" or "DE"')
    return code


class Calendar(Part):
    """Working time of the portal."""

    #: None: the portal's own.
    time_zone: TimeZone | None = None
    hours: Hours = Field(default_factory=lambda: _hours("09:00-18:00"))
    weekdays: Annotated[Several[Weekday], Field(min_length=1)] = ("mon", "tue", "wed", "thu", "fri")
    #: Public holidays of this country are days off; None: of no country.
    country: Annotated[str, AfterValidator(_country)] | None = None
    #: More days off.
    holidays: Several[date] = ()
    #: Working days although they are weekends or public holidays.
    working: Several[date] = ()

    @model_validator(mode="after")
    def _no_day_is_both(self) -> Calendar:
        both = sorted(set(self.holidays) & set(self.working))
        if both:
            raise wrong(f"{both[0]} is both a day off and a working day")
        return self
