"""A picture, the places of its boxes and wires, and its drawing as SVG.

Order: shapes, heatmaps, model, layout, wording, tables, scales, cards, svg.
"""
