"""The words of the pictures, in both languages: one table, and how durations are counted in Russian."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.durations import Duration, Unit
from pipelines.engine.model import Language

WORDS: Mapping[str, Mapping[Language, str]] = {
    # stages
    "open": {"en": "open", "ru": "в работе"},
    "won": {"en": "won", "ru": "успех"},
    "lost": {"en": "lost", "ru": "провал"},
    "archived": {"en": "archived", "ru": "архив"},
    "limit": {"en": "limit: {span}", "ru": "срок: {span}"},
    "escalation": {"en": "after {span}: {actions}", "ru": "через {span}: {actions}"},
    "needs": {"en": "needs: {fields}", "ru": "нужно: {fields}"},
    "locked": {"en": "locked: no way back", "ru": "закрыта: назад нельзя"},
    "locked_unless": {"en": "locked unless {condition}", "ru": "закрыта, кроме: {condition}"},
    # steps
    "task": {"en": "task", "ru": "задача"},
    "form": {"en": "fields to fill", "ru": "заполнить поля"},
    "ask": {"en": "question", "ru": "вопрос"},
    "wait": {"en": "wait", "ru": "ожидание"},
    "approve": {"en": "approval", "ru": "согласование"},
    "do": {"en": "by itself", "ru": "автоматически"},
    "due": {"en": "due: {span}", "ru": "до: {span}"},
    "due_in": {"en": "due in {span}", "ru": "за {span}"},
    "fields": {"en": "fill: {fields}", "ru": "заполнить: {fields}"},
    "optional": {"en": "if known: {fields}", "ru": "если известно: {fields}"},
    "all": {"en": "all of: {who}", "ru": "все: {who}"},
    "any": {"en": "any of: {who}", "ru": "любой из: {who}"},
    "in_turn": {"en": "in turn: {who}", "ru": "по очереди: {who}"},
    "when": {"en": "if {condition}", "ru": "если {condition}"},
    "process_wide": {"en": "goes on when the stage is left", "ru": "идёт и после ухода со стадии"},
    # what is waited for
    "wait_step": {"en": "until “{step}” has ended", "ru": "пока не закончится «{step}»"},
    "wait_field": {"en": "until “{field}” is filled", "ru": "пока не заполнено «{field}»"},
    "wait_child": {"en": "until “{link}” has ended", "ru": "пока не закрыта «{link}»"},
    "wait_child_won": {"en": "until “{link}” is won", "ru": "пока не успешна «{link}»"},
    "wait_stage": {"en": "until “{link}” is at {stage}", "ru": "пока «{link}» не на стадии {stage}"},
    "wait_signal": {"en": "until the signal {name}", "ru": "до сигнала {name}"},
    "wait_time": {"en": "until {at}", "ru": "до: {at}"},
    "wait_span": {"en": "for {span}", "ru": "{span}"},
    # results
    "again": {"en": "again in {span}", "ru": "повтор через {span}"},
    "again_at": {"en": "again: {span}", "ru": "повтор: {span}"},
    "end": {"en": "ends the stage", "ru": "конец стадии"},
    "goes": {"en": "to “{step}”", "ru": "к «{step}»"},
    "follow_on": {"en": "follow-on “{name}”", "ru": "продолжение «{name}»"},
    # ways out
    "then": {"en": "then", "ru": "затем"},
    "else": {"en": "otherwise", "ru": "иначе"},
    "chooses": {"en": "{who} chooses", "ru": "выбирает {who}"},
    "by_hand": {"en": "by hand", "ru": "вручную"},
    "card_waits": {"en": "then the card is moved by hand", "ru": "затем карточку двигают вручную"},
    # actions
    "do_set": {"en": "sets {fields}", "ru": "заполняет: {fields}"},
    "do_assign": {"en": "owner: {who}", "ru": "ответственный: {who}"},
    "do_task": {"en": "task “{title}” for {who}", "ru": "задача «{title}», {who}"},
    "do_create": {"en": "creates: {what}", "ru": "создаёт: {what}"},
    "do_comment": {"en": "writes a comment", "ru": "пишет комментарий"},
    "do_notify": {"en": "tells {who}", "ru": "уведомляет: {who}"},
    "do_email": {"en": "e-mail", "ru": "письмо"},
    "do_sms": {"en": "SMS", "ru": "SMS"},
    "do_document": {"en": "document", "ru": "документ"},
    "do_signal": {"en": "signal {name}", "ru": "сигнал {name}"},
    "do_call": {"en": "calls {name}", "ru": "вызов {name}"},
    "routes": {"en": "by the routes", "ru": "по маршрутам"},
    "company": {"en": "company", "ru": "компания"},
    "contact": {"en": "contact", "ru": "контакт"},
    "invoice": {"en": "invoice", "ru": "счёт"},
    "item": {"en": "record", "ru": "элемент"},
    # what an untitled step is called
    "named_set": {"en": "Fields are filled", "ru": "Заполнение полей"},
    "named_assign": {"en": "The owner is named", "ru": "Назначение ответственного"},
    "named_task": {"en": "A task is given", "ru": "Постановка задачи"},
    "named_create": {"en": "A record is made", "ru": "Создание элемента"},
    "named_comment": {"en": "Comment", "ru": "Комментарий"},
    "named_notify": {"en": "Message", "ru": "Уведомление"},
    "named_email": {"en": "E-mail", "ru": "Письмо"},
    "named_sms": {"en": "SMS", "ru": "SMS"},
    "named_document": {"en": "Document", "ru": "Документ"},
    "named_signal": {"en": "Signal", "ru": "Сигнал"},
    "named_call": {"en": "Another system is called", "ru": "Вызов другой системы"},
    "named_follow_on": {"en": "Follow-on", "ru": "Продолжение"},
    "named_form": {"en": "Fields to fill", "ru": "Заполнить поля"},
    "named_wait": {"en": "Wait", "ru": "Ожидание"},
    "named_approve": {"en": "Approval", "ru": "Согласование"},
    # people
    "owner": {"en": "owner", "ru": "ответственный"},
    "actor": {"en": "who acted last", "ru": "кто действовал"},
    "creator": {"en": "creator", "ru": "кто создал"},
    "head": {"en": "head", "ru": "руководитель"},
    "user": {"en": "user {id}", "ru": "сотрудник {id}"},
    "team": {"en": "team {name}, {by}", "ru": "команда {name}, {by}"},
    "round_robin": {"en": "in turn", "ru": "по очереди"},
    "least_loaded": {"en": "the least loaded", "ru": "наименее занятый"},
    "weighted": {"en": "by weight", "ru": "по весам"},
    "head_of": {"en": "head of {what}", "ru": "руководитель: {what}"},
    "head_of_else": {"en": "head of {what}, or else {who}", "ru": "руководитель: {what}, иначе {who}"},
    # gates
    "only_if": {"en": "only if {condition}", "ru": "только если {condition}"},
    "revert": {"en": "else the card goes back", "ru": "иначе карточка возвращается"},
    "hold": {"en": "else the card waits there", "ru": "иначе карточка ждёт на месте"},
    "flag": {"en": "else it goes on, marked", "ru": "иначе идёт дальше с отметкой"},
    "effects": {"en": "and: {actions}", "ru": "при переходе: {actions}"},
    "any_stage": {"en": "any stage", "ru": "любая стадия"},
    # notes
    "new_item": {"en": "New", "ru": "Новый элемент"},
    "starts": {"en": "How an item joins", "ru": "Как попадают в процесс"},
    "on_create": {"en": "every new item", "ru": "каждый новый элемент"},
    "manual": {"en": "started by hand", "ru": "запуск вручную"},
    "on_stage": {"en": "from {pipeline}, stage {stage}", "ru": "из {pipeline}, стадия {stage}"},
    "schedule": {
        "en": "every {span}, for each {source} if {condition}",
        "ru": "период: {span}; для каждого объекта «{source}», если {condition}",
    },
    "schedule_all": {
        "en": "every {span}, for each {source}",
        "ru": "период: {span}; для каждого объекта «{source}»",
    },
    "owners": {"en": "Who owns a new item: the first that fits", "ru": "Кто отвечает: первое, что подошло"},
    "owners_later": {
        "en": "Who owns it, when a step routes it: the first that fits",
        "ru": "Кто отвечает после распределения: первое, что подошло",
    },
    "keeps": {"en": "keeps the owner it came with", "ru": "остаётся у того, с кем пришёл"},
    "follow_ons": {"en": "Follow-ons", "ru": "Продолжения"},
    "follow_on_at": {"en": "{title}: {pipeline}, stage {stage}", "ru": "{title}: {pipeline}, стадия {stage}"},
    "made_on": {"en": "made by itself at {stages}", "ru": "создаётся само на стадиях: {stages}"},
    "offered": {"en": "offered on the card", "ru": "предлагается в карточке"},
    "moves": {"en": "Conditions of moves", "ru": "Условия переходов"},
    "strict": {
        "en": "Only the moves drawn or listed here are allowed.",
        "ru": "Разрешены только переходы, показанные здесь.",
    },
    "free": {
        "en": "The card may also be dragged to any other stage.",
        "ru": "Карточку можно перетащить и на любую другую стадию.",
    },
    "legend": {"en": "Legend", "ru": "Обозначения"},
    "way_next": {"en": "by itself", "ru": "само"},
    "way_outcome": {"en": "by a result", "ru": "по результату"},
    "way_wait": {"en": "after a wait", "ru": "после ожидания"},
    "way_choice": {"en": "by choice", "ru": "по выбору"},
    "way_hand": {"en": "by hand", "ru": "вручную"},
    "gate_mark": {"en": "condition no. 1 of a move", "ru": "условие перехода № 1"},
    # of one item
    "item_at": {"en": "{item} is at “{stage}”", "ru": "{item}: стадия «{stage}»"},
    "item_outside": {
        "en": "{item} is at none of these stages",
        "ru": "{item}: ни на одной из этих стадий",
    },
    "move_present": {"en": "is here now", "ru": "сейчас здесь"},
    "move_allowed": {"en": "may be moved here", "ru": "можно перевести сюда"},
    "move_flag": {"en": "may be moved here, marked: {reason}", "ru": "можно, с отметкой: {reason}"},
    "move_hold": {"en": "would wait here: {reason}", "ru": "будет ждать здесь: {reason}"},
    "move_revert": {"en": "not yet: {reason}", "ru": "пока нельзя: {reason}"},
    "move_closed": {"en": "no way from here", "ru": "отсюда перехода нет"},
    "state_open": {"en": "now", "ru": "сейчас"},
    "state_later": {"en": "later", "ru": "позже"},
    "state_done": {"en": "done", "ru": "сделано"},
    "state_skipped": {"en": "skipped", "ru": "пропущен"},
    "state_cancelled": {"en": "cancelled", "ru": "отменён"},
    # conditions
    "and": {"en": "and", "ru": "и"},
    "or": {"en": "or", "ru": "или"},
    "not": {"en": "not", "ru": "не"},
    "is_empty": {"en": "is empty", "ru": "не заполнено"},
    "is_filled": {"en": "is filled", "ru": "заполнено"},
    "is_open": {"en": "is open", "ru": "не завершено"},
    "is_not_open": {"en": "is not open", "ru": "не ждёт завершения"},
    "in": {"en": "is among", "ru": "входит в"},
    "one_of": {"en": "is one of: {words}", "ru": "одно из: {words}"},
    "owner.divisions": {"en": "the owner’s divisions", "ru": "направления ответственного"},
    "owner.is_active": {"en": "the owner still works here", "ru": "ответственный работает"},
    "item.last_won_at": {"en": "the last purchase", "ru": "последняя покупка"},
    "item.last_item_at": {"en": "the last record of this process", "ru": "последний элемент процесса"},
    "now": {"en": "now", "ru": "сейчас"},
    "process.visits": {"en": "visits of this stage", "ru": "заходов на стадию"},
    "visits_of": {"en": "visits of {stage}", "ru": "заходов на {stage}"},
    "item.is_returning": {"en": "the client has bought before", "ru": "клиент уже покупал"},
    "owner.is_admin": {"en": "the owner is an administrator", "ru": "ответственный — администратор"},
    "true": {"en": "yes", "ru": "да"},
    "false": {"en": "no", "ru": "нет"},
}

#: One, a few, many; and one as an object ("через 1 неделю").
_RUSSIAN: Mapping[Unit, tuple[str, str, str, str]] = {
    Unit.MINUTE: ("минута", "минуты", "минут", "минуту"),
    Unit.HOUR: ("час", "часа", "часов", "час"),
    Unit.DAY: ("день", "дня", "дней", "день"),
    Unit.WEEK: ("неделя", "недели", "недель", "неделю"),
    Unit.WORKING_MINUTE: ("рабочая минута", "рабочие минуты", "рабочих минут", "рабочую минуту"),
    Unit.WORKING_HOUR: ("рабочий час", "рабочих часа", "рабочих часов", "рабочий час"),
    Unit.WORKING_DAY: ("рабочий день", "рабочих дня", "рабочих дней", "рабочий день"),
    Unit.WORKING_WEEK: ("рабочая неделя", "рабочие недели", "рабочих недель", "рабочую неделю"),
}


def word(name: str, language: Language, /, **values: object) -> str:
    """The words of that name; KeyError when there are none."""
    return WORDS[name][language].format(**values)


def quoted(text: str, language: Language) -> str:
    """A name in the quotation marks of the language."""
    return f"«{text}»" if language == "ru" else f"“{text}”"


def span(duration: Duration, language: Language, *, is_object: bool = False) -> str:
    """A duration as people say it; `is_object`: after a word such as "через"."""
    if language == "en":
        return str(duration)
    one, few, many, one_object = _RUSSIAN[duration.unit]
    tens, units = duration.amount % 100, duration.amount % 10
    if units == 1 and tens != 11:
        return f"{duration.amount} {one_object if is_object else one}"
    return f"{duration.amount} {few if units in (2, 3, 4) and tens not in (12, 13, 14) else many}"
