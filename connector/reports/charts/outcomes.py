"""Charts of outcomes: how steps ended, why items were lost, and to whom."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from connector.reports.charts.chart import Chart
from connector.reports.charts.look import Look
from connector.reports.charts.parts import bars, frame, money, number, share
from connector.reports.charts.stacks import Part, stacks
from connector.reports.charts.wording import Wording
from connector.reports.figures.outcomes import Ending, Outcomes
from connector.reports.figures.sums import Sums


def outcome_charts(found: Outcomes, words: Wording, look: Look) -> list[Chart]:
    """Steps, reasons, competitors."""
    charts = [_steps(found, words, look)] if found.endings else []
    if found.reasons:
        reasons = found.reasons[: look.rows]
        names = [each.text or words.say("not_said") for each in reasons]
        ends = [_end(each.count, each.sums, words, each.share) for each in reasons]
        counts = [each.count for each in reasons]
        charts.append(_counted("reasons", names, counts, ends, look.palette.statuses["lost"], words, look))
    if found.rivals:
        rivals = found.rivals[: look.rows]
        ends = [_end(each.count, each.sums, words) for each in rivals]
        names, counts = [each.text for each in rivals], [each.count for each in rivals]
        charts.append(_counted("competitors", names, counts, ends, look.palette.plain, words, look))
    return charts


def _end(count: int, sums: Sums, words: Wording, part: float | None = None) -> str:
    said = [number(count, words.language)]
    if part is not None:
        said.append(share(part, words.language))
    return " · ".join([*said, *filter(None, [money(sums, words.language)])])


def _counted(
    name: str,
    titles: Sequence[str],
    counts: Sequence[int],
    ends: Sequence[str],
    color: str,
    words: Wording,
    look: Look,
) -> Chart:
    values = [{"count": count, "end": end} for count, end in zip(counts, ends, strict=True)]
    body = bars(look, titles, values, [("count", color, 1.0)])
    text = "; ".join(f"{title}: {end}" for title, end in zip(titles, ends, strict=True))
    return words.chart(name, text, frame(look, body, words.say(f"outcomes_{name}"), words.subtitle))


def _steps(found: Outcomes, words: Wording, look: Look) -> Chart:
    titles, parts, said = [], [], []
    for (_, title), endings in groupby(found.endings, key=lambda each: (each.step, each.title)):
        row = list(endings)
        total = sum(each.count for each in row)
        titles.append(f"{title} ({number(total, words.language)})")
        parts.append(_parts(row, words, look))
        said.append(
            f"{title}: "
            + ", ".join(f"{each.outcome_title} {share(each.share, words.language)}" for each in row)
        )
    body = stacks(look, titles, parts, is_share=True, has_legend=False)
    return words.chart(
        "steps", "; ".join(said), frame(look, body, words.say("outcomes_steps"), words.subtitle)
    )


def _parts(row: Sequence[Ending], words: Wording, look: Look) -> list[Part]:
    """Each step has outcomes of its own: colours tell neighbours apart and mean nothing else."""
    several = look.palette.several
    by_size = sorted(row, key=lambda each: -each.count)
    return [
        Part(
            f"{each.step}/{each.outcome}",
            several[at % len(several)],
            each.count,
            f"{each.outcome_title} {share(each.share, words.language)}",
        )
        for at, each in enumerate(by_size)
    ]
