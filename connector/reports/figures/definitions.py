"""What each figure means, said once for the page, the file and the tooltip: of tables and of columns.

A column is looked for as `table.column`, then as `column`: what means the same everywhere is said once.
docs/figures.md says it at length, and why.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.engine.model import Language

DEFINITIONS: Mapping[str, Mapping[Language, str]] = {
    # tables: section_table
    "funnel_stages": {
        "en": "What stands in each open stage now, and what became of the items that came into it in the "
        "period. Who came yesterday has had one day to go on: shares of a short period look low.",
        "ru": "Что стоит на каждой открытой стадии сейчас и что стало с элементами, пришедшими на неё за "
        "период. У пришедших вчера был один день: за короткий период доли выглядят заниженными.",
    },
    "funnel_closed": {
        "en": "Items that came into a won, lost or archived stage in the period and were there still when it "
        "ended. One that was opened again is not closed.",
        "ru": "Элементы, пришедшие за период на выигранную, проигранную или архивную стадию и остававшиеся "
        "там к его концу. Открытые снова не считаются закрытыми.",
    },
    "funnel_weeks": {
        "en": "From Monday on, as far as the week is in the period: items that first came into the pipeline, "
        "and those that were closed.",
        "ru": "С понедельника, насколько неделя входит в период: элементы, впервые пришедшие в воронку, и "
        "закрытые.",
    },
    "people_load": {
        "en": "Items that each person is responsible for and that stand in each open stage now.",
        "ru": "Элементы, за которые отвечает сотрудник и которые стоят сейчас на каждой открытой стадии.",
    },
    "people_results": {
        "en": "Tasks that the connector made for this pipeline, and the items of each person that were "
        "closed in the period.",
        "ru": "Задачи, которые коннектор поставил по этой воронке, и элементы сотрудника, закрытые за "
        "период.",
    },
    "delays_stages": {
        "en": "A stay begins when an item comes into a stage and ends when it comes into the next. Working "
        "hours are those of the company's calendar.",
        "ru": "Пребывание начинается, когда элемент приходит на стадию, и кончается, когда он приходит на "
        "следующую. Рабочие часы — по календарю компании.",
    },
    "delays_waiting": {
        "en": "The fifty items that ran over the limit of their stage first; then those that have stood in "
        "theirs longest.",
        "ru": "Пятьдесят элементов: сначала те, что раньше других вышли за предел стадии, затем те, что "
        "дольше всех стоят на своей.",
    },
    "delays_stalled": {
        "en": "Open items that neither moved nor were saved for fourteen days and have nothing ahead: no "
        "open task with a deadline to come, no step that begins or waits until later.",
        "ru": "Открытые элементы, которые четырнадцать дней не двигались и не изменялись и у которых впереди "
        "ничего: ни открытой задачи с будущим сроком, ни шага, который начнётся или ждёт до срока.",
    },
    "outcomes_steps": {
        "en": "Of the items that came into the stage of a step in the period: how its last execution ended.",
        "ru": "Из элементов, пришедших за период на стадию шага: чем закончилось его последнее выполнение.",
    },
    "outcomes_reasons": {
        "en": "Items that were closed as lost in the period, by the stage and the reason that the card "
        "names.",
        "ru": "Элементы, закрытые за период как проигранные, по стадии и причине, указанной в карточке.",
    },
    "outcomes_competitors": {
        "en": "Items that were closed as lost in the period, by the competitor that the card names.",
        "ru": "Элементы, закрытые за период как проигранные, по конкуренту, указанному в карточке.",
    },
    # columns that mean the same wherever they stand
    "amount": {
        "en": "The exact sum of the amounts of these items in one currency; nothing is converted.",
        "ru": "Точная сумма этих элементов в одной валюте; ничего не пересчитывается.",
    },
    "now": {"en": "Items that stand in the stage now.", "ru": "Элементы, которые стоят на стадии сейчас."},
    "person": {
        "en": "Whom the card names as responsible now.",
        "ru": "Кто сейчас указан в карточке как ответственный.",
    },
    # columns of one table: section_table.column
    "funnel_stages.came": {
        "en": "Items that came into the stage in the period, each once, however often it did.",
        "ru": "Элементы, пришедшие на стадию за период, каждый один раз, сколько бы раз он ни приходил.",
    },
    "funnel_stages.next": {
        "en": "Of those that came in: came after that, within the period, into the next open stage; of the "
        "last open stage, into a won one.",
        "ru": "Из пришедших: перешли затем в течение периода на следующую открытую стадию; с последней "
        "открытой — на выигранную.",
    },
    "funnel_stages.next_share": {
        "en": "“To the next stage” as a share of those that came in.",
        "ru": "«На следующую стадию» как доля пришедших.",
    },
    "funnel_stages.onward": {
        "en": "Of those that came in: came after that into any later open stage or a won one; stages that "
        "were skipped are no loss.",
        "ru": "Из пришедших: перешли затем на любую более позднюю открытую стадию или выигранную; "
        "пропущенные стадии не потеря.",
    },
    "funnel_stages.onward_share": {
        "en": "“Went on” as a share of those that came in.",
        "ru": "«Прошло дальше» как доля пришедших.",
    },
    "funnel_stages.dropped": {
        "en": "Of those that came in: came into a lost or archived stage last.",
        "ru": "Из пришедших: последней была проигранная или архивная стадия.",
    },
    "funnel_closed.items": {
        "en": "Items that were closed in this stage in the period.",
        "ru": "Элементы, закрытые на этой стадии за период.",
    },
    "funnel_weeks.came": {
        "en": "Items that came into any stage of the pipeline for the first time.",
        "ru": "Элементы, впервые пришедшие на любую стадию воронки.",
    },
    "people_load.total": {
        "en": "Items of the person in all open stages.",
        "ru": "Элементы сотрудника на всех открытых стадиях.",
    },
    "people_results.tasks_open": {
        "en": "Tasks that the person is to do and that are not completed, deferred ones too.",
        "ru": "Задачи сотрудника, которые не завершены, отложенные тоже.",
    },
    "people_results.tasks_overdue": {
        "en": "Open tasks past their deadline now; one without a deadline is never overdue.",
        "ru": "Открытые задачи, срок которых уже прошёл; без срока задача не бывает просроченной.",
    },
    "people_results.tasks_completed": {
        "en": "Tasks of the person that were completed in the period.",
        "ru": "Задачи сотрудника, завершённые за период.",
    },
    "people_results.conversion": {
        "en": "Won of won and lost together; archived ones are neither.",
        "ru": "Доля выигранных среди выигранных и проигранных; архивные не учитываются.",
    },
    "people_results.hours_to_win": {
        "en": "Of the won ones: from the first coming into the pipeline until they were won, calendar time, "
        "median.",
        "ru": "Для выигранных: от первого прихода в воронку до выигрыша, календарное время, медиана.",
    },
    "delays_stages.ended": {
        "en": "Stays in the stage that ended in the period, whenever they began.",
        "ru": "Пребывания на стадии, которые закончились за период, когда бы ни начались.",
    },
    "delays_stages.ended_median": {
        "en": "Half of the stays that ended were shorter; calendar time.",
        "ru": "Половина закончившихся пребываний короче; календарное время.",
    },
    "delays_stages.ended_p90": {
        "en": "Nine in ten of the stays that ended were shorter; calendar time.",
        "ru": "Девять из десяти закончившихся пребываний короче; календарное время.",
    },
    "delays_stages.worked_median": {
        "en": "Half of the stays that ended were shorter, counted in working time.",
        "ru": "Половина закончившихся пребываний короче, в рабочем времени.",
    },
    "delays_stages.worked_p90": {
        "en": "Nine in ten of the stays that ended were shorter, counted in working time.",
        "ru": "Девять из десяти закончившихся пребываний короче, в рабочем времени.",
    },
    "delays_stages.here_median": {
        "en": "Of those that stand there now, since they came; median.",
        "ru": "Для тех, кто стоит там сейчас: с прихода; медиана.",
    },
    "delays_stages.here_worked_median": {
        "en": "Of those that stand there now, since they came, in working time; median.",
        "ru": "Для тех, кто стоит там сейчас: с прихода, в рабочем времени; медиана.",
    },
    "delays_stages.limit": {
        "en": "How long an item may stand there, as the pipeline's file says now.",
        "ru": "Сколько элемент может стоять на стадии, как сейчас записано в файле воронки.",
    },
    "delays_stages.over": {
        "en": "Items that stand there now, and longer than the limit.",
        "ru": "Элементы, которые стоят там сейчас дольше предела.",
    },
    "delays_stages.stalled": {
        "en": "Items that stand there now, with nothing happening and nothing planned.",
        "ru": "Элементы, которые стоят там сейчас, и с ними ничего не происходит и не запланировано.",
    },
    "people_routing": {
        "en": "Items that routes gave to the members of a team in the period, whoever has them now. Items "
        "that a rep kept, or that went to one person, are not in it.",
        "ru": "Элементы, которые маршруты отдали участникам команды за период, у кого бы они ни были сейчас. "
        "Оставленных себе и отданных одному человеку здесь нет.",
    },
    "people_routing.share": {
        "en": "Of all that the team got in the period.",
        "ru": "Среди всего, что команда получила за период.",
    },
    "people_routing.fair_share": {
        "en": "What it would be if each item went to those members who were not away that day, by their "
        "weights if the route goes by weight, else to all alike. Teams, weights and absences are those of "
        "config.toml now; full hands (capacity) are not taken into account.",
        "ru": "Какой была бы доля, если бы каждый элемент делили между теми, кто в тот день был на месте: "
        "по весам, если маршрут их учитывает, иначе поровну. Команды, веса и отсутствия — из config.toml "
        "сейчас; предел загрузки не учитывается.",
    },
    "delays_behind": {
        "en": "People who have something over the limit of its stage or at a standstill.",
        "ru": "Сотрудники, у которых есть элементы сверх предела стадии или без движения.",
    },
    "delays_behind.open_items": {
        "en": "Items of the person that stand in an open stage now.",
        "ru": "Элементы сотрудника, которые стоят сейчас на открытых стадиях.",
    },
    "delays_behind.over": {
        "en": "Of these, those that stand in their stage longer than its limit.",
        "ru": "Из них стоят на своей стадии дольше её предела.",
    },
    "delays_behind.longest_over": {
        "en": "Working hours since the one that is longest over its limit reached it.",
        "ru": "Рабочих часов с тех пор, как вышел за предел тот элемент, который сверх него дольше всех.",
    },
    "delays_behind.stalled": {
        "en": "Of these, those with nothing happening and nothing planned.",
        "ru": "Из них те, с которыми ничего не происходит и не запланировано.",
    },
    "delays_waits": {
        "en": "What the items that stand in each open stage wait for now, and how many working hours by now. "
        "Approval: somebody is asked for one. Our work: something is to be done by our people, or nothing is "
        "open at all. Customer: all that is open was put off, comes back later, or comes from outside.",
        "ru": "Чего ждут сейчас элементы на каждой открытой стадии и сколько рабочих часов уже ждут. "
        "Согласование: у кого-то его запросили. Наша работа: что-то должны сделать наши сотрудники или не "
        "открыто вообще ничего. Клиент: всё открытое отложено, будет повторено позже или придёт извне.",
    },
    "waits_for": {
        "en": "Our own work, the customer, or an approval: see “What open items wait for”.",
        "ru": "Нашей работы, клиента или согласования: см. «Чего ждут открытые элементы».",
    },
    "what": {
        "en": "The most urgent step of those that are open.",
        "ru": "Самый срочный из открытых шагов.",
    },
    "asked": {
        "en": "Who is to do it, or is asked for approval.",
        "ru": "Кто должен это сделать или у кого запрошено согласование.",
    },
    "until": {
        "en": "When it is due, or until when it was put off.",
        "ru": "К какому сроку или до какого времени отложено.",
    },
    "delays_waiting.since": {
        "en": "When the item came into the stage.",
        "ru": "Когда элемент пришёл на стадию.",
    },
    "delays_waiting.due": {
        "en": "When the limit of the stage is or was reached.",
        "ru": "Когда наступит или наступил предел стадии.",
    },
    "delays_stalled.since": {
        "en": "When the item last moved or was saved.",
        "ru": "Когда элемент последний раз двигался или изменялся.",
    },
    "outcomes_steps.items": {
        "en": "Items whose step ended so.",
        "ru": "Элементы, у которых шаг закончился так.",
    },
    "outcomes_steps.share": {
        "en": "Of the items that have an outcome of that step.",
        "ru": "Среди элементов, у которых есть итог этого шага.",
    },
    "outcomes_reasons.share": {
        "en": "Of all items that were lost in the period.",
        "ru": "Среди всех проигранных за период.",
    },
}


def definition_of(table: str, column: str | None, language: Language) -> str:
    """What the table, or a column of it, means; "" where the title says it all. `table`: section_table."""
    if column is None:
        return DEFINITIONS[table][language]
    name = "amount" if column.startswith("amount_") else column
    found = DEFINITIONS.get(f"{table}.{name}") or DEFINITIONS.get(name)
    return found[language] if found else ""
