"""Circuits that abc makes: imported from AIGER and BLIF, and proved to be the same by abc."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from pathlib import Path

import pytest

import nnc

ABC = shutil.which("yosys-abc") or shutil.which("abc")
pytestmark = pytest.mark.skipif(ABC is None, reason="abc is not installed")

SMALL = {"adder": "-a -N 24", "multiplier": "-m -N 4", "sorter": "-s -N 12"}
LARGE = {"adder": "-a -N 128", "multiplier": "-m -N 8", "sorter": "-s -N 16", "booth": "-b -N 6"}


def abc(folder: Path, commands: str) -> str:
    assert ABC is not None
    ran = subprocess.run(
        [ABC, "-q", commands], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    return ran.stdout


def blif_of(network: nnc.Network) -> str:
    """Write a network of bits as tables, each row of a neuron's truth table on its own."""
    names = {
        f"{name}({at})": numbered(name, at, input_.size or 0)
        for name, input_ in network.inputs.items()
        for at in range(input_.size or 0)
    }
    outputs = {}
    for alias, output in network.outputs.items():
        assert output.sources is not None
        for at, source in enumerate(output.sources):
            size = len(output.sources)
            outputs[numbered(alias, at, size) if output.is_bus else alias] = source
    single = [name for name, input_ in network.inputs.items() if not input_.size]
    lines = [".model m", ".inputs " + " ".join([*names.values(), *single])]
    lines += [".outputs " + " ".join(outputs), ".names 0", ".names 1", "1"]
    for name, neuron in network.neurons.items():
        assert isinstance(neuron.weights, dict)
        weights = [int(str(weight)) for weight in neuron.weights.values()]
        reads = [names.get(source, source) for source in neuron.weights]
        lines.append(f".names {' '.join(reads)} {name}_n")
        lines += cubes(weights, int(str(neuron.threshold)))
        names[name] = f"{name}_n"
    for name, source in outputs.items():
        lines += [f".names {names.get(source, source)} {name}", "1 1"]
    return "\n".join([*lines, ".end", ""])


def numbered(name: str, at: int, size: int) -> str:
    """Name a wire as abc does: with as many digits as the last has."""
    return f"{name}{at:0{len(str(size - 1))}}"


def cubes(weights: list[int], threshold: int) -> list[str]:
    """Give the rows for which a sum reaches a threshold."""
    rows = []
    if all(abs(weight) == 1 for weight in weights):
        most = weights.count(1)
        if threshold == most:
            return ["".join("1" if weight > 0 else "0" for weight in weights) + " 1"]
        if threshold == most - len(weights) + 1:
            for at, weight in enumerate(weights):
                cube = ["-"] * len(weights)
                cube[at] = "1" if weight > 0 else "0"
                rows.append("".join(cube) + " 1")
            return rows
    for row in itertools.product((0, 1), repeat=len(weights)):
        total = sum(weight for weight, bit in zip(weights, row, strict=True) if bit)
        if total >= threshold:
            rows.append("".join(map(str, row)) + " 1")
    return rows


@pytest.mark.parametrize("name", SMALL)
def test_abc_proves_that_it_is_the_same(name: str, full: bool, tmp_path: Path) -> None:
    generated = (LARGE if full else SMALL).get(name, SMALL[name])
    abc(
        tmp_path,
        f"gen {generated} c.blif; read_blif c.blif; strash; write_aiger -s c.aig; "
        "write_blif c.blif",
    )
    for file in ("c.blif", "c.aig"):
        network = nnc.import_file(tmp_path / file).network
        (tmp_path / "back.blif").write_text(blif_of(network))
        told = abc(tmp_path, "cec c.aig back.blif")
        assert "Networks are equivalent" in told, told
        (tmp_path / "back.aig").write_bytes(nnc.export(network, "aiger"))
        told = abc(tmp_path, "cec -n c.aig back.aig")  # by the order of inputs
        assert "Networks are equivalent" in told, told


