"""What can be wrong, where it is, and how it is explained.

Order: width, rules, diagnostic, explanation.
"""
