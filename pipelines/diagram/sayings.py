"""People, times, waits and actions of a definition in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pipelines import actions, recipients, waiting
from pipelines.actions import Action
from pipelines.definition import Definition
from pipelines.diagram.conditions import Reader
from pipelines.diagram.titles import field_title, plain, stage_title, step_title
from pipelines.diagram.words import WORDS, quoted, span, word
from pipelines.durations import Duration
from pipelines.engine.model import Language
from pipelines.expressions import Expression
from pipelines.recipients import Recipient
from pipelines.steps import DoStep, Step
from pipelines.waiting import WaitFor


class Sayings:
    """Says what one definition means, in one language."""

    def __init__(
        self,
        definition: Definition,
        language: Language,
        others: Mapping[str, Definition] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self._names = names or {}
        self.definition = definition
        self.language = language
        self._pipelines = {**(others or {}), definition.id: definition}
        self._reader = Reader(definition, language, self._pipelines)

    def word(self, name: str, /, **values: object) -> str:
        return word(name, self.language, **values)

    def quoted(self, text: str) -> str:
        return quoted(text, self.language)

    def pipeline(self, name: str) -> str:
        """The title of a pipeline; its id when it is not known."""
        found = self._pipelines.get(name)
        return plain(found.title, self.language) if found else name

    def stage(self, pipeline: str, stage: str) -> str:
        """The title of a stage of any pipeline; its id when the pipeline is not known."""
        found = self._pipelines.get(pipeline)
        return stage_title(found, stage, self.language) if found else stage

    def step(self, step: Step) -> str:
        """What a step is called; one that has no name of its own, by what it does."""
        named = step_title(step, self.language)
        if named != step.id or step.title is not None:
            return named
        if isinstance(step, DoStep):
            return self.word(_NAMES[type(step.do[0])])
        return self.word(f"named_{step.kind}") if f"named_{step.kind}" in WORDS else named

    def condition(self, expression: Expression | None) -> str:
        """A condition in words; "" for none."""
        return self._reader.read(expression) if expression is not None else ""

    def moment(self, moment: Duration | Expression, *, is_object: bool = False) -> str:
        """A duration, or what an expression that gives a date says."""
        if isinstance(moment, Duration):
            return span(moment, self.language, is_object=is_object)
        return self.condition(moment)

    def due(self, moment: Duration | Expression | None) -> str:
        """By when; "" for no time."""
        if moment is None:
            return ""
        name = "due_in" if isinstance(moment, Duration) else "due"
        return self.word(name, span=self.moment(moment, is_object=True))

    def fields(self, names: Iterable[str]) -> tuple[str, ...]:
        """Titles of fields."""
        return tuple(field_title(self.definition, name, self.language) for name in names)

    # --- people

    def person(self, who: Recipient) -> str:
        """Whom a recipient means."""
        match who:
            case recipients.ToPerson(name=name):
                return self.word(name)
            case recipients.ToUser(user=user):
                return self._names.get(f"user:{user}") or self.word("user", id=user)
            case recipients.ToRole(role=role):
                return self._named(f"role:{role}", role)
            case recipients.ToField(field=name):
                return self.quoted(field_title(self.definition, name, self.language))
            case recipients.ToHeadOf(head_of=of, otherwise=str(otherwise)):
                return self.word("head_of_else", what=self.condition(of), who=self.word(otherwise))
            case recipients.ToHeadOf(head_of=of):
                return self.word("head_of", what=self.condition(of))
            case recipients.ToTeam(team=team, by=by):
                return self.word("team", name=self._named(f"team:{team}", team), by=self.word(by))

    def _named(self, key: str, id_: str) -> str:
        """A role or a team by its id, with who that is, where the caller knows."""
        names = self._names.get(key)
        return f"{id_} ({names})" if names else id_

    # --- waits

    def wait(self, signal: WaitFor) -> str:
        """What is waited for."""
        match signal:
            case waiting.StepSignal(step=step):
                found = self.definition.step(None, step)
                return self.word("wait_step", step=self.step(found) if found else step)
            case waiting.FieldSignal(field=name):
                return self.word("wait_field", field=field_title(self.definition, name, self.language))
            case waiting.ChildSignal(link=link, won=won):
                return self.word("wait_child_won" if won else "wait_child", link=self._reader.link(link))
            case waiting.StageSignal(link=link, stage=stage):
                return self.word("wait_stage", link=self._reader.link(link), stage=stage)
            case waiting.ExternalSignal(name=name):
                return self.word("wait_signal", name=name)
            case waiting.TimeSignal(at=Duration() as length):
                return self.word("wait_span", span=span(length, self.language))
            case waiting.TimeSignal(at=at):
                return self.word("wait_time", at=self.moment(at))

    # --- actions

    def each_action(self, wanted: Iterable[Action]) -> tuple[str, ...]:
        """Each action in a few words."""
        return tuple(dict.fromkeys(self._action(action) for action in wanted))

    def sets(self, names: Iterable[str]) -> str:
        return self.word("do_set", fields=", ".join(self.fields(names)))

    def _action(self, action: Action) -> str:
        return _ACTIONS[type(action)](self, action)

    def _set(self, action: actions.SetFields) -> str:
        return self.sets(action.set)

    def _assign(self, action: actions.Assign) -> str:
        to = action.assign
        return self.word("do_assign", who=self.word("routes") if to == "routes" else self.person(to))

    def _task(self, action: actions.MakeTask) -> str:
        title = plain(action.task.title, self.language)
        return self.word("do_task", title=title, who=self.person(action.task.to))

    def _create(self, action: actions.Create) -> str:
        pipeline = self.pipeline(action.pipeline) if action.pipeline else ""
        return self.word("do_create", what=action.type or pipeline or self.word(action.create))

    def _notify(self, action: actions.Notify) -> str:
        return self.word("do_notify", who=self.person(action.notify))

    def _follow_on(self, action: actions.FollowOnAction) -> str:
        return self.follow_on(action.follow_on)

    def follow_on(self, name: str) -> str:
        found = self.definition.follow_on(name)
        title = plain(found.title, self.language) if found else ""
        return self.word("follow_on", name=title or name)


_NAMES: dict[type, str] = {
    actions.SetFields: "named_set",
    actions.Assign: "named_assign",
    actions.MakeTask: "named_task",
    actions.Create: "named_create",
    actions.Comment: "named_comment",
    actions.Notify: "named_notify",
    actions.Email: "named_email",
    actions.Sms: "named_sms",
    actions.Document: "named_document",
    actions.Signal: "named_signal",
    actions.CallOut: "named_call",
    actions.FollowOnAction: "named_follow_on",
}


def _fixed(name: str) -> Callable[[Sayings, Any], str]:
    return lambda sayings, action: sayings.word(name)


_ACTIONS: dict[type, Callable[[Sayings, Any], str]] = {
    actions.SetFields: Sayings._set,
    actions.Assign: Sayings._assign,
    actions.MakeTask: Sayings._task,
    actions.Create: Sayings._create,
    actions.Comment: _fixed("do_comment"),
    actions.Notify: Sayings._notify,
    actions.Email: _fixed("do_email"),
    actions.Sms: _fixed("do_sms"),
    actions.Document: _fixed("do_document"),
    actions.Signal: lambda sayings, action: sayings.word("do_signal", name=action.signal),
    actions.CallOut: lambda sayings, action: sayings.word("do_call", name=action.call),
    actions.FollowOnAction: Sayings._follow_on,
}
