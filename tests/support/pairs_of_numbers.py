"""Random networks of integers, reals, choices and steps, in other words, and with single edits."""

from copy import deepcopy
from fractions import Fraction
from itertools import pairwise, product
from math import ceil, floor
from random import Random
from typing import Any

from tests.support.pairs import FLIPPED, STATES

Network = dict[str, Any]
"""`inputs`, `neurons` and `outputs` as written, with Fractions; steps map cut-offs to points."""


def network(rng: Random, *, adds: bool = False) -> Network:
    """Draw a network whose numbers are only compared with constants; with `adds`, added up, too."""
    inputs = {f"x{i}": _number(rng, is_bounded=adds) for i in range(rng.randint(1, 2))}
    inputs |= {f"b{i}": {"type": "bit"} | _states(rng) for i in range(rng.randint(0, 2))}
    if rng.random() < 0.4:
        inputs["c"] = {"type": "choice", "of": ["low", "mid", "top"]}
    neurons: dict[str, Any] = {}
    sources = [name for name in inputs if name != "c"] + ["c.low", "c.top"] * ("c" in inputs)
    for i in range(rng.randint(1, 5)):
        read = rng.sample(sources, rng.randint(1, min(4, len(sources))))
        neurons[f"n{i}"] = _neuron(rng, inputs, read, adds=adds) | _states(rng)
        sources.append(f"n{i}")
    names = list(neurons)
    outputs: dict[str, Any] = {"out": names[-1]}
    stepped = [name for name in names if not plain_numbers(inputs, neurons[name])]
    if stepped:
        outputs["points"] = {"sum": rng.choice(stepped)}
        outputs["most"] = {"largest": rng.sample(stepped, min(2, len(stepped)))}
        outputs["band"] = {"level": rng.choice(stepped), "labels": ["no", "yes"]}
    return {"inputs": inputs, "neurons": neurons, "outputs": outputs}


def _states(rng: Random) -> dict[str, Any]:
    """Give every third bit other states than 0 and 1."""
    return {"states": list(map(str, rng.choice(STATES)))} if rng.random() < 0.35 else {}


def _number(rng: Random, *, is_bounded: bool) -> dict[str, Any]:
    kind = rng.choice(["integer", "real"])
    one: dict[str, Any] = {"type": kind}
    if rng.random() < 0.6 or (is_bounded and kind == "integer"):
        one |= {"min": Fraction(rng.randint(-6, 0), 2), "max": Fraction(rng.randint(1, 14), 2)}
        if not is_bounded:
            one.pop(rng.choice(["min", "max", "type"]), None)
            one["type"] = kind
    return one


def _neuron(rng: Random, inputs: Network, read: list[str], *, adds: bool) -> dict[str, Any]:
    weights: dict[str, Any] = {}
    for source in read:
        weights[source] = Fraction(rng.randint(-4, 4), rng.choice([1, 2, 5]))
        number = is_number(inputs, source)
        if number and ((len(read) > 1 and not adds) or rng.random() < 0.5):
            cuts = rng.sample(range(-8, 16), rng.randint(1, 3))
            scale = rng.choice([1, 2, 10])
            weights[source] = {
                Fraction(cut, scale): Fraction(rng.randint(-3, 4)) for cut in sorted(cuts)
            }
    threshold = Fraction(rng.randint(-4, 6), rng.choice([1, 1, 2]))
    return {"weights": weights, "threshold": threshold, "fires": rng.choice(list(FLIPPED))}


def is_number(inputs: Network, source: str) -> bool:
    return source in inputs and inputs[source]["type"] in ("integer", "real")


def plain_numbers(inputs: Network, neuron: Network) -> list[str]:
    """Name the numbers that a neuron multiplies."""
    weights = neuron["weights"]
    return [s for s in weights if is_number(inputs, s) and not isinstance(weights[s], dict)]


def adds_reals(one: Network) -> bool:
    """Tell whether a real is added to something else: then not all can be proved."""
    return any(
        len(neuron["weights"]) > 1
        and any(one["inputs"][s]["type"] == "real" for s in plain_numbers(one["inputs"], neuron))
        for neuron in one["neurons"].values()
    )


# ----------------------------------------------------------------- the same in other ways


def rewritten(rng: Random, one: Network) -> Network:
    """Write steps as neurons, move cut-offs between integers, rescale and reorder."""
    one = deepcopy(one)
    summed = str([spec for spec in one["outputs"].values() if isinstance(spec, dict)])
    for name in list(one["neurons"]):
        own = one["neurons"][name]
        for source in list(own["weights"]):
            if isinstance(own["weights"][source], dict) and rng.random() < 0.7:
                _write_steps(rng, one, name, source)
        if f"'{name}'" not in summed:
            _rescale(rng, own)
    neurons = rng.sample(list(one["neurons"].items()), len(one["neurons"]))
    return one | {"neurons": dict(neurons)}


