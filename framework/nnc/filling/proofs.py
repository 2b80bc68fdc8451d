"""Explain why no numbers satisfy the cases, in the terms of the user's rows."""

from __future__ import annotations

from typing import NamedTuple

from nnc.compiler.blanks import format_blank
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label
from nnc.diagnostics.rules import RuleName
from nnc.filling.questions import Example, Question
from nnc.filling.search.counting import Crowd
from nnc.filling.search.outcomes import Clash, Coarse, Exhausted, Fixed, Outcome
from nnc.filling.search.separable import Contradiction
from nnc.filling.search.skeleton import Condition
from nnc.language.network import Open
from nnc.numbers.exact import Number, counted, first_names, show_number

_MOST_ROWS = 12  # of a proof that are named in texts


class Reason(NamedTuple):
    """The reason why no numbers satisfy the cases.

    `message` can be read without context. `rows` are the contradicting cases with their demands,
    `why` explains the contradiction, and `cells` names the neurons. `for_all` is true if the proof
    holds for any bounds and decimals. Without rows, `blank` is the path of the number or neuron.
    """

    message: str
    rows: tuple[tuple[int, str], ...] = ()
    why: str = ""
    cells: tuple[str, ...] = ()
    for_all: bool = True
    is_of_one: bool = False
    blank: KeyPath = ()


def reason_of(question: Question, outcome: Outcome, decimals: int = 0) -> Reason:
    """Return the reason why there are no numbers, in words."""
    proof = outcome.proof
    assert proof is not None
    examples = [row.example for row in outcome.skeleton.rows]
    if isinstance(proof, Clash):
        rows = tuple((examples[r], "the same given") for r in proof.rows)
        return Reason("two cases give the same and expect something else", rows)
    if isinstance(proof, Fixed):
        cell = outcome.skeleton.cells[proof.cell].name if proof.cell >= 0 else ""
        about = f"the numbers of `{cell}`, none of them open," if cell else "the inputs"
        rows = ((examples[proof.row], "expects something else"),)
        return Reason(f"{about} already contradict a case", rows, cells=(cell,) if cell else ())
    if isinstance(proof, Coarse):
        number, blank = question.numbers[proof.blank], outcome.skeleton.blanks[proof.blank]
        fine = "integer" if not decimals else f"number with {counted(decimals, 'decimal')}"
        name = format_blank(number.path)
        return Reason(
            f"no {fine} is within the bounds of `{name}`, {Open(blank.low, blank.high)}",
            for_all=False,
            blank=number.place,
        )
    if isinstance(proof, Contradiction):
        return _of_contradiction(question, outcome, proof, decimals)
    if isinstance(proof, Crowd):
        return _of_crowd(question, outcome, proof)
    if isinstance(proof, Exhausted):
        by = f", proved by {proof.by}" if proof.by else ": every choice was tried"
        why = f"trusted: {proof.by}, whose answer comes without a proof" if proof.by else ""
        message = f"no numbers within the bounds satisfy these cases{by}"
        return Reason(message, why=why, for_all=False, blank=_first_open(question))
    count = counted(len(outcome.skeleton.rows), "case")
    bounds = any(b.low is not None or b.high is not None for b in outcome.skeleton.blanks)
    message = f"no weights and thresholds of this network satisfy these {count}"
    if bounds:
        message = f"no numbers of this network, within their bounds, satisfy these {count}"
    hidden = [cell.name for cell in outcome.skeleton.cells if cell.blanks]
    names = first_names(hidden, quote="`")
    why = f"however {names} fire in the cases, the sums that a neuron needs contradict each other"
    path = _first_open(question)
    return Reason(message, (), why, tuple(hidden), for_all=not bounds, blank=path)


def _first_open(question: Question) -> KeyPath:
    """Return the path of the first neuron or layer with open numbers."""
    return question.numbers[0].place[:2]


def _of_contradiction(
    question: Question, outcome: Outcome, proof: Contradiction, decimals: int
) -> Reason:
    skeleton = outcome.skeleton
    examples = [row.example for row in skeleton.rows]
    conditions = [c for c in proof.conditions if c.row >= 0]
    cells = tuple(dict.fromkeys(skeleton.cells[c.cell].name for c in conditions))
    blanks = [skeleton.blanks[b] for c in proof.conditions for b in c.factors]
    is_bounded = any(b.low is not None or b.high is not None for b in blanks)
    names = first_names(cells, quote="`")
    message = f"no weights and threshold of {names} satisfy these cases"
    fine = "integers" if not decimals else f"numbers with {counted(decimals, 'decimal')}"
    if not proof.for_all:
        within = " within the bounds" if is_bounded else ""
        message = f"no {fine}{within} of {names} satisfy these cases"
    elif is_bounded:
        message = f"no numbers within the bounds of {names} satisfy these cases"
    elif len(skeleton.cells[conditions[0].cell].blanks) < _entries(outcome, conditions[0].cell):
        message = f"no numbers in the place of the blanks of {names} satisfy these cases"
    counts: dict[int, str] = {}
    for condition, times in zip(proof.conditions, proof.factors, strict=True):
        if condition.row >= 0:
            repeated = f", counted {times} times" if times > 1 else ""
            counts.setdefault(examples[condition.row], f"{_asks(outcome, condition)}{repeated}")
    why = _why(question, outcome, proof, "numbers" if proof.for_all else fine)
    return Reason(
        message,
        tuple(sorted(counts.items())),
        why,
        cells,
        proof.for_all and not is_bounded,
        is_of_one=len(cells) == 1,
    )


