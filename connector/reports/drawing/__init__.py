"""Drawing: Vega-Lite specifications to pictures, in this process or in one of its own.

Apart from the charts, and without the rest of the product: the process that draws is there in half a second.
"""
