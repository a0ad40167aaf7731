"""Lines of the journal, said in the language that they were not written in."""

from __future__ import annotations

import pytest

from pipelines.engine.model import Language
from pipelines.engine.phrases import JOURNAL
from pipelines.library import load_shipped
from pipelines.retelling import Retelling

SALE = load_shipped("simple_sale")


@pytest.mark.parametrize(
    ("kind", "english", "russian"),
    [
        ("entered", 'Came into the stage "Won"', "Пришёл на стадию «Выиграна»"),
        (
            "refused",
            'The move to "Won" was refused: not filled in: Amount, Acme’s own field',
            "Переход на «Выиграна» отклонён: не заполнено: Сумма, Acme’s own field",
        ),
        (
            "assigned",
            "Owner Anna: route 1, central, round robin, 2 skipped: absent, over capacity",
            "Ответственный Anna: маршрут 1, central, по очереди, пропущено 2: отсутствует, перегружен",
        ),
        ("moving", 'Goes on to the stage "Lost"', "Переходит на стадию «Проиграна»"),
    ],
)
def test_a_line_is_said_in_both_languages(kind: str, english: str, russian: str) -> None:
    assert Retelling("ru", SALE).line(kind, english) == russian
    assert Retelling("en", SALE).line(kind, russian) == english


def test_dates_are_written_as_the_language_writes_them() -> None:
    line = '"Call" was put off to 2026-03-02 12:00'
    assert Retelling("ru").line("postponed", line) == "«Call» отложено до 02.03.2026 12:00"


def test_built_in_results_have_words_in_either_language() -> None:
    assert Retelling("ru").line("ended", "«Звонок»: done") == "«Звонок»: выполнено"
    assert Retelling("en").line("ended", '"Call" ended: unspecified') == '"Call" ended: no result named'


def test_what_a_person_wrote_stays_as_it_is() -> None:
    assert Retelling("ru").line("ended", '"Ask: why?" ended: Too dear') == "«Ask: why?»: Too dear"
    assert Retelling("ru").line("conflict", "move_stage: the card stands elsewhere").startswith("move_stage")
    assert Retelling("en").line("entered", "no such line") == "no such line"


@pytest.mark.parametrize("kind", sorted(JOURNAL))
@pytest.mark.parametrize("written", ["en", "ru"])
def test_every_kind_of_line_can_be_read_back(kind: str, written: Language) -> None:
    other: Language = "ru" if written == "en" else "en"
    values = {name: f"<{name}>" for name in ("stage", "step", "reason", "name", "what", "how", "steps")}
    values |= {name: f"<{name}>" for name in ("at", "outcome", "fields", "path", "row")}
    line = JOURNAL[kind][written].format_map(values)
    assert Retelling(other).line(kind, line) == JOURNAL[kind][other].format_map(values)
