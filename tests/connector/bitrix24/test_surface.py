"""What other rooms may use is a list, not an accident."""

from __future__ import annotations

import connector.bitrix24 as room


def test_the_public_names() -> None:
    assert sorted(room.__all__) == [
        "Answer",
        "Auth",
        "Block",
        "Call",
        "Client",
        "CutOffError",
        "ENTERPRISE",
        "FULL_LISTING",
        "OTHER_PLANS",
        "Outcome",
        "Priority",
        "Ref",
        "Throttle",
        "Trouble",
        "WebhookAuth",
    ]
    assert all(hasattr(room, name) for name in room.__all__)
