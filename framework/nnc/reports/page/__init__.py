"""A network as a page of HTML that evaluates it.

Order: numbers, pictures, page.
"""

from nnc.reports.page.page import (
    Before,
    PageRow,
    PageSettings,
    input_texts,
    network_page,
    starting_batch,
)

__all__ = [
    "Before",
    "PageRow",
    "PageSettings",
    "input_texts",
    "network_page",
    "starting_batch",
]