VERILOG = {
    "dec": """\
module c(input [{last}:0] count, output [(1 << {size}) - 1:0] selectp);
  assign selectp = 1 << count;
endmodule
""",
    "voter": """\
module c(input [{last}:0] a, output maj);
  integer k; reg [15:0] total;
  always @* begin
    total = 0;
    for (k = 0; k < {size}; k = k + 1) total = total + a[k];
  end
  assign maj = total > {last} / 2;
endmodule
""",
    "control": """\
module c(input [3:0] state, input [{last}:0] divider, input go, write, ack, scl, sda, reset,
    output reg [3:0] next, output reg [{last}:0] count, output reg scl_o, sda_o, busy, fault);
  always @* begin
    next = state; count = divider - 1; scl_o = 1; sda_o = 1; busy = state != 0; fault = 0;
    if (reset) begin next = 0; count = 0; busy = 0; end
    else if (|divider) next = state;
    else case (state)
      0: if (go) begin next = 1; sda_o = 0; end
      1, 2, 3: begin scl_o = state[0]; sda_o = write & sda; next = state + 1; end
      4: begin
        fault = ~ack & write; next = ack ? 5 : 9; count = {{divider[0], divider[{last}:1]}};
      end
      5, 6, 7, 8: begin scl_o = ~state[0] ^ scl; next = state == 8 ? 0 : state + 1; end
      9: begin next = scl ? 0 : 9; fault = sda ^ scl; end
      default: next = 0;
    endcase
  end
endmodule
""",
}
"""Circuits like those of the EPFL benchmarks: a decoder, a majority, the control of a bus."""
SIZES = {"dec": (5, 8), "voter": (21, 1001), "control": (6, 16)}
"""Small, and those of the benchmarks."""
READ = {"dec": "count", "voter": "a", "control": "state divider go write ack scl sda reset"}


@pytest.mark.skipif(shutil.which("yosys") is None, reason="yosys is not installed")
@pytest.mark.parametrize("name", VERILOG)
def test_what_yosys_makes_of_verilog_comes_back_the_same(
    name: str, full: bool, tmp_path: Path
) -> None:
    """Verilog -> AIGER -> nnc -> AIGER, and the two proved equal by abc."""
    size = SIZES[name][full]
    text = VERILOG[name].format(size=size, last=size - 1)
    (tmp_path / "c.v").write_text(text)
    script = "read_verilog c.v; synth -flatten -top c; aigmap; write_aiger -symbols c.aig"
    subprocess.run(["yosys", "-q", "-p", script], cwd=tmp_path, check=True, capture_output=True)
    network = nnc.import_file(tmp_path / "c.aig").network
    (tmp_path / "back.aig").write_bytes(nnc.export(network, "aiger"))
    told = abc(tmp_path, "cec c.aig back.aig")
    assert "Networks are equivalent" in told, told
    assert set(network.inputs) == {*READ[name].split()}


def test_an_adder_adds(tmp_path: Path) -> None:
    abc(tmp_path, "gen -a -N 8 c.blif; read_blif c.blif; strash; rewrite; refactor; "
        "write_aiger -s c.aig; write_blif c.blif")  # fmt: skip
    rows = [(a, b) for a in range(0, 256, 7) for b in range(0, 256, 5)]
    for file in ("c.blif", "c.aig"):
        network = nnc.import_file(tmp_path / file).network
        answers = nnc.evaluate(network, {"a": [a for a, _ in rows], "b": [b for _, b in rows]})
        sums = [sum(bit << at for at, bit in enumerate(row)) for row in answers["s"].tolist()]
        assert sums == [a + b for a, b in rows]


def test_a_fault_is_found(tmp_path: Path) -> None:
    """The proof above can fail."""
    abc(tmp_path, "gen -a -N 4 c.blif; read_blif c.blif; strash; write_aiger -s c.aig")
    network = nnc.import_file(tmp_path / "c.aig").network
    name, neuron = next(iter(network.neurons.items()))
    wrong = neuron.model_copy(update={"threshold": int(str(neuron.threshold)) - 1})
    network = network.model_copy(update={"neurons": {**network.neurons, name: wrong}})
    (tmp_path / "back.blif").write_text(blif_of(network))
    assert "NOT EQUIVALENT" in abc(tmp_path, "cec c.aig back.blif")
