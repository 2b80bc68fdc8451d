"""Networks and a claim that is proved -> the lines of a certificate.

What is to be shown is read by the checker's own code, so that both mean the same; how it is shown
is found by the engines of the other provers.

Order: recording, tracing, showing, writing.
"""

from nnc.proofs.certifying.writing import (
    Certificate,
    NamedNetwork,
    certify_equality,
    certify_property,
)

__all__ = ["Certificate", "NamedNetwork", "certify_equality", "certify_property"]
