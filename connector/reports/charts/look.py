"""How charts look: one palette for light and for dark paper, told apart by everybody, and two widths.

The colours of statuses are those of Okabe and Ito, lightened or darkened until they stand out from the paper.
Colour never stands alone: what it says is written beside it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Theme = Literal["light", "dark"]
Width = Literal["wide", "narrow"]

#: What is there first is used when the page is read; PNG are drawn with what the machine has of it.
FONT = "Segoe UI, Roboto, Noto Sans, Liberation Sans, DejaVu Sans, Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one paper."""

    paper: str
    #: Text, quieter text, lines of the grid.
    ink: str
    faint: str
    grid: str
    #: What is counted, when nothing tells it apart; the same, behind something.
    plain: str
    pale: str
    #: What somebody must look at.
    alarm: str
    statuses: Mapping[str, str]
    #: Groups without a meaning of their own, in this order.
    several: tuple[str, ...]
    #: From few to many.
    ramp: tuple[str, ...]


_LIGHT = Palette(
    paper="#ffffff",
    ink="#1d2125",
    faint="#5b6168",
    grid="#e4e8ec",
    plain="#0072b2",
    pale="#c9deee",
    alarm="#c2410c",
    statuses={"open": "#0072b2", "won": "#007d5c", "lost": "#c2410c", "archived": "#77828c"},
    several=("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6d31", "#77828c"),
    ramp=("#f2f7fb", "#c9deee", "#8fbcdd", "#4a91c4", "#0c609b", "#063a63"),
)
_DARK = Palette(
    paper="#1e2125",
    ink="#e8e9ea",
    faint="#a5acb4",
    grid="#363b41",
    plain="#5aaee0",
    pale="#2c4a61",
    alarm="#ff8a4c",
    statuses={"open": "#5aaee0", "won": "#3fc79a", "lost": "#ff8a4c", "archived": "#8b96a1"},
    several=("#5aaee0", "#f0b429", "#3fc79a", "#e29cc4", "#9bd3f5", "#ff8a4c", "#c9a45c", "#8b96a1"),
    ramp=("#262c33", "#24415a", "#25597d", "#2f7fb2", "#62b0e0", "#b9e0fa"),
)
_PALETTES: Mapping[Theme, Palette] = {"light": _LIGHT, "dark": _DARK}
_PIXELS: Mapping[Width, int] = {"wide": 1160, "narrow": 340}


@dataclass(frozen=True, slots=True)
class Look:
    """On which paper, and how wide: `wide` for a page of 1440, `narrow` for one of 360 pixels.

    `is_alone`: a picture in a letter or a file, which has its own paper and bears its title.
    """

    theme: Theme = "light"
    width: Width = "wide"
    is_alone: bool = False

    @property
    def palette(self) -> Palette:
        return _PALETTES[self.theme]

    @property
    def pixels(self) -> int:
        """The width of the whole picture."""
        return _PIXELS[self.width]

    @property
    def rows(self) -> int:
        """How many people, or reasons, are shown: those with most. The table has the rest."""
        return 15 if self.is_narrow else 25

    @property
    def is_narrow(self) -> bool:
        return self.width == "narrow"
