"""Outcomes: how steps ended, why items were lost, and to whom."""

from __future__ import annotations

from webhooks.dashboard.figuring import figure_page

blueprint = figure_page("outcomes", "outcomes")
