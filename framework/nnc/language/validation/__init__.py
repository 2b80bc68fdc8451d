"""Document -> Network, or every problem in it at once.

pydantic checks keys, kinds and values; here its errors become diagnostics: one for each mistake,
in our words. What concerns several declarations (names, wiring) is the graph's business.

Order: wording, validation.
"""

from nnc.language.validation.validation import Validated, read_network, validate

__all__ = ["Validated", "read_network", "validate"]
