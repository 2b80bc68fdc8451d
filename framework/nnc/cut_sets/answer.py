"""Find the cut sets of an output, for `nnc cuts` and `nnc.cuts`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from nnc.compiler.netlist import Affine, Net, Netlist, Port
from nnc.compiler.plan import build_plan
from nnc.cut_sets.probabilities import Entry, assigned
from nnc.cut_sets.search import Progress, Search
from nnc.cut_sets.sets import ENTRIES, LISTED, CutSets, CutSettings
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    InvalidNetworkError,
    InvalidRowsError,
    did_you_mean,
)
from nnc.language.network import Network
from nnc.numbers.exact import (
    Refused,
    counted,
    first_names,
    names_and_more,
    shorten,
    show_number,
)
from nnc.opening.checking import Checked, check_built, check_file
from nnc.solvers.diagrams import TooLargeError, TooLargeFunctionError


def cuts(
    network: Network | str | Path,
    output: str | None = None,
    *,
    order: int | None = None,
    paths: bool = False,
    coherent: bool = False,
    probabilities: Mapping[str, object] | None = None,
    limit: int | None = LISTED,
    entries: int = ENTRIES,
    importance: bool = True,
    root: str | Path | None = None,
) -> CutSets:
    """Find the minimal cut sets of an output: the smallest sets of inputs that make it 1.

    `network` is one, or a file; `output` may be left out where there is one only, and is written
    `alias(3)` for an element of a bus. What counts of inputs and the output is whether their value
    is 1. With `paths` they are the least sets with which the output is not. For an output that some
    inputs turn off they are its prime implicants; with `coherent` its minimal cut sets, the least
    sets of inputs that make it 1 while all others are 0, or for paths the least sets of inputs that
    are 0 while all others are 1. Rows that break an `assume` of the network do not count. `order`
    bounds how many inputs a set may have, `limit` how many sets are listed, None for
    all. `probabilities` has the probability that inputs, elements or all of a bus are 1,
    as a number or a text; all inputs are independent. With them, sets that are too many are left
    out, and `counts` is None. `importance` is that of each input, which may take longer than all
    else.

    Raises FileError and InvalidNetworkError as `nnc.load`, InvalidNetworkError also for an output
    that there is not, for inputs that are not bits, for bits that are never 1, and where diagrams
    need more than so many `entries`; InvalidRowsError for probabilities that are wrong, or missing.

    >>> import nnc
    >>> network = nnc.load("configs/voting/two_of_three.nn.yaml")
    >>> result = nnc.cuts(network, "trip", probabilities={name: "1/10" for name in network.inputs})
    >>> [found.on for found in result.sets], result.probability
    ([('a', 'b'), ('a', 'c'), ('b', 'c')], Fraction(7, 250))
    """
    home = Path(root) if root is not None else None
    if isinstance(network, (str, Path)):
        checked = check_file(str(network), root=home)
    else:
        checked = check_built(network)
    settings = CutSettings(order, paths, coherent, limit, entries, importance)
    stated = None
    if probabilities is not None:
        stated = [Entry(name, value) for name, value in probabilities.items()]
    return find_cuts(checked, output, settings, stated)


def find_cuts(
    checked: Checked,
    output: str | None,
    settings: CutSettings,
    probabilities: Sequence[Entry] | None = None,
    progress: Progress | None = None,
) -> CutSets:
    """Find the sets of an output of a checked network, as `cuts` does, with the same errors."""
    if checked.graph is None or checked.errors:
        raise InvalidNetworkError(checked.obstacles)
    netlist = Netlist(build_plan(checked.graph, checked.file))
    name = output or ""
    try:
        name, value = _output_of(netlist, output)
        search = Search(netlist, value, settings, progress or Progress())
        _check_bits(netlist, name, search)
        _check_states(netlist, [value, *map(netlist.value, search.inputs)])
        search.arrange()
        chances = _chances_of(netlist, search.inputs, probabilities)
        return search.run(name, chances)
    except Refused as error:
        refusal = Diagnostic(error.rule, error.message, help=error.help, file=checked.file)
        raise InvalidNetworkError([refusal]) from None
    except TooLargeError as error:
        if not isinstance(error, TooLargeFunctionError):
            has_not = not settings.coherent and search.has_not
            refusal = too_many_sets(name, settings, checked.file, has_not=has_not)
            raise InvalidNetworkError([refusal]) from None
        message = f"the diagram of `{shorten(name)}` needs more than {settings.entries:,} entries"
        hint = "allow more with --budget"
        refusal = Diagnostic("cuts-too-large", message, file=checked.file, help=hint)
        raise InvalidNetworkError([refusal]) from None


def too_many_sets(
    output: str, settings: CutSettings, file: str | None, *, has_not: bool
) -> Diagnostic:
    """Return the error that the sets of an output exceed the budget of the diagrams."""
    message = f"the sets of `{shorten(output)}` need more than {settings.entries:,} entries"
    hint = "allow more with --budget"
    if settings.order is None:
        hint += ", or bound the sets: --order 3"
    if has_not:
        hint += ", or find minimal cut sets in place of prime implicants: --hide not"
    return Diagnostic("cuts-too-large", message, file=file, help=hint)


def _output_of(netlist: Netlist, output: str | None) -> tuple[str, Affine]:
    """Return the name and value of the chosen output. Raises Refused unless it is a bit."""
    ports = {port.name: port for port in netlist.outputs}
    bits = {name: bit for port in netlist.outputs for name, bit in _bits_of(port, netlist).items()}
    if output is None:
        if len(bits) == len(ports) == 1:
            return next(iter(bits.items()))
        message = f"cut sets are of one bit, and the network has {counted(len(ports), 'output')}"
        if not bits:
            raise _refused(f"{message}, none of them a bit", "make one a bit")
        raise _refused(message, f"name one: {first_names(bits)}")
    if output in bits:
        return output, bits[output]
    alias = output.partition("(")[0]
    port = ports.get(alias)
    if port is None:
        known = f"the outputs are {first_names(ports)}; add a gate to `outputs` for its cut sets"
        hint = did_you_mean(output, ports, known)
        message = f"there is no output `{shorten(output)}`"
        raise Refused("unknown-source", message, hint)
    elements = _bits_of(port, netlist)
    if port.shape != "scalar" and elements:
        bus = f"`{shorten(alias)}` is a bus of {len(port.values)}"
        raise _refused(
            f"`{shorten(output)}` is not one bit: {bus}",
            f"name an element: {first_names(elements)}",
        )
    described = "a bit, which has no elements" if elements else _DESCRIBED[netlist.noun(port)]
    hint = f"the outputs that are bits are {first_names(bits)}" if bits else "make one a bit"
    if elements:
        hint = f"write `{alias}`"
    raise _refused(f"cut sets are of one bit: `{shorten(alias)}` is {described}", hint)


_DESCRIBED = {
    "number": "a number",
    "sum": "a sum",
    "level": "a level",
    "largest": "the place of the largest sum",
    "bus": "a bus of numbers",
}


def _bits_of(port: Port, netlist: Netlist) -> dict[str, Affine]:
    """Return the bits of an output by name."""
    return {
        name: value
        for name, value in zip(port.names, port.values, strict=True)
        if isinstance(value, Affine) and netlist.is_bit(value) and not port.labels
    }


def _refused(message: str, hint: str) -> Refused:
    return Refused("cuts-need-bits", message, hint)


def _check_bits(netlist: Netlist, output: str, search: Search) -> None:
    """Check that all inputs are bits. Raises Refused."""
    plan = netlist.plan
    for name, input_ in plan.inputs.items():
        first = plan.first_of[name]
        nets = set(range(first, first + input_.width)).intersection(search.inputs)
        if nets and input_.type != "bit":
            kind = "an integer" if input_.type == "integer" else f"a {input_.type}"
            is_own = nets & search.own_inputs
            reader = f"`{shorten(output)}` depends on" if is_own else "`assume` names"
            message = f"cut sets are of bits: {reader} `{shorten(name)}`, which is {kind}"
            raise _refused(message, "make an input of type bit of each fact about it")


def _check_states(netlist: Netlist, values: Iterable[Affine]) -> None:
    """Check that every bit can have the value 1. Raises Refused."""
    for value in values:
        off, on = value.states
        if value.net is not None and 1 not in (off, on):
            states = f"{show_number(off)} or {show_number(on)}"
            name = shorten(netlist.name_of(value.net))
            message = f"cut sets are of what can be 1: `{name}` is {states}, never 1"
            raise _refused(message, "give it `states` of which one is 1, such as [0, 1]")


def _chances_of(
    netlist: Netlist, needed: Sequence[Net], entries: Sequence[Entry] | None
) -> list[Fraction] | None:
    """Return the probability of each input that the output depends on. Raises InvalidRowsError."""
    if entries is None:
        return None
    chances, mistakes = assigned(entries, netlist.plan.inputs, netlist.plan.first_of)
    missing = [netlist.name_of(net) for net in sorted(needed) if net not in chances]
    if missing and not mistakes:
        message = f"no probability is there for {names_and_more(missing)}"
        hint = f"give every input one that the output depends on: --probability {missing[0]}=0.01"
        mistakes.append(Diagnostic("missing-value", message, help=hint))
    if mistakes:
        raise InvalidRowsError(mistakes)
    return [chances[net] for net in needed]
