"""The story: what scripted reps do for about half a minute, and what must be true afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector.cli.demo.reps import Rep, SeenTask
from connector.flow.bindings import Binding
from connector.records import DEAL, LEAD, ItemRef

#: Says what happens next.
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Promise:
    """Something that the demo prints, and how the portal itself shows whether it is so."""

    text: str
    is_kept: Callable[[], bool]


class Story:
    """The scenes, in order; each adds the promises that it lets be checked."""

    def __init__(
        self,
        bindings: Mapping[str, Binding],
        teams: Mapping[str, tuple[int, ...]],
        reps: Mapping[int, Rep],
        admin: Rep,
        tell: Tell,
    ) -> None:
        self._bindings, self._teams = bindings, teams
        self._reps, self._admin, self._tell = reps, admin, tell
        self.promises: list[Promise] = []

    def scenes(self) -> Iterator[Callable[[], None]]:
        """One after the other; a scene raises StoryError when what it waits for does not come."""
        yield self._routing
        yield self._a_sale_is_won
        yield self._a_gate_refuses
        yield self._a_task_is_postponed
        if "incoming_leads" in self._bindings:
            yield self._leads_come_in
        if "meetings" in self._bindings:
            yield self._a_meeting
        yield self._a_card_is_dragged

    # --- deals ---------------------------------------------------------------------------------------------

    def _routing(self) -> None:
        self._tell("Three deals come in from the site, one for each region")
        sale = self._bindings["simple_sale"]
        region = sale.config.fields["region"]
        for name in ("central", "west", "east"):
            fields = {region.field: region.options[name]}
            deal = self._new_deal(f"Request from the {name} region", **fields)
            seen = self._admin.task(_binding(deal), "Take the deal")
            team = self._teams[name]
            self._promise(
                f"deal {deal.id} ({name}) belongs to somebody of the {name} team, with the task to take it",
                lambda deal=deal, team=team: (  # type: ignore[misc]
                    self._admin.item(deal)["assignedById"] in team
                    and len(self._open(deal, "Take the deal")) == 1
                ),
            )
            self._tell(f"  {self._name(seen.task.responsible_id)} got it, by round robin in the {name} team")

    def _a_sale_is_won(self) -> None:
        deal = self._new_deal("Pumps for Acme")
        rep, seen = self._owner_and_task(deal, "Take the deal")
        self._tell(f"{rep.name} ticks “Contact made” on the task of deal {deal.id} and completes it")
        rep.complete(seen, "Contact made, working on it")
        stages = self._stages("simple_sale")
        rep.at_stage(deal, [stages["in_progress"]])
        decision = self._bindings["simple_sale"].config.fields["decision_at"].field
        self._tell(f"{rep.name} fills in the amount and the day of the decision on the card")
        rep.edit(deal, opportunity=250_000, currencyId="USD", **{decision: _day(14)})
        work = rep.task(_binding(deal), "Get the decision")
        self._tell(f"{rep.name} ticks “The client has agreed”")
        rep.complete(work, "The client has agreed")
        rep.at_stage(deal, [stages["won"]])
        self._promise(
            f"deal {deal.id} is won, and no task of it is left open",
            lambda: self._stage(deal) == stages["won"] and not self._open(deal),
        )

    def _a_gate_refuses(self) -> None:
        deal = self._new_deal("Valves for Beta")
        rep, _ = self._owner_and_task(deal, "Take the deal")
        stages = self._stages("simple_sale")
        self._tell(f"{rep.name} drags deal {deal.id} to “Lost” and gives no reason")
        rep.drag(deal, stages["lost"])
        rep.at_stage(deal, [stages["new"]])
        self._tell("  the card went back; one task lists what is missing")
        missing = rep.until("the task with what is missing", lambda: self._other(rep, deal, "Take the deal"))
        self._promise(
            f"deal {deal.id} went back, and the rep was told once, by task {missing.task.id}",
            lambda: self._titles(deal).count(missing.task.title) == 1,
        )
        reason = self._bindings["simple_sale"].config.fields["lost_reason"]
        self._tell(f"{rep.name} names the reason and drags it again")
        rep.edit(deal, **{reason.field: reason.options["price"]})
        rep.drag(deal, stages["lost"])
        rep.until("every task closed", lambda: not rep.open_tasks(_binding(deal)))
        self._promise(
            f"deal {deal.id} is lost with its reason, and all its tasks are closed",
            lambda: self._stage(deal) == stages["lost"] and not self._open(deal),
        )

    def _a_task_is_postponed(self) -> None:
        deal = self._new_deal("Sensors for Gamma")
        rep, seen = self._owner_and_task(deal, "Take the deal")
        until = datetime.now().astimezone() + timedelta(days=7)
        self._tell(f"{rep.name} moves the deadline of task {seen.task.id} a week on")
        rep.postpone(seen, until)
        self._promise(
            f"task {seen.task.id} is still the only one of deal {deal.id}, with the rep's own deadline",
            lambda: [each.task.id for each in self._open(deal)] == [seen.task.id],
        )

    def _a_card_is_dragged(self) -> None:
        deal = self._new_deal("Meters for Delta")
        rep, _ = self._owner_and_task(deal, "Take the deal")
        stages = self._stages("simple_sale")
        self._tell(f"{rep.name} does not wait for tasks and drags deal {deal.id} to “In progress”")
        rep.drag(deal, stages["in_progress"])
        rep.until("the tasks of the new stage", lambda: self._other(rep, deal, "Take the deal"))
        self._promise(
            f"deal {deal.id} stands where the rep put it; the task of the stage it left is closed",
            lambda: self._stage(deal) == stages["in_progress"] and not self._open(deal, "Take the deal"),
        )

    # --- leads and smart processes -------------------------------------------------------------------------

    def _leads_come_in(self) -> None:
        self._tell("Two leads come in from the site")
        stages = self._stages("incoming_leads")
        rep = self._reps[self._teams["west"][0]]
        for name, result, stage in (
            ("A request for forty laptops", "Interested", "qualification"),
            ("Buy links now", "Spam or a wrong number", "junk"),
        ):
            lead = rep.add(LEAD, title=name, assignedById=rep.user_id)
            seen = rep.task(f"L_{lead.id}", "Call")
            self._tell(f"{rep.name} calls about lead {lead.id}: “{result}”")
            rep.complete(seen, result)
            rep.at_stage(lead, [stages[stage]])
            self._promise(
                f"lead {lead.id} is in “{stage}” after “{result}”",
                lambda lead=lead, stage=stage: self._stage(lead) == stages[stage],  # type: ignore[misc]
            )

    def _a_meeting(self) -> None:
        binding = self._bindings["meetings"]
        rep = self._reps[self._teams["west"][0]]
        stages, fields = self._stages("meetings"), binding.config.fields
        self._tell(f"{rep.name} plans a meeting, and fills in its goal and time")
        values = {fields["goal"].field: "Agree on the offer", fields["meeting_at"].field: _instant(3)}
        meeting = rep.add(
            binding.entity_type_id, title="Meeting with Acme", assignedById=rep.user_id, **values
        )
        code = f"T{binding.entity_type_id:x}_{meeting.id}"
        rep.until("a task of the meeting", lambda: rep.open_tasks(code))
        self._promise(
            f"meeting {meeting.id} is on its board with a task for its owner",
            lambda: self._stage(meeting) in stages.values() and bool(self._admin.open_tasks(code)),
        )

    # --- what the scenes share ----------------------------------------------------------------------

    def _new_deal(self, title: str, **fields: Any) -> ItemRef:
        """A deal comes in from the site; a region that is not named is the west."""
        sale = self._bindings["simple_sale"]
        region = sale.config.fields["region"]
        values = {region.field: region.options["west"], **fields}
        return self._admin.add(DEAL, title=title, categoryId=sale.category_id, **values)

    def _owner_and_task(self, deal: ItemRef, title: str) -> tuple[Rep, SeenTask]:
        seen = self._admin.task(_binding(deal), title)
        return self._reps[seen.task.responsible_id or 0], seen

    def _other(self, rep: Rep, deal: ItemRef, title: str) -> SeenTask | None:
        others = [each for each in rep.open_tasks(_binding(deal)) if not each.task.title.startswith(title)]
        return others[0] if others else None

    def _open(self, deal: ItemRef, title: str = "") -> list[SeenTask]:
        return [each for each in self._admin.open_tasks(_binding(deal)) if each.task.title.startswith(title)]

    def _titles(self, deal: ItemRef) -> list[str]:
        """Of all tasks of the card, closed ones too."""
        found = self._admin.read(
            "tasks.task.list", filter={"UF_CRM_TASK": _binding(deal)}, select=["ID", "TITLE"]
        )
        return [str(row["title"]) for row in found["tasks"]]

    def _stage(self, ref: ItemRef) -> str:
        return str(self._admin.item(ref)["stageId"])

    def _stages(self, pipeline: str) -> Mapping[str, str]:
        return self._bindings[pipeline].config.stages

    def _name(self, user: int | None) -> str:
        return self._reps[user].name if user is not None and user in self._reps else f"user {user}"

    def _promise(self, text: str, is_kept: Callable[[], bool]) -> None:
        self.promises.append(Promise(text, is_kept))


def _binding(deal: ItemRef) -> str:
    return f"D_{deal.id}"


def _day(days: int) -> str:
    return (datetime.now().astimezone() + timedelta(days=days)).date().isoformat()


def _instant(days: int) -> datetime:
    return datetime.now().astimezone() + timedelta(days=days)
