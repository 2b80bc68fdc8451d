"""Scorecards and rules with scores -> networks: points of bins, added up and compared.

Order: cards, points, spamassassin.
"""
