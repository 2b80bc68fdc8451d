"""A network, a run or a change as a picture.

Order: graphics, elements, drawings, pictures, draw, page, view.
"""
