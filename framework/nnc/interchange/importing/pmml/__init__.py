"""Models of PMML -> networks.

Scorecards of one field each become one neuron of steps; every other model becomes cut-offs, leaves
or rules, and sums of these.

Order: fields, conditions, terms, scorecards, results, models, reading.
"""
