"""What can be wrong, where it is, and how it is explained.

Order: rules, diagnostic, explanation.
"""
