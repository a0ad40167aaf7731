"""What one seed is like: how much goes wrong, how busy the reps are, what else is about."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from connector.sandbox.faults import Chances, EventFaults


@dataclass(frozen=True, slots=True)
class Profile:
    """The dials of a seed. Chances are 0…1; spans are seconds."""

    name: str
    chances: Chances
    events: EventFaults
    #: How many times an engine dies at a commit or a call, on average.
    crashes: float = 0.0
    #: How late a row of the stage history may be listed.
    history_lag: float = 0.0
    #: How often a rep moves a card just when the connector has looked at its history.
    interlopers: float = 0.0
    deals: int = 4
    #: Acts of reps while the faults last.
    acts: int = 16
    #: How often an act is a move, and how often a move is taken back at once (ABA).
    moves: float = 0.3
    returns: float = 0.2
    active_seconds: float = 300.0
    engines: int = 1
    has_robot: bool = False
    has_edition: bool = False
    clock_jump_seconds: float = 0.0
    #: An engine stands still for so long in the middle of something.
    stall_seconds: float = 0.0
    #: And that with a refusal in hand: what it writes when it goes on would have the write repeated.
    stalls_refused: bool = False
    #: Which parts of `chances` are in force when: (from, until, name of the one chance).
    swizzle: tuple[tuple[float, float, str], ...] = field(default=())


def _chances(scale: float) -> Chances:
    return Chances(
        lost_request=0.04 * scale,
        lost_answer=0.04 * scale,
        late_commit=0.03 * scale,
        page=0.03 * scale,
        too_many=0.03 * scale,
        expired=0.002 * scale,
        half_run=0.02 * scale,
        refused=0.004 * scale,
    )


def _events(scale: float) -> EventFaults:
    return EventFaults(
        lost=0.10 * scale, doubled=0.10 * scale, late=0.05 * scale, late_seconds=(1.0, 400.0), reordered=0.2
    )


_SINGLE = ("lost_request", "lost_answer", "late_commit", "page", "too_many", "half_run")


def profile_of(seed: int) -> Profile:
    """The profile of a seed: always the same one."""
    random = Random(f"profile {seed}")
    luck = random.random()
    if luck < 0.10:
        chosen = Profile("quiet", Chances(), EventFaults(), crashes=0.5)
    elif luck < 0.55:
        chosen = Profile("normal", _chances(1.0), _events(1.0), crashes=2.0, history_lag=2.0)
    elif luck < 0.75:
        chosen = Profile("storm", _chances(2.0), _events(2.5), crashes=4.0, history_lag=20.0)
    elif luck < 0.88:
        chosen = _single(random)
    else:
        chosen = Profile(
            "rep-storm",
            _chances(1.0),
            _events(1.0),
            crashes=1.5,
            history_lag=2.0,
            interlopers=0.3,
            deals=3,
            acts=28,
            moves=0.5,
            returns=0.6,
        )
    return _with_company(chosen, random)


def _single(random: Random) -> Profile:
    """One fault at its worst for a while, then the next: whatever else is well."""
    periods = []
    at = random.uniform(10, 40)
    for name in random.sample(_SINGLE, 3):
        span = random.uniform(40, 80)
        periods.append((at, at + span, name))
        at += span + random.uniform(10, 30)
    return Profile("single", Chances(), _events(0.5), crashes=1.0, swizzle=tuple(periods))


def _with_company(profile: Profile, random: Random) -> Profile:
    engines = 2 if random.random() < 0.20 else 1
    return replace(
        profile,
        engines=engines,
        has_robot=random.random() < 0.10,
        has_edition=random.random() < 0.20,
        clock_jump_seconds=random.choice((-40.0, 40.0, 300.0)) if random.random() < 0.10 else 0.0,
        # Long enough for the other engine, if there is one, to take the lease.
        stall_seconds=random.uniform(60, 360) if random.random() < (0.1, 0.5)[engines - 1] else 0.0,
        events=replace(profile.events, lost=1.0) if random.random() < 0.08 else profile.events,
        stalls_refused=random.random() < 0.5,
    )
