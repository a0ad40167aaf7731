"""How the SVG looks: colours for light and dark, and the small signs. No colour says anything alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

FONT = "Arial, 'Liberation Sans', 'Helvetica Neue', Helvetica, Roboto, 'Noto Sans', sans-serif"

_SHARED = """
text{font-family:FONT}
.thin{stroke-width:1}
.stage{stroke-width:1.5}
.archived .stage{stroke-dasharray:7 4}
.lost .stage,.won .stage{stroke-width:2}
.card{stroke-width:1}
.card.wide{stroke-dasharray:4 3}
.rail{fill:none;stroke-width:1.5}
.glyph{fill:none;stroke:#fff;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}
.glyph.solid{fill:#fff;stroke:none}
.mark{fill:none;stroke-width:1.4;stroke-linecap:round;stroke-linejoin:round}
.halo{fill:none;stroke-width:5}
.way{fill:none;stroke-width:1.6;stroke-linejoin:round}
.next{stroke-width:2.6}
.wait{stroke-dasharray:2 3.5;stroke-width:2}
.choice{stroke-dasharray:9 4}
.hand{stroke-dasharray:5 3 1.5 3}
.loop{fill:none;stroke-width:1.3}
.status{letter-spacing:.6px}
.title,.step,.head,.pipeline,.here,.state{font-weight:bold}
.when{font-style:italic}
.number{font-size:9.5px;font-weight:bold;text-anchor:middle;fill:#fff}
.dim{opacity:.4}
.present .stage{stroke-width:4}
.allowed .stage,.flag .stage{stroke-width:3}
.on,.shut{stroke-width:3}
"""

#: What each colour is for, by selector and property: light, dark.
_COLOURS: tuple[tuple[str, str, str, str], ...] = (
    (".paper", "fill", "#ffffff", "#14181f"),
    (".halo", "stroke", "#ffffff", "#14181f"),
    ("text", "fill", "#1c2430", "#e6e9ee"),
    (".meta,.when,.beside,.asked,.status", "fill", "#556070", "#a9b4c2"),
    (".body", "fill", "#f6f8fa", "#1b212b"),
    (".card", "fill", "#ffffff", "#252d39"),
    (".card", "stroke", "#c5ced9", "#46515f"),
    (".rail,.mark,.loop", "stroke", "#66758a", "#93a1b3"),
    (".tip.loop", "fill", "#66758a", "#93a1b3"),
    (".node", "fill", "#52647d", "#6c7f9a"),
    (".badge", "fill", "#3d4859", "#5b6a80"),
    (".start", "fill", "#eef1f5", "#2b3442"),
    (".start,.way.begin", "stroke", "#7b8796", "#8592a3"),
    (".tip.begin", "fill", "#7b8796", "#8592a3"),
    (".open .stage,.way.open", "stroke", "#3f6ea8", "#6fa1e0"),
    (".open .top,.tip.open", "fill", "#dfeaf7", "#22344c"),
    (".won .stage,.way.won", "stroke", "#23824c", "#4cc07c"),
    (".won .top", "fill", "#dbf1e2", "#1c3a29"),
    (".lost .stage,.way.lost", "stroke", "#b8392e", "#ef7d72"),
    (".lost .top", "fill", "#f9e1de", "#472421"),
    (".archived .stage,.way.archived", "stroke", "#a36a10", "#dda64b"),
    (".archived .top", "fill", "#f8ecd2", "#413314"),
    (".tip.open", "fill", "#3f6ea8", "#6fa1e0"),
    (".tip.won", "fill", "#23824c", "#4cc07c"),
    (".tip.lost", "fill", "#b8392e", "#ef7d72"),
    (".tip.archived", "fill", "#a36a10", "#dda64b"),
    (".present .stage,.allowed .stage,.flag .stage,.way.on", "stroke", "#138a3d", "#3ddc7f"),
    (".tip.on", "fill", "#138a3d", "#3ddc7f"),
    (".way.shut", "stroke", "#b07a12", "#d9a441"),
    (".tip.shut", "fill", "#b07a12", "#d9a441"),
    (".way.off", "stroke", "#ccd3dc", "#3a4452"),
    (".tip.off", "fill", "#ccd3dc", "#3a4452"),
    (".present .top,.card.open", "fill", "#c9f2d5", "#17482a"),
    (".card.open", "stroke", "#138a3d", "#3ddc7f"),
    (".present .strip", "fill", "#138a3d", "#1d7a3f"),
    (".present .strip-text .here", "fill", "#ffffff", "#ffffff"),
    (".allowed .strip,.flag .strip", "fill", "#e0f5e7", "#123b23"),
    (".hold .strip,.revert .strip", "fill", "#fbf0d9", "#3c2f12"),
    (".closed .strip", "fill", "#eef1f4", "#20262f"),
    (".closed .strip-text .here", "fill", "#7a8594", "#7f8b9b"),
)

#: Of steps, around (0, 0), five to each side: a path, and whether it is filled.
GLYPHS: Mapping[str, tuple[str, bool]] = {
    "task": ("M-3.6 .2L-1.2 2.9L3.8-3", False),
    "form": ("M-3.4-2.8H3.4M-3.4 0H3.4M-3.4 2.8H.6", False),
    "ask": ("M-2.2-2.2C-2-5 2.6-4.6 2.3-1.9C2.1-.4 0-.3 0 1.4M0 3.9V4", False),
    "wait": ("M0-4.3V0L2.9 1.9", False),
    "approve": ("M-4.6 .4L-2.6 2.8L1.2-2.4M-.4 2.3L.2 2.9L4.4-2.6", False),
    "do": ("M1.2-5L-3.4 1H-.3L-1.2 5L3.4-1H.3Z", True),
}
#: In front of results, around (0, 0).
MARKS: Mapping[str, str] = {
    "on": "M0-.6V.6M-.6 0H.6",
    "go": "M2.6 2.8V-.4A2.4 2.4 0 0 0-2.2-.4V2.2M-4 .6L-2.2 2.6L-.4 .6",
    "again": "M2.8-1.6A3.2 3.2 0 1 0 3.2 .8M3.2-3.6V-1.3H.9",
    "end": "M-2.4-2.4H2.4V2.4H-2.4Z",
    "move": "M-3.6 0H3.4M.8-2.7L3.5 0L.8 2.7",
    "follow_on": "M-3.2 0H3.2M0-3.2V3.2",
}


#: auto: as the reader's system prefers.
Theme = Literal["auto", "light", "dark"]


def style_sheet(sizes: Mapping[str, float], theme: Theme = "auto") -> str:
    """All rules: the light ones, and the dark ones for readers who prefer them, or for all."""
    fonts = "".join(f".{name}{{font-size:{size:g}px}}" for name, size in sizes.items())
    light = "".join(f"{where}{{{what}:{colour}}}" for where, what, colour, _ in _COLOURS)
    dark = "".join(f"{where}{{{what}:{colour}}}" for where, what, _, colour in _COLOURS)
    shared = _SHARED.replace("FONT", FONT)
    colours = {
        "auto": f"{light}\n@media (prefers-color-scheme:dark){{{dark}}}",
        "light": light,
        "dark": dark,
    }
    return f"{shared}{fonts}\n{colours[theme]}\n"
