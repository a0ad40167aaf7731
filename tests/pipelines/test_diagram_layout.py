"""The picture on paper: nothing lies on anything else, and every way begins and ends at a stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.definition import Definition
from pipelines.diagram.boxes import STYLES, WIDTH, Label
from pipelines.diagram.build import diagram_of
from pipelines.diagram.layout import Placed, Scene, lay_out
from pipelines.diagram.measure import width_of, wrap
from pipelines.diagram.model import Diagram, StepBox
from pipelines.diagram.rails import rail_of
from pipelines.diagram.tracks import Route
from pipelines.library import load_shipped, shipped_names
from tests.pipelines.crm import texts


class Area(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Area) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def area(placed: Placed) -> Area:
    return Area(placed.x, placed.y, placed.x + WIDTH, placed.y + placed.box.height)


def areas(scene: Scene) -> Iterator[Area]:
    yield from map(area, scene.stages)
    for each in scene.starts:
        yield Area(each.x, each.y, each.x + WIDTH, each.y + each.height)
    for note in scene.notes:
        yield Area(note.x, note.y, note.x + note.width, note.y + note.height)


def labels(scene: Scene) -> Iterator[tuple[Label, float]]:
    """Every text, with the right edge that it must not cross."""
    for placed in scene.stages:
        yield from ((label, WIDTH) for label in placed.box.labels)
        for card in placed.box.cards:
            yield from ((label, card.x + card.width) for label in card.labels)
    for note in scene.notes:
        yield from ((label, note.width) for label in note.labels)


def crosses(area: Area, route: Route) -> bool:
    """True when a line goes through the inside of an area."""
    inside = Area(area.left + 1, area.top + 1, area.right - 1, area.bottom - 1)
    return any(
        inside.meets(Area(min(x, to_x) - 0.01, min(y, to_y) - 0.01, max(x, to_x) + 0.01, max(y, to_y) + 0.01))
        for (x, y), (to_x, to_y) in pairwise(route.points)
    )


def is_on_border(point: tuple[float, float], area: Area) -> bool:
    x, y = point
    is_beside = x in (area.left, area.right) and area.top <= y <= area.bottom
    return is_beside or (y in (area.top, area.bottom) and area.left <= x <= area.right)


def check(diagram: Diagram) -> Scene:
    scene = lay_out(diagram)
    page = Area(0, 0, scene.width, scene.height)
    for each in areas(scene):
        assert page.left <= each.left
        assert page.top <= each.top
        assert each.right <= page.right
        assert each.bottom <= page.bottom
    for one, other in combinations(areas(scene), 2):
        assert not one.meets(other)
    check_cards(scene)
    for label, right in labels(scene):
        style = STYLES[label.style]
        assert label.x + width_of(label.text, style.size, is_bold=style.is_bold) <= right
    check_routes(diagram, scene)
    return scene


def check_cards(scene: Scene) -> None:
    for placed in scene.stages:
        cards = [Area(each.x, each.y, each.x + each.width, each.y + each.height) for each in placed.box.cards]
        assert all(each.right <= WIDTH and each.bottom <= placed.box.height for each in cards)
        assert not any(one.meets(other) for one, other in combinations(cards, 2))
        assert [card.step.id for card in placed.box.cards] == [step.id for step in placed.box.stage.steps]


def check_routes(diagram: Diagram, scene: Scene) -> None:
    placed = {each.box.stage.id: area(each) for each in scene.stages}
    assert sorted(map(str, (route.edge for route in scene.routes))) == sorted(map(str, diagram.edges))
    signs = [Area(each.x, each.y, each.x + WIDTH, each.y + each.height) for each in scene.starts]
    for route in scene.routes:
        assert route.points[0][0] == placed[route.edge.source].right
        assert is_on_border(route.points[0], placed[route.edge.source])
        assert is_on_border(route.points[-1], placed[route.edge.target])
        assert all(x == to_x or y == to_y for (x, y), (to_x, to_y) in pairwise(route.points))
        assert all(0 < x < scene.width and 0 < y < scene.height for x, y in route.points)
        assert not any(crosses(each, route) for each in (*placed.values(), *signs))


@pytest.mark.parametrize("name", shipped_names())
@pytest.mark.parametrize("language", ["en", "ru"])
def test_shipped_pipelines_are_laid_out_cleanly(name: str, language: Any) -> None:
    scene = check(diagram_of(load_shipped(name), language))
    assert 0.9 < scene.width / scene.height < 3


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """Any stages, steps and ways between them; names as long as they like."""
    stages = [f"s{number}" for number in range(draw(st.integers(1, 12)))]
    stage = st.sampled_from(stages)
    title = st.text("Wiш .→", min_size=1, max_size=60)
    return texts(
        {
            "id": "any",
            "title": draw(title),
            "entity": "deal",
            "strict": draw(st.booleans()),
            "entries": [{"stage": draw(stage)} for _ in range(draw(st.integers(0, 2)))],
            "stages": [
                {
                    "id": each,
                    "title": draw(title),
                    "status": draw(st.sampled_from(["open", "open", "won", "lost", "archived"])),
                    "steps": _steps(draw, each, stage, title),
                    "next": draw(
                        st.none() | stage | st.fixed_dictionaries({"choose": st.lists(stage, min_size=1)})
                    ),
                }
                for each in stages
            ],
            "transitions": [
                {"from": [draw(stage)], "to": draw(stage), "name": draw(title)}
                for _ in range(draw(st.integers(0, 6)))
            ],
        }
    )


def _steps(draw: st.DrawFn, stage_id: str, stage: Any, title: Any) -> list[dict[str, Any]]:
    names = [f"{stage_id}_{number}" for number in range(draw(st.integers(0, 4)))]
    return [
        {
            "id": name,
            "task": {"title": draw(title)},
            "after": draw(st.none() | st.lists(st.sampled_from(names), max_size=2, unique=True)),
            "outcomes": [
                {"id": "a", "title": draw(title), "move": draw(stage)},
                {"id": "b", "title": draw(title), "go": draw(st.sampled_from(names))},
            ][: draw(st.integers(0, 2))],
        }
        for name in names
    ]


@given(definitions())
@settings(max_examples=40, deadline=None)
def test_any_pipeline_is_laid_out_cleanly(definition: Definition) -> None:
    check(diagram_of(definition, "en"))


def test_the_same_pipeline_gives_the_same_picture() -> None:
    diagram = diagram_of(load_shipped("corporate_sale"), "ru")
    assert lay_out(diagram) == lay_out(diagram)


# --- rails --------------------------------------------------------------------------------------------------


def steps(*before: Sequence[int]) -> list[StepBox]:
    return [
        StepBox(f"s{number}", "", "task", before=tuple(f"s{each}" for each in parents))
        for number, parents in enumerate(before)
    ]


def test_steps_one_after_the_other_share_a_lane() -> None:
    assert rail_of(steps([], [0], [1])).lanes == (0, 0, 0)


def test_a_branch_gets_a_lane_of_its_own_and_joins_again() -> None:
    rail = rail_of(steps([], [0], [0], [1, 2], [3]))
    assert rail.lanes == (0, 0, 1, 0, 0)
    assert len(rail.links) == 5


@given(st.lists(st.lists(st.integers(0, 6), max_size=3, unique=True), min_size=1, max_size=8))
def test_no_line_runs_through_a_step_that_it_does_not_belong_to(wanted: list[list[int]]) -> None:
    before = [[each for each in parents if each < number] for number, parents in enumerate(wanted)]
    rail = rail_of(steps(*before))
    for link in rail.links:
        assert link.source in before[link.target]
        assert link.lane not in rail.lanes[link.source + 1 : link.target]
    for number, parents in enumerate(before):
        led = {link.source for link in rail.links if link.target == number}
        assert all(
            parent in led or any(parent in _all_before(before, each) for each in led) for parent in parents
        )


def _all_before(before: list[list[int]], step: int) -> set[int]:
    return {step}.union(*(_all_before(before, each) for each in before[step]))


# --- measuring ----------------------------------------------------------------------------------------------


@given(st.text(max_size=200), st.integers(1, 5))
def test_lines_fit_and_lose_nothing_without_saying_so(text: str, most: int) -> None:
    lines = wrap(text, 120, 12, most=most)
    assert len(lines) <= most
    assert all(width_of(line, 12) <= 120 for line in lines)
    if not lines[-1].endswith("…"):
        assert "".join(lines).replace(" ", "") == "".join(text.split())
