"""The options of reading rows are the same in Python and at the command line."""

from pathlib import Path

import pytest

import nnc
from nnc.cli.main import run
from nnc.rows.options import EXTRAS, FLOATS, Extra, Floats

XOR = str(Path(__file__).parents[2] / "configs/gates/xor.nn.yaml")
ROWS = {"id": [7, 8], "a": [0, 1], "b": [1, 1]}


@pytest.mark.parametrize(("option", "values"), [("--extra", EXTRAS), ("--floats", FLOATS)])
def test_a_command_takes_the_same_values(
    option: str, values: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", XOR, "--all", option, "other"]) == 2
    assert ", ".join(map(repr, values)) in capsys.readouterr().err


@pytest.mark.parametrize("floats", FLOATS)
@pytest.mark.parametrize("extra", EXTRAS)
def test_python_takes_every_value(extra: Extra, floats: Floats) -> None:
    network = nnc.load(XOR)
    if extra == "error":
        with pytest.raises(nnc.InvalidRowsError, match="`id` is not an input"):
            nnc.evaluate_frame(network, ROWS, extra=extra, floats=floats)
        return
    rows = ROWS if extra == "keep" else {name: ROWS[name] for name in ("a", "b")}
    table = nnc.evaluate_frame(network, rows, extra=extra, floats=floats)
    assert table["out"].to_pylist() == [1, 0]
    assert ("id" in table.column_names) == (extra == "keep")
