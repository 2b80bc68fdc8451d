"""What may be written: text -> Document -> Network, and back to the one text of it.

Order: ranges, firing, document, keys, references, mistakes, readers, weights, value_sets,
network, named_files, library, inheritance, overlays, validation, composing, formatting, ignores,
fixes, canonical.
"""
