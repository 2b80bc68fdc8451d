"""Scores of few terms from rows of data, proved optimal if they have few terms.

`columns` of rows become candidate `Term`s; `search` finds cards, `proof` bounds every choice of
terms, and `fitting` combines them into a `Fit`, with a network by `documents` and a number of terms
by `selection`. The open numbers of a `neuron` are searched by `branching`, within `demands`.

Order: columns, cells, goals, search, proof, odds, local, documents, fitting, selection, demands,
branching, neuron, report, answer, command.
"""
