"""Networks in the files of other tools.

Order: programs, exporting, checking, importing, exports, export, imports, import_.
"""
