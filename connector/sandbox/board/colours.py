"""Colours of stages, as a style sheet: the strict policy of the pages allows no colour inside them."""

from __future__ import annotations

import re

from connector.sandbox.portal import SandboxPortal

_HEX = re.compile(r"#[0-9a-f]{6}")
_PLAIN = "#9aa5b1"
_DARK, _LIGHT = "#0f1c2b", "#ffffff"


def colour_class(colour: str) -> str:
    """The class that gives an element `--stage` and `--on-stage`."""
    return f"c-{_known(colour)[1:]}"


def stylesheet(portal: SandboxPortal) -> str:
    """One rule for each colour that a stage of the portal has."""
    colours = {_known(status.color) for status in portal.crm.stages.statuses.values()} | {_PLAIN}
    return "\n".join(
        f".{colour_class(each)}{{--stage:{each};--on-stage:{_on(each)}}}" for each in sorted(colours)
    )


def _known(colour: str) -> str:
    """A colour in six digits; what is none gets the plain one, for it comes from clients."""
    lower = colour.strip().lower()
    return lower if _HEX.fullmatch(lower) else _PLAIN


def _on(colour: str) -> str:
    """Whichever of dark and light can be read on a colour better (WCAG 2.2, relative luminance)."""
    light = _luminance(colour)
    on_dark = (light + 0.05) / (_luminance(_DARK) + 0.05)
    on_light = (_luminance(_LIGHT) + 0.05) / (light + 0.05)
    return _DARK if on_dark >= on_light else _LIGHT


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
