"""Document -> Extended: an overlay with the file that it extends.

The values of the files are merged as they are written; what they mean is judged later, and told
at its place in the file that wrote it.

Order: merging, extended.
"""

from nnc.language.overlays.extended import Extended, extend

__all__ = ["Extended", "extend"]