def _entries(outcome: Outcome, place: int) -> int:
    cell = outcome.skeleton.cells[place]
    return len(cell.weights) + len(cell.thresholds)


def _asks(outcome: Outcome, condition: Condition) -> str:
    cell = outcome.skeleton.cells[condition.cell]
    port = "" if len(cell.thresholds) == 1 else f" threshold {condition.output + 1}"
    if condition.fires is None:
        return f"asks for a sum of `{cell.name}`"
    return f"must fire{port}" if condition.fires else f"must not fire{port}"


def _why(question: Question, outcome: Outcome, proof: Contradiction, fine: str) -> str:
    """Explain the contradiction that the conditions add up to."""
    conditions = [c for c in proof.conditions if c.row >= 0]
    fire = sum(n for c, n in zip(proof.conditions, proof.factors, strict=True) if c.fires is True)
    silent = sum(
        n for c, n in zip(proof.conditions, proof.factors, strict=True) if c.fires is False
    )
    cells = {(c.cell, c.output) for c in conditions}
    is_bare = len(conditions) == len(proof.conditions) and all(
        c.fires is not None for c in conditions
    )
    if not (is_bare and proof.for_all and len(cells) == 1 and _cancel(proof)):
        times = "" if set(proof.factors) == {1} else f"times {', '.join(map(str, proof.factors))} "
        bounds = ", and the bounds," if len(conditions) < len(proof.conditions) else ""
        return f"{times}what these ask for{bounds} adds up to what is false for all {fine}"
    if fire == silent == 1:
        return "both cases have the same inputs, and so the same sum for all weights"
    sums = _inputs_in_sum(question, outcome, proof)
    many = {2: "two", 3: "three", 4: "four"}
    return (
        f"the {many.get(fire, f'{fire:,}')} cases that must fire and the "
        f"{many.get(silent, f'{silent:,}')} that must not have the same inputs in total ({sums}), "
        "and so the same sums for all weights"
    )


def _cancel(proof: Contradiction) -> bool:
    total: dict[int, Number] = {}
    for condition, times in zip(proof.conditions, proof.factors, strict=True):
        for b, factor in condition.factors.items():
            total[b] = total.get(b, 0) + times * factor
    return not any(total.values())


def _inputs_in_sum(question: Question, outcome: Outcome, proof: Contradiction) -> str:
    """Return the sum of the sources in the firing rows."""
    skeleton = outcome.skeleton
    cell = skeleton.cells[proof.conditions[0].cell]
    sums: dict[int, Number] = dict.fromkeys(cell.sources, 0)
    for condition, times in zip(proof.conditions, proof.factors, strict=True):
        if condition.fires:
            row = skeleton.rows[condition.row]
            expected = row.expected
            for source in cell.sources:
                worth = row.known.get(source, 0)
                if source in expected:
                    worth = skeleton.worth(source, fires=expected[source])
                sums[source] += times * worth
    listed = [
        f"{question.names.get(source, str(source))}: {show_number(total)}"
        for source, total in sums.items()
    ]
    more = f", and {len(listed) - 8:,} more" if len(listed) > 8 else ""
    return ", ".join(listed[:8]) + more


def _of_crowd(question: Question, outcome: Outcome, proof: Crowd) -> Reason:
    skeleton = outcome.skeleton
    names = tuple(skeleton.cells[c].name for c in proof.cells)
    neurons = counted(len(names), "neuron")
    verb = "has" if len(names) == 1 else "have"
    same = ""
    if proof.past:
        past = [question.names.get(signal, str(signal)) for signal in proof.past]
        same = f" with the same {first_names(past, quote='`')}"
    rows = counted(len(proof.rows), "case")
    listed = f" ({first_names(names, quote='`')})" if names else ""
    message = (
        f"{rows}{same} expect {len(proof.rows):,} different outputs, but {neurons}{listed} {verb} "
        f"only {counted(proof.states, 'state')}"
    )
    numbers = tuple((skeleton.rows[r].example, "another output") for r in proof.rows)
    return Reason(message, numbers, "", names)


def diagnostic_of(question: Question, reason: Reason, file: str | None) -> Diagnostic:
    """Return the diagnostic, with labels at the cases."""
    rule: RuleName = "impossible" if reason.is_of_one else "impossible-network"
    listed = reason.rows[:_MOST_ROWS]
    details = [f"why: {reason.why}"] if reason.why else []
    if len(reason.rows) > len(listed):
        details.append(f"and {len(reason.rows) - len(listed):,} more cases")
    hint = "change the cases, or give the network more neurons or wires"
    if reason.is_of_one:
        hint = f"change the cases, or give `{reason.cells[0]}` one more neuron to read"
    if not reason.for_all:
        hint = "change the cases, widen the bounds, or allow more decimals or terms"
    labels = tuple(_label(question.examples[i], text, file) for i, text in listed)
    if not labels:
        return Diagnostic(
            rule,
            reason.message,
            reason.blank,
            key=len(reason.blank) == 2,
            caret="its numbers are open" if len(reason.blank) == 2 else "",
            file=file,
            help=hint,
            details=tuple(details),
        )
    first = question.examples[listed[0][0]]
    return Diagnostic(
        rule,
        reason.message,
        first.path,
        caret=listed[0][1],
        labels=labels[1:],
        help=hint,
        details=tuple(details),
        file=first.file or file,
        span=first.span,
        excerpt=first.excerpt,
    )


def _label(example: Example, text: str, file: str | None) -> Label:
    if example.file is not None:
        return Label(text, file=example.file, span=example.span, excerpt=example.excerpt)
    return Label(text, example.path, file=file)
