"""The story of one item: where it stands, what it waits for, what happened to it and by which rule.

Read from the store, said in English or Russian; the command line, the dashboard and reports show the same.
"""

from connector.reports.story.chain import Consequence, Happening
from connector.reports.story.relatives import Relative, relatives
from connector.reports.story.rules import Rule, rule_of
from connector.reports.story.speech import Speaker
from connector.reports.story.stays import Stay, stays
from connector.reports.story.steps import StepRun, step_runs
from connector.reports.story.story import Story, read_story
from connector.reports.story.waiting import Notice, what_waits

__all__ = [
    "Consequence",
    "Happening",
    "Notice",
    "Relative",
    "Rule",
    "Speaker",
    "Stay",
    "StepRun",
    "Story",
    "read_story",
    "relatives",
    "rule_of",
    "stays",
    "step_runs",
    "what_waits",
]
