"""What happens in the office in three weeks: leads, deals that are won, lost, stuck, put off, refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connector.cli.demo.configuration import PORTAL
from connector.flow.bindings import Binding
from connector.flow.signals import pressed_signal
from connector.records import DEAL, LEAD, ItemRef
from connector.store import links, signals

if TYPE_CHECKING:
    from tests.browser.office import Office

HOUR, DAY = 3600.0, 86_400.0


class Story:
    """Tells it; remembers what tests look for in `office.cards`."""

    def __init__(self, office: Office) -> None:
        self.office, self.sandbox = office, office.sandbox
        bindings = office.app.portals[PORTAL].bindings
        self.sale, self.leads = bindings["simple_sale"], bindings["incoming_leads"]
        self.cards = office.cards

    def tell(self) -> None:
        self._first_week()
        self.office.pass_time(6 * DAY)
        self._second_week()
        self.office.pass_time(8 * DAY)
        self._third_week()
        self.office.pass_time(5 * DAY)
        self._yesterday()
        self.office.pass_time(20 * HOUR)
        self._today()

    # --- scenes -------------------------------------------------------------------------------------------

    def _first_week(self) -> None:
        won = self._deal("Поставка насосов для ООО «Ромашка»", region="west", amount=480_000)
        lost = self._deal("Sensors for Gamma Labs", region="central", amount=92_000)
        self.office.pass_time(3 * HOUR)
        self._answer(won, "Contact made, working on it")
        self._answer(lost, "No answer yet")
        self.office.pass_time(2 * DAY)
        self._answer(lost, "Contact made, working on it")
        self._estimate(won, days=9)
        self._estimate(lost, days=4)
        self._lead_becomes_a_sale()
        self.cards |= {"won": won, "lost": lost}

    def _second_week(self) -> None:
        self._fill(self.cards["lost"], lost_reason="competitor")
        self._answer(self.cards["lost"], "The client has refused")
        self._answer(self.cards["won"], "The client has agreed")
        large = self._deal("Автоматизация завода «Прогресс»", region="east", amount=3_400_000)
        put_off = self._deal("Meters for Delta Energy", region="west", amount=150_000)
        self.office.pass_time(5 * HOUR)
        self._answer(large, "Contact made, working on it")
        self._answer(put_off, "Contact made, working on it")
        self._estimate(large, days=3)
        self._estimate(put_off, days=20)
        self.office.pass_time(1 * DAY)
        self._fill(put_off, defer_until=self._day(40))
        self._answer(put_off, "Put off to a date")
        not_ours = self._deal("Free samples", region="central", amount=0)
        self._fill(not_ours, walk_reason="They want us to work for free")
        self._answer(not_ours, "We do not want this business")
        self.sandbox.add_task(
            "Ask the lawyers about the terms", to=6, by=2, on=large, deadline=self._at(2 * DAY)
        )
        self.cards |= {"large": large, "put_off": put_off}

    def _third_week(self) -> None:
        for region, title in (
            ("central", "Лабораторное оборудование для МГУ"),
            ("west", "Spare parts for Horizon Foods"),
            ("east", "Весы для комбината «Восток»"),
        ):
            self._deal(title, region=region, amount=210_000)
        self._lead("Buy links now", "Spam or a wrong number")
        self._lead("A request for forty laptops", "Interested")
        self._lead("Запрос на сервисный договор", None)

    def _yesterday(self) -> None:
        refused = self._deal("Valves for Beta Systems", region="west", amount=64_000)
        self.sandbox.move(refused, self._stage("lost"))
        self.office.settle()
        later = self._deal("Licences for Iris Software", region="central", amount=120_000)
        self._answer(later, "No answer yet")
        postponed = self._deal("Pumps for Cobalt Metals", region="west", amount=330_000)
        (task,) = self._open_tasks(postponed)
        self.sandbox.postpone_task(task.id, self._at(3 * DAY))
        self.office.settle()
        self.cards |= {"refused": refused, "later": later, "postponed": postponed}

    def _today(self) -> None:
        """The newest deal's task was refused by the portal, which would take it now."""
        self.sandbox.faults.refuse("ERROR_CORE", "Incorrect responsible", method="tasks.task.add")
        self.cards["parked"] = self._deal("Analyzers for Granite Medical", region="west", amount=275_000)
        self.cards["fresh"] = self._deal("Сервисный договор «Альфа»", region="central", amount=98_000)

    def _lead_becomes_a_sale(self) -> None:
        lead = self._lead("Модернизация линии розлива", "Interested")
        options = self.leads.config.fields
        values = {"need": "Новая линия розлива", "division": "hardware", "region": "central"}
        self.sandbox.edit(
            lead, **{options[name].field: _raw(self.leads, name, value) for name, value in values.items()}
        )
        self.office.settle()
        self._answer(lead, "Continue")
        self._answer(lead, "Our client: hand to sales")
        self._answer(lead, "Mine")
        with self.office.app.database.read() as conn:
            (sale,) = [each.child for each in links.children(conn, PORTAL, lead)]
        now = self.office.clock.now()
        with self.office.app.database.write() as conn:
            pressed = pressed_signal("document_approval", now, by=5, pipeline="corporate_sale")
            signals.add_many(conn, PORTAL, sale, [pressed], now)
        self.office.settle()
        self.cards |= {"lead": lead, "sale": sale}

    # --- what people do -----------------------------------------------------------------------------------

    def _deal(self, title: str, *, region: str, amount: int) -> ItemRef:
        """A deal comes in."""
        fields = {
            self.sale.config.fields["region"].field: _raw(self.sale, "region", region),
            "OPPORTUNITY": amount,
            "CURRENCY_ID": "RUB",
        }
        record = self.sandbox.deal(stage=self._stage("new"), TITLE=title, ASSIGNED_BY_ID=1, **fields)
        self.office.settle()
        return ItemRef(DEAL, record.id)

    def _lead(self, title: str, result: str | None) -> ItemRef:
        record = self.sandbox.lead(TITLE=title, NAME="Ольга", LAST_NAME="Крылова", ASSIGNED_BY_ID=9)
        ref = ItemRef(LEAD, record.id)
        self.office.settle()
        if result is not None:
            self._answer(ref, result)
        return ref

    def _answer(self, ref: ItemRef, result: str) -> None:
        """Whoever has the task ticks a result and completes it."""
        task = next(
            each
            for each in self._open_tasks(ref)
            if any(line.title == result for line in self.sandbox.checklist_of(each.id))
        )
        self.sandbox.tick(task.id, result)
        self.sandbox.complete_task(task.id)
        self.office.settle()

    def _estimate(self, ref: ItemRef, *, days: int) -> None:
        self._fill(ref, decision_at=self._day(days))

    def _fill(self, ref: ItemRef, **values: Any) -> None:
        """The rep fills in fields of the card, by the names that the pipeline has for them."""
        fields = self.sale.config.fields
        raw = {fields[name].field: _raw(self.sale, name, value) for name, value in values.items()}
        self.sandbox.edit(ref, **raw)
        self.office.settle()

    def _open_tasks(self, ref: ItemRef) -> list[Any]:
        return [each for each in self.sandbox.tasks_of(ref) if str(each.status) not in ("5", "completed")]

    def _stage(self, name: str) -> str:
        return str(self.sale.stage_id(name))

    def _at(self, seconds: float) -> datetime:
        return self.office.clock.now() + timedelta(seconds=seconds)

    def _day(self, days: int) -> date:
        return self._at(days * DAY).date()


def _raw(binding: Binding, name: str, value: Any) -> Any:
    """A value as the card has it: of a choice, the option's id."""
    options = binding.config.fields[name].options
    return int(options[value]) if isinstance(value, str) and value in options else value
