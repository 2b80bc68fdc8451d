"""One row of a network -> Reasons, for `nnc why` and `nnc.why`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from nnc.bundles import bundle_of, line_of, text_of
from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    InvalidNetworkError,
    InvalidRowsError,
    did_you_mean,
)
from nnc.language.network import Input, Network
from nnc.language.readers import read_declared
from nnc.limits import REASONS, lift
from nnc.numbers.exact import Number, Refused, first_names, shorten
from nnc.opening.cases.checking import expected_of
from nnc.opening.checking import plan_of
from nnc.proofs.plans import exact_values
from nnc.reasons.answers import Forced, Near, Reasoning, forced_by, nearest_to
from nnc.reasons.question import Question
from nnc.rows.options import DROPPING_ARGUMENTS, Floats
from nnc.run.engines import input_values
from nnc.run.tables import Reading, Rows, one_row
from nnc.run.trace import PlainValue, Trace, follow


@dataclass(frozen=True)
class OutputReason:
    """The reason for the value of an output in one row.

    `reason` is one line, and `way` names the neurons that decided, from the output down, as in a
    trace. `forced` has the conditions that force the value, and `near` the nearest rows with
    another value, or with `wanted` if that is not None; see `Forced` and `Near`.
    """

    name: str
    value: PlainValue
    reason: str
    way: tuple[str, ...]
    forced: Forced
    near: Near
    wanted: PlainValue | None = None


@dataclass(frozen=True, repr=False)
class Reasons:
    """The reasons for the outputs of a network in one row, and its inputs.

    Printed, they are the text of `nnc why`.
    """

    row: int
    inputs: Mapping[str, PlainValue]
    outputs: tuple[OutputReason, ...]
    declared: Mapping[str, Input] = field(default_factory=dict)
    """The declarations of the inputs."""

    __str__ = text_of
    __repr__ = line_of
    _repr_mimebundle_ = bundle_of


@dataclass(frozen=True)
class Asked:
    """A question about a row: the outputs, the wanted values, and the inputs to keep."""

    only: tuple[str, ...] = ()
    would: Mapping[str, str] | None = None
    keep: tuple[str, ...] = ()


def why(
    network: Network | Plan,
    row: Rows | None = None,
    *,
    only: str | Collection[str] = (),
    would: Mapping[str, object] | None = None,
    keep: str | Collection[str] = (),
    extra: Literal["drop", "error"] | None = None,
    floats: Floats | None = None,
) -> Reasons:
    """Return the reasons for the outputs of a network in one row, as `nnc why` does.

    `row`, `extra` and `floats` are as for `nnc.trace`; `only` names the outputs, by default all.
    Each has the smallest set of inputs that forces it, with a proof that none is smaller, and the
    nearest rows that decide otherwise, or have the value in `would`: `{"risk": "low"}`. Inputs in
    `keep` are not changed there.

    Raises InvalidRowsError as `nnc.trace` does, also for unknown names and values that
    an output never has, and InvalidNetworkError as `nnc.compile` does. More in docs/why.md.

    >>> import nnc
    >>> found = nnc.why(nnc.load("configs/gates/and.nn.yaml"), {"a": 0, "b": 1})
    >>> [(each.name, each.value) for each in found.outputs]
    [('out', 0)]
    >>> found.outputs[0].forced.conditions[0].input, found.outputs[0].forced.is_smallest
    ('a', True)
    >>> [(change.input, change.after) for change in found.outputs[0].near.rows[0].changes]
    [('a', 1)]
    """
    plan = plan_of(network)
    asked = Asked(
        (only,) if isinstance(only, str) else tuple(only),
        {name: str(value) for name, value in (would or {}).items()},
        (keep,) if isinstance(keep, str) else tuple(keep),
    )
    batch = one_row(plan, row, "`why`", Reading(extra, floats, DROPPING_ARGUMENTS))
    (values,) = input_values(plan, batch)
    try:
        return reasons_of(plan, values, asked)
    except Refused as error:
        raise InvalidRowsError([Diagnostic(error.rule, error.message, help=error.help)]) from None


def reasons_of(plan: Plan, values: Sequence[Number], asked: Asked, row: int = 1) -> Reasons:
    """Return the reasons of a row. Raises Refused, the option first, for an invalid question."""
    taps = {tap.alias: tap for tap in plan.outputs}
    would = asked.would or {}
    for option, names in (("only", asked.only), ("would", would)):
        for name in names:
            if name not in taps:
                raise _unknown(option, name, "an output", taps)
    for name in asked.keep:
        if name not in plan.inputs and name not in elements_of(plan):
            raise _unknown("keep", name, "an input", plan.inputs)
    wanted = {name: _wanted(taps[name], text) for name, text in would.items()}
    _check_work(plan, [tap for name, tap in taps.items() if not asked.only or name in asked.only])
    outputs = []
    with Reasoning(Question(plan, values)) as reasoning:
        for name, tap in taps.items():
            if asked.only and name not in asked.only:
                continue
            trace: Trace = follow(plan, values, only=(name,))
            (output,) = trace.outputs
            goal = wanted.get(name)
            if goal is not None and goal == output.value:
                hint = "ask for another value"
                raise Refused(
                    "bad-value", f"would: `{name}` is {shorten(would[name])} already", hint
                )
            forced = forced_by(reasoning, tap, output.value)
            near = nearest_to(reasoning, tap, output.value, goal, asked.keep)
            outputs.append(
                OutputReason(name, output.value, output.reason, trace.way, forced, near, goal)
            )
    return Reasons(row, trace.inputs if outputs else {}, tuple(outputs), plan.inputs)


def _check_work(plan: Plan, taps: Iterable[Tap]) -> None:
    """Raise InvalidNetworkError if outputs read too many inputs for a search."""
    count = sum(input_.width for input_ in plan.inputs.values())
    pairs = count * sum(tap.width for tap in taps)
    allowed = REASONS.allowed()
    if pairs > allowed:
        message = f"reasons of all outputs look at {pairs:,} {REASONS.what}; "
        message += f"at most {allowed:,} are allowed"
        hint = f"ask for one output with --output, or {lift(REASONS.needed(pairs))}"
        raise InvalidNetworkError([Diagnostic("network-too-large", message, help=hint)])


def elements_of(plan: Plan) -> list[str]:
    """Return the names of the elements of all input buses."""
    return [
        f"{name}({i})"
        for name, input_ in plan.inputs.items()
        if input_.is_bus
        for i in range(input_.width)
    ]


def _unknown(option: str, name: str, what: str, names: Collection[str]) -> Refused:
    kind = f"the {what.rsplit(maxsplit=1)[-1]}s are {first_names(names)}"
    message = f"{option}: `{shorten(name)}` is not {what}"
    return Refused("unknown-source", message, did_you_mean(name, names) or kind)


def _wanted(tap: Tap, text: str) -> PlainValue:
    """Read the wanted value of an output. Raises Refused for one that it never has."""
    try:
        value: object = text
        if not tap.labels:
            listed = [read_declared(each) for each in text.strip("[]").split(",")]
            is_list = tap.is_bus and not (tap.is_integer and len(listed) == 1)
            value = listed if is_list or len(listed) > 1 else listed[0]
        read = expected_of({tap.alias: tap}, tap.alias, value)
    except Refused as error:
        message = f"would: `{tap.alias}`: {error.message}"
        raise Refused(error.rule, message, error.help) from None
    return read.get(tap.alias, list(exact_values(read.values())))
