"""Compute digests of a network's structure and behaviour, as docs/digest.md defines them.

Other programs can compute them from that page alone. A definition never changes; a new one would
have a new number in its first line.

The structure digest is a Merkle hash from the inputs to the outputs. The hash of a signal follows
from what it is computed from, so the names and order of neurons do not matter. The behaviour digest
is a hash of every output for every row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from operator import attrgetter

from nnc.compiler.blanks import OpenNeuron
from nnc.compiler.graph import GraphClaim, Near, Tap, ValueSet
from nnc.compiler.plan import LayerStep, Plan, all_neurons
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.language.network import BITS, Input
from nnc.lazy import np
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.inputs.row import elements_from
from nnc.rows.inputs.truth_table import row_count, truth_table
from nnc.run.digests.hashing import SignalHashes, column_digest, format_ratio, is_bus_of_values
from nnc.run.engines import How
from nnc.run.evaluation import AUTO, calculate, evaluate_batch

MAX_ROWS = 1 << 20  # the maximum number of rows: those of 20 bits


def structure_digest(plan: Plan, open_: Mapping[int, OpenNeuron] | None = None) -> str:
    """Return the structure digest of a network, as 64 hexadecimal digits.

    `open_` has the open numbers of neurons by their first signal; the plan has 0 for them.
    """
    hashing = SignalHashes(plan, open_ or {})
    for neuron in all_neurons(plan):
        if isinstance(neuron, LayerStep):
            hashing.add_layer(neuron)
        else:
            hashing.add_neuron(neuron)
    whole = sha256(b"nnc structure 1\n")
    for name in sorted(plan.inputs):
        whole.update(f"{input_line(name, plan.inputs[name])}\n".encode())
    whole.update(hashing.neurons_line().encode())
    for tap in sorted(plan.outputs, key=attrgetter("alias")):
        whole.update(f"{output_line(plan, tap, hashing.of_tap(tap))}\n".encode())
    for line in sorted(_claim_line(plan, claim, hashing.of_tap) for claim in plan.claims):
        whole.update(f"{line}\n".encode())
    return whole.hexdigest()


def behaviour_digest(plan: Plan, how: How = AUTO) -> str:
    """Return the behaviour digest of a network of bits and choices, as 64 hexadecimal digits.

    Raises InvalidRowsError (no-truth-table) if it has other inputs or more than 2**20 rows.
    """
    inputs = {name: plan.inputs[name] for name in sorted(plan.inputs)}
    wrong = _why_not(plan)
    if wrong is not None:
        raise InvalidRowsError([wrong])
    (batch,) = truth_table(inputs, MAX_ROWS)
    columns = dict(zip(inputs, batch.columns, strict=True))
    in_order = Batch(tuple(columns[name] for name in plan.inputs), batch.count)
    whole = sha256(b"nnc behaviour 1\n")
    for name, input_ in inputs.items():
        line = input_line(name, input_.model_copy(update={"default": None}))
        whole.update(f"{line}\n".encode())
    whole.update(f"rows {batch.count}\n".encode())
    for tap in sorted(plan.outputs, key=attrgetter("alias")):
        digest = _values(plan, tap, in_order, how)
        whole.update(f"{output_line(plan, tap, digest)}\n".encode())
    return whole.hexdigest()


def _values(plan: Plan, tap: Tap, batch: Batch, how: How) -> str:
    """Hash the values of an output: 0/1 bits packed, eight rows per byte; others as numbers."""
    if tap.is_integer or (tap.kind == "bit" and tap.states is None):
        words = calculate(plan, batch, frozenset(tap.signals), frozenset(), how).words_of(
            tap.signals
        )
        octets = words.astype("<u8", copy=False).view(np.uint8)
        return sha256(octets[:, : -(-batch.count // 8)].tobytes()).hexdigest()
    results = evaluate_batch(replace(plan, outputs=(tap,)), batch, how=how).values()
    columns = [Column(result.codes) if isinstance(result, Labels) else result for result in results]
    return column_digest(columns).hex()


def _why_not(plan: Plan) -> Diagnostic | None:
    """Return why not every row of the inputs can be evaluated, or None."""
    why = ""
    for name, input_ in plan.inputs.items():
        if input_.type not in ("bit", "choice"):
            kind = "an integer" if input_.type == "integer" else "a real"
            why = f"input `{name}` is {kind}{' bus' if input_.is_bus else ''}"
            break
    else:
        if (rows := row_count(plan.inputs, ())) > MAX_ROWS:
            power = rows.bit_length() - 1
            count = f"2^{power}" if rows == 1 << power else f"over 2^{power}"
            why = f"the inputs have {count} rows"
    if not why:
        return None
    message = f"{why}; a digest of behaviour needs bits and choices of at most 2^20 rows"
    return Diagnostic("no-truth-table", message, help="take the digest of the structure")


# ----------------------------------------------------------------------------------- lines


def input_line(name: str, input_: Input) -> str:
    """Return the line that describes an input: its type and possible values."""
    words = ["input", name, input_.type]
    if input_.of is not None:
        words += ["of", ",".join(input_.of)]
    elif input_.is_bus:
        words += ["size", str(input_.width)]
    for key, limit in (("min", input_.min), ("max", input_.max)):
        if limit is not None:
            words += [key, format_ratio(limit)]
    if input_.type == "bit" and input_.state_values != BITS:
        words += ["states", *map(format_ratio, input_.state_values)]
    default = input_.default_values()
    if default is not None:
        words += ["default", ",".join(map(format_ratio, default))]
    return " ".join(words)


def output_line(plan: Plan, tap: Tap, digest: str) -> str:
    """Return the line that describes an output: its form, its width, and its hash."""
    return " ".join(["output", tap.alias, *_form_words(plan, tap, digest)])


def _form_words(plan: Plan, tap: Tap, digest: str) -> list[str]:
    form: str = "bus" if is_bus_of_values(plan, tap) else tap.kind
    if tap.kind in ("bit", "number"):
        form = "value"
    elif tap.kind == "bus" and tap.is_integer:
        form = "integer"
    elif form == "sum" and tap.is_bus:
        form = "sums"
    words = [form, str(tap.width), digest]
    if tap.labels:
        words += ["labels", *(sha256(label.encode()).hexdigest() for label in tap.labels)]
    return words


def _claim_line(plan: Plan, claim: GraphClaim, of_tap: Callable[[Tap], str]) -> str:
    """Return the line that describes an assumption or property: its form and a hash."""

    def words(key: str, tap: Tap, values: ValueSet | None = None) -> str:
        more = [] if values is None else ["of", _value_words(values)]
        return " ".join([key, *_form_words(plan, tap, of_tap(tap)), *more])

    has_values = claim.form in ("never", "always")
    values = claim.values if has_values else (None,) * len(claim.about)
    about = [words("about", tap, own) for tap, own in zip(claim.about, values, strict=True)]
    pairs = zip(claim.when, claim.when_values, strict=True)
    when = sorted(words("when", tap, own) for tap, own in pairs)
    lines = [*(sorted(about) if has_values else about), *(words("in", t) for t in claim.varied)]
    lines += [*when, *([f"file {claim.file}"] if claim.file is not None else [])]
    if claim.near is not None:
        lines += _near_lines(plan, claim.near)
    kind = "assume" if claim.kind == "assume" else "property"
    digest = sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    return f"{kind} {claim.form} {digest}"


def _near_lines(plan: Plan, near: Near) -> Iterator[str]:
    """Yield lines for the given row, with defaults, and for how far other rows may differ."""
    elements = elements_from(near.given, plan.inputs)
    for name, first in sorted(plan.first_of.items()):
        own = elements[first - 2 : first - 2 + plan.inputs[name].width]
        values = " ".join(map(format_ratio, own))
        yield f"given {name} {sha256(values.encode()).hexdigest()}"
    for key, limit in (("changes", near.changes), ("each", near.each)):
        if limit is not None:
            yield f"{key} {format_ratio(limit)}"


def _value_words(values: ValueSet) -> str:
    """Return the values of a condition as text: hashes of labels, or ranges."""
    texts = []
    for each in values:
        if isinstance(each, str):
            texts.append(sha256(each.encode()).hexdigest())
        else:
            texts.append("..".join("" if end is None else format_ratio(end) for end in each))
    is_labels = any(isinstance(value, str) for value in values)
    return "|".join(sorted(texts) if is_labels else texts)
