"""The boards of the sandbox's company: stages of its two sales, of its leads and of its smart processes."""

from __future__ import annotations

from connector.sandbox.crm.stages import StageSpec

#: entityTypeIds of the smart processes.
MEETINGS, CORRECTIVE_ACTIONS, CONTRACT_APPROVAL = 1036, 1040, 1046
#: Deal pipelines besides the general one, 0.
SIMPLE_SALE, TENDERS, CORPORATE_SALE = 1, 2, 3

Names = dict[str, str]
_GREEN, _RED = "#00ff00", "#ff0000"


def _stage(
    code: str, en: str, ru: str, semantics: str = "", color: str = "#39A8EF", *, system: bool = False
) -> StageSpec:
    return StageSpec(code, {"en": en, "ru": ru}, semantics, color, system)


SIMPLE_SALE_STAGES = (
    _stage("NEW", "New", "Новая", system=True),
    _stage("UC_WORK01", "In progress", "В работе", color="#2FC6F6"),
    _stage("UC_DEFER1", "Deferred", "Отложена", color="#FFA900"),
    _stage("WON", "Won", "Выиграна", "S", "#7BD500", system=True),
    _stage("LOSE", "Lost", "Проиграна", "F", "#FF5752", system=True),
    _stage("UC_WALKED", "Walked away", "Отказались сами", "F", "#FF5752"),
)
CORPORATE_SALE_STAGES = (
    _stage("NEW", "Interest", "Подтверждение интереса", system=True),
    _stage("UC_QUALIFY", "Qualification", "Определение потенциала"),
    _stage("UC_NEEDS", "Needs analysis", "Анализ потребностей"),
    _stage("UC_PRESENT", "Presentation", "Презентация"),
    _stage("UC_PEOPLE", "Decision makers", "Определение ключевых контактов"),
    _stage("UC_PROPOSAL", "Proposal development", "Подготовка предложения"),
    _stage("UC_SHOW", "Proposal presentation", "Презентация предложения"),
    _stage("UC_NEGOTIATE", "Negotiations", "Переговоры", color="#FFA900"),
    _stage("UC_CONTRACT", "Contracting", "Контрактация", color="#2FC6F6"),
    _stage("WON", "Closed won", "Завершена с победой", "S", "#7BD500", system=True),
    _stage("LOSE", "Closed lost", "Завершена с проигрышем", "F", "#FF5752", system=True),
    _stage("UC_REROUTED", "Closed rerouted", "Перевод на другой процесс", "F", "#FFA900"),
    _stage("UC_REJECTED", "Closed rejected", "Отказ от продажи", "F", "#FF5752"),
)
SMART: tuple[tuple[int, Names, tuple[StageSpec, ...]], ...] = (
    (
        MEETINGS,
        {"en": "Meetings", "ru": "Встречи"},
        (
            _stage("NEW", "New", "Новая", system=True),
            _stage("PLANNED", "Planned", "Запланирована"),
            _stage("CONFIRMED", "Confirmed", "Подтверждена"),
            _stage("REPORT", "Report", "Отчёт"),
            _stage("SUCCESS", "Success", "Успех", "S", _GREEN, system=True),
            _stage("FAIL", "Goal not reached", "Цель не достигнута", "F", _RED, system=True),
            _stage("UC_OFF", "Called off", "Отменена клиентом", "F", _RED),
            _stage("UC_NOSHOW", "The client did not come", "Клиент не пришёл", "F", _RED),
        ),
    ),
    (
        CORRECTIVE_ACTIONS,
        {"en": "Corrective actions", "ru": "Корректирующие действия"},
        (
            _stage("NEW", "Analysis", "Анализ ситуации", system=True),
            _stage("MEASURES", "Measures", "Разработка мероприятий"),
            _stage("IMPLEMENT", "Implementation", "Реализация"),
            _stage("CHECK", "Check again", "Повторный анализ"),
            _stage(
                "SUCCESS",
                "Success: the problem is solved",
                "Успех: проблема решена",
                "S",
                _GREEN,
                system=True,
            ),
            _stage("FAIL", "Failed: not solved", "Провал: не решено", "F", _RED, system=True),
            _stage("UC_NOTSO", "Not confirmed", "Не подтвердилось", "F", _RED),
        ),
    ),
    (
        CONTRACT_APPROVAL,
        {"en": "Contract approval", "ru": "Согласование договора"},
        (
            _stage("NEW", "New contract", "Новый договор", system=True),
            _stage("PROTOCOL", "Protocol", "Протокол"),
            _stage("APPROVAL", "Approval", "Согласование"),
            _stage("SIGNING", "Signing", "Подписание"),
            _stage("SUCCESS", "Success: signed", "Успех: подписан", "S", _GREEN, system=True),
            _stage("FAIL", "Not agreed", "Не согласован", "F", _RED, system=True),
            _stage("UC_REFUSED", "The other side refused", "Отказ контрагента", "F", _RED),
        ),
    ),
)
#: What the company calls stages of leads that the CRM came with.
RENAMED_LEAD_STAGES: dict[str, Names] = {
    "IN_PROCESS": {"en": "Qualification", "ru": "Квалификация"},
    "PROCESSED": {"en": "Routing", "ru": "Маршрутизация"},
    "CONVERTED": {"en": "Success: awaiting sale", "ru": "Успех: ожидает продажи"},
}
MORE_LEAD_STAGES = (
    _stage("UC_NOTNOW", "Not now", "Не сейчас", "F", "#FFA900"),
    _stage("UC_FAILED", "Failed", "Провал", "F", "#F54819"),
)
