"""What may be written: text -> Document -> Network, and back to the one text of it.

Order: firing, document, keys, references, readers, network, named_files, library, overlays,
validation, formatting, ignores, fixes, canonical.
"""
