"""The file format: text -> Document -> Network, and back to its one text.

Order: ranges, firing, document, keys, references, mentions, mistakes, readers, network, library,
inheritance, overlays, validation, formatting, fixes, canonical.
"""
