"""Networks in the files of other tools.

Order: programs, languages, exporting, importing, checking, checks, exports, export, imports,
import_.
"""
