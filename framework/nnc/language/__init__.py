"""What may be written: text -> Document -> Network, and back to the one text of it.

Order: firing, document, keys, references, readers, value_sets, network, named_files, library,
overlays, validation, formatting, ignores, fixes, canonical.
"""
