"""What a network assumes of every row -> the function that is 1 in the rows that count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nnc.compiler.graph import GraphClaim, Tap, ValueSet
from nnc.cut_sets.diagrams import FALSE, TRUE, Diagrams
from nnc.cut_sets.functions import at_least
from nnc.language.network import BITS
from nnc.language.ranges import Range


def inputs_of(claims: Iterable[GraphClaim]) -> list[int]:
    """Return the signals that assumptions name, each once."""
    taps = [tap for claim in claims for tap in (*claim.about, *claim.when)]
    return list(dict.fromkeys(signal for tap in taps for signal in tap.signals))


class Allowed:
    """The rows that assumptions about bits allow; `functions` has that of each signal."""

    def __init__(self, diagrams: Diagrams, functions: Mapping[int, int]) -> None:
        self._diagrams, self._functions = diagrams, functions

    def rows(self, claims: Iterable[GraphClaim]) -> int:
        """Return where all assumptions hold. Raises TooLargeError."""
        allowed = TRUE
        for claim in claims:
            allowed = self._diagrams.both(allowed, self._holds(claim))
        return allowed

    def _holds(self, claim: GraphClaim) -> int:
        diagrams = self._diagrams
        if claim.form in ("never", "always"):
            holds = self._all_of(claim.about, claim.values)
            if claim.form == "never":
                holds = diagrams.opposite(holds)
        else:
            bits = [self._functions[signal] for tap in claim.about for signal in tap.signals]
            some, several = (
                at_least(diagrams, [(bit, 1) for bit in bits], least) for least in (1, 2)
            )
            holds = TRUE if claim.form == "at_most_one" else some
            if claim.form != "at_least_one":
                holds = diagrams.both(holds, diagrams.opposite(several))
        if claim.when:
            applies = self._all_of(claim.when, claim.when_values)
            holds = diagrams.either(diagrams.opposite(applies), holds)
        return holds

    def _all_of(self, taps: Sequence[Tap], values: Sequence[ValueSet]) -> int:
        """Return where each of some inputs has one of the values that it may have."""
        result = TRUE
        for tap, own in zip(taps, values, strict=True):
            ranges = [each for each in own if isinstance(each, Range)]
            has = self._number_in(tap, ranges) if tap.is_integer else self._bit_in(tap, ranges)
            result = self._diagrams.both(result, has)
        return result

    def _bit_in(self, tap: Tap, ranges: Sequence[Range]) -> int:
        off, on = tap.states_of(0) or BITS
        function = self._functions[tap.signals[0]]
        may_be = [any(state in each for each in ranges) for state in (off, on)]
        return self._diagrams.choose(function, *(TRUE if may else FALSE for may in may_be[::-1]))

    def _number_in(self, tap: Tap, ranges: Sequence[Range]) -> int:
        """Return where a bus, read as its unsigned integer, is in one of some ranges."""
        diagrams = self._diagrams
        terms = [(self._functions[signal], 1 << i) for i, signal in enumerate(tap.signals)]
        result = FALSE
        for least, greatest in ranges:
            inside = TRUE if least is None else at_least(diagrams, terms, -(-least // 1))
            if greatest is not None:
                beyond = at_least(diagrams, terms, greatest // 1 + 1)
                inside = diagrams.both(inside, diagrams.opposite(beyond))
            result = diagrams.either(result, inside)
        return result
