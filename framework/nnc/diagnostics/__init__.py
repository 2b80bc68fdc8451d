"""Diagnostics: their rules, locations and explanations.

Order: rules, diagnostic, explanation.
"""