def _write_steps(rng: Random, one: Network, name: str, source: str) -> None:
    """Let a neuron count neurons that compare, each for the points gained there."""
    weights = one["neurons"][name]["weights"]
    before = Fraction(0)
    for cut, points in weights.pop(source).items():
        reached = f"s{len(one['neurons'])}"
        if one["inputs"][source]["type"] == "integer" and rng.random() < 0.5:
            cut = ceil(cut) - Fraction(rng.randint(0, 9), 10)
        factor = Fraction(rng.randint(1, 5), rng.randint(1, 5))
        rule = {"weights": {source: factor}, "threshold": cut * factor, "fires": "at_least"}
        one["neurons"][reached] = rule
        weights[reached] = points - before
        before = points


def _rescale(rng: Random, own: Network) -> None:
    factor = Fraction(rng.randint(1, 9), rng.randint(1, 9)) * rng.choice([1, -1])
    own["threshold"] *= factor
    own["fires"] = FLIPPED[own["fires"]] if factor < 0 else own["fires"]
    for source, weight in own["weights"].items():
        own["weights"][source] = (
            {cut: points * factor for cut, points in weight.items()}
            if isinstance(weight, dict)
            else weight * factor
        )


# ------------------------------------------------------------------------- what differs


def mutant(rng: Random, one: Network) -> Network:
    """Change one weight, threshold, cut-off, number of points or bound."""
    one = deepcopy(one)
    bounds = [(own, end) for own in one["inputs"].values() for end in ("min", "max") if end in own]
    if bounds and rng.random() < 0.2:
        own, end = rng.choice(bounds)
        own[end] += {"min": -1, "max": 1}[end] * Fraction(rng.randint(1, 3), 2)
        return one
    own = rng.choice(list(one["neurons"].values()))
    source = rng.choice(list(own["weights"]))
    change = Fraction(rng.choice([-2, -1, 1, 2]), rng.choice([1, 2, 10]))
    weight = own["weights"][source]
    if rng.random() < 0.3:
        own["threshold"] += change
    elif not isinstance(weight, dict):
        own["weights"][source] += change
    elif rng.random() < 0.4:
        weight[rng.choice(list(weight))] += change
    else:
        cut = rng.choice(list(weight))
        points = weight.pop(cut)
        own["weights"][source] = dict(sorted({**weight, cut + change: points}.items()))
    return one


def text_of(one: Network) -> str:
    """Write a network as YAML."""

    def written(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key}: {written(each)}" for key, each in value.items()) + "}"
        return "[" + ", ".join(value) + "]" if isinstance(value, list) else str(value)

    def cut(value: Any) -> Any:  # cut-offs are keys, which are decimals
        if not isinstance(value, dict):
            return value
        return {decimal(k) if isinstance(k, Fraction) else k: cut(v) for k, v in value.items()}

    lines = ["nnc: 1"]
    for key in ("inputs", "neurons", "outputs"):
        lines.append(f"{key}:")
        lines += [f"  {name}: {written(cut(own))}" for name, own in one[key].items()]
    return "\n".join([*lines, ""])


def decimal(value: Fraction) -> str:
    """Write a number of at most one decimal."""
    tenths = value * 10
    assert tenths.denominator == 1, value
    sign, rest = "-" * (tenths < 0), abs(tenths.numerator)
    return f"{sign}{rest // 10}.{rest % 10}" if rest % 10 else f"{sign}{rest // 10}"


# ------------------------------------------------------------------------------- all there is


def grid(before: Network, after: Network, limits: dict[str, tuple[Fraction, Fraction]]) -> Any:
    """Give rows with every combination of what may matter: of a number all its cut-offs and ends,
    what lies between them and beyond; where integers are added up, all of them.
    """  # noqa: D205
    axes = []
    for name, one in before["inputs"].items():
        if one["type"] == "choice":
            axes.append(one["of"])
        elif one["type"] == "bit":
            axes.append(list(map(int, one.get("states", (0, 1)))))
        else:
            both = [before["inputs"][name], after["inputs"][name]]
            ends = limits.get(name, (None, None))
            least = [end["min"] for end in both if "min" in end] + [ends[0]] * (name in limits)
            most = [end["max"] for end in both if "max" in end] + [ends[1]] * (name in limits)
            cuts = {cut for net in (before, after) for cut in _cuts(net, name)} | {*least, *most}
            axes.append(
                [
                    value
                    for value in _around(cuts, is_integer=one["type"] == "integer")
                    if all(value >= end for end in least) and all(value <= end for end in most)
                ]
            )
    return [dict(zip(before["inputs"], row, strict=True)) for row in product(*axes)]


def _cuts(one: Network, name: str) -> set[Fraction]:
    found: set[Fraction] = set()
    for neuron in one["neurons"].values():
        weight = neuron["weights"].get(name, 0)
        if isinstance(weight, dict):
            found |= weight.keys()
        elif weight:
            found.add(neuron["threshold"] / weight)
    return found


def _around(cuts: set[Fraction], *, is_integer: bool) -> list[Fraction]:
    ordered = sorted(cuts | {Fraction(0)})
    if is_integer:
        return [Fraction(v) for v in range(floor(ordered[0]) - 1, ceil(ordered[-1]) + 2)]
    between = [(a + b) / 2 for a, b in pairwise(ordered)]
    return sorted([*ordered, *between, ordered[0] - 1, ordered[-1] + 1])
