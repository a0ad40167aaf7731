"""What heads of sales look at: the funnel, people, delays, outcomes. docs/figures.md has the definitions.

Everything is computed from the store alone. A figure has one definition, which stands beside it; the page,
the file and the command line show the same number because they ask here. No figure knows how it is shown.
"""

from connector.reports.figures.asking import Question, UnknownName, ask
from connector.reports.figures.board import Board, Column
from connector.reports.figures.delays import Delays, Split, StageTime, delays
from connector.reports.figures.funnel import Closed, Flow, Funnel, Week, funnel
from connector.reports.figures.outcomes import Ending, Outcomes, Reason, Rival, outcomes
from connector.reports.figures.people import Load, People, people
from connector.reports.figures.sections import Figures, Section, compute
from connector.reports.figures.spread import Spread
from connector.reports.figures.stuck import Behind, Stalled, Stuck, Waiting, stuck
from connector.reports.figures.sums import Sums
from connector.reports.figures.tables import Cell, Heading, Table, tabulate

__all__ = [
    "Behind",
    "Board",
    "Cell",
    "Closed",
    "Column",
    "Delays",
    "Ending",
    "Figures",
    "Flow",
    "Funnel",
    "Heading",
    "Load",
    "Outcomes",
    "People",
    "Question",
    "Reason",
    "Rival",
    "Section",
    "Split",
    "Spread",
    "StageTime",
    "Stalled",
    "Stuck",
    "Sums",
    "Table",
    "UnknownName",
    "Waiting",
    "Week",
    "ask",
    "compute",
    "delays",
    "funnel",
    "outcomes",
    "people",
    "stuck",
    "tabulate",
]
