"""Pipelines: what is stuck, what stands in each stage and what went on, what was closed, the weeks."""

from __future__ import annotations

from webhooks.dashboard.figuring import figure_page

blueprint = figure_page("pipelines", "funnel", with_stuck=True)
