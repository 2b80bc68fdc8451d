"""Networks in the files of other tools.

Order: exporting, checking, importing, exports, export, imports, import_.
"""
