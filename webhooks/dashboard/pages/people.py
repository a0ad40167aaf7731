"""People: who carries what, who is behind with tasks, who wins, whether routing is fair."""

from __future__ import annotations

from webhooks.dashboard.figuring import figure_page

blueprint = figure_page("people", "people")
