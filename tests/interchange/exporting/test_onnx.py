"""Models of ONNX: what is in them, what is refused, and that their bytes are always the same."""

import hashlib
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

import nnc
from nnc.interchange.exports import export_plan
from nnc.numbers.exact import Refused
from tests.support.exports import MISSING, run_onnx

onnx = pytest.importorskip("onnx")
pytestmark = pytest.mark.skipif("onnx" in MISSING, reason="onnxruntime is missing")

ROOT = Path(__file__).parents[3]
DIGITS = ROOT / "configs/digits/digits.nn.yaml"
NEWS = ROOT / "configs/medicine/news2.nn.yaml"
FEATURES = ("buses", "choice", "states", "layers", "largest", "rules", "files")
HAND = """\
nnc: 1
name: hand
fires: at_least
inputs:
  dose: {type: real, min: 0, default: 0.5}
  weight: {type: integer, min: 0, max: 500}
  route: {type: choice, of: [oral, vein]}
  flags: bit(3)
  sign: {type: bit, states: [-1, 1]}
neurons:
  n: {weights: {dose: {0.3: 1}, weight: 2, route.vein: -1, flags: [1, 2, 3], sign: 4}, threshold: 9}
outputs: {n: n, points: {sum: n}, back: sign, route: route, level: {level: n, labels: [low, high]}}
"""


def inputs_of(data: bytes) -> dict[str, tuple[int, int]]:
    graph = onnx.load_from_string(data).graph
    return {
        each.name: (each.type.tensor_type.elem_type, len(each.type.tensor_type.shape.dim))
        for each in (*graph.input, *graph.output)
    }


def test_the_types_of_inputs_and_outputs() -> None:
    data = nnc.export(nnc.loads(HAND), "onnx")
    kinds = onnx.TensorProto
    assert inputs_of(data) == {
        "dose": (kinds.DOUBLE, 1), "weight": (kinds.INT64, 1), "route": (kinds.STRING, 1),
        "flags": (kinds.UINT8, 2), "sign": (kinds.INT8, 1), "n": (kinds.UINT8, 1),
        "points": (kinds.INT64, 1), "back": (kinds.INT8, 1), "route_2": (kinds.UINT8, 2),
        "level": (kinds.STRING, 1),
    }  # fmt: skip
    row = {
        "dose": Fraction(1, 2), "weight": Fraction(3), "route": "vein",
        "flags": [Fraction(1), Fraction(0), Fraction(1)], "sign": Fraction(-1),
    }  # fmt: skip
    plan = nnc.compile(nnc.loads(HAND))
    assert run_onnx(data, plan, [row], Path()) == [
        {"n": 0, "points": 6 + 1 - 1 + 4 - 4, "back": -1, "route": 2, "level": "low"}
    ]


def test_what_a_model_says_of_itself() -> None:
    network = nnc.loads(HAND)
    model = onnx.load_from_string(nnc.export(network, "onnx"))
    assert model.doc_string.splitlines() == [
        f"The network hand, written by nnc {nnc.__version__}: change the network, not this file.",
        f"structure {nnc.digest(network)}",
        "exact on rows whose real numbers are doubles",
        "rows that nnc would refuse are not refused here",
        "there are no defaults here: give dose a value",
    ]
    about = {each.key: each.value for each in model.metadata_props}
    assert about["nnc.structure"] == nnc.digest(network)
    assert [each.doc_string for each in model.graph.input] == [
        "real min 0", "integer min 0 max 500", "choice of oral, vein", "bit", "bit states -1 1",
    ]  # fmt: skip


def test_a_model_that_the_library_saves_has_the_same_bytes() -> None:
    for path in (DIGITS, NEWS):
        data = nnc.export(nnc.load(path, root=ROOT), "onnx")
        assert onnx.load_from_string(data).SerializeToString(deterministic=True) == data


def test_the_size_of_the_digits() -> None:
    network = nnc.load(DIGITS, root=ROOT)
    data = nnc.export(network, "onnx")
    assert len(data) <= 40_000


