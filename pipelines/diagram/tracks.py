"""Ways between stages on a grid: lanes in the gutters, tracks in the channels, a trunk at the left.

A way leaves its stage on the right, goes up or down a lane of the gutter there, and along a track of a
channel to the stage that it leads to, which it enters from above; into the next stage of its row it goes
straight. Ways from one stage to the same other share a lane, ways to one stage share a track.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from pipelines.diagram.boxes import DOOR, WIDTH, Box, Port
from pipelines.diagram.model import Edge

LANE = 9.0
TRACK = 10.0
#: Room between a box and the first lane or track.
CLEAR = 16.0
#: Where a way comes in from above, from the left side of the box.
DROP = WIDTH * 0.64

Point = tuple[float, float]
Turn = Literal["straight", "up", "down"]


class Slot(NamedTuple):
    """A place on the grid."""

    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Route:
    """A way on paper, from the port to the stage."""

    edge: Edge
    points: tuple[Point, ...]


@dataclass(slots=True)
class Bundle:
    """All ways from one stage to the same other."""

    source: Slot
    target_id: str
    target: Slot
    ports: list[Port] = field(default_factory=list)
    lane: int = 0

    @property
    def turn(self) -> Turn:
        if self.target == (self.source.row, self.source.column + 1):
            return "straight"
        return "down" if self.target.row > self.source.row else "up"

    @property
    def channel(self) -> int:
        """The channel that its lane leads to; channel n is above row n."""
        return self.source.row + (self.turn == "down")

    @property
    def needs_trunk(self) -> bool:
        return self.turn != "straight" and self.channel != self.target.row

    @property
    def reach(self) -> tuple[int, float]:
        """Short ways lie nearest to their stage, the straight one farthest: so the fewest cross."""
        heights = [port.y for port in self.ports]
        order = {"up": (0, max(heights)), "down": (1, min(heights)), "straight": (2, 0.0)}
        return order[self.turn]


@dataclass(slots=True)
class Bus:
    """What ways to one stage share in a channel: a track from `left` to `right`."""

    channel: int
    target_id: str
    left: float
    right: float
    track: int = 0


class Tracks:
    """All ways of a picture. Ask for the widths first, then tell the places, then take the routes."""

    def __init__(self, rows: Sequence[Sequence[Box]]) -> None:
        self._rows = rows
        self._slots = {
            box.stage.id: Slot(row, column)
            for row, line in enumerate(rows)
            for column, box in enumerate(line)
        }
        self._bundles = [bundle for line in rows for box in line for bundle in self._bundles_of(box)]
        self._trunks = list(dict.fromkeys(each.target_id for each in self._bundles if each.needs_trunk))
        self._buses: dict[tuple[int, str], Bus] = {}
        self._xs: Sequence[float] = ()

    def _bundles_of(self, box: Box) -> list[Bundle]:
        bundles: dict[str, Bundle] = {}
        for port in box.ports:
            target = port.edge.target
            if target not in bundles:
                bundles[target] = Bundle(self._slots[box.stage.id], target, self._slots[target])
            bundles[target].ports.append(port)
        ordered = sorted(bundles.values(), key=lambda bundle: bundle.reach)
        for lane, bundle in enumerate(ordered):
            bundle.lane = lane
        return ordered

    # --- how much room they need

    def gutter_width(self, column: int) -> float:
        """Of the gutter at the right of a column."""
        lanes = [each.lane + 1 for each in self._bundles if each.source.column == column]
        return 2 * CLEAR + LANE * max(0, max(lanes, default=0) - 1)

    @property
    def trunk_width(self) -> float:
        return CLEAR + LANE * len(self._trunks) if self._trunks else 0.0

    def place_columns(self, xs: Sequence[float]) -> None:
        """The left edge of each column is known: give every bus its track."""
        self._xs = xs
        for bundle in self._bundles:
            if bundle.turn != "straight":
                self._stretch(bundle.channel, bundle.target_id, self._lane_x(bundle))
                self._stretch(bundle.target.row, bundle.target_id, self._drop_x(bundle.target))
            if bundle.needs_trunk:
                for channel in (bundle.channel, bundle.target.row):
                    self._stretch(channel, bundle.target_id, self._trunk_x(bundle.target_id))
        for channel in range(len(self._rows)):
            _allot(bus for bus in self._buses.values() if bus.channel == channel)

    def channel_height(self, channel: int) -> float:
        """Of the channel above a row."""
        tracks = [bus.track + 1 for bus in self._buses.values() if bus.channel == channel]
        return 2 * CLEAR + TRACK * max(0, max(tracks, default=0) - 1)

    def _stretch(self, channel: int, target: str, x: float) -> None:
        bus = self._buses.setdefault((channel, target), Bus(channel, target, x, x))
        bus.left, bus.right = min(bus.left, x), max(bus.right, x)

    def _lane_x(self, bundle: Bundle) -> float:
        return self._xs[bundle.source.column] + WIDTH + CLEAR + LANE * bundle.lane

    def _drop_x(self, slot: Slot) -> float:
        return self._xs[slot.column] + DROP

    def _trunk_x(self, target: str) -> float:
        return self._xs[0] - CLEAR - LANE * self._trunks.index(target)

    # --- where they run

    def routes(self, tops: Sequence[float]) -> list[Route]:
        """Every way; `tops` are the upper edges of the rows."""
        return [
            Route(port.edge, tuple(self._points(bundle, port, tops)))
            for bundle in self._bundles
            for port in bundle.ports
        ]

    def _points(self, bundle: Bundle, port: Port, tops: Sequence[float]) -> list[Point]:
        row, column = bundle.source
        lane, y = self._lane_x(bundle), tops[row] + port.y
        start = [(self._xs[column] + WIDTH, y), (lane, y)]
        if bundle.turn == "straight":
            door = tops[row] + DOOR
            return [*start, (lane, door), (self._xs[column + 1], door)]
        track, drop = self._track_y(bundle.channel, bundle.target_id, tops), self._drop_x(bundle.target)
        over = [(lane, track)]
        if bundle.needs_trunk:
            trunk, last = self._trunk_x(bundle.target_id), bundle.target.row
            track_there = self._track_y(last, bundle.target_id, tops)
            over += [(trunk, track), (trunk, track_there)]
            track = track_there
        return [*start, *over, (drop, track), (drop, tops[bundle.target.row])]

    def _track_y(self, channel: int, target: str, tops: Sequence[float]) -> float:
        return tops[channel] - CLEAR - TRACK * self._buses[channel, target].track


def _allot(buses: Iterable[Bus]) -> None:
    """Short ones lie nearest to the stages; two of which one ends before the other begins share a track."""
    tracks: list[list[Bus]] = []
    for bus in sorted(buses, key=lambda each: (each.right - each.left, each.left)):
        free = (number for number, there in enumerate(tracks) if not any(_overlap(bus, one) for one in there))
        bus.track = next(free, len(tracks))
        if bus.track == len(tracks):
            tracks.append([])
        tracks[bus.track].append(bus)


def _overlap(one: Bus, other: Bus) -> bool:
    return one.left - LANE < other.right and other.left - LANE < one.right
