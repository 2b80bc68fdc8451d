"""A network as a page of HTML that evaluates it.

Order: numbers, pictures, page, views.
"""

from nnc.drawing.page.page import (
    PageRow,
    PageSettings,
    comparison_page,
    first_batch,
    input_texts,
    network_page,
    starting_batch,
)

__all__ = [
    "PageRow",
    "PageSettings",
    "comparison_page",
    "first_batch",
    "input_texts",
    "network_page",
    "starting_batch",
]
