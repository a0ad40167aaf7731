"""The words of one question's charts: its language, what it is about, titles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from babel.dates import format_date

from connector.reports.charts.chart import Chart, Spec
from connector.reports.figures.asking import Question
from connector.reports.figures.words import word
from pipelines.engine.model import Language


@dataclass(frozen=True, slots=True)
class Wording:
    """What charts say beside numbers."""

    section: str
    language: Language
    #: The pipeline and the period, for a picture that stands alone.
    subtitle: str

    def say(self, name: str) -> str:
        """A word of the figures."""
        return word(name, self.language)

    def chart(self, name: str, text: str, spec: Spec, *, table: str = "", title: str = "") -> Chart:
        """A chart that is called as its table, or has another one's numbers and a title of its own."""
        title = title or self.say(f"{self.section}_{name}")
        return Chart(name, table or name, title, f"{title}. {text}", self.language, spec)


def wording_of(question: Question, section: str) -> Wording:
    """The words of a question's charts."""
    zone, language = question.calendar.zone, question.language
    since, until = question.period.since, question.period.until - timedelta(microseconds=1)
    days = (format_date(at.astimezone(zone).date(), "medium", locale=language) for at in (since, until))
    title = question.binding.definition.title.in_language(language)
    return Wording(section, language, f"{title} · {' – '.join(days)}")
