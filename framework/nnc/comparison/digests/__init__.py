"""Digests of a network: of its structure, and of its behaviour; docs/digest.md defines both.

Another program can compute them from that page alone. A definition never changes: another one
would get another number in its first line.

Order: numbers, structure, behaviour.
"""

from nnc.comparison.digests.behaviour import MOST_ROWS, behaviour_digest
from nnc.comparison.digests.structure import structure_digest

__all__ = ["MOST_ROWS", "behaviour_digest", "structure_digest"]
