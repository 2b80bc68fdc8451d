"""Neuron: a threshold neuron, in every form a file allows."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nnc.language.firing import COMPARISONS, DEFAULT_RULE, GATES, Fires, Threshold
from nnc.language.keys import REFUSED_BY_GATES
from nnc.language.mistakes import Mistakes
from nnc.language.network.fields import (
    AnyEntry,
    AnyNumber,
    AnyWeights,
    Declaration,
    FiresField,
    StatesField,
    TextField,
    ThresholdField,
    ThresholdsField,
    WeightsField,
    WiringField,
    optional,
)
from nnc.language.readers import sources_of
from nnc.language.references import check_name
from nnc.numbers.exact import Refused, read_number

_PLAIN = {"weights", "threshold"}
_TEXTS = {str}


class Neuron(Declaration):
    """A threshold neuron: 1 when the weighted sum of its sources passes its threshold, else 0.

    S = sum of w_i * s_i over its sources; by default it fires when S > T (`fires="above"`).
    """

    weights: WeightsField = optional(
        "The weight of each source, by name; or in the order of `wiring`."
    )
    wiring: WiringField | None = optional("The sources, by place. Weights left out are all 1.")
    threshold: ThresholdField | None = optional("The limit that the sum is compared with.")
    thresholds: ThresholdsField = optional(
        "Several limits on one sum; each name is an output of the neuron. One may state its own "
        "rule: `above 6`."
    )
    fires: FiresField | None = optional(
        "When the neuron is 1; without it, the file's `fires`, else `above`."
    )
    states: StatesField | None = optional(
        "The values when silent and when firing; by default the file's."
    )
    description: TextField | None = optional("What the neuron means.")

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            weights: AnyWeights | None = None,
            wiring: str | Sequence[str] | None = None,
            threshold: AnyEntry | None = None,
            thresholds: Mapping[str, AnyEntry | Threshold] | None = None,
            fires: Fires | None = None,
            states: Sequence[AnyNumber] | None = None,
            description: str | None = None,
        ) -> None: ...

    @classmethod
    def _needs_no_look(cls, data: dict[str, Any]) -> bool:
        """Return whether weights stand by name, with one threshold."""
        return (
            "threshold" in data
            and "thresholds" not in data
            and "wiring" not in data
            and isinstance(data.get("weights"), dict)
            and data.get("fires") not in GATES
        )

    @classmethod
    def _in_full(cls, data: dict[str, Any], mistakes: Mistakes) -> dict[str, Any]:
        _check_forms(data, mistakes)
        return data

    def reads(self) -> tuple[str, ...]:
        """Return the sources that it reads, as they are written."""
        return tuple(self.weights) if isinstance(self.weights, dict) else self.wiring or ()


def read_plain(declared: Mapping[str, Any]) -> dict[str, Neuron]:
    """Read the neurons that have weights by name and a threshold, and nothing wrong.

    In most files these are nearly all; why they have a reader of their own is said where it is
    called, in `nnc.language.validation`.
    """
    left_out = dict.fromkeys(Neuron.model_fields)
    keys = set(_PLAIN)
    sources: set[str] = set()
    neurons: dict[str, Neuron] = {}
    for name, own in declared.items():
        if type(own) is not dict or len(own) != len(_PLAIN):
            continue
        weights, threshold = own.get("weights"), own.get("threshold")
        if type(weights) is not dict or type(threshold) is not str or type(name) is not str:
            continue
        if {*map(type, weights), *map(type, weights.values())} != _TEXTS:
            continue
        try:
            if not sources.issuperset(weights):
                sources.update(sources_of(weights))
            numbers = {source: read_number(text) for source, text in weights.items()}
            values = {**left_out, "weights": numbers, "threshold": read_number(threshold)}
            neurons[check_name(name)] = Neuron._of_read(values, keys)
        except Refused:
            continue
    return neurons


def _check_forms(data: dict[str, Any], mistakes: Mistakes) -> None:
    """Check which keys of a neuron stand together."""
    weights = data.get("weights")
    unknown = [data[key] for key in data.keys() - Neuron.model_fields.keys()]
    if data.get("fires", DEFAULT_RULE) not in (*COMPARISONS, *GATES) or any(
        isinstance(value, str) and value in GATES for value in unknown
    ):
        return  # which keys it takes is not known
    if data.get("fires") in GATES:
        _check_gate(data, mistakes)
        return
    if "threshold" in data and "thresholds" in data:
        mistakes.exclude(
            "thresholds", "a neuron has `threshold` or `thresholds`, not both", "keep one of them"
        )
    elif "threshold" not in data and "thresholds" not in data:
        mistakes.miss(
            ("threshold", "thresholds"),
            "the neuron has no `threshold`",
            "add `threshold: number`, or `thresholds: {name: number}`",
        )
    if "wiring" in data and isinstance(weights, dict):
        mistakes.exclude(
            "wiring",
            "weights by name and `wiring` exclude each other",
            "write weights: {a: 1, b: 2}, or wiring: [a, b] with weights: [1, 2]",
        )
    elif "weights" not in data and "wiring" not in data:
        mistakes.miss(
            ("weights", "wiring"),
            "the neuron has no `weights`",
            "add `weights: {source: number}`, or `wiring: [source]`",
        )
    elif "wiring" not in data and not isinstance(weights, dict) and _is_by_place(weights):
        mistakes.miss(
            ("wiring",),
            "weights by place need `wiring`",
            "add `wiring: [a, b]`, or write weights: {a: 1, b: 2}",
        )


def _check_gate(data: dict[str, Any], mistakes: Mistakes) -> None:
    """Check which keys of a neuron with `fires: all` or `any` stand together."""
    for key in REFUSED_BY_GATES:
        if key in data:
            mistakes.exclude(
                key,
                f"a neuron with `fires: {data['fires']}` takes no `{key}`",
                f"remove `{key}`",
            )
    if "wiring" not in data:
        mistakes.miss(
            ("wiring",),
            f"`fires: {data['fires']}` needs `wiring`",
            "add the list of bits it looks at: wiring: [a, b]",
        )
    elif isinstance(data["wiring"], (list, tuple)) and not data["wiring"]:
        mistakes.add(
            "wrong-type",
            f"`fires: {data['fires']}` needs at least one wire",
            "wiring",
            help="add the bits it looks at",
        )


def _is_by_place(weights: object) -> bool:
    if isinstance(weights, (list, tuple)) and any(isinstance(weight, dict) for weight in weights):
        return False
    return weights is not None and not (isinstance(weights, str) and weights in ("null", "~"))
