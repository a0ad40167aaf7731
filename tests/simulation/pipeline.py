"""The pipelines of the simulated company and the configuration around them: small, but with every kind of
command that reps see: tasks, moves, fields, comments, notifications, records of another board, timers.
"""

from __future__ import annotations

#: The board of deals in the sandbox's company.
NEW, WORK, DEFERRED, WON, LOST, WALKED = (
    f"C1:{code}" for code in ("NEW", "UC_WORK01", "UC_DEFER1", "WON", "LOSE", "UC_WALKED")
)
#: A board that no pipeline is bound to.
ELSEWHERE = "C2:NEW"
CONTRACT = 1046

CALL, OFFER, DRAFT = "Call about", "Send an offer for", "Draft the contract for"

SALE = """
id = "sale"
title = "Sale"
entity = "deal"

[fields]
reason = { type = "text", title = "Why" }

[[entries]]
stage = "new"

[[routes]]
to = "owner"
keep = true

[[stages]]
id = "new"
title = "New"
limit = "5 minutes"
next = "work"

[[stages.escalations]]
after = "3 minutes"
do = [{ notify = "owner", text = "Still new: {item.title}" }]

[[stages.steps]]
id = "call"
task = { title = "Call about {item.title}", due = "CALL_DUE" }
outcomes = [
  { id = "interested", title = "Interested" },
  { id = "redial", title = "Redial later", again = "2 minutes" },
  { id = "refused", title = "Refused", move = "lost", set = { reason = "'refused'" } },
]

[[stages]]
id = "work"
title = "Work"
next = "won"

[[stages.steps]]
id = "paper"
do = [
  { comment = "An offer is being made" },
  { create = "item", pipeline = "contracts", as = "contract" },
]

[[stages.steps]]
id = "offer"
task = { title = "Send an offer for {item.title}", due = "2 hours" }

[[stages]]
id = "deferred"
title = "Deferred"
status = "archived"

[[stages]]
id = "walked"
title = "Walked away"
status = "archived"

[[stages]]
id = "won"
title = "Won"
status = "won"

[[stages]]
id = "lost"
title = "Lost"
status = "lost"
require_on_enter = ["reason"]
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
task = { title = "Draft the contract for {link.parent.title}" }

[[stages]]
id = "signing"
title = "Signing"

[[stages]]
id = "signed"
title = "Signed"
status = "won"

[[stages]]
id = "refused"
title = "Refused"
status = "lost"
"""

CONFIG = """
[store]
url = "file:database"

[portals.main]
webhook = "file:webhook"
application_tokens = ["file:token"]
member_id = "{member_id}"
domain = "{domain}"
time_zone = "Europe/Moscow"
technical_user = 1
admin = 2

[portals.main.pipelines.sale]
definition = "sale.toml"
mode = "live"
category = 1
owner = 2
fields = {{ reason = "ufCrm_WALK_REASON" }}

[portals.main.pipelines.sale.stages]
new = "C1:NEW"
work = "C1:UC_WORK01"
deferred = "C1:UC_DEFER1"
walked = "C1:UC_WALKED"
won = "C1:WON"
lost = "C1:LOSE"

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


def sale(edition: int) -> str:
    """The sale as it was written first (0), and as an admin has edited it."""
    return SALE.replace("CALL_DUE", ("1 hour", "50 minutes")[edition])


#: The pipeline's stages by those of the CRM.
STAGES = {NEW: "new", WORK: "work", DEFERRED: "deferred", WON: "won", LOST: "lost", WALKED: "walked"}
