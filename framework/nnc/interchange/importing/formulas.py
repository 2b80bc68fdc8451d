"""And, or, at least k of n and others over literals -> neurons; a negation is a weight of -1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nnc.interchange.importing.naming import Names
from nnc.language.network import Neuron

Formula = tuple[str, bool]
"""A source, or the bit 0 or 1, and whether it is turned."""


class Formulas:
    """The neurons of formulas, created on demand."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self.neurons: dict[str, Neuron] = {}
        self._unnamed: tuple[str, Neuron] | None = None

    def of(
        self, form: str, parts: Sequence[Formula], limits: Sequence[int], wanted: str
    ) -> Formula:
        """Return the source of a formula; a neuron for it gets a name like `wanted`."""
        if form == "not":
            [(source, is_turned)] = parts
            return source, not is_turned
        if form in ("xor", "iff"):
            return self._parity(parts, wanted, is_turned=form == "iff")
        if form == "imply":
            return self._at_least([turned(parts[0]), parts[1]], 1, wanted)
        if form == "cardinality":
            low, high = limits
            enough = self._at_least(parts, low, wanted)
            too_many = self._at_least(parts, high + 1, wanted)
            return self._at_least([enough, turned(too_many)], 2, wanted)
        needed = {"and": len(parts), "nand": len(parts), "or": 1, "nor": 1}
        whole = self._at_least(parts, limits[0] if form == "atleast" else needed[form], wanted)
        return turned(whole) if form in ("nand", "nor") else whole

    def named(self, formula: Formula, name: str, description: str | None) -> str:
        """Return the source of a formula: the neuron `name`, or a plain source."""
        source, is_turned = formula
        about = {} if description is None else {"description": description}
        if source in ("0", "1"):
            return str(int(source) ^ is_turned)
        last = self._unnamed
        if last is not None and last[0] == source:  # nothing else reads it
            self._unnamed = None
            del self.neurons[source]
            self._names.taken.discard(source)
            neuron = turned_neuron(last[1]) if is_turned else last[1]
        elif is_turned:
            neuron = Neuron.model_construct(weights={source: -1}, threshold=0)
        else:
            return source
        self.neurons[name] = neuron.model_copy(update=about) if about else neuron
        return name

    def _at_least(self, parts: Sequence[Formula], count: int, wanted: str) -> Formula:
        """Return the formula that at least `count` parts are 1; repeated parts count repeatedly.

        A part that is turned is 1 - s.
        """
        weights: dict[str, int] = {}
        for source, is_turned in parts:
            if source in ("0", "1"):
                count -= int(source) ^ is_turned
                continue
            count -= is_turned
            weights[source] = weights.get(source, 0) + (-1 if is_turned else 1)
        weights = {source: weight for source, weight in weights.items() if weight}
        if count <= sum(weight for weight in weights.values() if weight < 0):
            return "1", False
        if count > sum(weight for weight in weights.values() if weight > 0):
            return "0", False
        if len(weights) == 1:
            [(source, weight)] = weights.items()
            return source, weight < 0
        return self._add(Neuron.model_construct(weights=weights, threshold=count), wanted), False

    def _add(self, neuron: Neuron, wanted: str) -> str:
        name = self._names.new(f"{wanted}_1")
        self.neurons[name] = neuron
        self._unnamed = (name, neuron)
        return name

    def _parity(self, parts: Sequence[Formula], wanted: str, *, is_turned: bool) -> Formula:
        """Return the parity of the parts, as a chain of a + b - 2 (a and b)."""
        sources: dict[str, None] = {}
        for source, is_part_turned in parts:
            is_turned ^= is_part_turned
            if source in ("0", "1"):
                is_turned ^= source == "1"
            elif source in sources:  # a parity of the same twice is 0
                del sources[source]
            else:
                sources[source] = None
        total = "0"
        for source in sources:
            if total == "0":
                total = source
                continue
            both = self._add(
                Neuron.model_construct(weights={total: 1, source: 1}, threshold=2), wanted
            )
            weights = {total: 1, source: 1, both: -2}
            total = self._add(Neuron.model_construct(weights=weights, threshold=1), wanted)
        return total, is_turned


def needed_by(sources: Iterable[str], neurons: Mapping[str, Neuron]) -> dict[str, Neuron]:
    """Return the neurons that some sources need, in their order."""
    needed: set[str] = set()
    waiting = [*sources]
    while waiting:
        name = waiting.pop().partition(".")[0]
        if name in neurons and name not in needed:
            needed.add(name)
            waiting += neurons[name].reads()
    return {name: neuron for name, neuron in neurons.items() if name in needed}


def turned(formula: Formula) -> Formula:
    """Negate a formula."""
    return formula[0], not formula[1]


def turned_neuron(neuron: Neuron) -> Neuron:
    """Negate a neuron of integers: S < T is -S >= 1 - T."""
    assert isinstance(neuron.weights, dict)
    assert isinstance(neuron.threshold, int)
    weights = {source: -weight for source, weight in neuron.weights.items()}  # type: ignore[operator]
    return Neuron.model_construct(weights=weights, threshold=1 - neuron.threshold)
