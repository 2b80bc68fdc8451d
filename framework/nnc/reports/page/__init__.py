"""A network as a page of HTML that evaluates it.

Order: page.
"""

from nnc.reports.page.page import network_page, starting_batch

__all__ = ["network_page", "starting_batch"]
