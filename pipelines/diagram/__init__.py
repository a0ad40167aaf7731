"""The drawing room: a definition, and where one item stands in it, as a picture. Pure text in, text out.

`diagram_of` makes a small graph model in one language, `to_mermaid` and `to_svg` write it down. It decides
nothing about a process and reads no file.
"""

from pipelines.diagram.model import Diagram
from pipelines.diagram.standing import Standing, standing_of

__all__ = ["Diagram", "Standing", "standing_of"]
