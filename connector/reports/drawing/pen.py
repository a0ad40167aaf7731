"""Vega-Lite to SVG and PNG, in this process. No request leaves it.

The library holds Python's lock while it draws: a program that answers others meanwhile uses the `Studio`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from connector.reports.drawing.locales import dates_of, numbers_of

if TYPE_CHECKING:
    from pipelines.engine.model import Language

Form = Literal["svg", "png"]
#: Of all that the library can draw, the version that the specifications are written for.
_VERSION = "6.4"


def draw(spec: Mapping[str, Any], language: Language, form: Form, scale: float = 1) -> bytes:
    """The picture of a specification; `scale` is that of PNG, 2 for fine screens and paper.

    ValueError if it is no specification.
    """
    # Loading it takes half a second: only those who draw pay for it.
    import vl_convert

    numbers, dates = _numbers(language), _dates(language)
    if form == "svg":
        svg = vl_convert.vegalite_to_svg(
            dict(spec), _VERSION, allowed_base_urls=[], format_locale=numbers, time_format_locale=dates
        )
        return svg.encode()
    return vl_convert.vegalite_to_png(
        dict(spec), _VERSION, scale, allowed_base_urls=[], format_locale=numbers, time_format_locale=dates
    )


_numbers, _dates = cache(numbers_of), cache(dates_of)
