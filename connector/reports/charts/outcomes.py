"""Charts of outcomes: how steps ended, why items were lost, and to whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
    charts = []
    # Of a step that ended in one way only there is nothing to compare: the table has it.
    several = Counter(each.step for each in found.endings)
    endings = [each for each in found.endings if several[each.step] > 1]
    if endings:
        charts.append(_steps(endings, words, look))
    if found.reasons:
        reasons = found.reasons[: look.rows]
        has_several = len({each.stage.id for each in found.reasons}) > 1
        names = [
            (each.text or words.say("not_said")) + (f" · {each.stage.title}" if has_several else "")
            for each in reasons
        ]
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


def _steps(endings: Sequence[Ending], words: Wording, look: Look) -> Chart:
    titles, parts, said = [], [], []
    for (_, title), of_step in groupby(endings, key=lambda each: (each.step, each.title)):
        row = list(of_step)
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
    """In the order of the file; what the engine gives by itself has the same colour in every step."""
    named, several, parts = 0, look.palette.several, []
    for each in row:
        color = several[_BUILT_IN[each.outcome]] if each.outcome in _BUILT_IN else several[_NAMED[named % 4]]
        named += each.outcome not in _BUILT_IN
        label = f"{each.outcome_title} {share(each.share, words.language)}"
        parts.append(
            Part(f"{each.step}/{each.outcome}", color, each.count, label, share(each.share, words.language))
        )
    return parts


#: Places in `Palette.several`: of outcomes that the file names, in its order, and of those of the engine.
_NAMED = (0, 2, 1, 4)
_BUILT_IN: Mapping[str, int] = {"postponed": 3, "timeout": 5, "rejected": 5, "unspecified": 6, "cancelled": 7}
