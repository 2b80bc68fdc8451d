"""Scores of few terms from rows of data, proved to be the best where their terms are few.

Rows become a `Table`, its columns candidate `Term`s; `search` finds cards, `proof` bounds every
choice of terms, and `fitting` brings it together: a `Fit`, with the network that `documents` makes.
Numbers that one `neuron` leaves open are searched by `branching`, within their `demands`.

Order: table, cutoffs, terms, labels, regression, cells, goals, search, proof, baseline, odds,
local, documents, fitting, settings, demands, branching, neuron, report, answer, goal_options,
command.
"""
