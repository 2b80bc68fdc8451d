"""A trace as data: frozen, complete, made when it is asked for."""

import dataclasses
import pickle

import pytest

import nnc
from tests.support.traced import MAIL, trace_of

ROW = {"listed": [1], "bayes": [9], "unused": [0]}


def test_what_it_has() -> None:
    traced = trace_of(MAIL, ROW)
    assert (traced.row, traced.inputs) == (1, {"listed": 1, "bayes": 9, "unused": 0})
    assert [output.name for output in traced.outputs] == ["spam", "alarm", "points", "other", "in"]
    assert [neuron.name for neuron in traced.neurons] == ["score", "bayes>=9", "other", "alarm"]
    assert traced.way == ("alarm", "score", "other")
    assert traced.decisive == ("listed", "bayes", "unused")
    assert repr(traced) == str(traced)
    with pytest.raises(dataclasses.FrozenInstanceError):
        traced.row = 2  # type: ignore[misc]
    assert str(pickle.loads(pickle.dumps(traced))) == str(traced)


def test_of_some_outputs() -> None:
    traced = trace_of(MAIL, ROW, only=["alarm"])
    assert [output.name for output in traced.outputs] == ["alarm"]
    assert [neuron.name for neuron in traced.neurons] == ["score", "bayes>=9", "alarm"]
    assert traced.way == ("alarm",)
    assert traced.decisive == ("bayes",)


def test_through_the_public_function() -> None:
    network = nnc.loads(MAIL)
    row = {"listed": 1, "bayes": "9", "unused": 0}
    traced = nnc.trace(network, row)
    assert str(traced) == str(trace_of(MAIL, ROW))
    assert str(nnc.trace(nnc.compile(network), row)) == str(traced)
    assert nnc.trace(network, row, only="alarm").way == ("alarm",)
    assert isinstance(traced, nnc.Trace)
    assert str(nnc.trace(network, {"listed": [1], "bayes": [9], "unused": [0]})) == str(traced)


@pytest.mark.parametrize(
    ("row", "only", "message", "hint"),
    [
        ({"listed": [0, 1], "bayes": 1, "unused": 0}, (), "a trace is about one row, not 2",
         "give one value for each input"),
        ({"listed": [], "bayes": 1, "unused": 0}, (), "a trace is about one row, not 0",
         "give one value for each input"),
        ({"listed": 1, "bayes": 1, "unused": 0}, "spm", "there is no output `spm`",
         "did you mean `spam`?"),
        ({"listed": 1, "bayes": 1, "unused": 0}, ("qqqqqq",), "there is no output `qqqqqq`",
         "the outputs are spam, alarm, points, other, in"),
    ],
)  # fmt: skip
def test_refused(row: dict[str, object], only: str, message: str, hint: str) -> None:
    with pytest.raises(nnc.InvalidRowsError) as caught:
        nnc.trace(nnc.loads(MAIL), row, only=only)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.message, diagnostic.help) == (message, hint)
