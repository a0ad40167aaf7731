"""What things of a definition are called in a picture, where no item fills the placeholders."""

from __future__ import annotations

from pipelines.definition import Definition
from pipelines.engine.model import Language
from pipelines.engine.phrases import PHRASES
from pipelines.steps import ApproveStep, AskStep, Step, TaskStep
from pipelines.texts import Text


def plain(text: Text | None, language: Language) -> str:
    """A text without its placeholders, on one line."""
    if text is None:
        return ""
    return " ".join(text.render(language, lambda path: "…").split())


def step_title(step: Step, language: Language) -> str:
    """The title of a step, that of its task, its question, or its id."""
    named = step.title
    if named is None and isinstance(step, TaskStep):
        named = step.task.title
    elif named is None and isinstance(step, AskStep):
        named = step.ask.question
    elif named is None and isinstance(step, ApproveStep):
        named = step.approve.question
    return plain(named, language).removesuffix(" …").removesuffix(":") or step.id


def field_title(definition: Definition, name: str, language: Language) -> str:
    """What a field is called: in the file, or as a standard one of the item, or by its id."""
    spec = definition.fields.get(name)
    if spec is not None and spec.title is not None:
        return plain(spec.title, language)
    return PHRASES[f"field_{name}"][language] if f"field_{name}" in PHRASES else name


def stage_title(definition: Definition, stage_id: str, language: Language) -> str:
    stage = definition.stage(stage_id)
    return (plain(stage.title, language) if stage else "") or stage_id
