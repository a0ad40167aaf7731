"""Which charts each section has."""

from __future__ import annotations

from connector.reports.charts.chart import Chart
from connector.reports.charts.delays import delay_charts
from connector.reports.charts.funnel import funnel_charts
from connector.reports.charts.look import Look
from connector.reports.charts.outcomes import outcome_charts
from connector.reports.charts.people import people_charts
from connector.reports.charts.wording import wording_of
from connector.reports.figures.asking import Question
from connector.reports.figures.delays import Delays
from connector.reports.figures.funnel import Funnel
from connector.reports.figures.outcomes import Outcomes
from connector.reports.figures.people import People
from connector.reports.figures.sections import Figures


def charts_of(found: Figures, question: Question, look: Look) -> list[Chart]:
    """The charts of figures that were computed for the question, in its language; the first says most.

    What has nothing to show has no chart: its table says that there is nothing.
    """
    match found:
        case Funnel():
            return funnel_charts(found, wording_of(question, "funnel"), look)
        case People():
            return people_charts(found, wording_of(question, "people"), look)
        case Delays():
            return delay_charts(found, wording_of(question, "delays"), look)
        case Outcomes():
            return outcome_charts(found, wording_of(question, "outcomes"), look)
