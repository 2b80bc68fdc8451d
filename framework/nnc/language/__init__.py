"""The file format: text -> Document -> Network, and back to its one text.

Order: ranges, firing, outline, document, keys, references, mentions, mistakes, readers, weights,
network, named_files, library, inheritance, overlays, validation, composing, formatting,
ignores, fixes, canonical.
"""
