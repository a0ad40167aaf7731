"""Employees and departments (skeleton)."""

from __future__ import annotations

from collections.abc import Iterator

from connector.bitrix24.client import Client
from connector.records import Department, Person


def list_people(client: Client) -> Iterator[list[Person]]:
    """Pages of employees, dismissed ones too (`is_active` False)."""
    raise NotImplementedError


def list_departments(client: Client) -> list[Department]:
    raise NotImplementedError


def current_user(client: Client) -> Person:
    """Whom the credential acts as."""
    raise NotImplementedError
