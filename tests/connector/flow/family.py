"""A workshop with pipelines that make items for each other: inquiries, tenders, contracts, revivals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connector.app import App
from connector.records import DEAL, ItemRef
from connector.sandbox.timeline import Timeline
from connector.store import links
from tests.connector.flow.workshop import Workshop

CONTRACT = 1046

INQUIRIES = """
id = "inquiries"
title = "Inquiries"
entity = "lead"

[[stages]]
id = "fresh"
title = "Fresh"

[[stages]]
id = "awaiting"
title = "Awaiting the sale"

[[stages]]
id = "junk"
title = "Junk"
status = "lost"
"""

TENDERS = """
id = "tenders"
title = "Tenders"
entity = "deal"

[start]
on_create = true
on_stage = ["lead:inquiries:awaiting"]

[[follow_ons]]
id = "upsell"
title = "Sell more"
pipeline = "contracts"
stage = "signing"
copy = ["company", "amount"]
on = ["won"]

[[stages]]
id = "fresh"
title = "Fresh"
next = "agreed"

[[stages.steps]]
id = "prepare"
do = [{ create = "item", pipeline = "contracts", as = "contract", fields = { amount = "item.amount" } }]

[[stages.steps]]
id = "signed"
wait = { for = "child:contract:won" }

[[stages]]
id = "agreed"
title = "Agreed"

[[stages.steps]]
id = "tell"
task = { title = "The contract is {link.contract.status}" }

[[stages]]
id = "won"
title = "Won"
status = "won"

[[stages]]
id = "lost"
title = "Lost"
status = "lost"
"""

CONTRACTS = """
id = "contracts"
title = "Contracts"
entity = "smart_process"

[start]
manual = true

[[entries]]
stage = "draft"

[[stages]]
id = "draft"
title = "Draft"

[[stages.steps]]
id = "write"
task = { title = "Write the contract for {link.parent.title}" }

[[stages]]
id = "signing"
title = "Signing"

[[stages.steps]]
id = "sign"
task = { title = "Sign" }

[[stages]]
id = "signed"
title = "Signed"
status = "won"

[[stages]]
id = "refused"
title = "Refused"
status = "lost"
"""

REVIVALS = """
id = "revivals"
title = "Revivals"
entity = "deal"

[start]
schedule = { every = "1 week", from = "company", when = "item.last_won_at < now - duration('4320h')" }

[[stages]]
id = "asleep"
title = "Asleep"

[[stages.steps]]
id = "ask"
task = { title = "Ask {item.company.name}" }

[[stages]]
id = "awake"
title = "Awake"
status = "won"
"""

BINDINGS = """
[portals.main.pipelines.inquiries]
definition = "inquiries.toml"
mode = "live"
owner = 2
stages = { fresh = "NEW", awaiting = "IN_PROCESS", junk = "JUNK" }

[portals.main.pipelines.tenders]
definition = "tenders.toml"
mode = "live"
category = 2
owner = 2
stages = { fresh = "C2:NEW", agreed = "C2:PREPARATION", won = "C2:WON", lost = "C2:LOSE" }

[portals.main.pipelines.contracts]
definition = "contracts.toml"
mode = "live"
entity_type = 1046
category = 4
owner = 2

[portals.main.pipelines.contracts.stages]
draft = "DT1046_4:NEW"
signing = "DT1046_4:SIGNING"
signed = "DT1046_4:SUCCESS"
refused = "DT1046_4:FAIL"
"""

REVIVALS_BINDING = """
[portals.main.pipelines.revivals]
definition = "revivals.toml"
mode = "live"
category = 0
owner = 2
stages = { asleep = "NEW", awake = "WON" }
"""


class Family(Workshop):
    """The workshop with these pipelines; a test may bring others of these names, or more of config.toml."""

    def __init__(self, *args: Any, more: str = "", texts: dict[str, str] | None = None, **named: Any) -> None:
        self._bindings = BINDINGS + more
        self._definitions = {
            "inquiries": INQUIRIES,
            "tenders": TENDERS,
            "contracts": CONTRACTS,
            "revivals": REVIVALS,
            **(texts or {}),
        }
        super().__init__(*args, **named)

    def open(self) -> App:
        self.more = self._bindings
        for name, text in self._definitions.items():
            self._write(f"{name}.toml", text)
        return super().open()

    def _written(self) -> Iterator[str]:
        yield from super()._written()
        yield self._bindings
        yield from self._definitions.values()

    def tender(self, **fields: Any) -> ItemRef:
        """A rep makes a deal on the board of tenders."""
        fields.setdefault("TITLE", "Acme")
        fields.setdefault("ASSIGNED_BY_ID", 5)
        record = self.sandbox.deal(stage="C2:NEW", **fields)
        self.settle()
        return ItemRef(DEAL, record.id)

    def made(self, entity_type_id: int) -> list[ItemRef]:
        """All records of a type that the portal has, oldest first."""
        shelf = self.sandbox.crm.shelf(entity_type_id)
        return sorted(ItemRef(entity_type_id, record.id) for record in shelf)

    def comments(self, ref: ItemRef, kind: str) -> Sequence[str]:
        """What stands in the timeline of a card."""
        return [each.text for each in self.sandbox.part(Timeline).comments_of(kind, ref.id)]

    def linked(self, ref: ItemRef) -> dict[str, ItemRef]:
        """What belongs to an item, by name."""
        with self.app.database.read() as conn:
            return {link.name: link.child for link in links.children(conn, "main", ref)}
