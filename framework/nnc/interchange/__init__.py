"""Networks in the files of other tools.

Order: exporting, checking, importing.
"""
