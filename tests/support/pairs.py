"""Random networks of bits, the same functions written in other ways, and single changes."""

from copy import deepcopy
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

from tests.support.oracle import Oracle, loads

Network = dict[str, Any]
"""`inputs` by name, 0 for a bit and else the size of the bus; `neurons` and `outputs` as written.

A neuron has `weights` by source, a `threshold` and `fires`, numbers as Fractions, and `states`
where they are not 0 and 1. Those of an input are in its name, `s1_0`.
"""
STATES = ((1, 0), (1, -1), (-1, 1), (2, 5))
States = tuple[int, int]

FLIPPED = {"above": "below", "below": "above", "at_least": "at_most", "at_most": "at_least"}
NEGATED = {"above": "at_most", "at_most": "above", "at_least": "below", "below": "at_least"}


def network(rng: Random, inputs: dict[str, int] | None = None, *, states: bool = True) -> Network:
    """Draw a network, of these inputs or of at most 12 bits: few bits are as likely as many.

    With `states` a third of its neurons, and some inputs, have others than 0 and 1.
    """
    inputs = inputs or drawn_inputs(rng, states=states)
    one: Network = {"inputs": inputs, "neurons": {}}
    sources = elements(inputs)
    for i in range(rng.randint(1, 14)):
        read = rng.sample(sources, rng.randint(1, min(6, len(sources))))
        one["neurons"][f"n{i}"] = neuron(rng, {source: states_of(one, source) for source in read})
        if states and rng.random() < 0.35:
            one["neurons"][f"n{i}"]["states"] = rng.choice(STATES)
        sources.append(f"n{i}")
    names = list(one["neurons"])
    plain = [source for source in sources if states_of(one, source) == (0, 1)] or ["0"]
    outputs: dict[str, Any] = {"out": names[-1], "bus": rng.choices(plain, k=3)}
    if states:
        outputs["any"] = rng.choice(sources)
    if rng.random() < 0.5:
        outputs["total"] = {"sum": rng.choice(names)}
    if len(names) > 1 and rng.random() < 0.5:
        outputs["most"] = {"largest": rng.sample(names, 2)}
    return one | {"outputs": outputs}


def drawn_inputs(rng: Random, *, states: bool = True) -> dict[str, int]:
    bits, inputs = rng.randint(1, 12), {}
    while bits:
        size = rng.choice([0, 0, rng.randint(1, bits)])
        name = f"x{len(inputs)}"
        if states and not size and rng.random() < 0.35:
            name = f"{name}_{STATES.index(rng.choice(STATES))}"
        inputs[name] = size
        bits -= size or 1
    return inputs


def states_of(one: Network, source: str) -> States:
    """Give the values of an input or a neuron that is silent, and that fires."""
    if source in one["neurons"]:
        states: States = one["neurons"][source].get("states", (0, 1))
        return states
    _, other, place = source.partition("_")
    return STATES[int(place)] if other else (0, 1)


def elements(inputs: dict[str, int]) -> list[str]:
    """Name every bit of the inputs."""
    return [
        f"{name}({i})" if size else name
        for name, size in inputs.items()
        for i in range(size or 1)
    ]  # fmt: skip


def neuron(rng: Random, read: dict[str, States]) -> dict[str, Any]:
    """Draw a neuron that reads sources of these values."""
    scale = rng.choice([1, 1, 2, 3, 10])
    weights = {source: Fraction(rng.randint(-4, 4), scale) for source in read}
    ends = [
        sum(
            (pick(w * value for value in read[source]) for source, w in weights.items()), Fraction()
        )
        for pick in (min, max)
    ]
    threshold = Fraction(rng.randint(int(ends[0] * scale) - 1, int(ends[1] * scale) + 1), scale)
    return {"weights": weights, "threshold": threshold, "fires": rng.choice(list(FLIPPED))}


# ----------------------------------------------------------------- the same in other ways


def rewritten(rng: Random, one: Network) -> Network:
    """Write a network in another way: it computes the same."""
    one = deepcopy(one)
    for _ in range(rng.randint(1, 6)):
        rng.choice([_rescale, _split, _turn, _buffer, _tell_apart])(rng, one)
    names = one["neurons"] if rng.random() < 0.5 else ()
    return renamed(reordered(rng, one), {name: f"m{i}" for i, name in enumerate(names)})


def _summed(one: Network) -> set[str]:
    """Name the neurons whose sums are outputs."""
    kinds = [spec for spec in one["outputs"].values() if isinstance(spec, dict)]
    return {name for spec in kinds for name in [spec.get("sum"), *spec.get("largest", [])] if name}


def _free(rng: Random, one: Network) -> str | None:
    free = [name for name in one["neurons"] if name not in _summed(one)]
    return rng.choice(free) if free else None


def _readers(one: Network, name: str) -> list[str]:
    return [reader for reader, each in one["neurons"].items() if name in each["weights"]]


def _rescale(rng: Random, one: Network) -> None:
    """Multiply weights and threshold; by less than 0, the firing rule is turned."""
    name = _free(rng, one)
    if name is None:
        return
    own = one["neurons"][name]
    factor = Fraction(rng.randint(1, 9), rng.randint(1, 9)) * rng.choice([1, -1])
    own["weights"] = {source: weight * factor for source, weight in own["weights"].items()}
    own["threshold"] *= factor
    if factor < 0:
        own["fires"] = FLIPPED[own["fires"]]


