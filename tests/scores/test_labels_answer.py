"""Labels: which output a column says, and which of its values is 1."""

import pytest

import nnc
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.opening.checking import check_built
from nnc.scores.fitting import FitOptions
from nnc.scores.labels_answer import Counts, labels_of
from nnc.scores.table import table_of

NETWORK = nnc.Network(
    inputs=["a"],
    neurons={
        "x": nnc.Neuron(weights={"a": "_"}, threshold=1),
        "z": nnc.Neuron(weights={"a": "_"}, threshold=1),
    },
    outputs={"y": "x", "pair": nnc.Output(sources=("x", "z"))},
)


def refusal(message: str, hint: str) -> Diagnostic:
    return Diagnostic("wrong-usage", message, help=hint)


def test_columns_and_their_outputs() -> None:
    wiring = check_built(NETWORK).wiring
    assert wiring is not None
    table = table_of({"a": [0, 1, 1], "y": ["no", "yes", "no"], "w": [1, 1, 1]})
    options = FitOptions("y", more=(("w", "pair(1)"),))
    first, other = labels_of(wiring, NETWORK.inputs, options, (table, None), refusal)
    assert (first.column, first.positive, first.output) == ("y", "yes", "y")
    assert (other.positive, other.output, other.element) == ("1", "pair(1)", 1)
    assert first.signal == wiring.outputs[1].signals[0]
    assert other.signal == wiring.outputs[1].signals[1]
    assert first.train.tallies == [(0, 1), (1, 1)]


@pytest.mark.parametrize("name", ["pair(2)", "pair", "y(0)", "p"])
def test_outputs_that_are_not_there(name: str) -> None:
    wiring = check_built(NETWORK).wiring
    assert wiring is not None
    table = table_of({"a": [0, 1], "y": [0, 1]})
    with pytest.raises(InvalidNetworkError):
        labels_of(wiring, NETWORK.inputs, FitOptions("y", None, name), (table, None), refusal)


def test_counts() -> None:
    assert (Counts(4, 2, 1, 0).wrong, Counts(4, 2, 1, 0).accuracy) == (1, 0.75)
    assert Counts(0, 0, 0, 0).accuracy == 1
