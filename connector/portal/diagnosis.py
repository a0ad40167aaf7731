"""What `doctor` finds out about a portal: one note for each question, and what to do where it is not well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from connector.bitrix24.client import Client
from connector.bitrix24.probe import USED_METHODS, Capabilities
from connector.config import PortalConfig
from connector.portal.pulse import Pulse
from connector.portal.rights import excess_scopes, missing_rights, rights_for
from connector.store.hearing import Hearing

Level = Literal["ok", "warning", "error"]

#: Polling reads this far into the past of the portal's clock; a clock that is further off loses changes.
TOLERATED_SKEW_SECONDS, NOTICED_SKEW_SECONDS = 300.0, 30.0


@dataclass(frozen=True, slots=True)
class Note:
    """One line of the diagnosis."""

    level: Level
    subject: str
    message: str
    advice: str = ""


def about_user(found: Capabilities) -> Note:
    """Whom the webhook acts as, and whether that one sees everything."""
    who = f"the webhook acts as {found.user_name or 'a user'} (user {found.user_id})"
    if found.is_admin:
        return Note("ok", "user", f"{who}, an administrator")
    return Note(
        "warning",
        "user",
        f"{who}, who is no administrator: lists leave out what this user may not see, and what is left out "
        "looks deleted",
        "make the user an administrator, or give it all CRM rights and all tasks",
    )


def about_rights(found: Capabilities, config: PortalConfig) -> Iterator[Note]:
    """Scopes needed against scopes granted, and methods that can be called."""
    rights = rights_for(config)
    missing = list(missing_rights(found.scopes, rights))
    for right in missing:
        level: Level = "error" if right.is_vital else "warning"
        yield Note(
            level,
            "rights",
            f"{right} is missing: {right.without_it}",
            f"tick {right} on the card of the inbound webhook",
        )
    if excess := excess_scopes(found.scopes, rights):
        yield Note(
            "warning",
            "rights",
            f"granted and not used: {', '.join(excess)}; whoever steals the webhook could use them",
            "take them off the inbound webhook",
        )
    if not missing and not excess:
        yield Note("ok", "rights", f"granted as needed: {', '.join(sorted(found.scopes))}")
    if refused := sorted(set(USED_METHODS) - found.methods):
        yield Note(
            "error" if any(right.is_vital for right in missing) or not missing else "warning",
            "methods",
            f"the portal refuses {', '.join(refused)}",
            "grant the missing rights; if none is missing, the portal's plan or version lacks these methods",
        )
    else:
        yield Note("ok", "methods", f"all {len(USED_METHODS)} methods that are used may be called")


def about_behaviour(found: Capabilities) -> Iterator[Note]:
    """What differs from portal to portal: the clock, REST 3, whether a task can be found again."""
    yield _clock(found.clock_skew_seconds)
    way = (
        "there; not needed: tasks are made by REST 2 and looked for by their marker"
        if found.has_v3
        else "not there, and not needed: tasks are made by REST 2 and looked for by their marker"
    )
    yield Note("ok", "REST 3", way)
    yield _markers(found.honours_task_marker)


def _clock(skew_seconds: float) -> Note:
    told = f"the portal's clock is {abs(skew_seconds):.0f} s {'ahead' if skew_seconds >= 0 else 'behind'}"
    advice = "let NTP set this machine's clock"
    if abs(skew_seconds) > TOLERATED_SKEW_SECONDS:
        return Note("error", "clock", f"{told}: changes would be missed", advice)
    if abs(skew_seconds) > NOTICED_SKEW_SECONDS:
        return Note("warning", "clock", told, advice)
    return Note("ok", "clock", told)


def _markers(are_honoured: bool | None) -> Note:
    if are_honoured is None:
        return Note("warning", "markers", "tasks may not be listed, so none can be found again", "see rights")
    if are_honoured:
        return Note("ok", "markers", "a task can be found again by its marker")
    return Note(
        "error",
        "markers",
        "the portal ignores the filter XML_ID of tasks: a task whose answer was lost could be made twice",
        "report it to the portal's support; keep the pipelines in shadow mode until then",
    )


def about_limits(config: PortalConfig, client: Client) -> Iterator[Note]:
    """How much of what the portal allows is in use, and whether it talks to us at all."""
    block = client.block
    if block is not None:
        yield Note(
            "error",
            "limits",
            f"the portal is not asked now ({block.trouble.value}: {block.reason}), next try {block.retry_at}",
            "an overload block is lifted by the portal's support only",
        )
    parked = client.throttle.parked_methods()
    for method, seconds in parked.items():
        yield Note("warning", "limits", f"{method} has used up its run time, for {seconds:.0f} s more")
    if block is None and not parked:
        yield Note("ok", "limits", f"{client.budget():.0%} of the request limit in use (plan: {config.plan})")


def about_events(config: PortalConfig, last_hint_at: datetime | None, pulse: Pulse | None) -> Iterator[Note]:
    """Whether the portal's events arrive: the last one, and those that were turned away."""
    if not config.application_tokens:
        seconds = config.polling.moves.total_seconds()
        yield Note(
            "warning",
            "events",
            f"none are taken: changes are found by asking, up to {seconds:.0f} s later",
            "make an outgoing webhook (docs/first-portal.md, 3) and set application_tokens and member_id",
        )
        return
    if last_hint_at is None:
        yield Note(
            "warning",
            "events",
            "none has ever arrived",
            "change a deal; if none comes then, see the outgoing webhook: a public https address, no login",
        )
    else:
        yield Note("ok", "events", f"the last one arrived at {last_hint_at:%Y-%m-%d %H:%M:%S} UTC")
    if refused := (pulse.deliveries.get("refused", 0) if pulse is not None else 0):
        yield Note(
            "warning",
            "events",
            f"{refused:,} deliveries were refused since the engine started",
            "the log says why: a wrong token, member_id or domain; or somebody tries the door",
        )


def about_hearing(hearing: Hearing) -> Iterator[Note]:
    """Whether events tell of what changes: one that does not come is not missed by anybody else."""
    lately, day = hearing.lately, hearing.listening
    if hearing.is_silent:
        yield Note(
            "error",
            "events",
            f"they told of {lately.announced:,} of the {lately.changed:,} records that changed since "
            f"{lately.since_at:%Y-%m-%d %H:%M} UTC; the others were found by asking, minutes later",
            "see the outgoing webhook in the portal: is it there, with this address and all its events? "
            "(docs/first-portal.md, 3)",
        )
    elif day.changed:
        yield Note(
            "ok", "events", f"they told of {day.share:.0%} of {day.changed:,} records that changed in a day"
        )


def about_engine(pulse: Pulse | None, now: datetime) -> Note:
    """Whether an engine works the portal."""
    if pulse is None:
        return Note("warning", "engine", "none is running", "start `funnelwright run`")
    if not pulse.is_fresh(now):
        return Note(
            "error",
            "engine",
            f"{pulse.engine} gave its last sign at {pulse.at:%Y-%m-%d %H:%M:%S} UTC and has not been stopped",
            "look at its log, then start `funnelwright run` again",
        )
    if pulse.blocked:
        return Note("error", "engine", f"{pulse.engine} sends nothing: {pulse.blocked}", "see its log")
    return Note("ok", "engine", f"{pulse.engine} is running")
