"""Every built-in phrase of the product's processes, in both languages, in one table.

`JOURNAL` is what a journal line of each kind says; `PHRASES` is what people read in tasks, comments and
messages. The connector takes the names of checklists (`result`, `not_needed`) from here too.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.engine.model import Language

PHRASES: Mapping[str, Mapping[Language, str]] = {
    # checklists and buttons
    "result": {"en": "Result", "ru": "Результат"},
    "not_needed": {"en": "Not needed", "ru": "Не требуется"},
    "continue": {"en": "Continue", "ru": "Продолжить"},
    "yes": {"en": "yes", "ru": "да"},
    "no": {"en": "no", "ru": "нет"},
    # titles of tasks
    "form_title": {"en": "Fill in the card", "ru": "Заполните карточку"},
    "missing_title": {"en": "Fill in what is missing: {title}", "ru": "Заполните недостающее: {title}"},
    "again_title": {"en": "Name the result: {title}", "ru": "Укажите результат: {title}"},
    "choice_title": {"en": "Choose the next stage", "ru": "Выберите следующую стадию"},
    "offer_title": {"en": "Begin something further?", "ru": "Начать продолжение?"},
    "approval_title": {"en": "Approve: {title}", "ru": "Согласуйте: {title}"},
    # descriptions of tasks
    "fields_to_fill": {
        "en": "Fields to fill on the card:",
        "ru": "Поля, которые нужно заполнить в карточке:",
    },
    "fields_optional": {"en": "If known:", "ru": "Если известно:"},
    "for_outcome": {
        "en": 'The result "{outcome}" needs these fields of the card:',
        "ru": "Для результата «{outcome}» нужны поля карточки:",
    },
    "for_stage": {
        "en": 'The stage "{stage}" needs these fields of the card:',
        "ru": "Для стадии «{stage}» нужны поля карточки:",
    },
    "not_yet": {"en": 'The stage "{stage}" is not open yet.', "ru": "Стадия «{stage}» пока недоступна."},
    "offered_answer": {"en": "On the card now: {answer}", "ru": "Сейчас в карточке: {answer}"},
    # why a task was closed
    "stage_left": {"en": 'The item left the stage "{stage}"', "ru": "Элемент ушёл со стадии «{stage}»"},
    "stage_ended": {"en": 'The stage "{stage}" has ended', "ru": "Стадия «{stage}» завершена"},
    "repeated": {
        "en": "The process went back to an earlier step",
        "ru": "Процесс вернулся к более раннему шагу",
    },
    "filled": {"en": "Everything is filled in", "ru": "Всё заполнено"},
    "answered": {"en": "Answered on the card: {outcome}", "ru": "Ответ дан в карточке: {outcome}"},
    "postponed": {"en": "Put off", "ru": "Отложено"},
    "decided": {"en": "It is decided: {outcome}", "ru": "Решение принято: {outcome}"},
    "not_missing": {"en": "This is no longer needed", "ru": "Это больше не нужно"},
    "process_over": {"en": "The process is over", "ru": "Процесс завершён"},
    "item_gone": {"en": "The item was deleted", "ru": "Элемент удалён"},
    # what the cards of linked records say of each other
    "child_made": {
        "en": "Made from this card: {title} {address}",
        "ru": "Создано по этой карточке: {title} {address}",
    },
    "made_from": {"en": "Made from: {title} {address}", "ru": "Создано по карточке: {title} {address}"},
    # messages about moves
    "refused_fields": {
        "en": '"{item}" cannot go to the stage "{stage}" yet. Not filled in: {fields}.',
        "ru": "«{item}» пока нельзя перевести на стадию «{stage}». Не заполнено: {fields}.",
    },
    "refused_reason": {
        "en": '"{item}" cannot go to the stage "{stage}": {reason}.',
        "ru": "«{item}» нельзя перевести на стадию «{stage}»: {reason}.",
    },
    "flagged": {
        "en": 'Went to the stage "{stage}" although: {reason}.',
        "ru": "Переход на стадию «{stage}» с отметкой: {reason}.",
    },
    "not_filled": {"en": "not filled in: {fields}", "ru": "не заполнено: {fields}"},
    "condition_fails": {"en": "the condition does not hold", "ru": "не выполнено условие перехода"},
    "locked": {"en": 'the stage "{stage}" is closed', "ru": "стадия «{stage}» закрыта для изменений"},
    "not_listed": {"en": "this move is not in the process", "ru": "такого перехода нет в процессе"},
    "rejected": {"en": "Not approved: {reason}", "ru": "Не согласовано: {reason}"},
    "went_round": {
        "en": 'The process of "{item}" goes round without an end: {steps}. Nothing was done.',
        "ru": "Процесс «{item}» зациклился: {steps}. Ничего не выполнено.",
    },
    # messages about what the CRM did not take
    "not_written": {
        "en": 'The CRM refused {what} for "{item}" {address}: {reason}.',
        "ru": "CRM не приняла {what} для «{item}» {address}: {reason}.",
    },
    "report_not_made": {
        "en": 'The report "{report}" could not be made: {reason}. It is tried again every hour.',
        "ru": "Отчёт «{report}» не удалось составить: {reason}. Попытки повторяются каждый час.",
    },
    "report_not_sent": {
        "en": 'The CRM refused {what} "{report}": {reason}.',
        "ru": "CRM не приняла {what} «{report}»: {reason}.",
    },
    "mend_the_card": {
        "en": "Please put the card right: it is tried again as soon as the card has changed.",
        "ru": "Исправьте карточку: после её изменения попытка повторится сама.",
    },
    "ask_a_person": {
        "en": "It waits for a decision: funnelwright outbox list --pipeline {pipeline}",
        "ru": "Нужно решение: funnelwright outbox list --pipeline {pipeline}",
    },
    "overridden": {
        "en": 'The card was moved to "{theirs}" in the moment in which the process moved it to "{ours}". '
        'If it belongs in "{theirs}", please move it there again.',
        "ru": "Карточку перевели на стадию «{theirs}» в тот момент, когда процесс переводил её на «{ours}». "
        "Если она должна быть на «{theirs}», переведите её ещё раз.",
    },
    "quarrel": {
        "en": 'The process and somebody else keep moving "{item}" {address} to and fro: is there another '
        "automation? The process leaves the card alone until it is moved again.",
        "ru": "Процесс и кто-то ещё переводят «{item}» {address} туда и обратно: нет ли другой "
        "автоматизации? Процесс не трогает карточку, пока её снова не переведут.",
    },
    "odd_moves": {
        "en": "Rows of the stage history that cannot be read: {count}. "
        "The first is {row}, of {item}: {reason}. They are left out, everything else goes on.",
        "ru": "Строки истории стадий, которые не удалось прочитать: {count}. "
        "Первая — {row}, {item}: {reason}. Они пропущены, остальное работает.",
    },
    "write_create_task": {"en": "a new task", "ru": "новую задачу"},
    "write_update_task": {"en": "a change of a task", "ru": "изменение задачи"},
    "write_close_task": {"en": "the closing of a task", "ru": "закрытие задачи"},
    "write_add_results": {"en": "the results of a task", "ru": "результаты задачи"},
    "write_move_stage": {"en": "the move to another stage", "ru": "перевод на другую стадию"},
    "write_set_fields": {"en": "values of fields", "ru": "значения полей"},
    "write_create_item": {"en": "a new record", "ru": "новую запись"},
    "write_link_item": {"en": "a link to another record", "ru": "связь с другой записью"},
    "write_send_email": {"en": "a letter", "ru": "письмо"},
    "write_start_workflow": {"en": "a workflow", "ru": "бизнес-процесс"},
    "write_make_document": {"en": "a document", "ru": "документ"},
    "write_call_out": {"en": "a call to another system", "ru": "вызов другой системы"},
    "write_upload_report": {"en": "a file of a report", "ru": "файл отчёта"},
    "write_report_task": {"en": "the task with a report", "ru": "задачу с отчётом"},
    "write_report_message": {"en": "the message with a report", "ru": "сообщение с отчётом"},
    "write_other": {"en": "a write", "ru": "запись"},
    # people
    "dismissed": {"en": "{name} is dismissed", "ru": "{name} больше не работает"},
    "absent": {"en": "{name} is away", "ru": "{name} отсутствует"},
    "own_request": {"en": "nobody approves their own request", "ru": "свой запрос не согласуют"},
    "unknown_person": {"en": "nobody is named by {recipient}", "ru": "никто не найден: {recipient}"},
    "to_head": {"en": "to the head", "ru": "руководителю"},
    "to_process_owner": {"en": "to the process owner", "ru": "владельцу процесса"},
    "to_admin": {"en": "to the administrator", "ru": "администратору"},
    # routes
    "route": {"en": "route {number}", "ru": "маршрут {number}"},
    "round_robin": {"en": "round robin", "ru": "по очереди"},
    "least_loaded": {"en": "least loaded", "ru": "наименее загружен"},
    "weighted": {"en": "weighted", "ru": "по весам"},
    "kept": {"en": "keeps the owner it came with", "ru": "ответственный сохранён"},
    "skipped": {"en": "{count} skipped: {reasons}", "ru": "пропущено {count}: {reasons}"},
    "skipped_absent": {"en": "absent", "ru": "отсутствует"},
    "skipped_capacity": {"en": "over capacity", "ru": "перегружен"},
    "skipped_dismissed": {"en": "dismissed", "ru": "уволен"},
    "nobody_in": {"en": "{target}: nobody is free", "ru": "{target}: нет свободных"},
    "no_route": {"en": "no route holds", "ru": "ни один маршрут не подошёл"},
    # standard names of the item
    "field_title": {"en": "Title", "ru": "Название"},
    "field_amount": {"en": "Amount", "ru": "Сумма"},
    "field_currency": {"en": "Currency", "ru": "Валюта"},
    "field_company": {"en": "Company", "ru": "Компания"},
    "field_contact": {"en": "Contact", "ru": "Контакт"},
    "field_contacts": {"en": "Contacts", "ru": "Контакты"},
    "field_owner": {"en": "Responsible person", "ru": "Ответственный"},
    "field_source": {"en": "Source", "ru": "Источник"},
}

JOURNAL: Mapping[str, Mapping[Language, str]] = {
    "started": {"en": "The process began ({how})", "ru": "Процесс начат ({how})"},
    "entered": {"en": 'Came into the stage "{stage}"', "ru": "Пришёл на стадию «{stage}»"},
    "flagged": {
        "en": 'Came into the stage "{stage}" marked: {reason}',
        "ru": "Стадия «{stage}» с отметкой: {reason}",
    },
    "refused": {
        "en": 'The move to "{stage}" was refused: {reason}',
        "ru": "Переход на «{stage}» отклонён: {reason}",
    },
    "held": {"en": 'The move to "{stage}" waits: {reason}', "ru": "Переход на «{stage}» ждёт: {reason}"},
    "returned": {
        "en": "The card is back, the visit goes on",
        "ru": "Карточка вернулась, работа продолжается",
    },
    "gate_holds": {"en": 'Nothing holds back "{stage}" any more', "ru": "Стадия «{stage}» теперь доступна"},
    "moving": {"en": 'Goes on to the stage "{stage}"', "ru": "Переходит на стадию «{stage}»"},
    "outside": {"en": "Left for a stage that the process does not know", "ru": "Ушёл на неизвестную стадию"},
    "opened": {"en": '"{step}" began', "ru": "«{step}»: начато"},
    "later": {"en": '"{step}" begins on {at}', "ru": "«{step}» начнётся {at}"},
    "skipped": {"en": '"{step}" was skipped', "ru": "«{step}»: пропущено"},
    "ended": {"en": '"{step}" ended: {outcome}', "ru": "«{step}»: {outcome}"},
    "cancelled": {"en": '"{step}" was cancelled: {reason}', "ru": "«{step}» отменено: {reason}"},
    "postponed": {"en": '"{step}" was put off to {at}', "ru": "«{step}» отложено до {at}"},
    "asked_again": {"en": '"{step}": no result was named, asked again', "ru": "«{step}»: запрошен результат"},
    "incomplete": {"en": '"{step}": not filled in: {fields}', "ru": "«{step}»: не заполнено: {fields}"},
    "chosen": {"en": 'The next stage was chosen: "{stage}"', "ru": "Выбрана стадия «{stage}»"},
    "voted": {"en": "{name}: {outcome}", "ru": "{name}: {outcome}"},
    "approver": {"en": "Asked instead: {reason}", "ru": "Спрошен вместо: {reason}"},
    "own_request": {
        "en": "{name} may not approve their own request",
        "ru": "{name}: свой запрос не согласуют",
    },
    "stage_ended": {"en": 'The work of "{stage}" is done', "ru": "Стадия «{stage}» отработана"},
    "overdue": {"en": '"{what}" takes longer than it may', "ru": "«{what}»: срок вышел"},
    "escalated": {"en": '"{what}" takes long: escalated', "ru": "«{what}»: передано выше"},
    "assigned": {"en": "Owner {name}: {reason}", "ru": "Ответственный {name}: {reason}"},
    "owner_changed": {"en": "The owner is now {name}", "ru": "Ответственный теперь {name}"},
    "moved_due": {"en": '"{step}" is due {at}: its field changed', "ru": "«{step}»: новый срок {at} по полю"},
    "nobody": {"en": '"{step}" waits: there is nobody to give it to', "ru": "«{step}» ждёт: некому поручить"},
    "instead": {"en": '"{step}": {reason}', "ru": "«{step}»: {reason}"},
    "signal": {"en": "Signal {name}", "ru": "Сигнал {name}"},
    "ignored": {"en": "Nothing came of it: {reason}", "ru": "Без последствий: {reason}"},
    "null": {"en": "{path} is empty, so the condition is false", "ru": "{path} не заполнено: условие ложно"},
    "mistake": {"en": "The expression has no value: {reason}", "ru": "Выражение не вычислено: {reason}"},
    "muted": {"en": "The list of missing fields was deleted by the rep", "ru": "Список недостающего удалён"},
    "follow_on": {"en": "Follow-on {name}", "ru": "Продолжение {name}"},
    "endless": {"en": "Goes round without an end: {steps}", "ru": "Зациклился: {steps}"},
    "finished": {"en": "The process is over", "ru": "Процесс завершён"},
    "gone": {"en": "The item was deleted", "ru": "Элемент удалён"},
    # not the engine's, but of a card
    "unreadable": {
        "en": "Row {row} of the stage history cannot be read and is left out: {reason}",
        "ru": "Строку {row} истории стадий не удалось прочитать, она пропущена: {reason}",
    },
    "restored": {"en": "The item is back", "ru": "Элемент восстановлен"},
}


def phrase(name: str, language: Language, /, **values: object) -> str:
    """The built-in phrase of that name; KeyError when there is none."""
    return PHRASES[name][language].format(**values)
