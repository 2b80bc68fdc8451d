"""What may be written: text -> Document -> Network, and back to the one text of it.

Order: document, keys, references, firing, readers, network, named_files, library, overlays,
validation, formatting, ignores, canonical.
"""
