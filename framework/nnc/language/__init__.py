"""The file format: text -> Document -> Network, and back to its one text.

Order: ranges, firing, document, keys, references, mentions, mistakes, readers, weights, network,
library, inheritance, overlays, validation, composing, formatting, ignores, fixes, canonical.
"""
