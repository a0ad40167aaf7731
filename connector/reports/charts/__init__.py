"""Charts of the figures: Vega-Lite specifications, and pictures of them as SVG and PNG.

The page, the mailed report and the file show the same picture, because they ask here. A chart shows the same
numbers as the table that it names, and says in words what is to be seen. It knows nothing of HTTP and files.
"""

from connector.reports.charts.chart import Chart
from connector.reports.charts.look import Look, Theme, Width
from connector.reports.charts.sections import charts_of
from connector.reports.charts.studio import CannotDraw, Stopped, Studio

__all__ = ["CannotDraw", "Chart", "Look", "Stopped", "Studio", "Theme", "Width", "charts_of"]
