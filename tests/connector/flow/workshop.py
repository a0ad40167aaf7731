"""A workshop for tests of the flow: the whole product beside a sandbox portal, in one thread, on one clock.

Nothing is stood in for: events go through the real receiver, calls through the real client, rows through a
real database. Only time and the network are ours.
"""

from __future__ import annotations

import io
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from connector.app import App, build_app
from connector.clock import VirtualClock
from connector.config import load_config
from connector.flow.portal import Portal
from connector.records import DEAL, ItemRef
from connector.sandbox.adapter import SandboxAdapter
from connector.sandbox.portal import SandboxPortal
from connector.store import journal, outbox, processes
from webhooks import create_app

#: Deals in the pipeline "Simple sale" of the sandbox's company.
CATEGORY = 1
NEW, WORK, DEFERRED, WON, LOST, WALKED = (
    f"C{CATEGORY}:{code}" for code in ("NEW", "UC_WORK01", "UC_DEFER1", "WON", "LOSE", "UC_WALKED")
)

PIPELINE = """
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
limit = "2 days"
next = "work"

[[stages.escalations]]
after = "2 days"
do = [{ notify = "owner", text = "Still new: {item.title}" }]

[[stages.steps]]
id = "call"
task = { title = "Call about {item.title}", due = "1 day" }
outcomes = [
  { id = "interested", title = "Interested" },
  { id = "redial", title = "Redial later", again = "1 day" },
  { id = "refused", title = "Refused", move = "lost", set = { reason = "'refused'" } },
]

[[stages]]
id = "work"
title = "Work"

[[stages.steps]]
id = "offer"
task = { title = "Send an offer", due = "2 days" }

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

CONFIG = """
[store]
url = "file:database"

[dashboard]
port = 0

[portals.main]
webhook = "file:webhook"
application_tokens = ["file:token"]
member_id = "{member_id}"
domain = "{domain}"
time_zone = "Europe/Moscow"
technical_user = 1
admin = 1
call_cap = "60 seconds"
language = "{language}"

[portals.main.limits]
writes_per_run = {writes_per_run}

"""


SALE = """
[portals.main.pipelines.sale]
definition = "sale.toml"
mode = "MODE"
category = 1
owner = 2
fields = { reason = "ufCrm_WALK_REASON" }

[portals.main.pipelines.sale.stages]
new = "C1:NEW"
work = "C1:UC_WORK01"
deferred = "C1:UC_DEFER1"
walked = "C1:UC_WALKED"
won = "C1:WON"
lost = "C1:LOSE"
"""

SIMPLE_SALE = """
[portals.main.pipelines.simple_sale]
definition = "simple_sale"
mode = "live"
category = 1
owner = 2

[portals.main.pipelines.simple_sale.stages]
new = "C1:NEW"
in_progress = "C1:UC_WORK01"
deferred = "C1:UC_DEFER1"
walked_away = "C1:UC_WALKED"
won = "C1:WON"
lost = "C1:LOSE"

[portals.main.pipelines.simple_sale.fields]
region = { field = "ufCrm_REGION", options = { OPTIONS } }
"""


def slow(*values: Any) -> Any:
    """A case of a row of cases that only the full run takes."""
    return pytest.param(*values, marks=pytest.mark.slow)


#: Stores with a copy of a portal as it is made, by what that depends on.
_MIRRORED: dict[tuple[str, ...], bytes] = {}


class Receiver(BaseAdapter):
    """A system beside the portal: takes calls, and answers what a test told it to."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[requests.PreparedRequest] = []
        #: Statuses still to be answered, or errors to be raised; then 200.
        self.answers: list[int | Exception] = []

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self.calls.append(request)
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code, response.request, response.url = answer, request, request.url or ""
        response.raw = io.BytesIO(b"")
        return response

    def close(self) -> None:
        """Nothing is held."""


