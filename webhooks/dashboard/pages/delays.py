"""Delays: what waits too long, at whom, for what; time in each stage."""

from __future__ import annotations

from webhooks.dashboard.figuring import figure_page

blueprint = figure_page("delays", "delays")
