"""Scores of few terms from rows of data, proved to be the best where their terms are few.

Rows become a `Table`, its columns candidate `Term`s; `search` finds cards, `proof` bounds every
choice of terms, and `fitting` brings it together: a `Fit`, with the network that `documents` makes.
Numbers that one `neuron` leaves open are searched by `branching`, within their `demands`.

Order: table, terms, labels, cells, goals, search, proof, odds, local, documents, fitting, demands,
branching, neuron, report, answer, command.
"""
