"""The two limits of the cloud: a leaky bucket per source address, and an operating budget per method
(limits.md).

The bucket counts HTTP requests (a batch is one); the budget adds up the run time of each method for each
credential over ten one-minute baskets and is asked before a command runs, so the call that crosses the
line still succeeds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

BASKET_SECONDS = 60
WINDOW_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Plan:
    """What the portal's tariff allows."""

    name: str = "commercial"
    burst: int = 50
    drain_per_second: float = 2.0
    operating_seconds: float = 480.0


ENTERPRISE = Plan("enterprise", burst=250, drain_per_second=5.0)


@dataclass(slots=True)
class LeakyBucket:
    """How full the bucket of one source address is."""

    level: float = 0.0
    at: datetime | None = None

    def take(self, now: datetime, plan: Plan) -> bool:
        """Count one request; False when it would overflow the bucket (it is refused and not counted)."""
        if self.at is not None:
            passed = (now - self.at).total_seconds()
            self.level = max(0.0, self.level - passed * plan.drain_per_second)
        self.at = now
        if self.level + 1 > plan.burst:
            return False
        self.level += 1
        return True


@dataclass(slots=True)
class Basket:
    seconds: float
    expires_at: datetime


@dataclass(slots=True)
class OperatingBudget:
    """What one method has used lately for one credential."""

    baskets: list[Basket] = field(default_factory=list)

    def used(self, now: datetime) -> float:
        self.baskets = [basket for basket in self.baskets if basket.expires_at > now]
        return sum(basket.seconds for basket in self.baskets)

    def charge(self, now: datetime, seconds: float) -> None:
        """Add to the basket of this minute: it begins with its first call and lives ten minutes."""
        age_left = WINDOW_SECONDS - BASKET_SECONDS
        if self.baskets and (self.baskets[-1].expires_at - now).total_seconds() > age_left:
            self.baskets[-1].seconds += seconds
        else:
            self.baskets.append(Basket(seconds, now + timedelta(seconds=WINDOW_SECONDS)))

    def reset_at(self, now: datetime) -> datetime:
        return self.baskets[0].expires_at if self.baskets else now + timedelta(seconds=WINDOW_SECONDS)


@dataclass(slots=True)
class Limits:
    """The limits of one portal; counted always, enforced when `is_on`."""

    plan: Plan
    is_on: bool = False
    buckets: dict[str, LeakyBucket] = field(default_factory=dict)
    budgets: dict[tuple[str, str], OperatingBudget] = field(default_factory=dict)

    def admits(self, source_ip: str, now: datetime) -> bool:
        if not self.is_on:
            return True
        return self.buckets.setdefault(source_ip, LeakyBucket()).take(now, self.plan)

    def budget(self, credential_key: str, method: str) -> OperatingBudget:
        return self.budgets.setdefault((credential_key, method), OperatingBudget())

    def is_spent(self, budget: OperatingBudget, now: datetime) -> bool:
        return self.is_on and budget.used(now) >= self.plan.operating_seconds
