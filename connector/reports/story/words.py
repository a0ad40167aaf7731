"""Every word that the story of an item is told in, in both languages, in one table."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.engine.model import Language

WORDS: Mapping[str, Mapping[Language, str]] = {
    # what happened
    "visit": {"en": "The card came into {stage}", "ru": "Карточка пришла на стадию {stage}"},
    "visit_number": {"en": ", visit {visit}", "ru": ", заход {visit}"},
    "own_move": {"en": ", by our own move", "ru": ", переведена нами"},
    "changed": {"en": "The record was changed", "ru": "Карточку изменили"},
    "gone": {"en": "The record was deleted", "ru": "Карточку удалили"},
    "restored": {"en": "The record is back", "ru": "Карточку восстановили"},
    "start": {"en": "Told to join {pipeline} ({how})", "ru": "Принять в процесс {pipeline} ({how})"},
    "task_completed": {
        "en": "Task {task} was completed: {outcome}",
        "ru": "Задача {task} завершена: {outcome}",
    },
    "no_result": {"en": "no result named", "ru": "результат не указан"},
    "task_postponed": {
        "en": "Task {task} was postponed until {until}",
        "ru": "Задача {task} отложена до {until}",
    },
    "no_date": {"en": "no date", "ru": "без срока"},
    "task_cancelled": {"en": "Task {task} was cancelled", "ru": "Задача {task} отменена"},
    "timer": {"en": "The timer {name} fell due", "ru": "Сработал таймер {name}"},
    "timer_start": {"en": 'It was time to begin "{what}"', "ru": "Пришло время начать «{what}»"},
    "timer_limit": {"en": 'The limit of "{what}" was reached', "ru": "Истёк предел времени: «{what}»"},
    "timer_time": {"en": 'The wait "{what}" was over', "ru": "Ожидание «{what}» закончилось"},
    "timer_escalation": {"en": '"{what}" has taken too long', "ru": "«{what}» длится слишком долго"},
    "external": {"en": "The signal {name} came from outside", "ru": "Извне пришёл сигнал {name}"},
    "pressed_id": {"en": "{button} was pressed", "ru": "Нажата кнопка {button}"},
    "pressed": {"en": "“{button}” was asked for", "ru": "Запрошено: «{button}»"},
    "answered": {"en": "{run} was answered: {value}", "ru": "Дан ответ «{value}»: {run}"},
    "child": {"en": "The linked {link} is {status} now", "ru": "Связанная запись {link}: {status}"},
    "by": {"en": ", by {person}", "ru": ", {person}"},
    "of_itself": {"en": "Of itself", "ru": "Само собой"},
    "undecided": {"en": "not decided on yet", "ru": "решение ещё не принято"},
    "nobody": {"en": "nobody", "ru": "никто"},
    "connector": {"en": "Funnelwright", "ru": "Funnelwright"},
    "user": {"en": "user", "ru": "сотрудник"},
    # commands
    "create_task": {"en": 'Task "{title}"', "ru": "Задача «{title}»"},
    "for": {"en": " for {person}", "ru": " для: {person}"},
    "due": {"en": ", due {when}", "ru": ", срок {when}"},
    "update_task": {"en": 'Changes the task "{task}"', "ru": "Меняет задачу «{task}»"},
    "update_task_any": {"en": "Changes its task", "ru": "Меняет задачу"},
    "close_task": {"en": 'Closes the task "{task}"', "ru": "Закрывает задачу «{task}»"},
    "close_task_any": {"en": "Closes its task", "ru": "Закрывает задачу"},
    "because": {"en": ": {reason}", "ru": ": {reason}"},
    "add_results": {"en": 'Results for the task "{task}"', "ru": "Результаты к задаче «{task}»"},
    "add_results_any": {"en": "Results for its task", "ru": "Результаты к задаче"},
    "move_stage": {"en": 'Moves the card to "{stage}"', "ru": "Переводит карточку на «{stage}»"},
    "assign": {"en": "Gives the card to {person}", "ru": "Назначает ответственным: {person}"},
    "set_fields": {"en": "Fills in {fields}", "ru": "Заполняет: {fields}"},
    "set_fields_any": {"en": "Fills in fields of the card", "ru": "Заполняет поля карточки"},
    "comment": {"en": "Comment on the card: {text}", "ru": "Комментарий в карточке: {text}"},
    "notify": {"en": "Message to {person}: {text}", "ru": "Сообщение, {person}: {text}"},
    "notify_any": {"en": "Message to {person}", "ru": "Сообщение: {person}"},
    "create_item": {"en": "New record: {what}", "ru": "Новая запись: {what}"},
    "link_item": {"en": "Link to another record", "ru": "Связь с другой записью"},
    "send_email": {"en": 'Letter "{subject}"', "ru": "Письмо «{subject}»"},
    "start_workflow": {"en": "Workflow {name}", "ru": "Бизнес-процесс {name}"},
    "make_document": {"en": "Document {name}", "ru": "Документ {name}"},
    "call_out": {"en": "Call to {name}", "ru": "Вызов {name}"},
    "unsupported": {"en": "Not supported by this version", "ru": "Эта версия такого не умеет"},
    # what they are called
    "noun_create_task": {"en": "a new task", "ru": "новая задача"},
    "noun_update_task": {"en": "a change of a task", "ru": "изменение задачи"},
    "noun_close_task": {"en": "the closing of a task", "ru": "закрытие задачи"},
    "noun_add_results": {"en": "the results of a task", "ru": "результаты задачи"},
    "noun_move_stage": {"en": "the move to another stage", "ru": "перевод на другую стадию"},
    "noun_set_fields": {"en": "values of fields", "ru": "значения полей"},
    "noun_comment": {"en": "a comment", "ru": "комментарий"},
    "noun_notify": {"en": "a message", "ru": "сообщение"},
    "noun_create_item": {"en": "a new record", "ru": "новая запись"},
    "noun_link_item": {"en": "a link to another record", "ru": "связь с другой записью"},
    "noun_send_email": {"en": "a letter", "ru": "письмо"},
    "noun_start_workflow": {"en": "a workflow", "ru": "бизнес-процесс"},
    "noun_make_document": {"en": "a document", "ru": "документ"},
    "noun_call_out": {"en": "a call to another system", "ru": "вызов другой системы"},
    # what became of them
    "fate_shadow": {"en": "not sent: shadow mode", "ru": "не отправлено: теневой режим"},
    "fate_lost": {"en": "no longer kept", "ru": "уже не хранится"},
    "fate_done": {"en": "done", "ru": "сделано"},
    "fate_id": {"en": ", id {id}", "ru": ", id {id}"},
    "fate_pending": {"en": "waits to be sent", "ru": "ждёт отправки"},
    "fate_sending": {"en": "is being sent", "ru": "отправляется"},
    "fate_unknown": {"en": "sent, outcome not known yet", "ru": "отправлено, исход пока неизвестен"},
    "fate_parked": {"en": "PARKED, a person must decide", "ru": "ОТЛОЖЕНО, нужно решение человека"},
    "fate_superseded": {"en": "not needed any more", "ru": "больше не нужно"},
    "fate_conflict": {"en": "not done, the rep was quicker", "ru": "не сделано: сотрудник опередил"},
    # lines of the journal that are not the engine's
    "parked": {"en": "Parked: {what}: {reason}", "ru": "Отложено: {what}: {reason}"},
    "conflict": {"en": "Not done: {what}: {reason}", "ru": "Не сделано: {what}: {reason}"},
    "given_up": {"en": "Given up: {what}: {reason}", "ru": "Не вышло: {what}: {reason}"},
    "retried": {"en": "Tried again by {by}: {what}", "ru": "Повторить, решил(а) {by}: {what}"},
    "dropped": {
        "en": "Dropped by {by}: {what}: {reason}",
        "ru": "Не отправлять, решил(а) {by}: {what}: {reason}",
    },
    "noun_signals": {"en": "what has happened", "ru": "то, что произошло"},
    # what waits now
    "now_parked": {"en": "Parked: {reason}", "ru": "Остановлено: {reason}"},
    "now_sending": {"en": "On its way to the CRM: {what}", "ru": "Отправляется в CRM: {what}"},
    "now_undecided": {
        "en": "Something has happened that is not decided on yet: {what}",
        "ru": "Произошло то, что ещё не обработано: {what}",
    },
    "now_task": {"en": "Waiting for {person}: “{task}”", "ru": "Ждём: {person} — «{task}»"},
    "now_nobody": {"en": "“{task}” has nobody to do it", "ru": "«{task}»: некому поручить"},
    "now_own_task": {
        "en": "Waiting for {person}: “{task}”, a task of their own",
        "ru": "Ждём: {person} — «{task}», собственная задача",
    },
    "now_missing": {
        "en": "Waiting for {person}: “{task}”, to be filled in: {fields}",
        "ru": "Ждём: {person} — «{task}», заполнить: {fields}",
    },
    "now_approval": {
        "en": "Waiting for the approval of {people}: “{task}”",
        "ru": "Ждём согласования: {people} — «{task}»",
    },
    "now_wait": {"en": "Waiting: “{step}”, {what}", "ru": "Ждём: «{step}», {what}"},
    "now_later": {"en": "“{step}” begins {when}", "ru": "«{step}» начнётся {when}"},
    "now_put_off": {
        "en": "Put off by {person} until {when}: “{task}”",
        "ru": "Отложено ({person}) до {when}: «{task}»",
    },
    "now_move": {
        "en": "The move to “{stage}” waits: {reason}",
        "ru": "Переход на «{stage}» ждёт: {reason}",
    },
    "now_moving": {"en": "Is being moved to “{stage}”", "ru": "Переводится на «{stage}»"},
    "now_fields": {"en": "to be filled in: {fields}", "ru": "нужно заполнить: {fields}"},
    "now_refused": {
        "en": "The move to “{stage}” was not accepted: {reason}",
        "ru": "Переход на «{stage}» не принят: {reason}",
    },
    "now_condition": {"en": "its condition does not hold", "ru": "не выполнено условие"},
    "now_late": {
        "en": "“{stage}” should have been left by {when}",
        "ru": "Стадию «{stage}» нужно было пройти до {when}",
    },
    "now_limit": {"en": "The stage may last until {when}", "ru": "Предел времени на стадии: {when}"},
    "now_nothing": {
        "en": "Nothing is planned: nobody is asked to do anything about this card",
        "ru": "Ничего не запланировано: по этой карточке никто ничего не должен сделать",
    },
    "now_free": {
        "en": "No process runs on this card, and no task is open",
        "ru": "По этой карточке не идёт процесс и нет открытых задач",
    },
    "now_over": {"en": "The process is over: {stage}", "ru": "Процесс завершён: {stage}"},
    "now_outside": {
        "en": "The card stands where the process does not know its way: {stage}",
        "ru": "Карточка на стадии, которой в процессе нет: {stage}",
    },
    "now_gone": {"en": "The record was deleted in the CRM", "ru": "Запись удалена в CRM"},
    "now_due": {"en": "due {when}", "ru": "срок {when}"},
    "now_overdue": {"en": "overdue since {when}", "ru": "просрочено с {when}"},
    "now_shadow": {
        "en": "Shadow mode, nothing is written to the CRM. It would be: {what}",
        "ru": "Теневой режим, в CRM ничего не пишется. Было бы так: {what}",
    },
    "run_missing": {"en": "Fill in the card", "ru": "Заполнить карточку"},
    "run_choice": {"en": "Choose the next stage", "ru": "Выбрать следующую стадию"},
    "run_offer": {"en": "Begin something further?", "ru": "Начать продолжение?"},
    "status_open": {"en": "open", "ru": "в работе"},
    "status_won": {"en": "won", "ru": "успех"},
    "status_lost": {"en": "lost", "ru": "провал"},
    "status_archived": {"en": "archived", "ru": "архив"},
    # times
    "today": {"en": "today {time}", "ru": "сегодня {time}"},
    "tomorrow": {"en": "tomorrow {time}", "ru": "завтра {time}"},
    "yesterday": {"en": "yesterday {time}", "ru": "вчера {time}"},
    "days": {"en": "{days} d {hours} h", "ru": "{days} дн. {hours} ч"},
    "hours": {"en": "{hours} h {minutes} min", "ru": "{hours} ч {minutes} мин"},
    "whole_hours": {"en": "{hours} h", "ru": "{hours} ч"},
    "minutes": {"en": "{minutes} min", "ru": "{minutes} мин"},
}

#: Reasons that the connector writes down itself, always in English; what the CRM says stays in its own words.
REASONS: Mapping[str, str] = {
    "the card went on without it": "карточка ушла дальше без этого",
    "the step ended before its task was made": "шаг закончился раньше, чем создана задача",
    "the card was moved meanwhile: the rep wins": "карточку тем временем перевели: решает сотрудник",
    "the card was moved elsewhere meanwhile: the rep wins": (
        "карточку тем временем перевели на другую стадию: решает сотрудник"
    ),
    "the visit is no longer among the newest of the item": "карточка давно ушла с этой стадии",
    "the item is gone": "карточка удалена",
    "the task is gone": "задача удалена",
    "the run has no open task": "открытой задачи уже нет",
    "a person had ended the task": "задачу уже завершил человек",
    "the checklist is complete": "чек-лист уже полон",
    "the card has this contact": "контакт уже в карточке",
    "found by its marker": "найдено по метке",
    "no answer came, and a comment is sent at most once": (
        "ответа не было, а комментарий отправляется не более одного раза"
    ),
}


def word(name: str, language: Language, /, **values: object) -> str:
    """What people read for it; KeyError when there is no such word."""
    return WORDS[name][language].format(**values)


def reason(text: str | None, language: Language) -> str:
    """A reason of our own in the reader's language; any other as it is."""
    if not text:
        return ""
    return REASONS.get(text, text) if language == "ru" else text
