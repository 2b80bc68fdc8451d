"""A network, a run or a change as a picture.

Order: graphics, elements, overview, forms, displays, drawings, charts, chart_settings, pictures,
draw, page, view.
"""
