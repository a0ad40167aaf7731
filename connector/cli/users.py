"""`users`: who may look at the dashboard, and what they may do there."""

from __future__ import annotations

import getpass
import sys
from datetime import datetime

import click

from connector import users
from connector.cli.failures import Refusal
from connector.cli.invocation import Invocation, json_option, pass_invocation
from connector.cli.opening import open_store
from connector.cli.text import ago, print_table, say, say_json
from connector.config import Config
from connector.store import users as stored
from connector.store.users import Role, User

role_choice = click.Choice([role.value for role in Role])


@click.group("users")
def users_group() -> None:
    """Say who may sign in to the dashboard.

    A viewer sees everything but this list, an operator also retries, drops, pauses and resumes, an admin also
    sees who the others are.
    """


@users_group.command()
@click.argument("name")
@click.option("--role", type=role_choice, required=True, help="What the user may do.")
@pass_invocation
def add(invocation: Invocation, name: str, role: str) -> None:
    """Add a user, and print the link by which they choose a password: once, within an hour."""
    users.check_name(name)
    now = invocation.clock.now()
    with open_store(invocation) as (config, database), database.write() as conn:
        if not stored.add(conn, name, Role(role), now, f"admin:{getpass.getuser()}"):
            raise Refusal(f"{name} is a user already: `funnelwright users invite {name}` lets them in")
        token = users.invite(conn, name, now)
    say(f"{name} is added as {role}. Within an hour, once:")
    say(invitation_link(config, token))


@users_group.command()
@click.argument("name")
@pass_invocation
def invite(invocation: Invocation, name: str) -> None:
    """Print a new link for a user who has no password or forgot it; the old password counts until then."""
    with open_store(invocation) as (config, database), database.write() as conn:
        token = users.invite(conn, name, invocation.clock.now())
    say("Within an hour, once:")
    say(invitation_link(config, token))


@users_group.command("list")
@json_option
@pass_invocation
def list_users(invocation: Invocation, as_json: bool) -> None:
    """Show who may sign in."""
    now = invocation.clock.now()
    with open_store(invocation) as (_, database), database.read() as conn:
        found = stored.every(conn)
    if as_json:
        say_json([_as_json(user, now) for user in found])
    elif not found:
        say("Nobody: `funnelwright users add NAME --role admin` adds the first one.")
    else:
        print_table(
            ("name", "role", "password", "last signed in", "added", "by"),
            [
                (each.name, each.role, _password(each, now), *_times(each, now), each.added_by)
                for each in found
            ],
        )


@users_group.command("role")
@click.argument("name")
@click.argument("role", type=role_choice)
@pass_invocation
def change_role(invocation: Invocation, name: str, role: str) -> None:
    """Give a user another ROLE; they have to sign in again."""
    with open_store(invocation) as (_, database), database.write() as conn:
        if not stored.set_role(conn, name, Role(role)):
            raise Refusal(_unknown(name))
    say(f"{name} is {role} now, and signed out everywhere.")


@users_group.command()
@click.argument("name")
@pass_invocation
def password(invocation: Invocation, name: str) -> None:
    """Set a user's password; asked for, or read from the first line of what is piped in.

    Ends all sessions of the user and an open invitation.
    """
    with open_store(invocation) as (_, database):
        with database.read() as conn:
            if stored.get(conn, name) is None:
                raise Refusal(_unknown(name))
        hashed = users.hash_password(_ask_for_password())
        with database.write() as conn:
            if not stored.set_password(conn, name, hashed):
                raise Refusal(_unknown(name))
    say(f"{name} has a new password, and is signed out everywhere.")


@users_group.command()
@click.argument("name")
@pass_invocation
def remove(invocation: Invocation, name: str) -> None:
    """Remove a user; signed out at once."""
    with open_store(invocation) as (_, database), database.write() as conn:
        if not stored.remove(conn, name):
            raise Refusal(_unknown(name))
    say(f"{name} is removed, and signed out everywhere.")


def invitation_link(config: Config, token: str, port: int | None = None) -> str:
    """Where the invited person goes; `port` is the one that a running dashboard took."""
    return f"{config.dashboard.address_at(port or config.dashboard.port)}/invitation/{token}"


def _ask_for_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


def _password(user: User, now: datetime) -> str:
    if user.password_hash is not None:
        return "chosen"
    return "invited" if user.invited_until is not None and user.invited_until > now else "none"


def _times(user: User, now: datetime) -> tuple[str, str]:
    return ago(user.signed_in_at, now), ago(user.added_at, now)


def _as_json(user: User, now: datetime) -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role,
        "password": _password(user, now),
        "signed_in_at": user.signed_in_at,
        "added_at": user.added_at,
        "added_by": user.added_by,
    }


def _unknown(name: str) -> str:
    return f"there is no user {name!r}: `funnelwright users list` shows them"
