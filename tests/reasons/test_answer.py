"""`nnc.why`: reasons and refusals as values of Python."""

import pytest

import nnc as library
from tests.reasons.test_command import RISK


def test_python_refuses_what_cannot_be() -> None:
    network = library.loads(RISK)
    row = {"age": 70, "warm": 39, "kind": "a", "bits": 0}
    with pytest.raises(library.InvalidRowsError, match="is not an output"):
        library.why(network, row, only="pints")
    with pytest.raises(library.InvalidRowsError, match="about one row, not 2"):
        library.why(network, {**row, "age": [1, 2]})
    found = library.why(library.compile(network), row, would={"points": 0}, keep="age")
    assert [each.input for each in found.outputs[0].near.rows[0].changes] == ["warm"]