def test_the_same_bytes_whatever_the_seed_of_hashes() -> None:
    code = (
        "import hashlib, nnc; "
        f"data = nnc.export(nnc.load({str(NEWS)!r}, root={str(ROOT)!r}), 'onnx'); "
        "import sys; assert 'onnx' not in sys.modules; print(hashlib.sha256(data).hexdigest())"
    )
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    there = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONHASHSEED": seed},
    )  # fmt: skip
    here = nnc.export(nnc.load(NEWS, root=ROOT), "onnx")
    assert there.stdout == f"{hashlib.sha256(here).hexdigest()}\n"


@pytest.mark.parametrize("bits", [24, 53])
def test_sums_at_the_end_of_a_type(bits: int) -> None:
    """One below the end is exact in the smaller type, and the end itself in the larger one."""
    for weight in ((1 << bits) - 2, (1 << bits) - 1):
        plan = nnc.compile(nnc.loads(
            "nnc: 1\nfires: at_least\ninputs: [a, b]\nneurons:\n"
            f"  n: {{weights: {{a: {weight}, b: 1}}, threshold: {weight + 1}}}\n"
            "outputs: {n: n, s: {sum: n}}\n"
        ))  # fmt: skip
        data = export_plan(plan, "onnx").data
        rows = [{"a": Fraction(a), "b": Fraction(b)} for a in (0, 1) for b in (0, 1)]
        sums = [a * weight + b for a in (0, 1) for b in (0, 1)]
        assert run_onnx(data, plan, rows, Path()) == [
            {"n": int(total > weight), "s": total} for total in sums
        ]
        types = {each.data_type for each in onnx.load_from_string(data).graph.initializer}
        is_wide = bits > 24 or weight + 1 == 1 << 24
        assert (onnx.TensorProto.DOUBLE in types) == is_wide


def test_a_sum_that_is_too_large() -> None:
    text = (
        "nnc: 1\nfires: at_least\ninputs: [a, b]\n"
        f"neurons: {{n: {{weights: {{a: {1 << 53}, b: 1}}, threshold: 2}}}}\noutputs: [n]\n"
    )
    with pytest.raises(Refused, match=r"the sum of `n` may be .* too large for ONNX$"):
        export_plan(nnc.compile(nnc.loads(text)), "onnx")


def test_a_wide_level_of_few_synapses_is_no_matrix() -> None:
    """1,200 neurons that read 3 of 1,200 bits each would be a matrix of 1,440,000 numbers."""
    rng, size = Random(1), 1200
    sources = [rng.sample(range(size), rng.choice((1, 3))) for _ in range(size)]
    network = nnc.Network(
        fires="at_least",
        inputs={"a": nnc.Input(type="bit", size=size)},
        neurons={
            f"n{i}": nnc.Neuron(wiring=[f"a({k})" for k in some], weights=[1, -2, 3][: len(some)],
                                threshold=1)
            for i, some in enumerate(sources)
        },
        outputs={"out": [f"n{i}" for i in range(size)], "s": {"sum": "n7"}},
    )  # fmt: skip
    plan = nnc.compile(network)
    data = export_plan(plan, "onnx").data
    assert len(data) < 80_000
    bits = [Fraction(rng.randint(0, 1)) for _ in range(size)]
    (found,) = run_onnx(data, plan, [{"a": bits}], Path())
    sums = [
        sum(w * int(bits[k]) for k, w in zip(some, (1, -2, 3), strict=False)) for some in sources
    ]
    assert found == {"out": sum(int(s >= 1) << i for i, s in enumerate(sums)), "s": sums[7]}


def test_a_network_without_inputs() -> None:
    plan = nnc.compile(nnc.loads(
        "nnc: 1\nfires: at_least\ninputs: []\n"
        "neurons: {n: {weights: {1: 3}, thresholds: {low: 2, high: 4}}}\n"
        "outputs: {low: n.low, high: n.high, s: {sum: n}, zero: 0}\n"
    ))  # fmt: skip
    data = export_plan(plan, "onnx").data
    assert run_onnx(data, plan, [{}], Path()) == [{"low": 1, "high": 0, "s": 3, "zero": 0}]