def _split(rng: Random, one: Network) -> None:
    """Let some who read a neuron read a copy of it, or both, each with a part of the weight."""
    name = rng.choice(list(one["neurons"]))
    copy = f"c{len(one['neurons'])}"
    one["neurons"][copy] = deepcopy(one["neurons"][name])
    for reader in _readers(one, name):
        weights = one["neurons"][reader]["weights"]
        share = rng.choice([0, 1, Fraction(1, 3)])
        if reader not in (copy, name) and share:
            weights[copy] = weights[name] * share
            weights[name] *= 1 - share


def _turn(rng: Random, one: Network) -> None:
    """Let a neuron fire where it was silent, and those who read it count that off."""
    name = _free(rng, one)
    shown = str(one["outputs"])
    if name is None or f"'{name}'" in shown or set(_readers(one, name)) & _summed(one):
        return
    own = one["neurons"][name]
    own["fires"] = NEGATED[own["fires"]]
    before = states_of(one, name)
    if rng.random() < 0.5:  # and give the same values as before
        own["states"] = before[::-1]
        return
    for reader in _readers(one, name):
        each = one["neurons"][reader]
        each["threshold"] -= each["weights"][name] * sum(before)
        each["weights"][name] *= -1


def _buffer(rng: Random, one: Network) -> None:
    """Put a neuron that only repeats between another and one that reads it."""
    name = rng.choice(list(one["neurons"]))
    readers = _readers(one, name)
    if readers:
        weights = one["neurons"][rng.choice(readers)]["weights"]
        weight = weights.pop(name)
        buffer = f"b{len(one['neurons'])}"
        weights[buffer] = weight
        off, on = states_of(one, name)
        rule = {"weights": {name: Fraction(3)}, "threshold": Fraction(off + on)}
        one["neurons"][buffer] = rule | {"fires": "above" if on > off else "below"}
        if (off, on) != (0, 1):
            one["neurons"][buffer]["states"] = (off, on)


def _tell_apart(rng: Random, one: Network) -> None:
    """Move a threshold to where no sum lies between, and change the firing rule with it."""
    name = rng.choice(list(one["neurons"]))
    own = one["neurons"][name]
    sums = {Fraction(0)}
    for source, weight in own["weights"].items():
        sums = {total + weight * value for total in sums for value in states_of(one, source)}
    limit = own["threshold"]
    up = own["fires"] in ("above", "at_most")  # what lies at the limit is below it
    if up:
        end = min((total for total in sums if total > limit), default=limit + 1)
    else:
        end = max((total for total in sums if total < limit), default=limit - 1)
    own["threshold"] = (limit + end) / 2
    rules = [("above", "at_least"), ("below", "at_most")]
    own["fires"] = rng.choice(next(rule for rule in rules if own["fires"] in rule))


def reordered(rng: Random, one: Network) -> Network:
    """Put neurons, weights and outputs in another order."""

    def shuffled(mapping: dict[str, Any]) -> dict[str, Any]:
        return dict(rng.sample(list(mapping.items()), len(mapping)))

    neurons = {
        name: each | {"weights": shuffled(each["weights"])}
        for name, each in shuffled(one["neurons"]).items()
    }
    return one | {"neurons": neurons, "outputs": shuffled(one["outputs"])}


def renamed(one: Network, new: dict[str, str]) -> Network:
    """Give neurons other names."""

    def told(value: Any) -> Any:
        if isinstance(value, list):
            return [told(each) for each in value]
        if isinstance(value, dict):
            return {key: told(each) for key, each in value.items()}
        return new.get(value, value)

    neurons = {
        new.get(name, name): each
        | {"weights": {new.get(source, source): w for source, w in each["weights"].items()}}
        for name, each in one["neurons"].items()
    }
    return one | {"neurons": neurons, "outputs": told(one["outputs"])}


# ------------------------------------------------------------------------- what differs


def mutant(rng: Random, one: Network) -> Network:
    """Change a single weight."""
    one = deepcopy(one)
    weights = one["neurons"][rng.choice(list(one["neurons"]))]["weights"]
    weights[rng.choice(list(weights))] += Fraction(
        rng.choice([-3, -2, -1, 1, 2, 3]), rng.choice([1, 2])
    )
    return one


def text_of(one: Network) -> str:
    """Write a network as YAML."""
    lines = ["nnc: 1", "inputs:"]
    for name, size in one["inputs"].items():
        states = states_of(one, name)
        other = f"{{type: bit, states: {[*states]}}}" if states != (0, 1) else "bit"
        lines.append(f"  {name}: {f'bit({size})' if size else other}")
    lines.append("neurons:")
    for name, each in one["neurons"].items():
        weights = ", ".join(f"{source}: {weight}" for source, weight in each["weights"].items())
        rule = f"threshold: {each['threshold']}, fires: {each['fires']}"
        rule += f", states: {[*each['states']]}" if "states" in each else ""
        lines.append(f"  {name}: {{weights: {{{weights}}}, {rule}}}")
    outputs = str(one["outputs"]).replace("'", "")
    return "\n".join([*lines, f"outputs: {outputs}", ""])


def rows_of(one: Network) -> list[dict[str, int]]:
    """Give all rows in the order of `nnc eval --all`."""
    values = [values_of(one, name) for name in one["inputs"]]
    return [dict(zip(one["inputs"], row, strict=True)) for row in product(*values)]


def values_of(one: Network, name: str) -> list[int]:
    """Give the values that an input may have, in their order."""
    size = one["inputs"][name]
    return list(range(1 << size) if size else states_of(one, name))


def truth_table(one: Network) -> dict[str, list[Any]]:
    """Give what the oracle says for all rows, by output."""
    oracle = Oracle(loads(text_of(one)))
    found = [oracle.evaluate(row) for row in rows_of(one)]
    return {alias: [row[alias] for row in found] for alias in one["outputs"]}
