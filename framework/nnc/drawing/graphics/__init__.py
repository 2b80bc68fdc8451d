"""A picture, the positions of its boxes and wires, and its drawing as SVG.

Order: shapes, model, layout, tables, cards, svg.
"""
