"""Networks in which half of all bits have other states than 0 and 1, and every row of them.

They are small enough for all rows to be tried, and a `twin` gives the same though states inside it
are others: its weights and thresholds make up for them.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import prod
from random import Random
from typing import Any

from tests.support.oracle import COMPARE, Oracle, loads
from tests.support.strategies import OTHER_STATES, PLAIN, States

MOST_ROWS = 144
WEIGHTS = tuple(map(Fraction, ("1", "1", "2", "-1", "-2", "3", "1/2", "-1/3", "0.25")))
Row = dict[str, Any]


def states_of(rng: Random) -> States:
    """Draw the states of a bit: of half of all bits others than 0 and 1."""
    return rng.choice(OTHER_STATES) if rng.random() < 0.5 else PLAIN


@dataclass
class Stated:
    """A network; the states of each of its bits are by its name, `a` or `v(0)`."""

    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    neurons: dict[str, dict[str, Any]] = field(default_factory=dict)
    layers: dict[str, dict[str, Any]] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    states: dict[str, States] = field(default_factory=dict)

    def copy(self) -> "Stated":
        """Give one to be changed."""
        names = ("inputs", "neurons", "layers", "outputs", "states")
        return Stated(*(deepcopy(getattr(self, name)) for name in names))

    @cached_property
    def text(self) -> str:
        """The file."""
        lines = ["nnc: 1", "fires: at_least"]
        for section in ("inputs", "neurons", "layers", "outputs"):
            entries = getattr(self, section)
            lines += [f"{section}:"] if entries else []
            lines += [f"  {name}: {_written(one)}" for name, one in entries.items()]
        return "\n".join([*lines, ""])

    @cached_property
    def oracle(self) -> Oracle:
        """The evaluator that is believed."""
        return Oracle(loads(self.text))

    @cached_property
    def rows(self) -> list[Row]:
        """Every row, in the order of a truth table: the first input slowest."""
        values = [self._values(name) for name in self.inputs]
        return [dict(zip(self.inputs, row, strict=True)) for row in product(*values)]

    @cached_property
    def wanted(self) -> list[Row]:
        """What the oracle says of every row."""
        return [self.oracle.evaluate(row) for row in self.rows]

    def _values(self, name: str) -> list[Any]:
        declared = self.inputs[name]
        if "of" in declared:
            return list(declared["of"])
        size = declared.get("size", 0)
        off_and_on = self.states[f"{name}(0)" if size else name]
        if not size:
            return list(off_and_on)
        return [[off_and_on[row >> i & 1] for i in range(size)] for row in range(1 << size)]

    def columns(self, alias: str) -> list[list[Fraction]]:
        """Give what each element of an output is in every row; of a level or place its label."""
        found = []
        width = len(self.elements(alias) or [None])
        for row in self.wanted:
            value = row[alias]
            if width > 1 and not isinstance(value, list):
                value = [Fraction(int(value) >> i & 1) for i in range(width)]
            found.append(value if isinstance(value, list) else [value])
        return list(map(list, zip(*found, strict=True)))

    def elements(self, alias: str) -> list[States] | None:
        """Give the states of each element of an output; None for what is no bits."""
        spec = self.outputs[alias]
        if isinstance(spec, dict):
            return None
        found: list[States] = []
        for source in spec if isinstance(spec, list) else [spec]:
            whole = [name for name in self.states if name.startswith(f"{source}(")]
            found += [self.states[name] for name in whole or [source]]
        return found

    def is_bus(self, alias: str) -> bool:
        """Whether an output has a value for each of several elements, or of one in a list."""
        spec = self.outputs[alias]
        return isinstance(spec, list) or f"{spec}(0)" in self.states


def drawn(rng: Random) -> Stated:
    """Draw a network."""
    one = Stated()
    while not one.inputs or rng.random() < 0.75:
        name, size = f"x{len(one.inputs)}", rng.choice((0, 0, 0, 2, 3))
        if rng.random() < 0.15:
            one.inputs[name] = {"type": "choice", "of": ["p", "q", "r"]}
            one.states |= {f"{name}.{value}": PLAIN for value in "pqr"}
        else:
            states = states_of(rng)
            one.inputs[name] = {"type": "bit"} | ({"size": size} if size else {})
            one.inputs[name] |= {} if states == PLAIN else {"states": list(states)}
            one.states |= {f"{name}({i})" if size else name: states for i in range(max(size, 1))}
        if prod(len(one._values(each)) for each in one.inputs) > MOST_ROWS:
            del one.inputs[name]
            one.states = {k: v for k, v in one.states.items() if k.partition(".")[0] != name
                          and k.partition("(")[0] != name}  # fmt: skip
            break
    for i in range(rng.randint(1, 6)):
        _neuron(rng, one, f"n{i}")
    for i in range(rng.choice((0, 0, 1, 2))):
        _layer(rng, one, f"h{i}")
    _outputs(rng, one)
    return one


def _limits(rng: Random, sources: list[str], weights: list[Fraction], one: Stated) -> Fraction:
    """Draw a threshold: a sum that there is, or one beside it."""
    total = Fraction()
    for source, weight in zip(sources, weights, strict=True):
        total += weight * rng.choice(one.states[source])
    return total + rng.choice((0, 0, 0, Fraction(1, 2), Fraction(-1, 2)))


def _neuron(rng: Random, one: Stated, name: str) -> None:
    sources = [source for source in one.states if not source.startswith("h")]
    sources = rng.sample(sources, rng.randint(1, min(5, len(sources))))
    own = states_of(rng)
    more: dict[str, Any] = {} if own == PLAIN else {"states": list(own)}
    plain = [source for source in sources if one.states[source] == PLAIN]
    if plain and rng.random() < 0.2:
        one.neurons[name] = {"wiring": plain, "fires": rng.choice(("all", "any"))} | more
        one.states[name] = own
        return
    weights = rng.choices(WEIGHTS, k=len(sources))
    neuron: dict[str, Any] = {"weights": dict(zip(sources, weights, strict=True))}
    limits = {_limits(rng, sources, weights, one) for _ in range(rng.choice((1, 1, 1, 3)))}
    if len(limits) == 1:
        neuron["threshold"] = limits.pop()
        one.states[name] = own
    else:
        ports = {f"t{i}": limit for i, limit in enumerate(sorted(limits))}
        neuron["thresholds"] = ports
        one.states |= {f"{name}.{port}": own for port in ports}
    one.neurons[name] = neuron | {"fires": rng.choice([*COMPARE])} | more


def _layer(rng: Random, one: Stated, name: str) -> None:
    sources = rng.sample([*one.states], rng.randint(1, min(5, len(one.states))))
    size, own = rng.randint(1, 3), states_of(rng)
    rows = [rng.choices(WEIGHTS, k=len(sources)) for _ in range(size)]
    limits = [_limits(rng, sources, row, one) for row in rows]
    one.layers[name] = {"wiring": sources, "weights": rows, "thresholds": limits}
    one.layers[name] |= {"fires": rng.choice([*COMPARE])}
    one.layers[name] |= {} if own == PLAIN else {"states": list(own)}
    one.states |= {f"{name}({i})": own for i in range(size)}


def _outputs(rng: Random, one: Stated) -> None:
    summed = [name for name in one.neurons if "weights" in one.neurons[name]]
    for name, neuron in one.neurons.items():
        if "thresholds" not in neuron:
            one.outputs[f"o_{name}"] = name
            continue
        one.outputs |= {f"o_{name}_{port}": f"{name}.{port}" for port in neuron["thresholds"]}
        labels = [f"l{i}" for i in range(len(neuron["thresholds"]) + 1)]
        level: dict[str, Any] = {"level": name}
        one.outputs[f"level_{name}"] = level | ({"labels": labels} if rng.random() < 0.5 else {})
    one.outputs |= {f"o_{name}": name for name in one.layers}
    one.outputs |= {f"top_{name}": {"largest": name} for name in one.layers}
    if summed:
        one.outputs["sum"] = {"sum": rng.choice(summed)}
    one.outputs["mixed"] = rng.choices([*one.states], k=rng.randint(1, 4))
    passed = rng.choice([name for name in one.inputs if "of" not in one.inputs[name]] or ["0"])
    one.outputs["passed"] = passed
    one.states.setdefault("0", PLAIN) if passed == "0" else None


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_written(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return str(value)


# ----------------------------------------------------------------- the same, and what is not


def twin(rng: Random, one: Stated) -> Stated:
    """Give other states to neurons that nothing but neurons reads: it does the same."""
    copy = one.copy()
    shown = _written(one.outputs)
    for name, neuron in copy.neurons.items():
        readers = [each for each in copy.neurons.values() if name in each.get("weights", {})]
        is_free = f": {name}" not in shown and name not in one.outputs["mixed"]
        if name not in copy.states or not is_free or _is_wired(copy, name):
            continue
        (off, on), (new_off, new_on) = copy.states[name], rng.choice((*OTHER_STATES, PLAIN))
        factor = (on - off) / (new_on - new_off)
        for reader in readers:
            weight = reader["weights"][name]
            reader["weights"][name] = weight * factor
            change = weight * (off - new_off * factor)
            for limits in (reader, reader.get("thresholds", {})):
                for key in limits:
                    if key == "threshold" or limits is not reader:
                        limits[key] -= change
        neuron["states"] = [new_off, new_on]
        copy.states[name] = (new_off, new_on)
    return copy


def _is_wired(one: Stated, name: str) -> bool:
    """Whether a gate, which looks at bits of 0 and 1, or a layer reads a neuron."""
    readers = (*one.neurons.values(), *one.layers.values())
    return any(name in each.get("wiring", ()) for each in readers)


def hidden(one: Stated) -> Stated:
    """Take neurons and sums out of the outputs, so that states can be others in a twin."""
    copy = one.copy()
    for name in [*copy.neurons][:-1]:
        copy.outputs.pop(f"o_{name}", None)
    copy.outputs["mixed"] = [name for name in copy.outputs["mixed"] if name not in copy.neurons]
    copy.outputs["mixed"] += ["0"] if not copy.outputs["mixed"] else []
    copy.states.setdefault("0", PLAIN)
    copy.outputs.pop("sum", None)
    return copy


def mutant(rng: Random, one: Stated) -> Stated:
    """Change a threshold, or swap the states of a neuron."""
    copy = one.copy()
    name = rng.choice([*copy.neurons])
    neuron = copy.neurons[name]
    if "threshold" in neuron and rng.random() < 0.5:
        neuron["threshold"] += rng.choice((-1, 1))
    elif name in copy.states and not _is_wired(copy, name):
        turned = copy.states[name][::-1]
        neuron["states"], copy.states[name] = list(turned), turned
    return copy
