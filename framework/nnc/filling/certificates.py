"""A certificate: the numbers, or why there are none, for another program to check.

Whoever reads it needs nothing of nnc but the format of networks. Signals are written as sources
are, blanks by their paths, and cases are counted from 0 as they stand in the file and its case
files. A proof for a neuron is what cases ask of its blanks, each as a sum that is above 0 or at
least 0, with the factors that make all of them add up to what is false. A proof for a network is
clauses over what neurons say in each case, the reason of each, and lemmas which unit propagation
confirms, down to the empty one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import KeyPath
from nnc.filling.counting import Crowd
from nnc.filling.formula import Reason, Refutation, Values
from nnc.filling.outcomes import Clash, Coarse, Exhausted, Fixed, Outcome, Request
from nnc.filling.questions import Question
from nnc.filling.separable import Contradiction
from nnc.filling.skeleton import Condition
from nnc.numbers.exact import show_number

Record = dict[str, Any]


class Attempt(NamedTuple):
    """What has come of a network with its layers of open size at these sizes."""

    sizes: Mapping[str, int]
    question: Question
    outcome: Outcome


def certificate(
    file: Record,
    request: Request,
    attempts: Iterable[Attempt],
    numbers: Mapping[KeyPath, Any] | None,
) -> str:
    """Return the certificate as JSON; `numbers` by the paths of blanks where they were found.

    `file` names the network, its digests and the range of plain blanks. A search that only CP-SAT
    has ended is named, but nothing of it can be checked.
    """
    tried = [
        {"sizes": dict(attempt.sizes), "proof": _Writing(attempt, request).proof()}
        for attempt in attempts
        if attempt.outcome.proof is not None
    ]
    found = numbers and [
        {"path": list(path), "value": _texts(value)} for path, value in numbers.items()
    ]
    record = {
        "format_version": 1,
        "claim": "impossible" if found is None else "solved",
        **file,
        "decimals": request.decimals,
        "terms": request.terms,
        "impossible": tried,
        "numbers": found,
    }
    is_long = any("lemmas" in each["proof"] for each in tried)
    return json.dumps(record, indent=None if is_long else 1) + "\n"


def _texts(value: Any) -> Any:
    return list(map(_texts, value)) if isinstance(value, tuple) else show_number(value)


class _Writing:
    """The proof of one attempt, in the names of the file."""

    def __init__(self, attempt: Attempt, request: Request) -> None:
        self._question, self._outcome = attempt.question, attempt.outcome
        self._skeleton = attempt.outcome.skeleton
        self._request = request

    def proof(self) -> Record:
        """Return what the proof is made of."""
        proof = self._outcome.proof
        if isinstance(proof, Clash):
            return {"kind": "clash", "rows": self._rows(proof.rows)}
        if isinstance(proof, Fixed):
            return {"kind": "fixed", "row": self._row(proof.row)}
        if isinstance(proof, Coarse):
            return {"kind": "coarse", "blank": self._skeleton.blanks[proof.blank].name}
        if isinstance(proof, Crowd):
            return {
                "kind": "states",
                "neurons": [self._skeleton.cells[c].name for c in proof.cells],
                "states": proof.states,
                "rows": self._rows(proof.rows),
                "past": [self._signal(signal) for signal in proof.past],
            }
        if isinstance(proof, Contradiction):
            margin = {} if proof.for_all else {"margin": self._request.margin}
            return {"kind": "sums", "for_all": proof.for_all, **margin,
                    "conditions": self._conditions(proof)}  # fmt: skip
        if isinstance(proof, Refutation):
            return self._clauses(proof)
        assert isinstance(proof, Exhausted)
        return {"kind": "tried", "by": proof.by}

    def _row(self, row: int) -> int:
        return self._skeleton.rows[row].example

    def _rows(self, rows: Sequence[int]) -> list[int]:
        return [self._row(row) for row in rows]

    def _signal(self, signal: int) -> str:
        """Return how a signal is written; 0 and 1 are the constants."""
        return self._question.names.get(signal, str(signal))

    def _conditions(self, contradiction: Contradiction) -> list[Record]:
        pairs = zip(contradiction.conditions, contradiction.factors, strict=True)
        return [self._condition(condition, times) for condition, times in pairs]

    def _condition(self, condition: Condition, times: int) -> Record:
        """Return a condition: times so much, the sum of factors by blanks and a constant."""
        record: Record = {"times": times}
        if condition.row >= 0:
            record["row"] = self._row(condition.row)
        if condition.cell >= 0:
            record["neuron"] = self._skeleton.cells[condition.cell].name
        if condition.fires is not None:
            signal = self._skeleton.cells[condition.cell].first + condition.output
            record |= {"output": self._signal(signal), "fires": condition.fires}
        blanks = self._skeleton.blanks
        return record | {
            "factors": {blanks[b].name: show_number(f) for b, f in condition.factors.items()},
            "constant": show_number(condition.constant),
            "sign": ">" if condition.is_strict else ">=",
        }

    def _clauses(self, refutation: Refutation) -> Record:
        return {
            "kind": "clauses",
            "variables": {
                str(variable): [self._signal(signal), self._row(row)]
                for variable, (signal, row) in refutation.variables.items()
            },
            "points": self._of_cells(refutation.points),
            "directions": self._of_cells(refutation.directions),
            "clauses": [
                {"literals": list(clause), **self._reason(reason)}
                for clause, reason in refutation.clauses
            ],
            "lemmas": [list(lemma) for lemma in refutation.lemmas],
        }

    def _of_cells(self, meanings: Mapping[int, tuple[int, Values]]) -> Record:
        """Return what variables mean of a neuron: so much for each of its sources, in order."""
        return {
            str(variable): [self._skeleton.cells[c].name, [show_number(v) for v in values]]
            for variable, (c, values) in meanings.items()
        }

    def _reason(self, reason: Reason) -> Record:
        """Return why a clause holds."""
        record: Record = {"why": reason.kind}
        if reason.cell >= 0:
            record["neuron"] = self._skeleton.cells[reason.cell].name
        if reason.source >= 0:
            record["source"] = self._signal(reason.source)
        if reason.kind == "neuron":
            [(row, output)] = reason.factors
            signal = self._skeleton.cells[reason.cell].first + output
            record |= {"row": self._row(row), "output": self._signal(signal)}
        elif reason.contradiction is not None:
            record["conditions"] = self._conditions(reason.contradiction)
        elif reason.factors:
            record["rows"] = [[self._row(row), factor] for row, factor in reason.factors]
        return record
