"""The drawing room: a definition, and where one item stands in it, as a picture. Pure: no file, no clock.

`diagram_of` makes a small graph model in one language, `to_mermaid` and `to_svg` write it down. It decides
nothing about a process: what a move would come to is asked of the engine's gates.
"""

from pipelines.diagram.build import diagram_of
from pipelines.diagram.looks import Theme
from pipelines.diagram.mermaid import to_mermaid
from pipelines.diagram.model import Diagram
from pipelines.diagram.standing import Standing, standing_of
from pipelines.diagram.svg import to_svg

__all__ = ["Diagram", "Standing", "Theme", "diagram_of", "standing_of", "to_mermaid", "to_svg"]
