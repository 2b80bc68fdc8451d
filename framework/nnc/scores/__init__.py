"""Scores of few terms from rows of data, proved to be the best where their terms are few.

`columns` of rows become candidate `Term`s; `search` finds cards, `proof` bounds every choice of
terms, and `fitting` brings it together: a `Fit`, with the network that `documents` makes, of as
many terms as `selection` chooses. Numbers that one `neuron` leaves open are searched by
`branching`, within their `demands`.

Order: columns, cells, goals, search, proof, odds, local, documents, fitting, selection, demands,
branching, neuron, report, answer, command.
"""
