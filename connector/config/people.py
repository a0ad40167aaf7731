"""Who works in a portal: roles, teams, absences, divisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, model_validator

from connector.config.base import Part, Several
from connector.config.values import UserId, wrong


def _each_once(users: tuple[int, ...]) -> tuple[int, ...]:
    repeated = [user for user, times in Counter(users).items() if times > 1]
    if repeated:
        raise wrong(f"user {repeated[0]} is listed twice")
    return users


Users = Annotated[Several[UserId], Field(min_length=1), AfterValidator(_each_once)]


class Team(Part):
    """People who share work out among themselves."""

    noun: ClassVar[str] = "team"
    members: Users
    weights: Mapping[str, Annotated[int, Field(ge=1, le=1000)]] = Field(default_factory=dict)
    """Share of the work, by the member's id as text; a member that is not named has 1."""
    capacity: Annotated[int, Field(ge=1)] | None = None
    """Open items that one member may hold; None: no limit."""

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

    noun: ClassVar[str] = "absence"
    user: UserId
    first_day: date = Field(alias="from")
    last_day: date = Field(alias="to")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Absence:
        if self.last_day < self.first_day:
            raise wrong(f"`to` ({self.last_day}) is before `from` ({self.first_day})")
        return self

    def covers(self, day: date) -> bool:
        """Whether the person is away on that day of the portal's time zone."""
        return self.first_day <= day <= self.last_day


class Division(Part):
    """A part of the company that pipelines hand items to."""

    noun: ClassVar[str] = "division"
    head: UserId
