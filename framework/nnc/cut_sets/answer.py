"""A network and an output -> its cut sets: what `nnc cuts` and `nnc.cuts` share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from nnc.cut_sets.diagrams import TooLargeError, TooLargeFunctionError
from nnc.cut_sets.sets import ENTRIES, LISTED, CutSets, CutSettings
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    InvalidNetworkError,
    InvalidRowsError,
    did_you_mean,
)
from nnc.numbers.exact import (
    Refused,
    counted,
    first_names,
    names_and_more,
    shorten,
    show_number,
)
from nnc.opening.checking import Checked, check_built, check_file

if TYPE_CHECKING:
    from nnc.compiler.graph import Tap
    from nnc.compiler.plan import Plan
    from nnc.cut_sets.probabilities import Entry
    from nnc.cut_sets.search import Search
    from nnc.language.network import Network


def cuts(
    network: Network | str | Path,
    output: str | None = None,
    *,
    order: int | None = None,
    paths: bool = False,
    probabilities: Mapping[str, object] | None = None,
    limit: int | None = LISTED,
    entries: int = ENTRIES,
    root: str | Path | None = None,
) -> CutSets:
    """Find the minimal cut sets of an output: the least sets of inputs that make it 1.

    `network` is one, or a file; `output` may be left out where there is one only, and is written
    `alias(3)` for an element of a bus. What counts of inputs and the output is whether their value
    is 1. With `paths` they are the least sets with which the output is not. For an output that some
    inputs turn off they are its prime implicants. Rows that break an `assume` of the network do not
    count. `order` bounds how many inputs a set may have, `limit` how many sets are listed, None for
    all. `probabilities` has for inputs, elements or whole buses how probable it is that they are 1,
    as a number or a text; all inputs are independent.

    Raises FileError and InvalidNetworkError as `nnc.load`, InvalidNetworkError also for an output
    that there is not, for inputs that are not bits, for bits that are never 1, and where diagrams
    need more than so many `entries`; InvalidRowsError for probabilities that are wrong, or missing.

    >>> import nnc
    >>> network = nnc.load("configs/voting/two_of_three.nn.yaml")
    >>> result = nnc.cuts(network, "trip", probabilities={name: "1/10" for name in network.inputs})
    >>> [each.on for each in result.sets], result.probability
    ([('a', 'b'), ('a', 'c'), ('b', 'c')], Fraction(7, 250))
    """
    from nnc.cut_sets.probabilities import Entry

    home = Path(root) if root is not None else None
    if isinstance(network, (str, Path)):
        checked = check_file(str(network), root=home)
    else:
        checked = check_built(network)
    settings = CutSettings(order, paths, limit, entries)
    stated = None
    if probabilities is not None:
        stated = [Entry(name, value) for name, value in probabilities.items()]
    return find_cuts(checked, output, settings, stated)


def find_cuts(
    checked: Checked,
    output: str | None,
    settings: CutSettings,
    probabilities: Sequence[Entry] | None = None,
) -> CutSets:
    """Find the sets of an output, as `cuts` does. Raises as it."""
    from nnc.compiler.plan import build_plan
    from nnc.cut_sets.search import Search

    if checked.graph is None or checked.errors:
        raise InvalidNetworkError(checked.obstacles)
    plan = build_plan(checked.graph, checked.file)
    claims = [claim for claim in checked.graph.claims if claim.kind == "assume"]
    try:
        tap, signal = _output_of(plan, output)
        search = Search(plan, signal, claims, settings)
        _check_bits(plan, tap, search)
        _check_states(plan, [signal, *search.inputs])
        chances = _chances_of(plan, search.inputs, probabilities)
        return _run(search, tap, chances, settings.order)
    except Refused as error:
        refusal = Diagnostic(error.rule, error.message, help=error.help, file=checked.file)
        raise InvalidNetworkError([refusal]) from None
    except TooLargeError as error:
        message = f"the sets of `{shorten(tap)}` need more than {settings.entries:,} entries"
        if isinstance(error, TooLargeFunctionError):
            message = (
                f"the diagram of `{shorten(tap)}` needs more than {settings.entries:,} entries"
            )
        hint = "allow more with --budget"
        if settings.order is None and not isinstance(error, TooLargeFunctionError):
            hint += ", or bound the sets: --order 3"
        refusal = Diagnostic("cuts-too-large", message, file=checked.file, help=hint)
        raise InvalidNetworkError([refusal]) from None


def _output_of(plan: Plan, output: str | None) -> tuple[str, int]:
    """Return the name and the signal of an output that is a bit. Raises Refused."""
    taps = {tap.alias: tap for tap in plan.outputs}
    bits = [name for tap in plan.outputs for name in _bits_of(tap)]
    if output is None:
        if len(bits) == len(taps) == 1:
            return bits[0], taps[bits[0].partition("(")[0]].signals[0]
        message = f"cut sets are of one bit, and the network has {counted(len(taps), 'output')}"
        if not bits:
            raise _refused(f"{message}, none of them a bit", "make one a bit")
        raise _refused(message, f"name one: {first_names(bits)}")
    alias, bracket, index = output.partition("(")
    tap = taps.get(alias)
    if tap is None:
        hint = did_you_mean(output, taps, f"the outputs are {first_names(taps)}")
        message = f"there is no output `{shorten(output)}`"
        raise Refused("unknown-source", message, hint)
    own = _bits_of(tap)
    if output in own:
        return output, tap.signals[int(index[:-1]) if bracket else 0]
    if tap.is_bus and own:
        message = f"`{shorten(output)}` is not one bit: `{shorten(alias)}` is a bus of {tap.width}"
        raise _refused(message, f"name an element: {first_names(own)}")
    what = "a bit, which has no elements" if own else _KINDS.get(tap.kind, "not a bit")
    hint = f"the outputs that are bits are {first_names(bits)}" if bits else "make one a bit"
    if own:
        hint = f"write `{alias}`"
    raise _refused(f"cut sets are of one bit: `{shorten(alias)}` is {what}", hint)


_KINDS = {
    "number": "a number",
    "sum": "a sum",
    "level": "a level",
    "largest": "the place of the largest sum",
    "bus": "a bus of numbers",
}


def _bits_of(tap: Tap) -> list[str]:
    """Name the bits of an output."""
    if tap.kind not in ("bit", "bus") or tap.labels:
        return []
    is_bit = [tap.states_of(i) is not None for i in range(tap.width)]
    if not tap.is_bus:
        return [tap.alias] if is_bit[0] else []
    return [f"{tap.alias}({i})" for i, each in enumerate(is_bit) if each]


def _refused(message: str, hint: str) -> Refused:
    return Refused("cuts-need-bits", message, hint)


def _check_bits(plan: Plan, output: str, search: Search) -> None:
    """Check that all inputs are bits. Raises Refused."""
    for name, input_ in plan.inputs.items():
        first = plan.first_of[name]
        signals = set(range(first, first + input_.width)).intersection(search.inputs)
        if signals and input_.type != "bit":
            kind = "an integer" if input_.type == "integer" else f"a {input_.type}"
            is_own = signals & search.own_inputs
            what = f"`{shorten(output)}` depends on" if is_own else "`assume` names"
            message = f"cut sets are of bits: {what} `{shorten(name)}`, which is {kind}"
            raise _refused(message, "make an input of type bit of each fact about it")


def _check_states(plan: Plan, signals: Iterable[int]) -> None:
    """Check that 1 is a value of every bit. Raises Refused."""
    for signal in signals:
        off, on = plan.states_of(signal)
        if 1 not in (off, on):
            values = f"{show_number(off)} or {show_number(on)}"
            name = shorten(plan.name_of(signal))
            message = f"cut sets are of what can be 1: `{name}` is {values}, never 1"
            raise _refused(message, "give it `states` of which one is 1, such as [0, 1]")


def _run(
    search: Search, output: str, chances: Sequence[Fraction] | None, order: int | None
) -> CutSets:
    """Return all sets, or, where these are too many, the small ones. Raises as `run`."""
    try:
        return search.run(output, chances, most=None)
    except TooLargeError as error:
        if order is None or isinstance(error, TooLargeFunctionError):
            raise
    return search.run(output, chances, most=order)


def _chances_of(
    plan: Plan, needed: Sequence[int], entries: Sequence[Entry] | None
) -> list[Fraction] | None:
    """Return the probability of each input that is needed. Raises InvalidRowsError."""
    from nnc.cut_sets.probabilities import assigned

    if entries is None:
        return None
    chances, mistakes = assigned(entries, plan.inputs, plan.first_of)
    missing = [plan.name_of(signal) for signal in sorted(needed) if signal not in chances]
    if missing and not mistakes:
        message = f"no probability is there for {names_and_more(missing)}"
        hint = f"give every input one that the output depends on: --probability {missing[0]}=0.01"
        mistakes.append(Diagnostic("missing-value", message, help=hint))
    if mistakes:
        raise InvalidRowsError(mistakes)
    return [chances[signal] for signal in needed]
