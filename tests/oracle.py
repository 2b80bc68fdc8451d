"""The plain evaluator the tests believe: `Fraction`s and recursion, sharing no code with `nnc`.

It takes a valid network for granted (it checks nothing, bounds included) and knows what the first
milestone has: scalar inputs, neurons, steps, several thresholds, outputs.
"""

import operator
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Number = Fraction | int | str
COMPARE = {
    "above": operator.gt,
    "at_least": operator.ge,
    "below": operator.lt,
    "at_most": operator.le,
}
KEYS = {"nnc", "name", "description", "fires", "inputs", "neurons", "outputs", "cases", "meta"}


def load(path: Path) -> dict[str, Any]:
    """Give the file as written: every scalar is its text, so that no number is ever a float."""
    return loads(path.read_text("utf-8-sig"))


def loads(text: str) -> dict[str, Any]:
    """Give the text as written."""
    network: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)
    return network


def evaluate(network: dict[str, Any], row: Mapping[str, Number]) -> dict[str, Fraction | str]:
    """Give the value of every output for one row; a bus of thresholds is its unsigned integer."""
    if unknown := network.keys() - KEYS:
        raise NotImplementedError(f"the oracle does not know {sorted(unknown)}")
    inputs, neurons = network["inputs"], network.get("neurons", {})

    @cache
    def signals(source: str) -> list[Fraction]:
        """Give the values a source stands for: one, or one for each threshold of a neuron."""
        if source in ("0", "1"):
            return [Fraction(source)]
        if source in inputs:
            return [Fraction(row[source] if source in row else inputs[source]["default"])]
        name, _, port = source.partition(".")
        fired = fire(name)
        return [fired[port]] if port else list(fired.values())

    def wires(name: str) -> list[Fraction]:
        """Give the signals of a wiring end to end."""
        wiring = neurons[name]["wiring"]
        return [s for source in aslist(wiring) for s in signals(source)]

    @cache
    def total(name: str) -> Fraction:
        """Add up S, weight times signal, by place (weights left out are 1) or by name."""
        neuron = neurons[name]
        if "wiring" in neuron:
            return dot(neuron.get("weights", "1"), wires(name))
        return sum((dot(w, signals(source)) for source, w in neuron["weights"].items()), Fraction())

    @cache
    def fire(name: str) -> dict[str, Fraction]:
        """Which thresholds fire, by port; a neuron with one `threshold` has the port ''."""
        neuron = neurons[name]
        rule = neuron.get("fires", network.get("fires", "above"))
        if rule in ("all", "any"):
            return {"": Fraction({"all": all, "any": any}[rule](wires(name)))}
        thresholds = neuron.get("thresholds") or {"": neuron["threshold"]}
        return {p: Fraction(COMPARE[rule](total(name), Fraction(t))) for p, t in thresholds.items()}

    def output(spec: Any) -> Fraction | str:
        if isinstance(spec, dict) and "sum" in spec:
            return total(spec["sum"].partition(".")[0])
        if isinstance(spec, dict):
            level = sum(signals(spec["level"]))
            return spec["labels"][int(level)] if "labels" in spec else Fraction(level)
        values = [s for source in aslist(spec) for s in signals(source)]
        return sum((value * 2**place for place, value in enumerate(values)), Fraction())

    outputs = network["outputs"]
    named = outputs if isinstance(outputs, dict) else {alias: alias for alias in outputs}
    return {alias: output(spec) for alias, spec in named.items()}


def aslist(source: str | list[str]) -> list[str]:
    """Give a single source as the list of it."""
    return [source] if isinstance(source, str) else source


def dot(weight: Any, values: list[Fraction]) -> Fraction:
    """Weights times values: a list by element, one number for all, or the points of steps."""
    if isinstance(weight, dict):
        reached = [points for cutoff, points in weight.items() if values[0] >= Fraction(cutoff)]
        return Fraction(reached[-1]) if reached else Fraction()
    weights = weight if isinstance(weight, list) else [weight] * len(values)
    return sum((Fraction(w) * v for w, v in zip(weights, values, strict=True)), Fraction())
