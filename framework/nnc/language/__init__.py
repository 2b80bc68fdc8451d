"""What may be written: text -> Document -> Network, and back to the one text of it.

Order: document, keys, references, firing, readers, network, library, overlays, validation,
formatting, ignores, named_files, canonical.
"""