class Interloper(SandboxAdapter):
    """Somebody who acts just before a request arrives: once, and at one that names what is given."""

    named = b""
    act: Callable[[], object] | None = None

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if self.act is not None and self.named in (request.body or b""):
            act, self.act = self.act, None
            act()
        return super().send(request, *args, **kwargs)


class Workshop:
    """A portal, the product beside it, and what tests do and ask."""

    def __init__(
        self,
        folder: Path,
        url: str,
        *,
        mode: str = "live",
        writes_per_run: int = 500,
        seed: int = 1,
        language: str = "en",
        is_mirrored: bool = True,
        adapter: type[SandboxAdapter] = SandboxAdapter,
    ) -> None:
        self.folder, self.url, self.writes_per_run = folder, url, writes_per_run
        self.language = language
        self.clock = VirtualClock(SandboxPortal(seed=seed).clock.now())
        self.sandbox = SandboxPortal(clock=self.clock, seed=seed)
        self.hook = self.sandbox.add_outgoing_webhook("http://funnelwright/bitrix24/main/events")
        self.adapter: Any = adapter(self.sandbox)
        #: What answers at the addresses of config.toml.
        self.outgoing: Any = Receiver()
        #: Files that a test has rewritten; each start finds them as they are here.
        self.texts: dict[str, str] = {}
        #: The pipelines of config.toml.
        self.more = SALE.replace("MODE", mode)
        if is_mirrored and url.startswith("sqlite:///"):
            self.app = self._open_mirrored(url.removeprefix("sqlite:///"), f"{seed}")
        else:
            self.app = self.open()
            if is_mirrored:
                self.mirror()

    def _open_mirrored(self, path: str, seed: str) -> App:
        """The product with a copy of the portal; portals of a seed are alike, so one is copied once."""
        key = (seed, self._config(), *self._written())
        if key in _MIRRORED:
            Path(path).write_bytes(_MIRRORED[key])
        app = self.app = self.open()
        if key in _MIRRORED:
            app.prepare()
        else:
            self.mirror()
            with closing(sqlite3.connect(path)) as store:
                _MIRRORED[key] = store.serialize()
        return app

    def _written(self) -> Iterator[str]:
        """What stands in the files beside config.toml, where it is not always the same."""
        for name, text in sorted(self.texts.items()):
            yield from (name, text)

    def mirror(self) -> None:
        """The first copy; pipelines are bound from here on."""
        self.app.backfill("main")
        self.app.prepare()

    def open(self) -> App:
        """Build the product from its configuration file, as a start of the program does."""
        self._write("sale.toml", PIPELINE)
        self._write("database", self.url)
        self._write("webhook", self.sandbox.webhook_url())
        self._write("token", self.hook.token)
        self._write("config.toml", self._config())
        config = load_config(self.folder / "config.toml")
        app = build_app(config, clock=self.clock, adapters={"main": self.adapter}, outgoing=self.outgoing)
        app.start_writer()
        self._web = create_app(app).test_client()
        return app

    def _config(self) -> str:
        head = CONFIG.format(
            member_id=self.sandbox.member_id,
            domain=self.sandbox.domain,
            writes_per_run=self.writes_per_run,
            language=self.language,
        )
        return head + self.more

    def restart(self) -> None:
        """The program ends and is started again on the same database."""
        self.app.close()
        self.app = self.open()
        self.app.prepare()

    def set_mode(self, mode: str) -> None:
        """An admin edits config.toml and starts the program again."""
        self.more = SALE.replace("MODE", mode)
        self.restart()

    def rewrite(self, name: str, text: str) -> None:
        """Somebody edits a file; a start of the program finds it so."""
        self.texts[name] = text
        self._write(name, text)

    def kill(self) -> None:
        """The process is gone in the middle of something; what it held is not given back."""
        self.app.database.close()
        self.app = self.open()
        self.app.prepare()

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(self.texts.get(name, text))
        os.chmod(path, 0o600)

    def pipeline_by_region(self, teams: Mapping[str, Sequence[int]]) -> None:
        """From now on the shipped `simple_sale` runs on the board, each region with its own team."""
        field = self.sandbox.crm.user_fields.named("CRM_DEAL", "UF_CRM_REGION")
        options = ", ".join(f'{option.value.lower()} = "{option.id}"' for option in field.options)
        lines = [
            f"[portals.main.teams.{region.lower()}]\nmembers = {list(users)}"
            for region, users in teams.items()
        ]
        everybody = sorted(user for users in teams.values() for user in users)
        lines += [
            f"[portals.main.teams.{name}]\nmembers = {everybody}" for name in ("key_accounts", "it_sales")
        ]
        lines += ["[portals.main.roles]\nsales_desk = [1]"]
        self.more = SIMPLE_SALE.replace("OPTIONS", options) + "\n".join(lines)
        self.restart()

    # --- time passes ---------------------------------------------------------------------------------------

    def deliver(self) -> int:
        """The portal hands over its events; they go through the receiver."""

        def send(url: str, body: bytes) -> None:
            answer = self._web.post(
                "/bitrix24/main/events", data=body, content_type="application/x-www-form-urlencoded"
            )
            assert answer.status_code == 200, answer.get_data(as_text=True)

        return self.sandbox.deliver(send)

    def settle(self) -> None:
        """Events arrive and are worked on until the portal and the product have nothing more to say."""
        for _ in range(50):
            self.clock.advance(1)
            if not self.deliver() + self.app.work("main"):
                return
        raise AssertionError("it does not settle")

    def wait(self, seconds: float) -> None:
        """Time passes, with the polls that fall due."""
        self.clock.advance(seconds)
        self.app.reconcile_moves("main")
        self.app.reconcile_items("main")
        self.settle()

    # --- what is seen --------------------------------------------------------------------------------------

    @property
    def portal(self) -> Portal:
        return self.app.portals["main"]

    def deal(self, **fields: Any) -> ItemRef:
        """A rep makes a deal in the first stage, and the product hears of it."""
        fields.setdefault("TITLE", "Acme")
        fields.setdefault("ASSIGNED_BY_ID", 5)
        record = self.sandbox.deal(stage=NEW, **fields)
        self.settle()
        return ItemRef(DEAL, record.id)

    def move(self, ref: ItemRef, stage: str) -> None:
        """A rep drags the card, and the product hears of it."""
        self.sandbox.move(ref, stage)
        self.settle()

    def stage(self, ref: ItemRef) -> str:
        """Where the card is in the portal."""
        return str(self.sandbox.value(ref, "stageId"))

    def tasks(self, ref: ItemRef) -> list[Any]:
        """The tasks of the card in the portal, oldest first."""
        return list(self.sandbox.tasks_of(ref))

    def open_tasks(self, ref: ItemRef) -> list[str]:
        """Titles of the card's tasks that are not completed."""
        return [task.title for task in self.tasks(ref) if task.status not in (5, "5", "completed")]

    def complete(self, ref: ItemRef, result: str | None = None) -> None:
        """A rep ticks a result on the only open task of the card and completes it."""
        (task,) = [task for task in self.tasks(ref) if task.status not in (5, "5", "completed")]
        if result is not None:
            self.sandbox.tick(task.id, result)
        self.sandbox.complete_task(task.id)
        self.settle()

    def process_stage(self, ref: ItemRef) -> str | None:
        """Where the process stands."""
        with self.app.database.read() as conn:
            found = processes.of_item(conn, "main", ref)
        return found[0].stage if found else None

    def journal(self, ref: ItemRef) -> list[str]:
        """Kinds of the journal's lines about the item."""
        with self.app.database.read() as conn:
            return [line.kind for line in journal.of_item(conn, "main", ref)]

    def commands(self) -> dict[outbox.State, int]:
        """How many commands there are in each state that has any."""
        with self.app.database.read() as conn:
            return {state: count for state, count in outbox.counts(conn, "main").items() if count}
