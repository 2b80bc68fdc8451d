"""Networks in the files of other tools.

Order: programs, exporting, importing, checking, exports, export, imports, import_.
"""
