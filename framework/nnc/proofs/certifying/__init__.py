"""Networks and a claim that is proved -> the lines of a certificate.

The checker's own code reads the claim, so that both mean the same; the engines of the other
provers find how to show it.

Order: recording, tracing, showing, writing.
"""

from nnc.proofs.certifying.writing import (
    Certificate,
    NamedNetwork,
    certify_equality,
    certify_property,
)

__all__ = ["Certificate", "NamedNetwork", "certify_equality", "certify_property"]
