"""A network, a run or a change as a picture.

Order: shapes, heatmaps, model, layout, wording, tables, scales, cards, arrangement, svg, layers,
run, wires, declared, changes, overview, forms, displays, drawings, charts, chart_settings,
pictures, draw, page, view.
"""
