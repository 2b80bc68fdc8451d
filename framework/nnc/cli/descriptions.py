"""Descriptions of the keys of reports that are typed dicts; records describe their own fields."""

DESCRIPTIONS = {
    "format_version": "The version of this form of output: 1.",
    "nnc_version": "The version of nnc that wrote it.",
}
_IN_A_FIT = {
    "label": "The column that is predicted.",
    "positive": "Its value that counts as 1.",
    "goal": "What is best: `loss`, `accuracy` or `auc`.",
    "cards": "The scores that are best, the best first.",
    "proof": "What is known about the best.",
    "network": "The best score as a network file.",
    "diagnostics": "What is to be known of the rows.",
    "terms": "The terms that have points.",
    "threshold": "From how many points on the output is 1.",
    "risks": "The risk at each number of points.",
    "train": "How good it is in the rows that it was learnt from.",
    "test": "How good it is in the rows for the test.",
    "term": "The term, as people read it.",
    "column": "The column of the rows.",
    "input": "The input of the network.",
    "cut": "From which number on it holds; null for others.",
    "value": "Which value of a choice it is; null for others.",
    "points": "How many points it has; or a number of points.",
    "risk": "The share of rows that are 1, by the odds that fit best.",
    "rows": "How many rows there are.",
    "ones": "How many of them are 1.",
    "loss": "The mean logarithmic loss.",
    "baseline": "The constant that is right in more of these rows.",
    "always": "The constant: 0 or 1.",
    "accuracy": "The share of rows that are judged rightly.",
    "auc": "The share of pairs of a 1 and a 0 that the points order rightly.",
    "hits": "The rows that are 1 and judged so.",
    "misses": "The rows that are 1 and judged 0.",
    "false_alarms": "The rows that are 0 and judged 1.",
    "status": "`proved`, `searched` or `stopped`.",
    "choices": "How many choices of terms there are.",
    "bounded": "How many of them were bounded.",
    "examined": "How many of them no bound excluded.",
    "bound": "A value that no score of so many terms is below: the loss or cost of all rows, or "
    "twice the pairs in the wrong order.",
}
"""The descriptions of the keys of a fit."""
IN_REPORTS = {"fit": _IN_A_FIT}
